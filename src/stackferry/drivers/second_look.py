"""The end of an export: every listing is looked at once more, because people edit while it runs.

A service has no picture of one moment, so each listing is asked for again: one request for most. What has moved is
read again, with all that was read because of it, and looked at again. What still moves after some rounds is a gap, and
so is what has moved while an import has already written it. Must never leave a listing that moved without either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from stackferry.drivers.answers import read_page
from stackferry.drivers.concurrency import WorkerPool
from stackferry.drivers.events import Event
from stackferry.drivers.failed_reads import read_of_listing, read_of_look
from stackferry.drivers.listing_reader import PAGES, LaterPage, ListingReader, page_digest
from stackferry.errors import AccessError, Refused
from stackferry.exact_json import dumps
from stackferry.model import Budget, Gap, Stream
from stackferry.providers.source import Change, Listing, Rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator

    from stackferry.drivers.failed_reads import FailedReads
    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.providers.source import ExportPlan, Outdated, Page, ReadOptions

ROUNDS = 3  # how often what moved is read again
_NAMED = 3  # objects that a gap names
_MOVES = (
    "it was edited again and again while it was read, so it may be of different moments: "
    "run the export again when fewer people edit"
)
_COPIED = (
    "it was edited while it was copied, so the target lacks the edits: run the copy again, into another directory "
    "and with --on-conflict update"
)


@dataclass(frozen=True, slots=True)
class Look:
    """A second look at a listing."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class Moved:
    """A listing that is not as it was read. `page`: all of it, as it is now, where the look showed all."""

    listing: Listing
    page: Page | None = None
    what: str = ""  # for the user
    is_refused: bool = False


Task: TypeAlias = Look | Listing | LaterPage


