"""The five atomic operators of an entry update (page: Atomic Updates to Entries): PUSH, PULL, UPDATE, ADD, SUB.

An operator is an object with its name as the only key. UPDATE takes operators inside its data, at any depth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import invalid
from stackferry.emulators.contentstack.query import matches
from stackferry.emulators.values import is_number, many, obj, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject


def apply_atomics(current: JsonObject, sent: JsonObject) -> JsonObject:
    """The fields that were sent, with every operator applied to what is stored now. Raises 119."""
    return {name: _value(name, current.get(name), value) for name, value in sent.items()}


def _value(name: str, current: Json, sent: Json) -> Json:
    if isinstance(sent, dict) and len(sent) == 1:
        ((operator, operand),) = sent.items()
        if operator in _OPERATORS:
            return _OPERATORS[operator](name, current, operand)
    return sent


def _push(name: str, current: Json, operand: Json) -> Json:
    data = obj(operand).get("data")
    if data is None or not (current is None or isinstance(current, list)):
        raise _misused(name, "PUSH")
    return [*many(current), *many(data)]


def _pull(name: str, current: Json, operand: Json) -> Json:
    query = obj(operand).get("query")
    if not isinstance(query, dict) or not isinstance(current, list):
        raise _misused(name, "PULL")
    return [item for item in current if not _is_pulled(item, query)]


def _is_pulled(item: Json, query: JsonObject) -> bool:
    """Whether a query means an item: `{"$in": […]}` the value itself, any other the fields of a group."""
    if any(name.startswith("$") for name in query):
        return matches({"value": item}, {"value": query})
    return isinstance(item, dict) and matches(item, query)


def _update(name: str, current: Json, operand: Json) -> Json:
    given = obj(operand)
    if "data" not in given:
        raise _misused(name, "UPDATE")
    if "index" not in given:
        return _merged(current, given["data"])
    index = whole(given["index"], -1)
    if not isinstance(current, list) or not 0 <= index < len(current):
        raise _misused(name, "UPDATE")
    return [_merged(item, given["data"]) if at == index else item for at, item in enumerate(current)]


def _merged(current: Json, data: Json) -> Json:
    """Objects are merged field by field, so that fields that are not named stay; anything else is replaced."""
    if not isinstance(current, dict) or not isinstance(data, dict):
        return data
    return {
        **current,
        **{name: _merged_field(name, current.get(name), value) for name, value in data.items()},
    }


def _merged_field(name: str, current: Json, sent: Json) -> Json:
    value = _value(name, current, sent)
    return _merged(current, value) if value is sent else value


def _add(name: str, current: Json, operand: Json) -> Json:
    return _sum(name, current, operand, 1)


def _sub(name: str, current: Json, operand: Json) -> Json:
    return _sum(name, current, operand, -1)


def _sum(name: str, current: Json, operand: Json, sign: int) -> Json:
    start = 0 if current is None else current
    if not is_number(operand) or not is_number(start):
        raise _misused(name, "ADD" if sign > 0 else "SUB")
    return start + sign * operand  # type: ignore[operator]  # both are numbers


def _misused(name: str, operator: str) -> Exception:
    message = "Entry update failed. Please enter valid data."
    return invalid(119, message, **{name: f"{operator} cannot be applied here."})


_OPERATORS: dict[str, Callable[[str, Json, Json], Json]] = {
    "PUSH": _push,
    "PULL": _pull,
    "UPDATE": _update,
    "ADD": _add,
    "SUB": _sub,
}
