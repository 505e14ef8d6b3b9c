"""What publishing, unpublishing and validating a release does to its entries and assets.

A release is done as a whole or not at all. Of a Timeline release the copies become what is edited, and are published;
of a Launch release the entities themselves are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, bad_request, not_found
from stackferry.emulators.contentful.documents import Document, new_document, unpublish, write
from stackferry.emulators.contentful.publishing import check, publish_document, refusal, take_down
from stackferry.emulators.contentful.routes.releases.items import copies, items_of, live_document

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.environment import Release
    from stackferry.emulators.contentful.publishing import Batch
    from stackferry.emulators.contentful.routes.releases.items import Item
    from stackferry.model import JsonObject


def failures(call: Call, release: Release, action: str) -> list[JsonObject]:
    """What forbids the action, a row for each entity that it fails at."""
    items = _items(release)
    batch: Batch = frozenset((item.kind, item.id) for item in items)
    failed: list[JsonObject] = []
    for item in items:
        try:
            _check(call, release, item, action, batch)
        except ApiError as error:
            entity: JsonObject = {"sys": {"type": "Link", "linkType": item.kind, "id": item.id}}
            failed.append({"entity": entity, "error": error.body("none")})
    return failed


def carry_out(call: Call, release: Release, action: str) -> None:
    """Do it. Nothing may forbid it: see `failures`."""
    items = _items(release)
    batch: Batch = frozenset((item.kind, item.id) for item in items)
    if release.is_timeline and action == "publish":
        for item in items:
            _bring_in(call, release, item)
    for item in items:
        _apply(call, item, action, batch)


def _items(release: Release) -> list[Item]:
    """Its items, and what was made in it and is not among them."""
    from stackferry.emulators.contentful.routes.releases.items import KINDS, Item

    items = items_of(release)
    known = {(item.kind, item.id) for item in items}
    own = [
        Item(kind, uid, "publish")
        for kind in KINDS
        for uid in copies(release, kind)
        if (kind, uid) not in known
    ]
    return [*items, *own]


def _is_taken_down(item: Item, action: str) -> bool:
    """Whether the whole entity is unpublished: by the action, by its item, or for all its locales are removed."""
    return action == "unpublish" or (item.action == "unpublish" if item.add is None else not item.add)


def _check(call: Call, release: Release, item: Item, action: str, batch: Batch) -> None:
    """Raises what would refuse the item."""
    document, copy = live_document(call, item), copies(release, item.kind).get(item.id)
    if document is None and copy is None:
        raise not_found(item.kind, item.id)
    if _is_taken_down(item, action):
        return
    if document is not None and document.state == "archived":
        raise bad_request("Cannot publish archived")
    looked_at = document if copy is None else _with_body(document, copy)
    assert looked_at is not None  # noqa: S101 - one of both is there
    codes = call.environment.locale_codes if item.add is None else item.add
    if problems := check(call, looked_at, codes, batch):
        raise refusal(problems, item.kind)


def _with_body(document: Document | None, copy: Document) -> Document:
    return copy if document is None else Document(document.sys, copy.body)


def _bring_in(call: Call, release: Release, item: Item) -> None:
    """What is edited becomes what the copy holds; what exists only in the release is made."""
    copy, document = copies(release, item.kind).get(item.id), live_document(call, item)
    if copy is None or _is_taken_down(item, "publish"):
        return
    if document is None:
        table = call.environment.assets if item.kind == "Asset" else call.environment.entries
        table[item.id] = new_document(item.kind, item.id, copy.body, call.stamp)
        if "contentType" in copy.sys:
            table[item.id].sys["contentType"] = copy.sys["contentType"]
    elif document.body != copy.body:
        write(document, copy.body, call.stamp)


def _apply(call: Call, item: Item, action: str, batch: Batch) -> None:
    document = live_document(call, item)
    if document is None:  # it was to be taken down, and never was anywhere but in the release
        return
    if _is_taken_down(item, action):
        if document.live is not None:
            unpublish(document, call.stamp)
        return
    if item.add is None:
        publish_document(call, document, call.environment.locale_codes, batch)
        return
    publish_document(call, document, item.add, batch)
    if gone := document.live_locales & set(item.remove or ()):
        take_down(call, document, gone)
