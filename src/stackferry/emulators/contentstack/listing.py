"""Answers that list rows: conditions, order, pages, counts, and which fields are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import invalid
from stackferry.emulators.contentstack.query import matches, sort_key
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    if call.flag("include_count"):
        body["count"] = len(rows)
    return Answer(body)


def page_of(call: Call, rows: Sequence[T]) -> Sequence[T]:
    """The rows that `skip` and `limit` ask for."""
    skip, limit = call.number("skip", 0), min(call.number("limit", MAX_PAGE), MAX_PAGE)
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
