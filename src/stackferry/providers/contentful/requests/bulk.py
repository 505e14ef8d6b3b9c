"""Requests of bulk actions: up to 200 entries and assets are published, taken down or validated together. And of bulk
operations, which write many entries.

Two generations of the call: the first names links and does whole entities, the second one items that may name some of
their locales. API page: "Bulk actions"; the second generation as the vendor's own client sends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError
from stackferry.model import Budget, Request
from stackferry.providers.contentful.requests.build import get, segment, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.requests.build import Root

BULK_ITEMS: Final = 200  # "a bulk action can hold at most 200 items"
BULK_RUNNING: Final = 5  # of a space at a time; the sixth is refused with 429


class BulkItem(NamedTuple):
    """An "Entry" or an "Asset". A publish names its `version`; `locales`: only these, where any are given."""

    link_type: str
    uid: str
    version: int | None = None
    locales: tuple[str, ...] = ()

    def link(self) -> JsonObject:
        sys: JsonObject = {"type": "Link", "linkType": self.link_type, "id": self.uid}
        return {"sys": {**sys, **({} if self.version is None else {"version": self.version})}}


def bulk_publish(root: Root, items: Sequence[BulkItem]) -> Request:
    """Publish entities, of some of them some locales."""
    return _begin(root, "publish", "publish", "add", items)


def bulk_unpublish(root: Root, items: Sequence[BulkItem]) -> Request:
    """Take entities down. To take down some locales of one is a publish that removes them, and names its version.

    Raises UsageError where only some items name locales: the others would be published.
    """
    if names_locales(items) and not all(item.locales for item in items):
        raise UsageError("entities that are unpublished whole need a bulk action of their own")
    return _begin(root, "unpublish", "publish", "remove", items)


def bulk_validate(root: Root, items: Sequence[BulkItem]) -> Request:
    """See whether entities could be published, of some of them some locales."""
    return _begin(root, "validate", "validate", "add", items)


def get_bulk_action(root: Root, uid: str, *, of_locales: bool) -> Request:
    """How far a bulk action is; `of_locales`: one that named locales."""
    generation = "/bulk_actions" if of_locales else "/bulk_actions/actions"
    return get(root.in_environment(f"{generation}/{segment(uid)}"))


def names_locales(items: Sequence[BulkItem]) -> bool:
    """Whether an action on these is one of the second generation."""
    return any(item.locales for item in items)


def _begin(root: Root, action: str, with_locales: str, part: str, items: Sequence[BulkItem]) -> Request:
    if names_locales(items):
        path, body = "/bulk_actions", _second(with_locales, part, items)
    else:
        links: list[Json] = [item.link() for item in items]
        path, body = f"/bulk_actions/{action}", {"entities": {"sys": {"type": "Array"}, "items": links}}
    return write("POST", root.in_environment(path), body, budget=Budget.BULK)


def _second(action: str, part: str, items: Sequence[BulkItem]) -> JsonObject:
    rows: list[Json] = [{"entity": item.link(), **_locales(part, item)} for item in items]
    return {"action": action, "entities": rows}


def _locales(part: str, item: BulkItem) -> JsonObject:
    codes: list[Json] = [*item.locales]
    return {part: {"fields": {"*": codes}}} if codes else {}


def list_states(root: Root, link_type: str, uids: Sequence[str]) -> Request:
    """Version and state of these entries or assets, without their content: at most as many as a page holds."""
    kind = "entries" if link_type == "Entry" else "assets"
    wanted = (("sys.id[in]", ",".join(uids)), ("select", "sys"), ("limit", str(max(len(uids), 1))))
    return get(root.in_environment(f"/{kind}"), *wanted)


def begin_operation(root: Root, action: str, upload: str) -> Request:
    """Begin to "create" or "update" the entries of an upload; sent twice, the second one is refused item by item."""
    link: JsonObject = {"sys": {"type": "Link", "linkType": "Upload", "id": upload}}
    path = root.in_environment(f"/bulk_operations/entries/{action}")
    return write("POST", path, {"upload": link}, repeatable=True)


def get_operation(root: Root, uid: str) -> Request:
    return get(root.in_environment(f"/bulk_operations/{segment(uid)}"))