class SecondLook:
    """The second looks of one export. `read_on` runs the stages of its plan, which read what is not staged."""

    def __init__(
        self,
        run: Run,
        plan: ExportPlan,
        staging: Staging,
        options: ReadOptions,
        read_on: Callable[[], Awaitable[None]],
        is_up: Callable[[], Awaitable[bool]],
        failed: FailedReads,
    ) -> None:
        self._run, self._plan, self._staging, self._options = run, plan, staging, options
        self._read_on, self._is_up, self._failed = read_on, is_up, failed
        self._derived = plan.derived(options)

    async def tell(self) -> None:
        """Look once, and record as a gap what has moved."""
        self._record(await self._round(replaces=False), _COPIED)

    async def settle(self) -> None:
        """Look, read again what has moved, and look at that again; what moves in the last round is a gap."""
        if self._staging.has_set_aside():  # by a run that was stopped
            await self._redo_dependent()
        for _ in range(ROUNDS):
            if not await self._round(replaces=True):
                return
            await self._redo()
        self._record(await self._round(replaces=False), _MOVES)

    # --- looking ---

    async def have_moved(self, names: Collection[str]) -> bool:
        """Whether any of these listings is not as it was read."""
        return any([await self._look(one) is not None for one in self._listings() if one.name in names])

    async def _round(self, *, replaces: bool) -> list[Moved]:
        """Look at the listings that were not found unchanged yet. With `replaces` each that has moved is read again."""
        self._run.emit(Event("looking_again"))
        found: list[Moved] = []
        tasks: WorkerPool[Task] = WorkerPool(
            Look(one) for one in self._listings() if not self._staging.is_done(_mark(one.name))
        )
        reader = ListingReader(
            self._run,
            self._plan,
            self._staging,
            tasks.add,
            is_up=self._is_up,
            have_moved=self.have_moved,
            refusals_end=False,
        )

        async def look(listing: Listing) -> None:
            moved = await self._look(listing)
            if moved is None:
                self._staging.keep(_mark(listing.name))
                return
            found.append(replace(moved, page=None))
            # What follows from all listings together is read again after all of them.
            if replaces and not (moved.is_refused or self._is_derived(listing)):
                self._staging.set_aside([listing.name])
                # As a task of its own where more must be asked for: its failures are not those of the look.
                if moved.page is None:
                    tasks.add(listing)
                else:
                    await reader.read_on(listing, moved.page)

        async def do(task: Task) -> None:
            match task:
                case Look(listing):
                    read, done = read_of_look(listing, _mark(listing.name)), partial(look, listing)
                case Listing():
                    read, done = read_of_listing(task), partial(reader.read, task)
                case LaterPage(listing, skip):
                    read, done = read_of_listing(listing, skip), partial(reader.read_later_page, task)
            await self._failed.watch(read, done, is_last=True)

        await tasks.run(do, partial(self._run.session.in_flight, Budget.READ))
        self._failed.end_stage()
        return found

    def _listings(self) -> Iterator[Listing]:
        """The listings that are staged, and of which a second look can tell anything."""
        for step in self._plan.stages:
            for stage in step.stages if isinstance(step, Rounds) else (step,):
                for job in stage(self._staging, self._options):
                    if isinstance(job, Listing) and job.is_looked_at and self._is_read(job):
                        yield job

    def _is_read(self, listing: Listing) -> bool:
        # One that was refused, or of which all readings differed, is told already.
        is_read = self._staging.is_done(listing.name) and self._staging.total(listing.name) is not None
        return is_read and not self._staging.has_gap(listing.name)

    async def _look(self, listing: Listing) -> Moved | None:
        """What is not as it was read; None where it is all the same."""
        pages = {
            number: str(note.get("sha256")) for number, note in self._staging.numbered(PAGES, listing.name)
        }
        if not pages:  # read by an earlier version, which kept no notes
            return Moved(listing)
        try:
            if listing.newest is not None and len(pages) > 1:
                page = await read_page(self._run, self._plan, listing, listing.newest())
                return self._compare_newest(listing, page)
            for position, digest in pages.items():
                page = await read_page(self._run, self._plan, listing, listing.request(position))
                if self._count_moved(listing, page) or page_digest(page) != digest:
                    whole = len(pages) == 1
                    return Moved(listing, page if whole else None, self._named(page))
        except (Refused, AccessError) as refused:
            if isinstance(refused, AccessError) and not await self._is_up():
                raise
            return Moved(listing, what=f" ({refused})", is_refused=True)
        return None

    def _count_moved(self, listing: Listing, page: Page) -> bool:
        return page.total is not None and max(page.total, page.seen) != self._staging.total(listing.name)

    def _compare_newest(self, listing: Listing, page: Page) -> Moved | None:
        # Times are whole milliseconds at best, so every row of the page is compared and not the newest time alone.
        if self._differing(page) or self._count_moved(listing, page):
            return Moved(listing, what=self._named(page))
        return None

    def _differing(self, page: Page) -> list[str]:
        """The objects on a page that are staged otherwise, or not at all."""
        # As bytes: in Python true equals 1.
        return [
            one.uid
            for stream, one in page.records
            if dumps(self._staging.get(stream, one.uid, one.number)) != dumps(one.body)
        ]

    def _named(self, page: Page) -> str:
        uids = [uid.replace("\0", "/") for uid in self._differing(page)]
        more = f" and {len(uids) - _NAMED} more" if len(uids) > _NAMED else ""
        return f" ({', '.join(uids[:_NAMED])}{more})" if uids else ""

    def _record(self, moved: list[Moved], reason: str) -> None:
        gaps = []
        for one in moved:
            cell = one.listing.cell or Stream(one.listing.name)
            gaps.append(
                Gap(kind=cell.kind, uid="*", type=cell.type, locale=cell.locale, reason=f"{reason}{one.what}")
            )
        if gaps:
            self._staging.keep("second look", gaps=gaps)

    # --- reading again ---

    def _is_derived(self, listing: Listing) -> bool:
        return any(
            listing.name == one or listing.name.startswith(f"{one}/") for one in self._derived.listings
        )

    async def _redo(self) -> None:
        """Do anew what follows from listings that have moved."""
        derived = self._derived
        if derived.listings or derived.notes:
            self._staging.set_aside(derived.listings, map(_dropped, derived.notes))
            await self._read_on()
        await self._redo_dependent()

    async def _redo_dependent(self) -> None:
        """Do anew what was read because of records that have changed."""
        outdated = [
            one
            for stream, before, now in self._staging.changes()
            for one in self._plan.outdated(self._staging, Change(stream, before, now))
        ]
        self._staging.forget_set_aside(map(_dropped, outdated))
        await self._read_on()


def _mark(listing: str) -> str:
    """The job that is done when a listing was found as it was read: a resumed run does not look at it again."""
    return f"looks/{listing}"


def _dropped(one: Outdated) -> tuple[str, Stream | None, str]:
    return _mark(one.jobs) if one.look_only else one.jobs, one.stream, one.uid
