"""A change that was made for a while is taken back, and what somebody else has edited meanwhile stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, equal
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from stackferry.core.json_diff import Side
    from stackferry.model import Json, JsonObject

_NAMES = ("uid", "id")  # of the elements of a list


def taken_back(now: JsonObject, changed: JsonObject, original: JsonObject) -> JsonObject:
    """The document as it is `now`, without the change that once made `changed` of the `original`.

    Elements of lists are recognised by their `uid` or `id`, if all have one, else by their places. What is neither as
    it was changed nor as it was before is somebody else's edit, and stays; so does what was added or taken away since.
    What the change took away comes back, in a list at its end.
    """
    value = _value(now, changed, original)
    return as_object(None if value is ABSENT else value)


def _value(now: Json, changed: Side, original: Side) -> Side:
    """A value, or ABSENT where only the change has put one there."""
    if _is_same(now, changed):
        return original
    if isinstance(now, dict) and isinstance(changed, dict) and isinstance(original, dict):
        return _object(now, changed, original)
    if isinstance(now, list) and isinstance(changed, list) and isinstance(original, list):
        return _list(now, changed, original)
    return now


def _object(now: JsonObject, changed: JsonObject, original: JsonObject) -> JsonObject:
    result: JsonObject = {}
    for name in (*now, *(one for one in original if one not in now)):
        before, after = original.get(name, ABSENT), changed.get(name, ABSENT)
        value = _value(now[name], after, before) if name in now else _unless_removed(after, before)
        if value is not ABSENT:
            result[name] = value
    return result


def _unless_removed(changed: Side, original: Side) -> Side:
    """A value that is not there now: it comes back if the change took it away, or said nothing in its place."""
    return original if changed is ABSENT or changed in (None, "", []) else ABSENT


def _list(now: list[Json], changed: list[Json], original: list[Json]) -> list[Json]:
    held, after, before = map(_by_name, (now, changed, original))
    if held is not None and after is not None and before is not None:
        pairs = ((value, after.get(name, ABSENT), before.get(name, ABSENT)) for name, value in held.items())
        values = [_value(*one) for one in pairs]
        values += [value for name, value in before.items() if name not in held and name not in after]
    elif len(now) == len(changed) == len(original):
        values = [*map(_value, now, changed, original)]
    else:
        return now
    return [value for value in values if value is not ABSENT]


def _by_name(items: list[Json]) -> dict[str, Json] | None:
    """The elements by their names; None if one has none, or two have the same."""
    found = {
        name: item for item in items for key in _NAMES if isinstance(name := as_object(item).get(key), str)
    }
    return found if len(found) == len(items) else None


def _is_same(now: Json, changed: Side) -> bool:
    return changed is not ABSENT and equal(now, changed)
