"""Answers that list rows: conditions, order, pages, counts, and which fields are shown.

The query language (page: Content Delivery API, "Queries") is MongoDB's, and so are its rules for arrays and null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.values import instances, is_number, text_items
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

MAX_PAGE = 100
"""Rows of a page: the default and the most (page: Get all entries, `limit`)."""

MAX_KEPT = 32  # listings of a branch whose rows are kept in order for their later pages

T = TypeVar("T")


def get_one(key: str, find: Callable[[Call], JsonObject]) -> Callable[[Call], Answer]:
    """A handler that answers the object that `find` finds, under a key."""
    return lambda call: Answer({key: find(call)})


def get_list(plural: str, rows: Callable[[Call], Iterable[JsonObject]]) -> Callable[[Call], Answer]:
    """A handler that answers a page of rows, as `list_answer` does."""
    return lambda call: list_answer(call, plural, rows(call))


def parse_query(call: Call) -> JsonObject:
    """The `query` parameter. Raises 400 when it is not JSON, 141 when it is no object."""
    given = call.param("query")
    parsed = call.parse_json(given.encode()) if given else {}
    if not isinstance(parsed, dict):
        raise invalid(141, "The query is not a JSON object.", query="is not valid.")
    return parsed


def list_answer(
    call: Call,
    plural: str,
    rows: Iterable[JsonObject],
    *,
    show: Callable[[JsonObject], JsonObject] | None = None,
) -> Answer:
    """One page of the rows that meet the query, under a name. `show` makes of a row what is answered."""
    return _page_answer(call, plural, _selected(call, rows, "updated_at"), show)


def long_list_answer(
    call: Call,
    plural: str,
    rows: Callable[[], Iterable[JsonObject]],
    *,
    show: Callable[[JsonObject], JsonObject] | None = None,
    newest: str = "updated_at",
) -> Answer:
    """The same for entries, assets and the publish queue, of which there may be very many.

    The first page looks at all rows; what it selected is kept in the branch for the pages after it, until a write.
    """
    kept = call.branch.sorted_rows
    # What is listed: the request without its page.
    params = (f"{name}={value}" for name, value in call.query if name not in ("skip", "limit"))
    key = (call.path, *params)
    selected = kept.get(key) if call.number("skip", 0) else None
    if selected is None:
        selected = _selected(call, rows(), newest)
        kept.pop(key, None)
        if len(selected) > MAX_PAGE:
            kept[key] = selected
        if len(kept) > MAX_KEPT:  # the listing that was begun first goes
            del kept[next(iter(kept))]
    return _page_answer(call, plural, selected, show)


def _selected(call: Call, rows: Iterable[JsonObject], newest: str) -> list[JsonObject]:
    """The rows that meet the query, sorted by `asc` or `desc`, else by the field `newest`, the newest first."""
    query = parse_query(call)
    selected = [row for row in rows if not query or matches(row, query)]
    if field := call.param("asc"):
        return sorted(selected, key=lambda row: sort_key(row, field))
    # The sort is stable: rows of one time keep the order of their creation.
    field = call.param("desc") or newest
    return sorted(selected, key=lambda row: sort_key(row, field), reverse=True)


def _page_answer(
    call: Call, plural: str, rows: list[JsonObject], show: Callable[[JsonObject], JsonObject] | None
) -> Answer:
    if call.flag("count"):
        return Answer({plural: len(rows)})
    return counted_page(call, plural, rows, lambda row: select_fields(call, show(row) if show else row))


def counted_page(call: Call, plural: str, rows: Sequence[T], show: Callable[[T], JsonObject]) -> Answer:
    """The page of rows that `skip` and `limit` ask for, with the count of all when it is asked for."""
    page: list[Json] = [show(row) for row in page_of(call, rows)]
    body: JsonObject = {plural: page}
    if call.flag("include_count") and call.switches.counts:
        body["count"] = len(rows)
    return Answer(body)


def page_of(call: Call, rows: Sequence[T]) -> Sequence[T]:
    """The rows that `skip` and `limit` ask for."""
    # A limit above the most is cut, not refused: the vendor's CLI asks for 1e+100 rows.
    most = min(MAX_PAGE, call.switches.page_rows)
    skip, limit = call.number("skip", 0), min(call.number("limit", most), most)
    if (
        limit == 0
    ):  # it meant "all" until 2026-09-11 (the vendor's changelog); which status it gives now, no page says
        raise invalid(141, "The parameter limit is a positive number.", limit=NOT_VALID)
    return rows[skip : skip + limit]


def select_fields(call: Call, row: JsonObject) -> JsonObject:
    """The fields that `only[BASE][]` names, or all but those of `except[BASE][]`; the uid is always shown."""
    only, hidden = call.param_list("only[BASE]"), call.param_list("except[BASE]")
    for path in hidden:
        row = _without(row, path.split("."))
    if not only:
        return row
    shown = {"uid", *(path.split(".")[0] for path in only)}
    return {name: value for name, value in row.items() if name in shown}


def _without(row: JsonObject, path: list[str]) -> JsonObject:
    if len(path) == 1:
        return {name: value for name, value in row.items() if name != path[0]}
    inner = row.get(path[0])
    return {**row, path[0]: _without(as_object(inner), path[1:])} if isinstance(inner, dict) else row


def matches(row: JsonObject, query: JsonObject) -> bool:
    """Whether a row meets all conditions of a query. Raises 141 for an operator that does not exist."""
    return all(_condition(row, key, wanted) for key, wanted in query.items())


def queried_uids(query: JsonObject) -> set[str] | None:
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
    # An array matches if one of its items does, as in MongoDB.
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
        pattern = _pattern(text(operand), text(operators.get("$options")))
        return any(isinstance(value, str) and pattern.search(value) for value in values)
    if name in _TESTS:
        return _TESTS[name](values, operand)
    raise _unknown(name)


def _pattern(operand: str, options: str) -> re.Pattern[str]:
    letters = "".join(letter for letter in options if letter in "imsx")
    return re.compile(f"(?{letters})" * bool(letters) + operand)


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
