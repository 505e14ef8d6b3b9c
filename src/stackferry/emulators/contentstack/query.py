"""The query language of list calls: a JSON object of conditions on dotted paths, and the order of rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stackferry.emulators.contentstack.api_errors import invalid
from stackferry.emulators.values import arr, is_number, many, obj, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject


def matches(row: JsonObject, query: JsonObject) -> bool:
    """Whether a row meets all conditions of a query. Raises `Failure` for an operator that does not exist."""
    return all(_condition(row, key, wanted) for key, wanted in query.items())


def named_uids(query: JsonObject) -> set[str] | None:
    """The uids that a row must be one of to meet a query; None where it names none."""
    wanted = query.get("uid")
    if isinstance(wanted, dict):
        return set(texts(many(wanted["$in"]))) if "$in" in wanted else None
    return {wanted} if isinstance(wanted, str) else None


def _condition(row: JsonObject, key: str, wanted: Json) -> bool:
    if key == "$and":
        return all(matches(row, obj(part)) for part in arr(wanted))
    if key == "$or":
        return any(matches(row, obj(part)) for part in arr(wanted))
    if key.startswith("$"):
        raise _unknown(key)
    found = list(_reach(row, key.split(".")))
    operators = obj(wanted)
    if not any(name.startswith("$") for name in operators):
        return _any_equal(found, wanted)
    return all(_apply(name, found, operand, operators) for name, operand in operators.items())


def _reach(value: Json, steps: list[str]) -> Iterator[Json]:
    """The values at a dotted path; arrays are looked into, as MongoDB does."""
    if isinstance(value, list):
        for item in value:
            yield from _reach(item, steps)
        if not steps:
            yield value
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _reach(value[steps[0]], steps[1:])


def _any_equal(found: list[Json], wanted: Json) -> bool:
    if wanted is None:
        return not found or None in found
    return any(_equal(value, wanted) for value in found)


def _equal(value: Json, wanted: Json) -> bool:
    if is_number(value) and is_number(wanted):
        return _plain(value) == _plain(wanted)
    return value == wanted and type(value) is type(wanted)


def _plain(number: Json) -> Json:
    """The number without the text that it was written with."""
    return float(number) if isinstance(number, float) else number


def _apply(name: str, found: list[Json], operand: Json, operators: JsonObject) -> bool:
    if name in _ORDERS:
        return any(_comparable(value, operand) and _ORDERS[name](value, operand) for value in found)
    if name == "$regex":
        letters = "".join(letter for letter in text(operators.get("$options")) if letter in "imsx")
        pattern = re.compile(f"(?{letters})" * bool(letters) + text(operand))
        return any(isinstance(value, str) and pattern.search(value) for value in found)
    if name in _TESTS:
        return _TESTS[name](found, operand)
    raise _unknown(name)


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, operand: value > operand,
    "$gte": lambda value, operand: value >= operand,
    "$lt": lambda value, operand: value < operand,
    "$lte": lambda value, operand: value <= operand,
}
_TESTS: dict[str, Callable[[list[Json], Json], bool]] = {
    "$eq": _any_equal,
    "$ne": lambda found, operand: not _any_equal(found, operand),
    "$in": lambda found, operand: any(_any_equal(found, option) for option in many(operand)),
    "$nin": lambda found, operand: not any(_any_equal(found, option) for option in many(operand)),
    "$all": lambda found, operand: all(_any_equal(found, option) for option in many(operand)),
    "$exists": lambda found, operand: bool(found) is (operand is True or operand == "true"),
    "$options": lambda _found, _operand: True,
}


def _comparable(value: Json, operand: Json) -> bool:
    both = isinstance(value, str) and isinstance(operand, str)
    return both or (is_number(value) and is_number(operand))


def _unknown(operator: str) -> Exception:
    return invalid(141, f"The query operator {operator} is not supported.", query="is not valid.")


def sort_key(row: JsonObject, field: str) -> tuple[int, float, str]:
    """Orders numbers before texts, and rows without the field first."""
    value = row.get(field) if "." not in field else next(iter(_reach(row, field.split("."))), None)
    if isinstance(value, bool) or is_number(value):
        return (1, float(value), "")  # type: ignore[arg-type]  # is_number has looked
    return (2, 0.0, value) if isinstance(value, str) else (0, 0.0, "")
