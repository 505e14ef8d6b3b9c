"""Requests that list: pages by offset, pages by cursor, and single objects.

API pages: "Collection resources and pagination", "Cursor-based pagination", "Search parameters".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from stackferry.json_values import as_list, integer, nested, text
from stackferry.providers.contentful.kinds import Paging
from stackferry.providers.contentful.requests.build import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Pairs, Root

# Ids in one request: as many as the vendor's own clients send, and short enough for any limit on addresses.
IDS: Final = 100
LONGEST_IDS: Final = 6_000  # characters; "the maximum URI length is 7600"


def list_rows(
    root: Root,
    kind: Kind,
    skip: int,
    size: int,
    *params: tuple[str, str],
    owner: str = "",
    headers: Pairs = (),
) -> Request:
    """The page of a kind's collection that begins at row `skip`. One of a single object has no parameters."""
    if kind.paging is Paging.SINGLE:
        return get(root.of_kind(kind))
    given = {name for name, _ in params}
    order = (("order", kind.order),) if kind.order and "order" not in given else ()
    offset = (("skip", str(skip)),) if kind.paging is Paging.OFFSET else ()
    return get(
        root.of_kind(kind, owner=owner),
        *(*kind.params, *params, *order, *offset, ("limit", str(size))),
        headers=headers,
    )


def next_rows(request: Request, answer: JsonObject) -> Request | None:
    """The page after the rows that an answer holds, by its cursor or by their number; None after the last one."""
    if address := text(nested(answer, "pages", "next")):
        return replace(next_page(request.path, address), headers=request.headers)
    rows = len(as_list(answer.get("items")))
    if not rows or rows >= (integer(answer.get("total")) or 0):
        return None
    params = tuple((name, value) for name, value in request.params if name != "skip")
    return replace(request, params=(*params, ("skip", str(rows))))


def next_page(path: str, address: str) -> Request:
    """The page that `pages.next` of an answer names, relative or with a host: the host is never taken from it."""
    found = urlsplit(address)
    pairs: Pairs = tuple(parse_qsl(found.query, keep_blank_values=True))
    return get(found.path if found.path.startswith("/") else path, *pairs)


def resized(request: Request, rows: int) -> Request:
    """The same page with another number of rows, where it says one."""
    pairs = ((name, str(rows) if name == "limit" else value) for name, value in request.params)
    return replace(request, params=tuple(pairs))


def id_batches(uids: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Ids in batches of which each fits into one request."""
    batch, length = list[str](), 0
    for uid in uids:
        if batch and (len(batch) == IDS or length + len(uid) > LONGEST_IDS):
            yield tuple(batch)
            batch, length = [], 0
        batch.append(uid)
        length += len(uid) + len("%2C")
    if batch:
        yield tuple(batch)


def among(uids: Iterable[str]) -> tuple[str, str]:
    """The parameter that asks for these ids alone."""
    return "sys.id[in]", ",".join(uids)
