"""The service's query language, for rows that are on disk: an import chooses the entries that an export would.

A query becomes a test of a row before any row is looked at. What cannot be told from rows alone (a condition on
what an entry refers to, a term and all those below it) is refused by name: must never pass over a condition. Pure.
API pages: "Get all entries", which names the "Queries" section of the Content Delivery API.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from stackferry import exact_json
from stackferry.errors import UsageError
from stackferry.providers.contentstack.values import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackferry.model import Json, JsonObject

    Test: TypeAlias = Callable[[JsonObject], bool]
    Found: TypeAlias = Sequence[Json]  # the values at a path: an array's are its items and the array itself
    Condition: TypeAlias = Callable[[Found], bool]

_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_TERM_FIELDS: Final = frozenset({"taxonomy_uid", "term_uid"})


def parse_query(query: str) -> JsonObject:
    """A query as `Selection` holds it: JSON text of an object, or nothing."""
    return as_object(exact_json.loads(query.encode())) if query else {}


def query_filter(query: JsonObject) -> Test:
    """The test whether a row meets all conditions of a query. Raises UsageError for what rows cannot tell."""
    tests = [_part(name, operand) for name, operand in query.items()]
    return lambda row: all(test(row) for test in tests)


def _part(name: str, operand: Json) -> Test:
    if name in _JOINTS:
        join, tests = _JOINTS[name], [query_filter(part) for part in _queries(name, operand)]
        return lambda row: join(test(row) for test in tests)
    if name.startswith("$"):
        _unsupported(name)
    steps = name.split(".")
    if steps[0] == "taxonomies" and len(steps) > 1 and steps[1] not in _TERM_FIELDS:
        _refuse(f"'{name}' asks about terms of a taxonomy, which an import cannot look up")
    condition = _condition(name, operand)
    first, *rest = steps
    return lambda row: condition([*_reach(row[first], rest)] if first in row else [])


def _queries(name: str, operand: Json) -> list[JsonObject]:
    if not isinstance(operand, list) or not operand:
        _refuse(f"'{name}' takes a list of queries")
    return [
        part if isinstance(part, dict) else _refuse(f"'{name}' takes a list of queries") for part in operand
    ]


_JOINTS: Final[Mapping[str, Callable[[Iterator[bool]], bool]]] = {"$and": all, "$or": any}


def _condition(path: str, operand: Json) -> Condition:
    """What is asked of the values at one path: to equal a value, or whatever the operators say."""
    if not isinstance(operand, dict) or not any(name.startswith("$") for name in operand):
        return lambda found: _holds(found, operand)
    if plain := [name for name in operand if not name.startswith("$")]:
        _refuse(f"'{path}' is given both operators and the field '{plain[0]}'")
    if "$options" in operand and "$regex" not in operand:
        _refuse("'$options' without '$regex' means nothing")
    conditions = [_operation(name, value, operand) for name, value in operand.items() if name != "$options"]
    return lambda found: all(condition(found) for condition in conditions)


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
    "$eq": lambda operand: lambda found: _holds(found, operand),
    "$ne": lambda operand: lambda found: not _holds(found, operand),
}
_LISTS: Final[Mapping[str, Callable[[list[Json]], Condition]]] = {
    "$in": lambda options: lambda found: any(_holds(found, one) for one in options),
    "$nin": lambda options: lambda found: not any(_holds(found, one) for one in options),
    "$all": lambda options: lambda found: all(_holds(found, one) for one in options),
}
_ORDERS: Final[Mapping[str, Callable[[int], bool]]] = {
    "$lt": lambda sign: sign < 0,
    "$lte": lambda sign: sign <= 0,
    "$gt": lambda sign: sign > 0,
    "$gte": lambda sign: sign >= 0,
}


def _order(is_met: Callable[[int], bool], operand: Json) -> Condition:
    """Numbers are compared with numbers and texts with texts; between others there is no order."""

    def is_so(value: Json) -> bool:
        sign = _sign(value, operand)
        return sign is not None and is_met(sign)

    return lambda found: any(map(is_so, found))


def _sign(left: Json, right: Json) -> int | None:
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if (one := _number(left)) is not None and (other := _number(right)) is not None:
        return (one > other) - (one < other)
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
    return lambda found: any(isinstance(value, str) and pattern.search(value) for value in found)


def _existence(operand: Json) -> Condition:
    if not isinstance(operand, bool):
        _refuse("'$exists' takes true or false")
    return lambda found: bool(found) is operand


def _reach(value: Json, steps: Sequence[str]) -> Iterator[Json]:
    """The values at a dotted path; each item of an array is looked into. A file is its uid, as the service keeps it."""
    if isinstance(value, list):
        for item in value:
            yield from _reach(item, steps)
        if not steps:
            yield value
    elif isinstance(value, dict) and _is_file(value):
        yield from _reach(value["uid"], steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _reach(value[steps[0]], steps[1:])


def _is_file(value: JsonObject) -> bool:
    return {"uid", "filename", "url", "content_type"} <= value.keys()


def _holds(found: Found, wanted: Json) -> bool:
    """Whether one of the values is the wanted one; where there is no value, there is null."""
    return any(_equal(value, wanted) for value in found) or (wanted is None and not found)


def _equal(left: Json, right: Json) -> bool:
    """Equal as JSON: a number is a number however it is written, and true is none."""
    one, other = _number(left), _number(right)
    if one is not None or other is not None:
        return one == other
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[name], right[name]) for name in left)
    return left == right


def _number(value: Json) -> int | float | None:
    """A plain number: one that remembers its text would differ from the same one in another spelling."""
    if isinstance(value, bool):
        return None
    return float(value) if isinstance(value, float) else value if isinstance(value, int) else None


def _unsupported(operator: str) -> NoReturn:
    _refuse(f"an import does not know the operator '{operator}'")


def _refuse(why: str) -> NoReturn:
    raise UsageError(f"--query: {why}; export with the query instead, and import what comes of it")
