"""Reads whose answers cannot be used: tried once more when the rest of the stage is there, then a gap.

A read is bad where the service answers others; where it answers nothing, the service is down, which ends the run
that the same command resumes. What is about one object is a gap then. A listing of much may be bad for an hour only:
the first such run ends with the error, when it has read what else it could, and the next one with a gap. Files lie on
hosts that nothing else is asked of: where no file comes at all, it is the same. How often a read has failed is on disk,
so attempts count whatever run they fell into. Must never leave out a listing in silence, as if it were empty."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from stackferry.errors import BadAddress, BadAnswer, Refused, ServiceDown, StackferryError, Unreachable
from stackferry.json_values import integer
from stackferry.model import Budget, Gap
from stackferry.providers.source import Listing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stackferry.drivers.concurrency import WorkerPool
    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.model import Request
    from stackferry.providers.source import CursorListing, Download, Fetch

T = TypeVar("T")
_ENDED = "files were not to be had"  # the fact that an earlier run ended for this reason
_UNLISTED = "it could not be listed, so it may hold what is not here"
_UNSEEN = "it could not be looked at again when all was read, so edits made meanwhile may be missing"


class Loss(Enum):
    """What it means that a read cannot be had."""

    GAP = auto()
    GAP_IN_NEXT_RUN = auto()
    END = auto()  # nothing is worth having without it


@dataclass(frozen=True, slots=True)
class Read:
    """One read that may fail: what its failures are counted under, the job that a gap of it settles."""

    name: str
    job: str
    gap: Gap
    loss: Loss = Loss.GAP
    file: Request | None = None  # of a read of bytes
    refusal_ends: bool = False  # each run


def read_of_job(job: Fetch | Download) -> Read:
    file = job.request if job.request.budget is Budget.ASSET else None
    return Read(job.name, job.name, replace(job.gap, reason=job.gap.reason or "not to be had"), file=file)


def read_of_listing(
    listing: Listing | CursorListing, position: int | None = None, *, refusals_end: bool = False
) -> Read:
    """A listing, or its page at a position. `refusals_end`: see `Exporter`."""
    name = listing.name if position is None else f"{listing.name}@{position}"
    loss = Loss.GAP if listing.of_one_object else Loss.GAP_IN_NEXT_RUN
    if refusals_end or not (listing.optional or (isinstance(listing, Listing) and listing.may_be_refused)):
        loss = Loss.END
    gap, is_query = _listing_gap(listing, _UNLISTED), isinstance(listing, Listing) and listing.has_user_query
    return Read(name, listing.name, gap, loss, refusal_ends=is_query)


def read_of_look(listing: Listing | CursorListing, mark: str) -> Read:
    """A second look at a listing; `mark` is the job of the look."""
    loss = Loss.GAP if listing.of_one_object else Loss.GAP_IN_NEXT_RUN
    return Read(mark, mark, _listing_gap(listing, _UNSEEN), loss)


def _listing_gap(listing: Listing | CursorListing, reason: str) -> Gap:
    # The kind is the listing's name, by which such gaps are found again.
    cell = listing.cell
    type_, locale = (cell.type, cell.locale) if cell else ("", "")
    return Gap(kind=listing.name, uid="*", type=type_, locale=locale, reason=reason)


def _with_advice(error: StackferryError, advice: str) -> StackferryError:
    if isinstance(error, Refused):
        return Refused(f"{error}; {advice}", status=error.status, code=error.code, errors=error.errors)
    return type(error)(f"{error}; {advice}")


@dataclass(slots=True)
class FailedReads:
    """What failed in a stage, and whether it is tried again, becomes a gap or ends the run."""

    run: Run
    staging: Staging
    is_up: Callable[[], Awaitable[bool]]
    _waiting: int = 0  # reads that failed and have another attempt ahead
    _is_second_pass: bool = False
    _began: dict[str, int] = field(default_factory=dict)  # files that had come when a failed one first began
    _files_are_down: bool = False
    _end: StackferryError | None = None
    _ends: list[str] = field(default_factory=list)  # facts of what ends this run
    _good_file: Request | None = None  # one that came in this run

    def begin_second_pass(self) -> bool:
        """Whether jobs of the stage are to be tried again now."""
        self._is_second_pass, self._files_are_down = bool(self._waiting), False
        return self._is_second_pass

    def end_stage(self) -> None:
        """Raise the error that ends the run, if one does."""
        if self._end is not None:
            for fact in self._ends:
                self.staging.set_fact(fact, {})
            raise self._end
        self._waiting, self._is_second_pass = 0, False
        self._began.clear()

    async def run_twice(
        self,
        tasks: WorkerPool[T],
        reading: Callable[[T], tuple[Read, Callable[[], Awaitable[None]]]],
        workers: Callable[[], int],
    ) -> None:
        """Do the tasks of a stage, then those that failed once more. `reading`: the read of a task, and its work."""
        failed: list[T] = []

        async def do(task: T) -> None:
            if await self.watch(*reading(task)):
                failed.append(task)

        await tasks.run(do, workers)
        if self.begin_second_pass():
            for one in failed:
                tasks.add(one)
            await tasks.run(do, workers)
        self.end_stage()

    async def watch(self, read: Read, do: Callable[[], Awaitable[None]], *, is_last: bool = False) -> bool:
        """Carry out a read. Returns whether the second pass has to carry it out once more.

        Raises what ends the run at once. `is_last`: no second pass follows.
        """
        is_last = is_last or self._is_second_pass
        if self._files_are_down and read.file:
            return self._leave_file(read, "its host answers nothing", is_last=is_last)
        before = self._began.get(read.name, self.run.session.answered(Budget.ASSET))
        try:
            await do()
        except BadAddress as error:
            self._make_gap(read, str(error))
        except Refused as refused:
            # One type in one language may be refused for ever: the rest of an export is worth having. A query that is
            # refused is for the user to mend.
            if read.refusal_ends or read.loss is not Loss.GAP_IN_NEXT_RUN:
                raise
            return await self._failed(read, refused, is_last=is_last)
        except (BadAnswer, Unreachable) as error:
            self._began[read.name] = before
            return await (self._file_failed if read.file else self._failed)(read, error, is_last=is_last)
        else:
            self._good_file = read.file or self._good_file
        return False

    def _wait(self) -> bool:
        self._waiting += 1
        return True

    # --- what the service itself answers ---

    async def _failed(self, read: Read, error: StackferryError, *, is_last: bool) -> bool:
        if isinstance(error, ServiceDown):
            # Where one thing alone is left and fails, "down" may be nothing but its own failures.
            if not await self.is_up():
                raise error
            error = error.failure
        if read.loss is Loss.END:
            raise type(error)(
                f"{error}; nothing can be done without {read.job}: run the same command again later"
            ) from error
        has_failed_before, ended = self._count(read) > 1, f"ended {read.name}"
        may_be_gap = read.loss is Loss.GAP or self.staging.fact(ended) is not None
        if not is_last and not (has_failed_before and may_be_gap):
            return self._wait()
        if not await self.is_up():
            raise error
        if may_be_gap:
            self._make_gap(read, str(error))
        else:
            advice = f"run the same command again later; if {read.job} does not come then, it is left out"
            self._end_run(ended, _with_advice(error, advice))
        return False

    def _end_run(self, fact: str, error: StackferryError) -> None:
        self._ends.append(fact)
        self._end = self._end or error

    # --- files ---

    async def _file_failed(self, read: Read, error: StackferryError, *, is_last: bool) -> bool:
        if isinstance(error, ServiceDown):
            self._files_are_down = True
        if (self._count(read) > 1 or is_last) and await self._do_files_come(read):
            self._make_gap(read, str(error))
            return False
        self._files_are_down = self._files_are_down or is_last
        return self._leave_file(read, str(error), error, is_last=is_last)

    def _leave_file(
        self, read: Read, reason: str, error: StackferryError | None = None, *, is_last: bool
    ) -> bool:
        """A file while no file comes: it waits; at the end of the first such run it stays undone, later it is a gap."""
        if not is_last:
            return self._wait()
        if self.staging.fact(_ENDED) is not None:
            self._make_gap(read, f"{reason}; nor did any other file come, in this run and in an earlier one")
        elif error is not None:
            advice = (
                "no file could be had: run the same command again later; what does not come then is left out"
            )
            self._end_run(_ENDED, type(error)(f"{error}; {advice}"))
        return False

    async def _do_files_come(self, read: Read) -> bool:
        """Whether one came since the read first began, or still comes: then the other one is bad, and not its host."""
        if self.run.session.answered(Budget.ASSET) != self._began[read.name]:
            return True
        if self._good_file is None:
            return False
        try:
            async with self.run.session.stream(self._good_file) as stream:
                return stream.ok
        except (BadAnswer, Unreachable):
            return False

    # --- both ---

    def _count(self, read: Read) -> int:
        """How often the read has failed by now, in whatever run."""
        fact = f"failed {read.name}"
        times = (integer((self.staging.fact(fact) or {}).get("times")) or 0) + 1
        self.staging.set_fact(fact, {"times": times})
        return times

    def _make_gap(self, read: Read, error: str) -> None:
        self.staging.keep(read.job, gaps=[replace(read.gap, reason=f"{read.gap.reason}: {error}")])
