"""One round of second looks: each listing is looked at, and one that has moved is read again.

Must never call a listing looked at that has moved, or whose look failed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from stackferry.drivers.reading.failed_reads import read_of_listing, read_of_look
from stackferry.drivers.reading.listing_reader import LaterPage
from stackferry.providers.source import CursorListing, Listing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stackferry.drivers.concurrency import WorkerPool
    from stackferry.drivers.reading.failed_reads import FailedReads, Read
    from stackferry.drivers.reading.listing_look import ListingLook, Moved
    from stackferry.drivers.reading.listing_reader import ListingReader
    from stackferry.io.storage.staging import Staging
    from stackferry.providers.source import Derived


@dataclass(frozen=True, slots=True)
class Look:
    """A second look at a listing."""

    listing: Listing | CursorListing


Task: TypeAlias = Look | Listing | CursorListing | LaterPage


class LookRound:
    """The looks of one round, and with `replaces` what is read again because of them."""

    def __init__(
        self,
        tasks: WorkerPool[Task],
        reader: ListingReader,
        look: ListingLook,
        staging: Staging,
        failed: FailedReads,
        derived: Derived,
        *,
        replaces: bool,
    ) -> None:
        self._tasks, self._reader, self._look = tasks, reader, look
        self._staging, self._failed, self._derived = staging, failed, derived
        self._replaces = replaces
        self._found: dict[str, Moved] = {}  # by the listing

    async def run(self, workers: Callable[[], int]) -> list[Moved]:
        """Do the tasks, `workers()` at once; returns the listings that have moved."""
        await self._failed.run_twice(self._tasks, self._reading, workers)
        return [*self._found.values()]

    def _reading(self, task: Task) -> tuple[Read, Callable[[], Awaitable[None]]]:
        match task:
            case Look(listing):
                return read_of_look(listing, mark(listing.name)), partial(self._look_at, listing)
            case Listing() | CursorListing():
                return read_of_listing(task), partial(self._reader.read, task)
            case LaterPage(listing, skip):
                return read_of_listing(listing, skip), partial(self._reader.read_later_page, task)

    async def _look_at(self, listing: Listing | CursorListing) -> None:
        moved = await self._look.at(listing)
        if moved is None:
            self._staging.keep(mark(listing.name))
            return
        self._found[listing.name] = replace(moved, page=None, rows=() if self._replaces else moved.rows)
        # What follows from all listings together is read again after all of them.
        if self._replaces and not moved.is_refused and not self._is_derived(listing):
            await self._read_again(listing, moved)

    async def _read_again(self, listing: Listing | CursorListing, moved: Moved) -> None:
        if moved.is_known and moved.page is None:
            rows, gone, total, gaps = moved.rows, moved.gone, moved.total, moved.gaps
            self._staging.exchange(listing.name, rows, gone=gone, total=total, gaps=gaps)
            return
        self._staging.set_aside([listing.name])
        # As a task of its own where more must be asked for: its failures are not those of the look.
        if moved.page is None or isinstance(listing, CursorListing):
            self._tasks.add(listing)
        else:
            await self._reader.read_on(listing, moved.page)

    def _is_derived(self, listing: Listing | CursorListing) -> bool:
        return any(
            listing.name == one or listing.name.startswith(f"{one}/") for one in self._derived.listings
        )


def mark(listing: str) -> str:
    """The job that is done when a listing was found as it was read: a resumed run does not look at it again."""
    return f"looks/{listing}"
