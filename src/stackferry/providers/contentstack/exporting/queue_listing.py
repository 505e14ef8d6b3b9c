"""The listing of the publish queue: what waits, and what a second look at it tells of other listings.

Publishing changes no time of an entry or an asset, but leaves rows in the queue, which name them. Pure.
API page: "CMA | Publish Queue", "Get publish queue" and "Get publish queue activity". It documents no sorting; the rows
in the tests of the vendor's clients stand by their times, the newest first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.exact_json import dumps
from stackferry.json_values import text
from stackferry.model import Record
from stackferry.providers.contentstack.content.publish_queue import (
    DONE,
    SCHEDULES,
    UNDER_WAY,
    queue_status,
    read_queue,
    read_queued,
)
from stackferry.providers.contentstack.requests.build import PAGE, get, page_params
from stackferry.providers.contentstack.requests.publishing import list_queue, queue_path
from stackferry.providers.source import Listing, ReadOptions, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Stream
    from stackferry.providers.source import RecordStore


def queue_listing(options: ReadOptions) -> Listing:
    """The queue of a branch. It holds thirty days, so its oldest rows go by themselves."""
    return Listing(
        name="schedules",
        request=lambda skip: list_queue(("asc", "uid"), *page_params(skip)),
        read=read_queue,
        optional=True,
        # A narrowed export drops some of its rows, so they cannot be compared one by one.
        newest=None if options.is_narrow else lambda: list_queue(("desc", "created_at"), *page_params(0)),
        rows=_rows,
        unsure=_waiting,
        under_way=_under_way,
        loses_rows=True,
        also_lost="so what was published or unpublished during the export may be missing as well",
    )


def _rows(uids: Sequence[str]) -> Iterator[Rows]:
    """By a query, of which the page says that there are some; what its answer lacks is asked for one by one."""
    for batch in batched(uids, PAGE):
        asked = dumps({"uid": {"$in": [*batch]}}).decode()
        yield Rows(batch, list_queue(("query", asked), *page_params(0)), read_queue, missing=_singly)


def _singly(uids: Sequence[str]) -> Iterator[Rows]:
    return (Rows([uid], get(queue_path(uid)), partial(read_queued, uid)) for uid in uids)


def _under_way(staged: RecordStore) -> Iterator[tuple[Stream, Record]]:
    """Bulk calls and most publishing are done after their answer, and the queue may tell so minutes later."""
    for row in staged.objects(DONE):
        if queue_status(row) in UNDER_WAY:
            yield DONE, Record(text(row.get("uid")), row)


def _waiting(staged: RecordStore) -> Iterator[str]:
    """A row that comes due or is cancelled is as old as before."""
    return (text(row.get("uid")) for row in staged.objects(SCHEDULES))
