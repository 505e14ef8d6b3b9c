"""Writes of entries, assets and types: bodies, publishing, archiving, processing of files, bulk publishing.

Every write of a body and every publish names the version that its object has now (`build.write`); taking down and
archiving need none. API pages: "Entries", "Assets", "Content types", "Bulk actions"; bulk actions of some locales as
the vendor's own client sends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.model import Budget
from stackferry.providers.contentful.kinds import ASSETS, CONTENT_TYPES, ENTRIES
from stackferry.providers.contentful.requests.build import get, segment, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentful.requests.build import Root

LINK_TYPES: Final = {ENTRIES.name: "Entry", ASSETS.name: "Asset", CONTENT_TYPES.name: "ContentType"}
BULK_ITEMS: Final = 200  # "a bulk action can hold at most 200 items"
CONTENT_TYPE: Final = "x-contentful-content-type"


def document_path(root: Root, kind: str, uid: str, *parts: str) -> str:
    """The path of an entry, an asset or a content type, or of what lies below it."""
    return root.in_environment("/".join(["", kind, segment(uid), *parts]))


def put_document(
    root: Root, kind: str, uid: str, body: JsonObject, *, version: int | None, content_type: str = ""
) -> Request:
    """The whole body of a document; without a version where it is new, and an entry then names its type."""
    headers = ((CONTENT_TYPE, content_type),) if content_type and version is None else ()
    return write("PUT", document_path(root, kind, uid), body, version=version, headers=headers)


def get_document(root: Root, kind: str, uid: str) -> Request:
    return get(document_path(root, kind, uid))


def publish(root: Root, kind: str, uid: str, version: int, locales: Iterable[str] = ()) -> Request:
    """Publish a document, in these locales alone where any are given."""
    return _change_live(root, kind, uid, version, "add", locales)


def unpublish(root: Root, kind: str, uid: str, version: int, locales: Iterable[str] = ()) -> Request:
    """Take a document down, in these locales alone where any are given."""
    if not [*locales]:
        return write("DELETE", document_path(root, kind, uid, "published"))
    return _change_live(root, kind, uid, version, "remove", locales)


def _change_live(root: Root, kind: str, uid: str, version: int, part: str, locales: Iterable[str]) -> Request:
    codes: list[Json] = [*sorted(locales)]
    body: JsonObject | None = {part: {"fields": {"*": codes}}} if codes else None
    return write("PUT", document_path(root, kind, uid, "published"), body, version=version)


def archive(root: Root, kind: str, uid: str) -> Request:
    return write("PUT", document_path(root, kind, uid, "archived"))


def unarchive(root: Root, kind: str, uid: str) -> Request:
    return write("DELETE", document_path(root, kind, uid, "archived"))


def process_file(root: Root, asset: str, locale: str, version: int) -> Request:
    """Ask for the upload of one locale to become the asset's file. The answer is empty."""
    path = document_path(root, ASSETS.name, asset, "files", segment(locale), "process")
    return write("PUT", path, version=version)


def list_by_id(root: Root, kind: str, uids: Collection[str]) -> Request:
    """These documents, at most as many as one page holds."""
    path = root.in_environment(f"/{kind}")
    return get(path, ("sys.id[in]", ",".join(uids)), ("limit", str(max(len(uids), 1))))


def bulk_publish(root: Root, items: Sequence[tuple[str, str, int, Collection[str]]]) -> Request:
    """Publish documents: kind, id, version, and the locales where not all of them are meant.

    The first generation of the call publishes whole documents, the second one also some of their locales.
    """
    if not any(locales for _, _, _, locales in items):
        links: list[Json] = [_link(kind, uid, version) for kind, uid, version, _ in items]
        body: JsonObject = {"entities": {"sys": {"type": "Array"}, "items": links}}
        return write("POST", root.in_environment("/bulk_actions/publish"), body, budget=Budget.BULK)
    rows: list[Json] = [
        {"entity": _link(kind, uid, version), **_added(locales)} for kind, uid, version, locales in items
    ]
    body = {"action": "publish", "entities": rows}
    return write("POST", root.in_environment("/bulk_actions"), body, budget=Budget.BULK)


def bulk_action(root: Root, uid: str, *, of_locales: bool) -> Request:
    """How far a bulk action is."""
    generation = "/bulk_actions" if of_locales else "/bulk_actions/actions"
    return get(root.in_environment(f"{generation}/{segment(uid)}"))


def _link(kind: str, uid: str, version: int) -> JsonObject:
    return {"sys": {"type": "Link", "linkType": LINK_TYPES[kind], "id": uid, "version": version}}


def _added(locales: Collection[str]) -> JsonObject:
    codes: list[Json] = [*sorted(locales)]
    return {"add": {"fields": {"*": codes}}} if codes else {}
