"""Files of contentful-export, made up; and the importer's checks of such a file, written from its own schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Raw = dict[str, Any]

HOST, SPACE = "images.ctfassets.net", "inventedspace"
_TIMES = {"createdAt": "2030-01-01T08:00:00.000Z", "updatedAt": "2030-01-02T08:00:00.000Z"}


def link(of_type: str, uid: str) -> Raw:
    return {"sys": {"type": "Link", "linkType": of_type, "id": uid}}


def sys(of_type: str, uid: str, **more: Any) -> Raw:
    owner = {"space": link("Space", SPACE), "environment": link("Environment", "staging")}
    return {"type": of_type, "id": uid, "version": 1, **_TIMES, **owner, **more}


def entry(uid: str, title: str = "", **more: Any) -> Raw:
    facts = {"version": 3, "publishedVersion": 2, "publishedCounter": 1, **more}
    of_type = {"contentType": link("ContentType", "page")}
    return {
        "metadata": {"tags": []},
        "sys": sys("Entry", uid, **facts, **of_type),
        "fields": {"title": {"en-US": title or uid}},
    }


def asset(uid: str, name: str, size: int, of_type: str = "application/pdf", **file: Any) -> Raw:
    url = f"//{HOST}/{SPACE}/{uid}/token/{name}"
    held = {"url": url, "fileName": name, "contentType": of_type, "details": {"size": size}, **file}
    fields = {"title": {"en-US": uid}, "file": {"en-US": held}}
    return {
        "metadata": {"tags": []},
        "sys": sys("Asset", uid, version=3, publishedVersion=2),
        "fields": fields,
    }


def locale(code: str = "en-US") -> Raw:
    facts = {"default": True, "fallbackCode": None, "optional": False}
    facts |= {"contentManagementApi": True, "contentDeliveryApi": True}
    return {"sys": sys("Locale", f"of-{code}"), "name": code, "code": code, **facts}


def page_type() -> Raw:
    field = {"id": "title", "name": "Title", "type": "Symbol", "localized": True, "required": True}
    rules = {"validations": [], "disabled": False, "omitted": False}
    facts = {"version": 2, "publishedVersion": 1, "publishedCounter": 1}
    about = {"name": "Page", "description": "", "displayField": "title"}
    return {"sys": sys("ContentType", "page", **facts), **about, "fields": [{**field, **rules}]}


def small(**lists: Any) -> Raw:
    """An export with a type, a locale and two entries; other lists as they are given."""
    own = {"contentTypes": [page_type()], "entries": [entry("hen"), entry("egg")], "locales": [locale()]}
    return {**own, **lists}


def write(path: Path, content: Any, *, indent: int | None = 2) -> Path:
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=False))
    return path


def put_file(folder: Path, row: Raw, content: bytes, *, decoded: bool = True) -> Path:
    """Put the file of an asset where the vendor's tool puts it."""
    steps = row["fields"]["file"]["en-US"]["url"].removeprefix("//").split("/")
    path = folder.joinpath(*[unquote(step) if decoded else step for step in steps])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# --- what the importer demands ---

_TYPES = re.compile("^Symbol|Text|Integer|Number|Date|Object|Boolean|Array|Link|Location$")
_ADDRESS = re.compile(r"https?://[^ /}{][^ }{]*", re.IGNORECASE)


def complaints(content: Raw) -> list[str]:
    """What contentful-import would stop at: list, place and what is wrong there, a line each."""
    return [
        f"{key} {number}: {what}"
        for key, check in _CHECKS.items()
        for number, row in enumerate(content.get(key, []))
        for what, holds in check(row)
        if not holds
    ]


def _content_type(row: Raw) -> Iterator[tuple[str, object]]:
    yield "fields", isinstance(row.get("fields"), list)
    for field in row.get("fields") or []:
        uid = field.get("id")
        yield "id, name, type", all(_is_text(field.get(name)) for name in ("id", "name", "type"))
        yield f"{uid} type", _TYPES.search(field.get("type", ""))
        yield f"{uid} linkType", field.get("type") == "Link" or "linkType" not in field
        switches = [field.get(name, False) for name in ("disabled", "omitted", "required", "localized")]
        yield f"{uid} switches", all(isinstance(one, bool) for one in switches)


def _asset(row: Raw) -> Iterator[tuple[str, object]]:
    yield "fields", isinstance(row.get("fields"), dict)
    for code, file in row["fields"].get("file", {}).items():
        yield f"file {code}", all(_is_text(file.get(name)) for name in ("url", "fileName", "contentType"))


def _editor_interface(row: Raw) -> Iterator[tuple[str, object]]:
    for control in row.get("controls", []):
        named = [control[name] for name in ("fieldId", "widgetId") if name in control]
        yield "controls", all(map(_is_text, named))


def _webhook(row: Raw) -> Iterator[tuple[str, object]]:
    yield "url", _ADDRESS.fullmatch(re.sub(r"\{[^}{]+?\}", "x", row.get("url") or ""))
    yield "topics", isinstance(row.get("topics"), list)


_CHECKS: dict[str, Callable[[Raw], Iterable[tuple[str, object]]]] = {
    "contentTypes": _content_type,
    "tags": lambda row: [("name", _is_text(row.get("name")))],
    "assets": _asset,
    "editorInterfaces": _editor_interface,
    "locales": lambda row: [("name, code", _is_text(row.get("name")) and _is_text(row.get("code")))],
    "webhooks": _webhook,
    "releases": lambda row: [("generation", row["sys"].get("schemaVersion") == "Release.v2")],
}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
