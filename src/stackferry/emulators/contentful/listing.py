"""Answers that list rows: conditions, order, and pages by offset or by cursor."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode

from stackferry import exact_json
from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import bad_request, invalid_query
from stackferry.emulators.contentful.filters import conditions, selected
from stackferry.emulators.values import is_number
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject

MAX_KEPT = 32  # listings of an environment whose rows are kept in order for their later pages
DEFAULT_ROWS = 100
MOST_ROWS = 1000
PAGE_PARAMS = ("pageNext", "pagePrev", "next", "prev")
_OF_A_PAGE = ("skip", "limit", "select", *PAGE_PARAMS)
JSON = "application/vnd.contentful.management.v1+json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """What is listed: the objects, how one is looked at by conditions and order, and how it is shown."""

    rows: Callable[[], Iterable[T]]
    view: Callable[[T], JsonObject]
    show: Callable[[T], JsonObject]
    order: str = "-sys.updatedAt,sys.id"
    most: int = MOST_ROWS
    known: frozenset[str] = frozenset()  # parameters that `rows` has looked at


def offset_answer(call: Call, source: Source[T]) -> Answer:
    """The page that `skip` and `limit` ask for, with the number of all."""
    skip, limit = call.number("skip", 0), page_limit(call, source.most)
    rows = sorted_rows(call, source)
    page: list[Json] = [selected(call, source.show(row)) for row in rows[skip : skip + limit]]
    body: JsonObject = {
        "sys": {"type": "Array"},
        "total": len(rows),
        "skip": skip,
        "limit": limit,
        "items": page,
    }
    return sized(call, body)


def cursor_answer(call: Call, source: Source[T]) -> Answer:
    """The page after (or before) the one that `pageNext` (or `pagePrev`) came with; `pages` has relative URLs."""
    limit, page, cursors = cursor_page(call, source, ("pageNext", "pagePrev"))
    pages: JsonObject = {name[4:].lower(): page_url(call, name, cursor) for name, cursor in cursors.items()}
    return sized(call, {"sys": {"type": "Array"}, "limit": limit, "pages": pages, "items": page})


def cursor_page(
    call: Call, source: Source[T], names: tuple[str, str]
) -> tuple[int, list[Json], dict[str, str]]:
    """The limit, the rows, and the cursors of the next and of the previous page, by the parameters' names."""
    limit, rows = page_limit(call, source.most), sorted_rows(call, source)
    forth, back = names
    start = _position(source, rows, call.param(forth)) if call.param(forth) else 0
    if before := call.param(back):
        start = max(0, _position(source, rows, before) - limit)
    chosen = rows[start : start + limit]
    cursors: dict[str, str] = {}
    if chosen and start + limit < len(rows):
        cursors[forth] = _cursor(start + limit, source.view(chosen[-1]))
    if 0 < start <= len(rows):
        cursors[back] = _cursor(start, source.view(rows[start - 1]))
    return limit, [selected(call, source.show(row)) for row in chosen], cursors


def page_limit(call: Call, most: int) -> int:
    """How many rows a page has. A `limit` above the most that exists anywhere is refused, one above `most` is cut."""
    limit = call.number("limit", min(DEFAULT_ROWS, most))
    if limit > MOST_ROWS:
        raise invalid_query(f"limit is at most {MOST_ROWS}")
    return min(limit, most, call.switches.page_rows)


def sized(call: Call, body: JsonObject) -> Answer:
    """The answer, unless it is too long: then 400, as the service words it."""
    data, most = exact_json.dumps(body), call.limits.answer_bytes
    if most is not None and len(data) > most:
        raise bad_request(f"Response size too big. Maximum allowed response size: {most}B.")
    return Answer(data, headers={"content-type": JSON})


def sorted_rows(call: Call, source: Source[T]) -> Sequence[T]:
    """All rows that meet the conditions, in order. They are kept for the pages after the first, until a write."""
    key = (call.path, *(f"{name}={value}" for name, value in call.query if name not in _OF_A_PAGE))
    kept = call.environment_.sorted_rows if call.environment_ else {}
    if key in kept and any(call.param(name) not in ("", "0") for name in ("skip", *PAGE_PARAMS)):
        found: list[T] = kept[key]
        return found
    rows = _chosen_rows(call, source)
    if len(rows) > DEFAULT_ROWS:
        kept[key] = rows
    if len(kept) > MAX_KEPT:  # the listing that was begun first goes
        del kept[next(iter(kept))]
    return rows


def _chosen_rows(call: Call, source: Source[T]) -> list[T]:
    tests = conditions(call, source.known)
    rows = [row for row in source.rows() if all(test(source.view(row)) for test in tests)]
    if call.environment_ and (hidden := call.environment_.not_listed):
        rows = [row for row in rows if nested(source.view(row), "sys", "id") not in hidden]
    _sort(rows, source.view, call.param("order") or source.order)
    return rows


def _sort(rows: list[T], view: Callable[[T], JsonObject], order: str) -> None:
    """Sort by `sys.createdAt,-sys.id`: the last name first, for the sort is stable."""
    for name in reversed([part.strip() for part in order.split(",") if part.strip()]):
        path = name.lstrip("-").split(".")
        rows.sort(key=lambda row: _sort_key(view(row), path), reverse=name.startswith("-"))


def _sort_key(row: JsonObject, path: list[str]) -> tuple[int, float, str]:
    value: Json = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, str):
        return (2, 0.0, value)
    return (1, float(value), "") if is_number(value) else (0, 0.0, "")  # type: ignore[arg-type]  # a number


def _cursor(position: int, row: JsonObject) -> str:
    """A position, and the id of the row before it: rows may come and go between two pages."""
    uid = text(as_object(row.get("sys")).get("id"))
    return base64.urlsafe_b64encode(f"{position}:{uid}".encode()).decode().rstrip("=")


def _position(source: Source[T], rows: Sequence[T], cursor: str) -> int:
    try:
        written = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        position, uid = int(written.partition(":")[0]), written.partition(":")[2]
    except ValueError:
        raise invalid_query("the cursor is not valid") from None
    if 0 < position <= len(rows) and _id_of(source, rows[position - 1]) == uid:
        return position
    for number, row in enumerate(rows):  # rows came or went away before it
        if _id_of(source, row) == uid:
            return number + 1
    return position


def _id_of(source: Source[T], row: T) -> Json:
    return as_object(source.view(row).get("sys")).get("id")


def page_url(call: Call, name: str, cursor: str) -> str:
    """The relative URL of another page: the same filters and limit, and the cursor."""
    query = [(key, value) for key, value in call.query if key not in PAGE_PARAMS]
    return f"{call.path}?{urlencode([*query, (name, cursor)])}"
