"""Answers that list rows: conditions, order, pages, counts, and which fields are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import invalid
from stackferry.emulators.contentstack.query import matches, sort_key
from stackferry.emulators.values import obj

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

PAGE = 100
MOST_ORDERS = 32


def parse_query(call: Call) -> JsonObject:
    """The `query` parameter. Raises `Failure` when it is not a JSON object."""
    given = call.param("query")
    parsed = call.parsed(given.encode()) if given else {}
    if not isinstance(parsed, dict):
        raise invalid(141, "The query is not a JSON object.", query="is not valid.")
    return parsed


def list_answer(
    call: Call,
    plural: str,
    rows: Iterable[JsonObject],
    *,
    show: Callable[[JsonObject], JsonObject] | None = None,
    newest: str = "updated_at",
) -> Answer:
    """One page of rows under a name. Without `asc` or `desc` the newest come first, as the service has it."""
    return _page(call, plural, _found(call, rows, newest), show)


def long_list_answer(
    call: Call,
    plural: str,
    rows: Callable[[], Iterable[JsonObject]],
    *,
    show: Callable[[JsonObject], JsonObject] | None = None,
    newest: str = "updated_at",
) -> Answer:
    """The same for entries, assets and the publish queue, of which there may be very many.

    The first page looks at all rows; what it found stays in the branch for the pages after it, until a write.
    """
    sorted_rows, key = call.branch.sorted_rows, _key(call)
    found = sorted_rows.get(key) if call.number("skip", 0) else None
    if found is None:
        found = _found(call, rows(), newest)
        _remember(sorted_rows, key, found)
    return _page(call, plural, found, show)


def _key(call: Call) -> tuple[str, ...]:
    """What is listed: the request but for the page."""
    asked = (f"{name}={value}" for name, value in call.query if name not in ("skip", "limit"))
    return (call.path, *asked)


def _remember(
    sorted_rows: dict[tuple[str, ...], list[JsonObject]], key: tuple[str, ...], found: list[JsonObject]
) -> None:
    """One that fills no page is not worth it; the oldest makes room."""
    sorted_rows.pop(key, None)
    if len(found) > PAGE:
        sorted_rows[key] = found
    if len(sorted_rows) > MOST_ORDERS:
        del sorted_rows[next(iter(sorted_rows))]


def _found(call: Call, rows: Iterable[JsonObject], newest: str) -> list[JsonObject]:
    """The rows that meet the query, in order."""
    query = parse_query(call)
    return sort_rows(call, [row for row in rows if not query or matches(row, query)], newest)


def _page(
    call: Call, plural: str, found: list[JsonObject], show: Callable[[JsonObject], JsonObject] | None
) -> Answer:
    if call.flag("count"):
        return Answer({plural: len(found)})
    skip, limit = call.number("skip", 0), min(call.number("limit", PAGE), PAGE)
    page: list[Json] = [select_fields(call, show(row) if show else row) for row in found[skip : skip + limit]]
    body: JsonObject = {plural: page}
    if call.flag("include_count"):
        body["count"] = len(found)
    return Answer(body)


def sort_rows(call: Call, rows: list[JsonObject], newest: str) -> list[JsonObject]:
    """Rows sorted by `asc` or `desc`, else by when they were changed, the newest first."""
    if field := call.param("asc"):
        return sorted(rows, key=lambda row: sort_key(row, field))
    field = call.param("desc") or newest
    return sorted(rows, key=lambda row: sort_key(row, field), reverse=True)


def select_fields(call: Call, row: JsonObject) -> JsonObject:
    """The fields that `only[BASE][]` names, or all but those of `except[BASE][]`; the uid is always shown."""
    only, without = call.all("only[BASE]"), call.all("except[BASE]")
    for path in without:
        row = _without(row, path.split("."))
    if not only:
        return row
    kept = {"uid", *(path.split(".")[0] for path in only)}
    return {name: value for name, value in row.items() if name in kept}


def _without(row: JsonObject, steps: list[str]) -> JsonObject:
    if len(steps) == 1:
        return {name: value for name, value in row.items() if name != steps[0]}
    inner = row.get(steps[0])
    return {**row, steps[0]: _without(obj(inner), steps[1:])} if isinstance(inner, dict) else row
