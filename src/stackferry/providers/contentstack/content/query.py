"""The service's query language for entries on disk: `import --query` chooses the entries that `export --query` would.

A query is compiled to a test of one entry before any entry is read. A condition that needs more than the entry itself
(fields of what it refers to, terms below a term) is refused by name. Must never ignore a condition. Pure.
API pages: "Get all entries", which refers to "Queries" of the Content Delivery API.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from stackferry import exact_json
from stackferry.errors import UsageError
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackferry.model import Json, JsonObject

    EntryTest: TypeAlias = Callable[[JsonObject], bool]
    Values: TypeAlias = Sequence[Json]  # the values at a path: an array's are its items and the array itself
    Condition: TypeAlias = Callable[[Values], bool]

# The options of `$regex`. Patterns are read as Python's regular expressions.
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_TERM_FIELDS: Final = frozenset({"taxonomy_uid", "term_uid"})


def parse_query(query: str) -> JsonObject:
    """A query as `Selection` holds it: JSON text of an object, or nothing."""
    return as_object(exact_json.loads(query.encode())) if query else {}


def query_filter(query: JsonObject) -> EntryTest:
    """A test whether an entry meets all conditions of a query. Raises UsageError for a condition it cannot check."""
    tests = [_member_test(name, operand) for name, operand in query.items()]
    return lambda entry: all(test(entry) for test in tests)


def _member_test(name: str, operand: Json) -> EntryTest:
    if name in _JUNCTIONS:
        join, tests = _JUNCTIONS[name], [query_filter(part) for part in _queries(name, operand)]
        return lambda entry: join(test(entry) for test in tests)
    if name.startswith("$"):
        _unsupported(name)
    steps = name.split(".")
    if _asks_about_terms(steps):
        _refuse(f"'{name}' asks about terms of a taxonomy, which an import cannot look up")
    condition = _condition(name, operand)
    first, *rest = steps
    return lambda entry: condition([*_values_at(entry[first], rest)] if first in entry else [])


def _asks_about_terms(steps: Sequence[str]) -> bool:
    """`taxonomies.colour` matches a term and those below it: the entry does not hold the tree."""
    return steps[0] == "taxonomies" and len(steps) > 1 and steps[1] not in _TERM_FIELDS


def _queries(name: str, operand: Json) -> list[JsonObject]:
    queries = objects(operand)
    if not queries or queries != operand:
        _refuse(f"'{name}' takes a list of queries")
    return queries


_JUNCTIONS: Final[Mapping[str, Callable[[Iterator[bool]], bool]]] = {"$and": all, "$or": any}


def _condition(path: str, operand: Json) -> Condition:
    """The condition on the values at one path: that one equals the operand, or what its operators ask."""
    if not isinstance(operand, dict) or not any(name.startswith("$") for name in operand):
        return lambda values: _contains(values, operand)  # `{"field": value}` is short for `$eq`
    _check_operators(path, operand)
    conditions = [_operation(name, value, operand) for name, value in operand.items() if name != "$options"]
    return lambda values: all(condition(values) for condition in conditions)


def _check_operators(path: str, operand: JsonObject) -> None:
    if plain := [name for name in operand if not name.startswith("$")]:
        _refuse(f"'{path}' is given both operators and the field '{plain[0]}'")
    if "$options" in operand and "$regex" not in operand:
        _refuse("'$options' without '$regex' means nothing")


def _operation(name: str, operand: Json, operators: JsonObject) -> Condition:
    if name in _ORDERS:
        return _order(_ORDERS[name], operand)
    if name in _LISTS:
        return _LISTS[name](operand if isinstance(operand, list) else _refuse(f"'{name}' takes a list"))
    if name == "$regex":
        return _pattern(operand, operators.get("$options", ""))
    if name == "$exists":
        return _existence(operand)
    if name not in _VALUES:
        _unsupported(name)
    return _VALUES[name](operand)


_VALUES: Final[Mapping[str, Callable[[Json], Condition]]] = {
    "$eq": lambda operand: lambda values: _contains(values, operand),
    "$ne": lambda operand: lambda values: not _contains(values, operand),
}
_LISTS: Final[Mapping[str, Callable[[list[Json]], Condition]]] = {
    "$in": lambda wanted: lambda values: any(_contains(values, each) for each in wanted),
    "$nin": lambda wanted: lambda values: not any(_contains(values, each) for each in wanted),
    "$all": lambda wanted: lambda values: all(_contains(values, each) for each in wanted),
}
_ORDERS: Final[Mapping[str, Callable[[int], bool]]] = {
    "$lt": lambda sign: sign < 0,
    "$lte": lambda sign: sign <= 0,
    "$gt": lambda sign: sign > 0,
    "$gte": lambda sign: sign >= 0,
}


def _order(is_met: Callable[[int], bool], operand: Json) -> Condition:
    """Numbers are compared with numbers and texts with texts (dates are texts); between others there is no order."""

    def is_ordered(value: Json) -> bool:
        sign = _compare(value, operand)
        return sign is not None and is_met(sign)

    return lambda values: any(map(is_ordered, values))


def _compare(left: Json, right: Json) -> int | None:
    """-1, 0 or 1; None where the two have no order."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if (left_number := _number(left)) is not None and (right_number := _number(right)) is not None:
        return (left_number > right_number) - (left_number < right_number)
    return None


