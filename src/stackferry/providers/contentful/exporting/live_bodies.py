"""What is live of documents whose current body is another one: read from the lists of published objects. Pure.

Of few documents these are asked for by id; where that would take more requests than the whole list, the list is read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.languages import Languages
from stackferry.providers.contentful.exporting.listings import batch_name, listing, stream_of
from stackferry.providers.contentful.exporting.staged import is_live_otherwise, rows
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.read import among, id_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.exporting.listings import Keep
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import GrowingStore, Job, ReadOptions

    IsHeld = Callable[[Kind, Kind, JsonObject], bool]

LIVE: Final = (
    (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES),
    (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES),
    (kinds.ASSETS, kinds.PUBLISHED_ASSETS),
)


def live_bodies(
    root: Root, staged: GrowingStore, options: ReadOptions, is_held: IsHeld = lambda _kind, _live, _row: False
) -> Iterator[Job]:
    """The listings of what is live otherwise, and neither staged by now nor at hand (`is_held`)."""
    cut = Languages(staged, options).cut
    for kind, published in LIVE if options.versions != "latest" else ():
        found, count = _lacking(staged, kind, published, is_held)
        for batch, keep in _lists(sorted(found), count):
            params = (among(batch),) if batch else ()
            name = f"{published.name}/{batch_name(batch)}" if batch else ""
            yield listing(root, published, options, *params, name=name, keep=keep, cut=cut)


def _lacking(staged: GrowingStore, kind: Kind, published: Kind, is_held: IsHeld) -> tuple[list[str], int]:
    """The ids of what is live otherwise and not at hand, and the number of all rows of the kind."""
    found, count = list[str](), 0
    for row in rows(staged, kind):
        count += 1
        if not is_live_otherwise(row) or is_held(kind, published, row):
            continue
        if staged.get(stream_of(published, row), sys_id(row)) is None:
            found.append(sys_id(row))
    return found, count


def _lists(wanted: Sequence[str], count: int) -> Iterator[tuple[tuple[str, ...], Keep]]:
    """Ids to ask for, in batches; or none, for the whole list of which some rows are kept."""
    batches = [*id_batches(wanted)]
    if len(batches) > max(1, -(-count // PAGE)):
        yield (), partial(is_among, frozenset(wanted))
    else:
        # No page says that the list of published types takes ids: what else an answer holds is not kept.
        yield from ((batch, partial(is_among, frozenset(batch))) for batch in batches)


def is_among(wanted: frozenset[str], row: JsonObject) -> bool:
    """Whether a row is of one of these ids."""
    return sys_id(row) in wanted
