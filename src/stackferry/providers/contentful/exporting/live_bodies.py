"""What is live of documents whose current body is another one: read from the lists of published objects. Pure.

Of few documents these are asked for by id; where that would take more requests than the whole list, the list is read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import listing
from stackferry.providers.contentful.exporting.staged import is_live_otherwise, rows
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.read import among, id_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, ReadOptions, RecordStore

    IsHeld = Callable[[Kind, Kind, JsonObject], bool]

LIVE: Final = (
    (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES),
    (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES),
    (kinds.ASSETS, kinds.PUBLISHED_ASSETS),
)


def live_bodies(
    root: Root, staged: RecordStore, options: ReadOptions, is_held: IsHeld = lambda _kind, _live, _row: False
) -> Iterator[Job]:
    """The listings of what is live otherwise, and what is not at hand (`is_held`)."""
    for kind, published in LIVE if options.versions != "latest" else ():
        found, count = list[str](), 0
        for row in rows(staged, kind):
            count += 1
            if is_live_otherwise(row) and not is_held(kind, published, row):
                found.append(sys_id(row))
        yield from of_ids(root, published, options, sorted(found), count)


def of_ids(
    root: Root, published: Kind, options: ReadOptions, wanted: Collection[str], count: int
) -> Iterator[Job]:
    """The live bodies of these ids; `count`: how many objects there are, published or not."""
    batches = [*id_batches(wanted)]
    if not batches:
        return
    if len(batches) > max(1, -(-count // PAGE)):
        yield listing(root, published, options, keep=partial(is_among, frozenset(wanted)))
        return
    for number, batch in enumerate(batches):
        yield listing(root, published, options, among(batch), name=f"{published.name}/{number}")


def is_among(wanted: frozenset[str], row: JsonObject) -> bool:
    """Whether a row is of one of these ids."""
    return sys_id(row) in wanted
