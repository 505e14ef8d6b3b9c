"""Writes of entries, assets and types: bodies, publishing, archiving, processing of files.

Every write of a body and every publish names the version that its object has now (`build.write`); taking down and
archiving need none. API pages: "Entries", "Assets", "Content types".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from stackferry.providers.contentful.kinds import ASSETS, CONTENT_TYPES, ENTRIES
from stackferry.providers.contentful.requests.build import get, segment, write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentful.requests.build import Root

T = TypeVar("T")

LINK_TYPES: Final = {ENTRIES.name: "Entry", ASSETS.name: "Asset", CONTENT_TYPES.name: "ContentType"}
CONTENT_TYPE: Final = "x-contentful-content-type"
LONGEST_LIST: Final = 6_000  # characters of ids in an address: "the maximum URI length is 7600"


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


def publish(root: Root, kind: str, uid: str, version: int, locales: Collection[str] = ()) -> Request:
    """Publish a document, in these locales alone where any are given."""
    return _change_live(root, kind, uid, version, "add", locales)


def unpublish(root: Root, kind: str, uid: str, version: int, locales: Collection[str] = ()) -> Request:
    """Take a document down, in these locales alone where any are given."""
    if not locales:
        return write("DELETE", document_path(root, kind, uid, "published"))
    return _change_live(root, kind, uid, version, "remove", locales)


def _change_live(
    root: Root, kind: str, uid: str, version: int, part: str, locales: Collection[str]
) -> Request:
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


def by_length(items: Iterable[T], uid: Callable[[T], str], most: int = 1000) -> Iterator[list[T]]:
    """Pieces whose ids fit into one address, and into one page."""
    piece: list[T] = []
    length = 0
    for item in items:
        size = len(quote(uid(item), safe="")) + len("%2C")
        if piece and (length + size > LONGEST_LIST or len(piece) == most):
            yield piece
            piece, length = [], 0
        piece.append(item)
        length += size
    if piece:
        yield piece
