"""Listings and what their rows become: one for each kind, read page by page. Pure.

Entries, assets and types are listed by id, because then an edit during the export moves no row to another page.
API pages: the collections of the Content Management API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_list, integer, nested, rows_in, text
from stackferry.model import Record, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.kinds import Paging, record_key
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.read import list_rows
from stackferry.providers.source import Listing, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Root

# Kinds whose records lie in a stream for each content type.
TYPED: Final = frozenset({kinds.ENTRIES.name, kinds.PUBLISHED_ENTRIES.name, kinds.ENTRY_SNAPSHOTS.name})


def stream_of(kind: Kind, row: JsonObject) -> Stream:
    """The stream that a row belongs to: entries have one for each content type."""
    if kind.name not in TYPED:
        return Stream(kind.name)
    document = row.get("snapshot") if kind is kinds.ENTRY_SNAPSHOTS else row
    return Stream(kind.name, text(nested(document, "sys", "contentType", "sys", "id")))


def record_of(kind: Kind, row: JsonObject) -> tuple[Stream, Record]:
    """A row as a record of its stream."""
    uid, number = record_key(kind.name, row)
    return stream_of(kind, row), Record(uid, row, number)


def page_of(
    kind: Kind, name: str, answer: JsonObject, keep: Callable[[JsonObject], bool] = lambda _: True
) -> Page:
    """What an answer holds; of its rows those to `keep`."""
    if kind.paging is Paging.SINGLE:
        if not text(nested(answer, "sys", "type")):
            raise BadAnswer(f"{name}: the answer holds no object")
        return Page([record_of(kind, answer)], 1, 1)
    rows = rows_in(answer, "items", name)
    if len(rows) != len(as_list(answer.get("items"))) or any(
        not text(kind.key(row)) for row in rows if kind.key_path
    ):
        raise BadAnswer(f"{name}: a row of the answer names no object")
    return Page([record_of(kind, row) for row in rows if keep(row)], len(rows), integer(answer.get("total")))


def listing(
    root: Root,
    kind: Kind,
    *params: tuple[str, str],
    name: str = "",
    owner: str = "",
    keep: Callable[[JsonObject], bool] = lambda _: True,
    is_looked_at: bool = False,
) -> Listing:
    """All rows of a kind's collection by offset; with `owner`, of the one that belongs to this object."""
    name = name or kind.name
    return Listing(
        name=name,
        request=lambda skip: list_rows(root, kind, skip, PAGE, *params, owner=owner),
        read=lambda answer: page_of(kind, name, answer, keep),
        page_size=PAGE,
        optional=kind.optional,
        may_be_refused=True,
        is_looked_at=is_looked_at,
        of_one_object=bool(owner),
    )
