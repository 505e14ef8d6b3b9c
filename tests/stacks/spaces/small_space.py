"""Objects of an invented space as the API shows them, and a small space made of them: a harbour guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackferry.emulators.contentful.space import StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.contentful import Environment, Space

TIME = "2026-03-01T10:00:00.000Z"
Body = dict[str, Any]


def link(kind: str, uid: str) -> Body:
    return {"sys": {"type": "Link", "linkType": kind, "id": uid}}


def sys_of(
    kind: str,
    uid: str,
    version: int = 1,
    published: int = 0,
    status: dict[str, str] | None = None,
    **more: Any,
) -> Body:
    """`sys` of a document; `published`: the version that was published last, 0 for none; `status`: by locale."""
    made: Body = {"type": kind, "id": uid, "version": version, "createdAt": TIME, "updatedAt": TIME}
    made |= {"publishedCounter": more.pop("counter", 1 if published else 0)}
    if published:
        made |= {"publishedVersion": published, "publishedAt": TIME, "firstPublishedAt": TIME}
    if status:
        made["fieldStatus"] = {"*": status}
    return {**made, **more}


def locale(code: str, fallback: str | None = None, *, default: bool = False) -> Body:
    return {
        "sys": sys_of("Locale", f"locale-{code}"),
        "code": code,
        "internal_code": code,
        "name": code,
        "default": default,
        "fallbackCode": fallback,
        "contentManagementApi": True,
        "contentDeliveryApi": True,
        "optional": not default,
    }


def content_type(uid: str, *fields: Body, version: int = 2, published: int = 1, **more: Any) -> Body:
    return {
        "sys": sys_of("ContentType", uid, version, published),
        "name": uid.title(),
        "description": "",
        "displayField": "title",
        "fields": [field("title"), *fields],
        **more,
    }


def field(uid: str, kind: str = "Symbol", **more: Any) -> Body:
    facts: Body = {
        "id": uid,
        "name": uid,
        "type": kind,
        "localized": True,
        "required": False,
        "validations": [],
    }
    return {**facts, "disabled": False, "omitted": False, **more}


def entry(
    uid: str, fields: Body, version: int = 1, published: int = 0, kind: str = "page", **more: Any
) -> Body:
    """An entry. `fields` are by locale; a text alone is one in en-US."""
    by_locale = {
        name: value if isinstance(value, dict) and not {"sys"} & value.keys() else {"en-US": value}
        for name, value in fields.items()
    }
    sys = sys_of("Entry", uid, version, published, contentType=link("ContentType", kind), **more)
    return {"sys": sys, "fields": by_locale, "metadata": {"tags": [], "concepts": []}}


def asset(uid: str, urls: dict[str, str], version: int = 2, published: int = 1, size: int = 3) -> Body:
    """An asset with the addresses of its files by locale."""
    files = {
        code: {
            "url": url,
            "fileName": url.rpartition("/")[2],
            "contentType": "image/png",
            "details": {"size": size},
        }
        for code, url in urls.items()
    }
    fields: Body = {"title": {"en-US": uid}, "file": files}
    return {"sys": sys_of("Asset", uid, version, published), "fields": fields, "metadata": {"tags": []}}


def store_file(space: Space, path: str, content: bytes | None = b"png", *, secure: bool = False) -> str:
    """Put bytes behind the path of a file's address; returns the path."""
    space.files[path] = StoredFile(content, "image/png", secure)
    return path


def fill_small(space: Space, environment: Environment) -> None:
    """A draft, a published, a changed and a partly published entry, and an asset that two locales share."""
    environment.put("locales", locale("en-US", default=True))
    environment.put("locales", locale("de", "en-US"))
    environment.put_content_type(content_type("page", field("body", "Text")))
    environment.put_entry(entry("draft", {"title": "a draft"}))
    environment.put_entry(entry("live", {"title": "live"}, 2, 1))
    put_changed(environment, "changed", "old words", "new words")
    partly: Body = {"title": {"en-US": "the tide", "de": "die Flut"}}
    environment.put_entry(entry("partly", partly, 4, 3, status={"en-US": "published", "de": "draft"}))
    path = store_file(space, f"/{space.id}/boat/token/boat.png")
    environment.put_asset(asset("boat", {"en-US": path, "de": path}))


def put_changed(environment: Environment, uid: str, live: str, current: str) -> None:
    """A published entry that was edited since."""
    environment.put_entry(entry(uid, {"title": current}, 5, 2), entry(uid, {"title": live}, 3, 2))


def put_entries(environment: Environment, count: int, text: str = "words", start: int = 0) -> None:
    """Published entries with ids in order."""
    for number in range(start, start + count):
        environment.put_entry(entry(entry_id(number), {"title": f"{number}", "body": text}, 2, 1))


def entry_id(number: int) -> str:
    return f"entry{number:08d}"


def ids(rows: Iterable[Body]) -> list[str]:
    return [row["sys"]["id"] for row in rows]
