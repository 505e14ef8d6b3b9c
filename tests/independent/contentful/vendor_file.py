"""A small file of contentful-export, written from what the facts say of it (§12)."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from rich_space import link, titles
from rich_types import field

if TYPE_CHECKING:
    from pathlib import Path

PERSON = link("User", "somebody")
AT = "2024-05-01T10:00:00.000Z"


def sys(kind: str, key: str, version: int = 2, **more: Any) -> dict[str, Any]:
    by = {"createdBy": PERSON, "updatedBy": PERSON, "createdAt": AT, "updatedAt": AT}
    space = {"space": link("Space", "vendor"), "environment": link("Environment", "master")}
    return {"id": key, "type": kind, "version": version, **by, **space, **more}


def published(version: int = 2) -> dict[str, Any]:
    return {"publishedVersion": version - 1, "publishedCounter": 1, "publishedAt": AT, "firstPublishedAt": AT}


def entry(key: str, **fields: Any) -> dict[str, Any]:
    more = {"contentType": link("ContentType", "page"), **published()}
    return {"sys": sys("Entry", key, **more), "fields": fields, "metadata": {"tags": []}}


def asset(key: str, name: str, kind: str, size: int) -> dict[str, Any]:
    url = f"//images.ctfassets.net/vendor/{key}/abc/{name}"
    file = {"fileName": name, "contentType": kind, "url": url, "details": {"size": size}}
    return {
        "sys": sys("Asset", key, **published()),
        "fields": {"title": {"en-US": key}, "file": {"en-US": file}},
    }


def locale(code: str, default: bool, fallback: str | None = None) -> dict[str, Any]:
    apis = {"contentDeliveryApi": True, "contentManagementApi": True, "optional": False}
    names = {"name": code, "code": code, "internal_code": code, "fallbackCode": fallback, "default": default}
    return {"sys": sys("Locale", f"locale-{code}", 1), **names, **apis}


TYPE: dict[str, Any] = {
    "sys": sys("ContentType", "page", **published()),
    "name": "Page",
    "description": None,
    "displayField": "title",
    "fields": [
        field("title", "Symbol", localized=True),
        field("to", "Link", linkType="Entry"),
        field("body", "RichText"),
    ],
}


def small() -> dict[str, Any]:
    """Two entries of a type in two languages, and an asset."""
    return copy.deepcopy(
        {
            "contentTypes": [TYPE],
            "tags": [],
            "editorInterfaces": [],
            "entries": [
                entry("one", title=titles("one", "en-US", "de"), to={"en-US": link("Entry", "two")}),
                entry("two", title=titles("two", "en-US")),
            ],
            "assets": [asset("pic", "p.png", "image/png", 9)],
            "locales": [locale("en-US", True), locale("de", False, "en-US")],
            "webhooks": [],
            "roles": [],
        }
    )


def store(folder: Path, content: dict[str, Any] | str) -> Path:
    """The file in a folder, with the asset's bytes beside it."""
    bytes_of = folder / "images.ctfassets.net" / "vendor" / "pic" / "abc" / "p.png"
    bytes_of.parent.mkdir(parents=True)
    bytes_of.write_bytes(b"nine byte")
    file = folder / "contentful-export-vendor-master.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=2), "utf-8")
    return file
