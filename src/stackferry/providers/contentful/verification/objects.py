"""Compares the kinds whose objects are one record each: all but entries, assets and what belongs to them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.redactions import Known, known_part
from stackferry.providers.contentful.options import write_options
from stackferry.providers.contentful.verification.edits import (
    About,
    body_differences,
    foreign_ids,
    on_one_side,
    value_difference,
)
from stackferry.providers.contentful.verification.own_parts import own_parts
from stackferry.providers.contentful.verification.states import state
from stackferry.providers.secrets.redacted import NOT_HELD_REASON, REDACTED_REASON, unknown_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.verification.sides import Pair, Sides
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.source import RecordStore

KINDS: Final = (
    *(kinds.LOCALES, kinds.CONCEPTS, kinds.CONCEPT_SCHEMES, kinds.EXTENSIONS, kinds.APP_INSTALLATIONS),
    *(kinds.TAGS, kinds.CONTENT_TYPES, kinds.EDITOR_INTERFACES, kinds.UI_CONFIG, kinds.RELEASES),
    *(kinds.SCHEDULED_ACTIONS, kinds.WORKFLOW_DEFINITIONS, kinds.WORKFLOWS, kinds.TASKS, kinds.COMMENTS),
    *(kinds.ROLES, kinds.WEBHOOKS),
)
RECORDED: Final = (kinds.SPACE, kinds.API_KEYS, kinds.PREVIEW_API_KEYS, kinds.ENVIRONMENT_ALIASES)
"""What no import writes: compared within one place alone."""
OWN_KINDS: Final = (
    *(kinds.EXTENSIONS, kinds.APP_INSTALLATIONS, kinds.ROLES, kinds.WEBHOOKS),
    *(kinds.CONCEPTS, kinds.CONCEPT_SCHEMES, kinds.EDITOR_INTERFACES),
)
"""Kinds of which a target goes on having its own beside what an import brings; of editor interfaces the service makes
one for each type."""


def object_differences(sides: Sides) -> Iterator[Mismatch | Change]:
    """Every difference of every object of these kinds."""
    for kind in (*KINDS, *(RECORDED if sides.is_one_place else ())):
        if sides.context.options.includes(kind.name):
            for pair in sides.pairs(kind):
                yield from _compare(sides, kind, pair)


def _compare(sides: Sides, kind: Kind, pair: Pair) -> Iterator[Mismatch | Change]:
    about = About(kind.name, pair)
    left, right = pair.left, pair.right
    if left is None or right is None:
        if right is None and _cannot_be_made(sides, kind, left or {}):
            sides.gap(kind.name, pair.uid, REDACTED_REASON)
            return
        is_own = kind in OWN_KINDS and left is None and not sides.tells_edits
        if not is_own and not _is_part_of_one(sides, kind, pair) and _counts(kind, left or right or {}):
            yield from on_one_side(sides, about)
        return
    sides.compared[kind.name] += 1
    views = _views(sides, kind, pair, left, right)
    yield from body_differences(sides, about, *views)
    if kind is not kinds.CONTENT_TYPES:  # what a type names is compared: its sources are renamed
        yield from foreign_ids(sides, about, *views)
    if kind is kinds.RELEASES and _status(left) != _status(right):
        yield from value_difference(sides, about, "/sys/status", _status(left), _status(right))
    if kind is kinds.CONTENT_TYPES:
        yield from _live_type(sides, about)


def _views(sides: Sides, kind: Kind, pair: Pair, left: JsonObject, right: JsonObject) -> list[JsonObject]:
    """Both sides in the same terms; credentials that the snapshot lacks are gaps."""
    known = _known(sides, kind, left, right)
    for path in () if sides.tells_edits else known.missing:
        sides.gap(kind.name, pair.uid, REDACTED_REASON, path=path)
    # What only one of two places has is told whole.
    left = left if sides.tells_edits else known.body
    views = [own_parts(kind.name, left, sides.terms), own_parts(kind.name, right, sides.own_terms)]
    if kind is kinds.WEBHOOKS:
        views = _webhooks(sides, views)
    if kind is kinds.RELEASES:
        views = [*map(_with_items, views)]
    for path in _unknown_credentials(sides, kind, pair, views):
        if not sides.tells_edits:
            sides.gap(kind.name, pair.uid, REDACTED_REASON, path=path)
        elif not any(f"{path}/".startswith(f"{one}/") for one in known.missing):
            sides.gap(kind.name, pair.uid, NOT_HELD_REASON, path=path)
    return views


def _unknown_credentials(sides: Sides, kind: Kind, pair: Pair, views: list[JsonObject]) -> list[str]:
    """Credentials that the source does not hold, where they may be others in the target. Of one object, that of the
    same id in one space, what both sides redacted is equal."""
    if sides.is_one_place or sides.is_shared(kind.name):
        return []
    ours, theirs = map(unknown_paths, views)
    is_one = sides.is_one_space and kinds.sys_id(pair.left or {}) == kinds.sys_id(pair.right or {})
    return sorted(ours - theirs if is_one else ours)


def _cannot_be_made(sides: Sides, kind: Kind, row: JsonObject) -> bool:
    """Whether an object cannot be without a credential that the snapshot redacted, so that no import makes it."""
    is_import = kind.may_hold_credentials and not (sides.is_one_place or sides.tells_edits)
    return is_import and bool(known_part(kind.name, row, None).needed)


def _known(sides: Sides, kind: Kind, left: JsonObject, right: JsonObject) -> Known:
    """An object without the values that a snapshot redacted and that the target has not been given by hand."""
    if sides.is_one_place or not kind.may_hold_credentials:
        return Known(left)
    return known_part(kind.name, left, right)


def _live_type(sides: Sides, about: About) -> Iterator[Mismatch | Change]:
    """Whether a content type is published, and what of it."""
    left, right = about.pair.left or {}, about.pair.right or {}
    states = state(left), state(right)
    if states[0] != states[1]:
        yield from value_difference(sides, about, "/state", *states)
    here, there = _published_type(sides.left, left), _published_type(sides.right, right)
    if "draft" not in states and (here is None or there is None):
        sides.unknown_live_body(about.kind, about.pair)
    if here is None or there is None or (here is left and there is right):
        return  # what is told already: the state, or the current body
    views = [
        own_parts("content_types", here, sides.terms),
        own_parts("content_types", there, sides.own_terms),
    ]
    if not _follows(sides, about, views):
        yield from body_differences(sides, About(about.kind, about.pair, prefix="/published"), *views)


def _follows(sides: Sides, about: About, live: list[JsonObject]) -> bool:
    """Whether what is live now is the current body of today, whose edits are told: then it was only published."""
    current = about.pair.right or {}
    return sides.tells_edits and live[1] == own_parts("content_types", current, sides.own_terms)


def _published_type(store: RecordStore, row: JsonObject) -> JsonObject | None:
    """The live body of a content type; None where nothing is live, or where the side does not say what."""
    found = store.get(Stream(kinds.PUBLISHED_CONTENT_TYPES.name), kinds.sys_id(row))
    if found is not None or state(row) != "published":
        return found if state(row) != "draft" else None
    return row


def _is_part_of_one(sides: Sides, kind: Kind, pair: Pair) -> bool:
    """Whether an object came or went with what it belongs to, which is told itself."""
    other = sides.left if pair.left is None else sides.right
    if kind is kinds.EDITOR_INTERFACES:
        return other.get(Stream(kinds.CONTENT_TYPES.name), pair.uid) is None
    return False


def _counts(kind: Kind, row: JsonObject) -> bool:
    """Whether the absence of an object means anything: a scheduled action that is over is history."""
    state_of = as_object(row.get("sys")).get("status")
    return kind is not kinds.SCHEDULED_ACTIONS or state_of in (None, "scheduled")


def _status(release: JsonObject) -> str:
    """active or archived."""
    sys = as_object(release.get("sys"))
    return text(sys.get("status")) or ("archived" if sys.get("archivedAt") else "active")


def _with_items(release: JsonObject) -> JsonObject:
    """A release with its items, of which there may be none: so each is compared, and explained, by itself."""
    entities = as_object(release.get("entities"))
    return {**release, "entities": {**entities, "items": as_object(entities.get("items"))}}


def _webhooks(sides: Sides, views: list[JsonObject]) -> list[JsonObject]:
    """An import makes webhooks inactive unless it is asked not to."""
    if sides.is_one_place or write_options(sides.context.options).enable_webhooks:
        return views
    return [{name: value for name, value in one.items() if name != "active"} for one in views]
