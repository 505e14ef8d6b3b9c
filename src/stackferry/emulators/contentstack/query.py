"""The query language of list calls: a JSON object of conditions on dotted paths, and the order of rows.

Page: Content Delivery API, "Queries"; it is MongoDB's language, and so are its rules for arrays and null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stackferry.emulators.contentstack.api_errors import invalid
from stackferry.emulators.values import instances, is_number, text_items
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject


def matches(row: JsonObject, query: JsonObject) -> bool:
    """Whether a row meets all conditions of a query. Raises 141 for an operator that does not exist."""
    return all(_condition(row, key, wanted) for key, wanted in query.items())


def named_uids(query: JsonObject) -> set[str] | None:
    """The uids that a row must be one of to meet a query; None where it names none."""
    wanted = query.get("uid")
    if isinstance(wanted, dict):
        return set(text_items(instances(wanted["$in"]))) if "$in" in wanted else None
    return {wanted} if isinstance(wanted, str) else None


def _condition(row: JsonObject, key: str, wanted: Json) -> bool:
    if key == "$and":
        return all(matches(row, as_object(part)) for part in as_list(wanted))
    if key == "$or":
        return any(matches(row, as_object(part)) for part in as_list(wanted))
    if key.startswith("$"):
        raise _unknown(key)
    values = list(_values_at(row, key.split(".")))
    operators = as_object(wanted)
    if not any(name.startswith("$") for name in operators):
        return _any_equal(values, wanted)
    return all(_apply(name, values, operand, operators) for name, operand in operators.items())


def _values_at(value: Json, path: list[str]) -> Iterator[Json]:
    """The values at a dotted path; the items of an array count each, and an array at its end as a whole too."""
    if isinstance(value, list):
        for item in value:
            yield from _values_at(item, path)
        if not path:
            yield value
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values_at(value[path[0]], path[1:])


def _any_equal(values: list[Json], wanted: Json) -> bool:
    if wanted is None:  # null is met by a field that is absent, too
        return not values or None in values
    return any(_equal(value, wanted) for value in values)


def _equal(value: Json, wanted: Json) -> bool:
    if is_number(value) and is_number(wanted):
        return _plain(value) == _plain(wanted)
    return value == wanted and type(value) is type(wanted)


def _plain(number: Json) -> Json:
    """The number itself: a float of `exact_json` also has the text that it was written as."""
    return float(number) if isinstance(number, float) else number


def _apply(name: str, values: list[Json], operand: Json, operators: JsonObject) -> bool:
    if name in _COMPARISONS:
        return any(_are_comparable(value, operand) and _COMPARISONS[name](value, operand) for value in values)
    if name == "$regex":
        letters = "".join(letter for letter in text(operators.get("$options")) if letter in "imsx")
        pattern = re.compile(f"(?{letters})" * bool(letters) + text(operand))
        return any(isinstance(value, str) and pattern.search(value) for value in values)
    if name in _TESTS:
        return _TESTS[name](values, operand)
    raise _unknown(name)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, operand: value > operand,
    "$gte": lambda value, operand: value >= operand,
    "$lt": lambda value, operand: value < operand,
    "$lte": lambda value, operand: value <= operand,
}
_TESTS: dict[str, Callable[[list[Json], Json], bool]] = {
    "$eq": _any_equal,
    "$ne": lambda values, operand: not _any_equal(values, operand),
    "$in": lambda values, operand: any(_any_equal(values, option) for option in instances(operand)),
    "$nin": lambda values, operand: not any(_any_equal(values, option) for option in instances(operand)),
    "$all": lambda values, operand: all(_any_equal(values, option) for option in instances(operand)),
    "$exists": lambda values, operand: bool(values) is (operand is True or operand == "true"),
    "$options": lambda _values, _operand: True,
}


def _are_comparable(value: Json, operand: Json) -> bool:
    both = isinstance(value, str) and isinstance(operand, str)
    return both or (is_number(value) and is_number(operand))


def _unknown(operator: str) -> Exception:
    return invalid(141, f"The query operator {operator} is not supported.", query="is not valid.")


def sort_key(row: JsonObject, field: str) -> tuple[int, float, str]:
    """A key that sorts rows without the field first, then numbers, then texts."""
    value = row.get(field) if "." not in field else next(iter(_values_at(row, field.split("."))), None)
    if isinstance(value, bool) or is_number(value):
        return (1, float(value), "")  # type: ignore[arg-type]  # is_number has checked it
    return (2, 0.0, value) if isinstance(value, str) else (0, 0.0, "")
