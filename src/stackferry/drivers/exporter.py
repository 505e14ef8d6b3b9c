"""Carries out a provider's plan of reads over one session, into one staging store.

Everything read is staged page by page; sealing it into a snapshot comes after. An export that stops, however it
stops, is resumed by the same command. Must never write to the source, never call a listing complete whose count does
not hold, and never keep bytes of an asset that were cut short on the way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import anyio

from stackferry.drivers.answers import read_page
from stackferry.drivers.concurrency import WorkerPool
from stackferry.drivers.events import Event, kind_of_job, silent
from stackferry.drivers.reading.asset_download import AssetDownload, NotYet
from stackferry.drivers.reading.failed_reads import FailedReads, read_of_job, read_of_listing
from stackferry.drivers.reading.listing_reader import LaterPage, ListingReader
from stackferry.drivers.reading.page_requests import PageRequests
from stackferry.drivers.reading.read_progress import ReadProgress
from stackferry.drivers.reading.second_look import SecondLook
from stackferry.drivers.reading.signed_files import SignedFiles
from stackferry.errors import (
    AccessError,
    BadAnswer,
    NoSuchPlace,
    NotOffered,
    NotSignedIn,
    Refused,
    Unreachable,
)
from stackferry.exact_json import dumps
from stackferry.model import Budget, Record, Stream
from stackferry.providers.source import (
    CursorListing,
    Download,
    ExportStage,
    Fetch,
    Job,
    Listing,
    LocalRecords,
    Page,
    Parts,
    ReadOptions,
    Rounds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.drivers.run import Run
    from stackferry.io.storage.blobs import BlobStore
    from stackferry.io.storage.staging import Staging
    from stackferry.providers.source import TempTables

_PAUSE = 20.0  # seconds, before what was not there yet is asked for once more
MOST_WAITING = 200  # jobs that rows led to and that are not begun: each is a request in memory
BATCH, BATCH_BYTES = 100, 1 << 19  # records from a base that are staged in one transaction, and bytes of them
_FILES = Stream("files")


@dataclass(frozen=True, slots=True)
class ReusedRecords:
    """Jobs that need not be done: the name of each, and the record that the base holds in its place.

    `announced`: what each was announced as, if it was.
    """

    records: tuple[tuple[str, Stream, Record], ...]
    announced: tuple[str, ...] = ()


Task: TypeAlias = Job | LaterPage | ReusedRecords


class Exporter:
    """One export under way: `run` brings everything the plan asks for into the staging store."""

    def __init__(
        self,
        run: Run,
        staging: Staging,
        blobs: BlobStore,
        options: ReadOptions,
        base: BaseSnapshot | None = None,
        *,
        refusals_end: bool = False,
    ) -> None:
        """`refusals_end`: a kind that the service does not show to this token ends the run, also where it is no gap."""
        plan = run.system.export_plan(run.place)
        self.plan = plan.with_base(base.records, options) if base is not None else plan
        self._run = run
        self._staging = staging
        self._blobs = blobs
        self._options = options
        self._emit, self._progress = run.emit, ReadProgress(run.emit)
        self.file_kept: Callable[[], None] = lambda: None
        """Told whenever a download has ended."""
        self._base = base
        self._found_jobs, self._waits = False, False
        self._left_for_later: Counter[str] = Counter()  # jobs of each kind that are announced already
        self._failed = FailedReads(run, staging, self._is_up)
        self._refusals_end = refusals_end
        self._requests = PageRequests(run, self.plan)
        self._signed = SignedFiles(run, self.plan)
        self._looks = SecondLook(
            run, self.plan, staging, options, self._requests, self._read_missing, self._is_up, self._failed
        )

    async def run(
        self, stages: Sequence[ExportStage | Rounds] | None = None, *, downloads: bool = True
    ) -> None:
        """Every stage of the plan, or only `stages`, each begun when the one before it is complete."""
        for step in self.plan.stages if stages is None else stages:
            group = step.stages if isinstance(step, Rounds) else (step,)
            go_on = True
            while go_on:
                await self._run_stages(group, downloads=downloads)
                go_on = self._found_jobs and isinstance(step, Rounds)

    async def run_in_parts(self, scratch: TempTables, complete: Callable[[str], None]) -> None:
        """The same in the order in which an import can begin with it; `complete` is told each stage's name."""
        for step in self.plan.in_parts(scratch):
            for stage in step.stages(self._staging, self._options) if isinstance(step, Parts) else (step,):
                await self._run_stages((stage,), downloads=True)
                complete(stage.__name__)

    async def look_again(self, *, replaces: bool = True) -> None:
        """Look at every listing once more; read again what has moved, or only record it as a gap."""
        await (self._looks.settle() if replaces else self._looks.tell())

    async def _read_missing(self) -> None:
        self._progress = ReadProgress(silent)  # what is read again was counted
        self._base = None  # what it vouches for was worked out from the listings as they were
        await self.run()

    async def _run_stages(self, stages: Sequence[ExportStage], *, downloads: bool) -> None:
        """Run stages one after the other.

        The downloads of a stage run at the same time as its other jobs: bytes are under no rate limit of the API, and
        must not wait behind pages that are.
        """
        self._found_jobs = False
        for stage in stages:
            self._emit(Event(stage.__name__))
            for kind, count in self._unannounced_jobs(stage, downloads=downloads).items():
                self._progress.announce(kind, count)
            await self._run_stage(stage, downloads=downloads)
            # What failed is not done, so the stage names it again.
            if self._failed.begin_second_pass():
                if self._waits:  # one pause for all
                    self._waits = False
                    await self._run.sleep(_PAUSE)
                await self._run_stage(stage, downloads=downloads)
            self._failed.end_stage()
            self._progress.drop_all()

    async def _run_stage(self, stage: ExportStage, *, downloads: bool) -> None:
        async with anyio.create_task_group() as group:
            for is_download in (False, True) if downloads else (False,):
                tasks = WorkerPool(self._tasks(stage, downloads=is_download))
                listings = ListingReader(
                    self._run,
                    self.plan,
                    self._staging,
                    partial(self._add, tasks),
                    self._requests,
                    self._progress,
                    is_up=self._is_up,
                    have_moved=self._looks.have_moved,
                    refusals_end=self._refusals_end,
                )
                budget = Budget.ASSET if is_download else Budget.READ
                at_once = partial(self._run.session.in_flight, budget)
                group.start_soon(tasks.run, partial(self._do, listings), at_once)

    def _pending(self, stage: ExportStage, *, downloads: bool) -> Iterator[Job]:
        """The jobs of a stage that are not done yet: its downloads, or all others."""
        for job in stage(self._staging, self._options):
            if isinstance(job, Download) is downloads and not self._staging.is_done(job.name):
                yield job

    def _tasks(self, stage: ExportStage, *, downloads: bool) -> Iterator[Task]:
        """The same jobs; in place of those whose record the base holds come batches of these records."""
        reused: list[tuple[str, Stream, Record]] = []
        announced: list[str] = []
        size = 0  # several batches are in memory at a time, and records may be large
        for job in self._pending(stage, downloads=downloads):
            self._found_jobs = True
            if isinstance(job, LocalRecords) and job.is_reused:
                yield ReusedRecords(tuple((job.name, stream, record) for stream, record in job.records))
                continue
            held = self._held(job)
            if held is None:
                yield job
                continue
            reused.append(held)
            announced.append(_announced_as(job))
            size += len(dumps(held[2].body))
            if len(reused) == BATCH or size >= BATCH_BYTES:
                yield ReusedRecords(tuple(reused), tuple(announced))
                reused.clear()
                announced.clear()
                size = 0
        if reused:
            yield ReusedRecords(tuple(reused), tuple(announced))

    def _held(self, job: Job) -> tuple[str, Stream, Record] | None:
        """What the base holds in place of the record that a job would make; None where it must be asked for."""
        key = None if isinstance(job, LocalRecords) else job.record_key
        record = self._base.record(key) if self._base and key else None
        return None if key is None or record is None else (job.name, key.stream, record)

    def _add(self, tasks: WorkerPool[Task], job: Job | LaterPage) -> None:
        """A job that a listing adds; or what the base holds in its place."""
        if isinstance(job, LaterPage):
            tasks.add(job)
            return
        announced = _announced_as(job)
        if announced:
            self._progress.announce(announced, 1)
        if isinstance(job, Fetch) and tasks.waiting >= MOST_WAITING:
            # A listing may be much faster than what it leads to: a later stage yields the rest, one by one.
            self._left_for_later[announced] += 1
            return
        held = self._held(job)
        tasks.add(job if held is None else ReusedRecords((held,), (announced,)))

    def _unannounced_jobs(self, stage: ExportStage, *, downloads: bool) -> Mapping[str, int]:
        """How much of each kind lies ahead that no listing will announce; counted only for somebody who watches."""
        if self._emit is silent:
            return {}
        found = (job for job in self._pending(stage, downloads=False) if isinstance(job, Fetch))
        more = self._pending(stage, downloads=True) if downloads else ()
        counts = Counter(_announced_as(job) for job in chain(found, more))
        known = counts & self._left_for_later
        self._left_for_later -= known
        return counts - known

    async def _do(self, listings: ListingReader, task: Task) -> None:
        match task:
            case Listing() | CursorListing():
                read = read_of_listing(task, refusals_end=self._refusals_end)
                await self._failed.watch(read, partial(listings.read, task))
            case LaterPage():
                read = read_of_listing(task.listing, task.skip, refusals_end=self._refusals_end)
                await self._failed.watch(read, partial(listings.read_later_page, task))
            case Fetch():
                await self._failed.watch(read_of_job(task), partial(self._fetch, task))
            case Download():
                await self._failed.watch(read_of_job(task), partial(self._download, task))
            case LocalRecords():
                self._staging.keep(
                    task.name, task.records, gaps=task.gaps, redacted=task.redacted, dropped=task.dropped
                )
            case ReusedRecords():
                await self._keep_reused(task)

    async def _fetch(self, job: Fetch) -> None:
        try:
            page = await read_page(self._run, self.plan, job, job.request)
        except (Refused, AccessError) as refused:
            is_expected = job.may_be_refused and isinstance(refused, AccessError)
            if job.refusal_ends or (not is_expected and await self._ends(refused)):
                raise
            page = _page_instead(job, refused, is_expected=is_expected)
        self._staging.keep(job.name, page.records, gaps=page.gaps, redacted=page.redacted)
        self._progress.came((stream for stream, _ in page.records), {_announced_as(job): 1})

    async def _download(self, job: Download) -> None:
        download = AssetDownload(
            job, self._blobs, self._options.max_asset_size, self._signed, self.plan.error
        )
        try:
            records, gaps = await download.fetch(self._run.session)
        except NotYet:
            self._waits = True
            raise
        except AccessError as refused:
            if await self._ends(refused):
                raise
            records, gaps = [], [replace(job.gap, reason=str(refused))]
        self._staging.keep(job.name, [(_FILES, record) for record in records], gaps=gaps)
        self.file_kept()
        self._progress.came((_FILES for _ in records), {_announced_as(job): 1})

    async def _ends(self, refused: Exception) -> bool:
        """Whether a refusal ends the run: that of a token that no longer opens anything."""
        if not isinstance(refused, AccessError):
            return False
        return isinstance(refused, NotSignedIn) or not await self._is_up()

    async def _is_up(self) -> bool:
        """Whether the service answers, with this token, what an export asks first. Asked only where something fails."""
        steps = (step.stages if isinstance(step, Rounds) else (step,) for step in self.plan.stages)
        jobs = (one for stages in steps for stage in stages for one in stage(self._staging, self._options))
        job = next(jobs, None)
        match job:
            case Listing():
                request = job.request(0)
            case CursorListing():
                request = job.request("", 1)
            case Fetch():
                request = job.request
            case _:
                return False
        try:
            # Read, because a service under maintenance may answer 200 to everything.
            await read_page(self._run, self.plan, job, request)
        except (BadAnswer, Unreachable, Refused, AccessError, NoSuchPlace):
            return False
        return True

    async def _keep_reused(self, reused: ReusedRecords) -> None:
        """Bytes first: what is staged must be on disk (I3)."""
        for _, stream, record in reused.records:
            if stream == _FILES and self._base:
                self._blobs.link_or_copy(self._base.snapshot.files, str(record.body.get("sha256")))
        self._staging.keep_reused(reused.records)
        settled = Counter(filter(None, reused.announced))
        self._progress.came((stream for _, stream, _ in reused.records), settled)
        await anyio.lowlevel.checkpoint()  # nothing here waits: let other tasks have their turn


def _announced_as(job: Job) -> str:
    """The kind that a job is announced as, where no listing announces it: a download brings bytes of whatever kind."""
    match job:
        case Download():
            return _FILES.kind
        case Fetch():
            return kind_of_job(job.name)
        case _:
            return ""


def _page_instead(job: Fetch, refused: Refused | AccessError, *, is_expected: bool) -> Page:
    """What is recorded where the service refuses a read."""
    if isinstance(refused, NotOffered) and job.if_gone is not None:
        return job.if_gone
    gap = replace(job.gap, reason=f"{job.gap.reason}: {refused}")
    return Page([], 0, gaps=[] if is_expected else [gap])
