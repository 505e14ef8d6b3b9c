"""The items of a release: what a client sends of them, checked, and the copies that a Timeline release makes.

Page: Timeline releases, "Create release" and "Update release", with what each refuses.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, bad_request, invalid, not_found, problem
from stackferry.emulators.contentful.documents import Document
from stackferry.json_values import as_list, as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Stamp
    from stackferry.emulators.contentful.environment import Release
    from stackferry.model import Json, JsonObject

KINDS = ("Entry", "Asset")
ACTIONS = ("publish", "unpublish")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry or asset of a release. `add` and `remove` are locales, or None in an item that names an action."""

    kind: str
    id: str
    action: str
    add: tuple[str, ...] | None = None
    remove: tuple[str, ...] | None = None


def items_of(release: Release) -> list[Item]:
    """The items of a release, of either generation."""
    rows = objects(nested(release.raw, "entities", "items"))
    return [_item(row) for row in rows]


def _item(row: JsonObject) -> Item:
    sys = as_object(nested(row, "entity", "sys") or row.get("sys"))
    parts = [_codes(row, name) for name in ("add", "remove")]
    action = text(row.get("action")) or "publish"
    return Item(text(sys.get("linkType")), text(sys.get("id")), action, *parts)


def _codes(row: JsonObject, name: str) -> tuple[str, ...] | None:
    return tuple(text(code) for code in as_list(nested(row, name, "fields", "*"))) if name in row else None


def checked_items(
    call: Call, body: JsonObject, release: Release | None, *, is_timeline: bool
) -> list[JsonObject]:
    """The items of a body, as they are stored. `release` is what was there. Raises 400, 404 and 422."""
    rows = objects(nested(body, "entities", "items"))
    for number, row in enumerate(rows):
        _check_link(call, row, number, creates=release is None, is_timeline=is_timeline)
    items = [_item(row) for row in rows]
    _check_numbers(call, items)
    if is_timeline:
        for number, row in enumerate(rows):
            _check_shape(call, row, number)
    for item in items:
        _check_exists(call, item, release)
    return rows


def _check_link(call: Call, row: JsonObject, number: int, *, creates: bool, is_timeline: bool) -> None:
    sys = as_object(nested(row, "entity", "sys") if is_timeline else row.get("sys"))
    kind = sys.get("linkType")
    path: list[str | int] = ["entities", "items", number, "sys"]
    if not isinstance(sys.get("id"), str) or not sys["id"]:
        raise invalid([problem("required", [*path, "id"], "The id of the entity is not defined.")])
    if kind in KINDS:
        return
    details = "linkType is required" if kind is None else "linkType must be Entry or Asset"
    if creates and call.switches.entity_type_status == 400:
        raise bad_request(details, {"errors": [problem("any.only", [*path, "linkType"], details)]})
    raise invalid([problem("any.only", [*path, "linkType"], details)])


def _check_numbers(call: Call, items: list[Item]) -> None:
    counts = Counter((item.kind, item.id) for item in items)
    twice = [uid for (_, uid), count in counts.items() if count > 1]
    if twice:
        raise invalid(
            [problem("array.unique", ["entities", "items"], f"{uid} is given twice") for uid in twice]
        )
    most = call.limits.release_items
    if len(items) > most:
        raise invalid(
            [problem("array.max", ["entities", "items"], f"A release holds at most {most} entities.")]
        )


def _check_shape(call: Call, row: JsonObject, number: int) -> None:
    """An item names an action, or in locale mode where each locale goes."""
    path: list[str | int] = ["entities", "items", number]
    by_locale = "add" in row or "remove" in row
    if call.switches.release_shapes == "by mode" and by_locale is not call.space.locale_publishing:
        wanted = "add and remove" if call.space.locale_publishing else "an action"
        raise invalid([problem("object.unknown", path, f"In this space an item names {wanted}.")])
    if by_locale:
        _check_locales(call, row, path)
    elif row.get("action") not in ACTIONS:
        raise invalid([problem("any.only", [*path, "action"], "The action is publish or unpublish.")])


def _check_locales(call: Call, row: JsonObject, path: list[str | int]) -> None:
    named = Counter(code for name in ("add", "remove") for code in _codes(row, name) or ())
    if "add" not in row or "remove" not in row or named != Counter(call.environment.locale_codes):
        raise invalid([problem("array.includes", path, "Every locale is in exactly one of add and remove.")])


def _check_exists(call: Call, item: Item, release: Release | None) -> None:
    if call.access.refused.get("assets" if item.kind == "Asset" else "entries"):
        raise not_found(item.kind, item.id)
    if live_document(call, item) is not None or (
        release is not None and item.id in copies(release, item.kind)
    ):
        return
    if call.switches.missing_entity == 404:
        raise not_found(item.kind, item.id)
    sys: JsonObject = {"id": item.id, "type": item.kind}
    error: JsonObject = {"sys": {"type": "Error", "id": "NotFound"}, "details": {"sys": sys}}
    error["message"] = "The resource could not be found."
    raise ApiError(422, "ValidationFailed", "Validation error", {"errors": [{"error": error}]})


def live_document(call: Call, item: Item) -> Document | None:
    """The entry or asset outside of the release."""
    table = call.environment.assets if item.kind == "Asset" else call.environment.entries
    return table.get(item.id)


def copies(release: Release, kind: str) -> dict[str, Document]:
    """The copies of entries or assets in a Timeline release, by id."""
    return release.assets if kind == "Asset" else release.entries


def make_copies(call: Call, release: Release) -> None:
    """Copy what is in a Timeline release for the first time, and drop the copies of what is there no more."""
    for kind in KINDS:
        held = copies(release, kind)
        wanted = [item for item in items_of(release) if item.kind == kind]
        for item in wanted:
            origin = live_document(call, item)
            if item.id not in held and origin is not None:
                held[item.id] = copy_of(origin, call.stamp)
        keep = {item.id for item in wanted} | _own_copies(call, kind, held)
        for uid in [uid for uid in held if uid not in keep]:
            del held[uid]


def _own_copies(call: Call, kind: str, held: Mapping[str, Document]) -> set[str]:
    """The copies that were made in the release; by a switch an item list has these, too."""
    if call.switches.release_lists_own:
        return set()
    return {uid for uid in held if live_document(call, Item(kind, uid, "publish")) is None}


def copy_of(origin: Document, stamp: Stamp) -> Document:
    """A copy of what is edited, with versions of its own."""
    sys: dict[str, Json] = {
        name: origin.sys[name] for name in ("type", "id", "contentType") if name in origin.sys
    }
    sys |= {"version": 1, "createdAt": stamp.time, "createdBy": stamp.by()}
    sys |= {"updatedAt": stamp.time, "updatedBy": stamp.by()}
    return Document(sys, origin.body)
