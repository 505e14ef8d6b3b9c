"""Single rows that other listings tell of, read again at the end of an export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.drivers.concurrency import WorkerPool
from stackferry.drivers.reading.failed_reads import read_of_look
from stackferry.drivers.reading.listing_look import Moved, some_rows
from stackferry.drivers.reading.look_round import mark

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

    from stackferry.drivers.reading.failed_reads import FailedReads, Read
    from stackferry.drivers.reading.listing_look import ListingLook
    from stackferry.io.storage.staging import Staging
    from stackferry.providers.source import Listing, Rows


class NamedRows:
    """Reads rows by uid. With `replaces` those that differ are replaced.

    `wanted`: the uids by the name of their listing; an empty uid means the whole listing.
    """

    def __init__(
        self,
        look: ListingLook,
        staging: Staging,
        failed: FailedReads,
        wanted: Mapping[str, Collection[str]],
        *,
        replaces: bool,
    ) -> None:
        self._look, self._staging, self._failed = look, staging, failed
        self._wanted, self._replaces = wanted, replaces
        self._whole: set[str] = set()  # the listings of which more than single rows has moved
        self._found: list[Moved] = []

    async def read(self, listings: Sequence[Listing], workers: Callable[[], int]) -> list[Moved]:
        """Read the rows, `workers()` requests at once; returns what has moved and was not replaced."""
        self._whole = {one.name for one in listings if one.rows is None or "" in self._wanted[one.name]}
        await self._failed.run_twice(WorkerPool(self._tasks(listings)), self._reading, workers)
        if self._replaces:
            self._staging.set_aside(sorted(self._whole), ((mark(name), None, "") for name in self._whole))
        return [*self._found, *(Moved(one) for one in listings if one.name in self._whole)]

    def _tasks(self, listings: Sequence[Listing]) -> Iterator[tuple[Listing, Rows]]:
        for one in listings:
            if one.name not in self._whole:
                for some in some_rows(one, sorted(self._wanted[one.name])):
                    yield one, some

    def _reading(self, task: tuple[Listing, Rows]) -> tuple[Read, Callable[[], Awaitable[None]]]:
        return read_of_look(task[0], mark(task[0].name)), partial(self._read, *task)

    async def _read(self, listing: Listing, some: Rows) -> None:
        page = await self._look.read_rows(listing, some)
        rows = self._look.differing(listing, page)
        if len(page.records) < len(some.uids):
            self._whole.add(listing.name)  # a row is gone, so the listing has moved
        elif self._replaces:
            self._staging.exchange(listing.name, rows, gaps=page.gaps)
        elif rows:
            self._found.append(Moved(listing, rows=rows))