def _pattern(operand: Json, options: Json) -> Condition:
    if not isinstance(operand, str) or not isinstance(options, str):
        _refuse("'$regex' and '$options' take texts")
    if unknown := [flag for flag in options if flag not in _FLAGS]:
        _refuse(f"'$options' has no '{unknown[0]}'")
    try:
        pattern = re.compile(operand, sum(_FLAGS[flag] for flag in set(options)))
    except re.error as error:
        _refuse(f"'$regex' cannot be read: {error}")
    return lambda values: any(isinstance(value, str) and pattern.search(value) for value in values)


def _existence(operand: Json) -> Condition:
    if not isinstance(operand, bool):
        _refuse("'$exists' takes true or false")
    return lambda values: bool(values) is operand


def _values_at(value: Json, steps: Sequence[str]) -> Iterator[Json]:
    """The values at a dotted path, through every item of an array. A file counts as its uid, as it is stored."""
    if isinstance(value, list):
        for item in value:
            yield from _values_at(item, steps)
        if not steps:
            yield value
    # The service stores the uid and answers the whole asset.
    elif isinstance(value, dict) and _is_file(value):
        yield from _values_at(value["uid"], steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _values_at(value[steps[0]], steps[1:])


def _is_file(value: JsonObject) -> bool:
    """Whether it is the asset object that a read answers in place of a file's uid."""
    return {"uid", "filename", "url", "content_type"} <= value.keys()


def _contains(values: Values, wanted: Json) -> bool:
    """Whether one of the values is the wanted one. A field that is absent equals null."""
    return any(_equal(value, wanted) for value in values) or (wanted is None and not values)


def _equal(left: Json, right: Json) -> bool:
    """Equal as JSON: numbers however they are written; true is not 1, as it is in Python."""
    left_number, right_number = _number(left), _number(right)
    if left_number is not None or right_number is not None:
        return left_number == right_number
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[name], right[name]) for name in left)
    return left == right


def _number(value: Json) -> int | float | None:
    """A plain number, else None. `exact_json` reads floats that keep their spelling: 1.0 would differ from 1.00."""
    if isinstance(value, bool):
        return None
    return float(value) if isinstance(value, float) else value if isinstance(value, int) else None


def _unsupported(operator: str) -> NoReturn:
    _refuse(f"an import does not support the operator '{operator}'")


def _refuse(why: str) -> NoReturn:
    raise UsageError(f"--query: {why}; export with the query instead and import that snapshot")
