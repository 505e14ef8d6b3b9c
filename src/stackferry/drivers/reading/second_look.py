"""The end of an export: every listing is looked at once more, because people edit while it runs.

A service has no picture of one moment, so each listing is asked for again: one request for most. What has moved is
read again, with all that was read because of it, and looked at again: a listing, or those of its rows that changed,
where these are known. A listing may also tell of rows of other listings that changed without a trace there, as a queue
tells what was published. What still moves after some rounds is a gap, and so is what has moved while an import has
already written it. Must never leave a listing that moved without either.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.drivers.concurrency import WorkerPool
from stackferry.drivers.events import Event, silent
from stackferry.drivers.reading.listing_look import ListingLook, Moved, under_way, unsure
from stackferry.drivers.reading.listing_reader import ListingReader
from stackferry.drivers.reading.look_round import Look, LookRound, Task, mark
from stackferry.drivers.reading.named_rows import NamedRows
from stackferry.drivers.reading.read_progress import ReadProgress
from stackferry.model import Budget, Gap, Stream
from stackferry.providers.source import Change, CursorListing, Fetch, Listing, Rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence

    from stackferry.drivers.reading.failed_reads import FailedReads
    from stackferry.drivers.reading.page_requests import PageRequests
    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.model import Record
    from stackferry.providers.source import ExportPlan, Outdated, ReadOptions

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


class SecondLook:
    """The second looks of one export. `read_on` runs the stages of its plan, which read what is not staged."""

    def __init__(
        self,
        run: Run,
        plan: ExportPlan,
        staging: Staging,
        options: ReadOptions,
        requests: PageRequests,
        read_on: Callable[[], Awaitable[None]],
        is_up: Callable[[], Awaitable[bool]],
        failed: FailedReads,
    ) -> None:
        self._run, self._plan, self._staging, self._options = run, plan, staging, options
        self._read_on, self._is_up, self._failed = read_on, is_up, failed
        self._derived, self._requests = plan.derived(options), requests
        self._look = ListingLook(run, plan, staging, requests, is_up)

    async def tell(self) -> None:
        """Look once, and record as a gap what has moved."""
        await self._record(await self._round(replaces=False), _COPIED)

    async def settle(self) -> None:
        """Look, read again what has moved, and look at that again; what moves in the last round is a gap."""
        if self._staging.has_set_aside():  # by a run that was stopped
            await self._redo_dependent()
        for number in range(ROUNDS):
            has_moved = await self._round(replaces=True)
            if not has_moved and (number or not any(self._under_way())):
                return
            await self._redo()
        await self._record(await self._round(replaces=False), _MOVES)

    # --- looking ---

    async def have_moved(self, names: Collection[str]) -> bool:
        """Whether any of these listings is not as it was read."""
        return any([await self._look.at(one) is not None for one in self._listings() if one.name in names])

    async def _round(self, *, replaces: bool) -> list[Moved]:
        """Look at the listings that were not found unchanged yet. With `replaces` each that has moved is read again."""
        tasks: WorkerPool[Task] = WorkerPool(self._looks())
        reader = ListingReader(
            self._run,
            self._plan,
            self._staging,
            # What a page leads to is read by the stages that name it too.
            lambda job: None if isinstance(job, Fetch) else tasks.add(job),
            self._requests,
            ReadProgress(silent),  # what is read again was counted
            is_up=self._is_up,
            have_moved=self.have_moved,
            refusals_end=False,
        )
        looks = LookRound(
            tasks, reader, self._look, self._staging, self._failed, self._derived, replaces=replaces
        )
        return await looks.run(partial(self._run.session.in_flight, Budget.READ))

    def _looks(self) -> Iterator[Look]:
        emit = self._run.emit
        emit(Event("looking_again"))
        if emit is not silent and (count := sum(1 for _ in self._not_seen_unchanged())):
            emit(Event("looking_again", "listings", total=count))
        for one in self._not_seen_unchanged():
            yield Look(one)
            emit(Event("looking_again", "listings", done=1))

    def _not_seen_unchanged(self) -> Iterator[Listing | CursorListing]:
        for one in self._listings():
            if _tells_of_others(one) or not self._staging.is_done(mark(one.name)):
                yield one

    def _listings(self) -> Iterator[Listing | CursorListing]:
        """The listings that are staged, and of which a second look can tell anything."""
        for step in self._plan.stages:
            for stage in step.stages if isinstance(step, Rounds) else (step,):
                for job in stage(self._staging, self._options):
                    if not isinstance(job, Listing | CursorListing):
                        continue
                    if job.is_looked_at and self._is_read(job):
                        yield job

    def _is_read(self, listing: Listing | CursorListing) -> bool:
        # One that was refused, or of which all readings differed, is told already.
        is_read = self._staging.is_done(listing.name) and self._staging.total(listing.name) is not None
        return is_read and not self._staging.has_gap(listing.name)

    # --- telling ---

    async def _record(self, moved: list[Moved], reason: str) -> None:
        """A gap for each listing that moved, and for what it tells of others."""
        gaps = [
            _gap(one.listing, one.what or _named(one.rows), reason) for one in moved if self._is_lost(one)
        ]
        outdated = [*self._told_by(moved), *self._under_way()]
        rows = await self._read_named(outdated, replaces=False)
        gaps += [_gap(one.listing, _named(one.rows), reason) for one in rows]
        gaps += _gaps_of(outdated, reason)
        if gaps:
            self._staging.keep("second look", gaps=gaps)

    def _told_by(self, moved: Iterable[Moved]) -> Iterator[Outdated]:
        """What the notes of listings that moved tell of others."""
        for one in moved:
            for stream, row in one.rows:
                if _is_note(stream):
                    before = self._staging.get(stream, row.uid)
                    yield from self._plan.outdated(self._staging, Change(stream, before, row.body))

    def _is_lost(self, moved: Moved) -> bool:
        """Whether records of the listing itself have moved, and not only notes of others."""
        if (
            isinstance(moved.listing, CursorListing)
            or moved.listing.unsure is None
            or moved.is_refused
            or not moved.is_known
            or moved.gone
        ):
            return True
        kept = {*unsure(moved.listing, self._staging)}
        return any(not _is_note(stream) or one.uid in kept for stream, one in moved.rows)

    # --- reading again ---

    async def _redo(self) -> None:
        """Do anew what follows from listings that have moved."""
        derived = self._derived
        if derived.listings or derived.notes:
            self._staging.set_aside(derived.listings, map(_dropped, derived.notes))
            await self._read_on()
        await self._redo_dependent()

    async def _redo_dependent(self) -> None:
        """Do anew what was read because of records that have changed."""
        has_notes = any(_is_note(stream) for stream, *_ in self._staging.changes()) or any(self._under_way())
        if not self._derived.listings and has_notes:
            await self._read_on()  # the listings of objects that are new: what they hold may be meant
            await self._read_named(self._outdated(), replaces=True)
            await self._read_on()
        rest = [one for one in self._outdated() if not one.row_only]
        self._staging.forget_set_aside(map(_dropped, rest))
        await self._read_on()

    def _outdated(self) -> list[Outdated]:
        return [
            one
            for change in self._staging.changes()
            for one in self._plan.outdated(self._staging, Change(*change))
        ] + [*self._under_way()]

    def _under_way(self) -> Iterator[Outdated]:
        """What the service is at, and may have done since it was read."""
        for listing in self._listings():
            for stream, row in under_way(listing, self._staging):
                yield from self._plan.outdated(self._staging, Change(stream, None, row.body))

    async def _read_named(self, outdated: Iterable[Outdated], *, replaces: bool) -> list[Moved]:
        """Read single rows that others tell of. What differs is replaced, or returned."""
        wanted: dict[str, set[str]] = {}
        for one in outdated:
            if one.row_only:
                wanted.setdefault(one.jobs, set()).add(one.uid)
        named = [one for one in self._listings() if one.name in wanted and isinstance(one, Listing)]
        rows = NamedRows(self._look, self._staging, self._failed, wanted, replaces=replaces)
        return await rows.read(named, partial(self._run.session.in_flight, Budget.READ))


def _tells_of_others(listing: Listing | CursorListing) -> bool:
    """Whether a listing is looked at in every round, to be as new as what others had that was read again."""
    return isinstance(listing, Listing) and listing.unsure is not None


def _is_note(stream: Stream) -> bool:
    return stream.kind.startswith(".")


def _gap(listing: Listing | CursorListing, what: str, reason: str) -> Gap:
    cell = listing.cell or Stream(listing.name)
    return Gap(kind=cell.kind, uid="*", type=cell.type, locale=cell.locale, reason=f"{reason}{what}")


def _gaps_of(outdated: Iterable[Outdated], reason: str) -> Iterator[Gap]:
    """A gap for each object that is outdated, where more than its row is."""
    for one in outdated:
        of = one.stream
        if of is not None and not one.row_only:
            yield Gap(kind=of.kind, uid=one.uid, type=of.type, locale=of.locale, reason=reason)


def _named(rows: Sequence[tuple[Stream, Record]]) -> str:
    """For the user: the first of these rows."""
    uids = [one.uid.replace("\0", "/") for stream, one in rows if not _is_note(stream)]
    more = f" and {len(uids) - _NAMED} more" if len(uids) > _NAMED else ""
    return f" ({', '.join(uids[:_NAMED])}{more})" if uids else ""


def _dropped(one: Outdated) -> tuple[str, Stream | None, str]:
    return mark(one.jobs) if one.look_only else one.jobs, one.stream, one.uid
