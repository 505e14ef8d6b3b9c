"""Carries out a provider's plan of reads over one session, into one staging store.

Everything read is staged page by page; sealing it into a snapshot comes after. An export that stops, however it
stops, is resumed by the same command. Must never write to the source, and never call a listing complete whose count
does not hold.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import anyio

from stackferry import exact_json
from stackferry.drivers.download import Fetching
from stackferry.drivers.events import Emit, Event, silent
from stackferry.drivers.worker_pool import WorkerPool
from stackferry.errors import BadAnswer, Forbidden, JsonRefused, NotOffered, Refused
from stackferry.model import Gap, JsonObject, Record, Request, Stream
from stackferry.providers.source import (
    Download,
    ExportPlan,
    Fetch,
    Job,
    Listing,
    Note,
    Page,
    Parts,
    ReadOptions,
    Rounds,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.io.http.session import Session
    from stackferry.io.storage.blobs import BlobStore
    from stackferry.io.storage.staging import Staging
    from stackferry.providers.source import TempTables

BATCH = 100  # lines from a base that are recorded at once
REREADS = 5  # how often a listing is begun again because rows came or went while it was read


@dataclass(frozen=True, slots=True)
class Part:
    """A later page of a listing. `attempt` tells it from the pages of a reading that was given up."""

    listing: Listing
    skip: int
    total: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Inheritance:
    """Jobs that need not be done, each with the line that it would have brought."""

    lines: tuple[tuple[str, Stream, Record], ...]


Work: TypeAlias = Job | Part | Inheritance


class Exporter:
    """One export under way: `run` brings everything the plan asks for into the staging store."""

    def __init__(
        self,
        plan: ExportPlan,
        session: Session,
        staging: Staging,
        blobs: BlobStore,
        options: ReadOptions,
        emit: Emit = silent,
        base: BaseSnapshot | None = None,
    ) -> None:
        self._plan = plan
        self._session = session
        self._staging = staging
        self._blobs = blobs
        self._options = options
        self._emit = emit
        self._base = base
        self._attempts: Counter[str] = Counter()
        self._put_off: dict[
            str, int
        ] = {}  # jobs to be tried once more; how much was answered when they began
        self._left: dict[str, int] = {}  # pages still to come, per listing

    async def run(self, stages: Sequence[Stage | Rounds] | None = None, *, downloads: bool = True) -> None:
        """Every stage of the plan, or only `stages`, each begun when the one before it is complete."""
        for step in self._plan.stages if stages is None else stages:
            group = step.stages if isinstance(step, Rounds) else (step,)
            busy = await self._through(group, downloads=downloads)
            while busy and isinstance(step, Rounds):
                busy = await self._through(group, downloads=downloads)

    async def run_in_parts(self, scratch: TempTables, complete: Callable[[str], None]) -> None:
        """The same in the order in which an import can begin with it; `complete` is told each stage's name."""
        for step in self._plan.in_parts(scratch):
            for stage in step.stages(self._staging, self._options) if isinstance(step, Parts) else (step,):
                await self._through((stage,), downloads=True)
                complete(stage.__name__)

    async def _through(self, stages: Sequence[Stage], *, downloads: bool) -> bool:
        """Stages, one after the other; tells whether there was anything to do.

        Bytes are under no rate limit: they come beside the pages of their stage, and never wait behind them.
        """
        busy = False

        def pending(stage: Stage, *, loads: bool) -> Iterator[Job]:
            nonlocal busy
            for job in self._pending(stage, downloads=loads):
                busy = True
                yield job

        for stage in stages:
            self._emit(Event(stage.__name__, total=self._ahead(stage, downloads=downloads)))
            async with anyio.create_task_group() as group:
                for loads in (False, True) if downloads else (False,):
                    jobs: WorkerPool[Work] = WorkerPool(self._without_known(pending(stage, loads=loads)))
                    group.start_soon(self._all, jobs)
        return busy

    def _pending(self, stage: Stage, *, downloads: bool) -> Iterator[Job]:
        """What a stage has still to do: its downloads, or all else."""
        for job in stage(self._staging, self._options):
            if isinstance(job, Download) is downloads and not self._staging.is_done(job.name):
                yield job

    def _without_known(self, jobs: Iterator[Job]) -> Iterator[Work]:
        """The jobs; those whose lines the base tells are gathered by the hundred."""
        lines: list[tuple[str, Stream, Record]] = []
        for job in jobs:
            row = None if isinstance(job, Note) else job.row
            line = self._base.record(row) if self._base and row else None
            if row is None or line is None:
                yield job
                continue
            lines.append((job.name, row.stream, line))
            if len(lines) == BATCH:
                yield Inheritance(tuple(lines))
                lines.clear()
        if lines:
            yield Inheritance(tuple(lines))

    def _ahead(self, stage: Stage, *, downloads: bool) -> int:
        """How much lies ahead that no listing will announce; counted only for somebody who watches."""
        if self._emit is silent:
            return 0
        fetches = sum(isinstance(job, Fetch) for job in self._pending(stage, downloads=False))
        return fetches + (sum(1 for _ in self._pending(stage, downloads=True)) if downloads else 0)

    async def _all(self, jobs: WorkerPool[Work]) -> None:
        async def do(job: Work) -> None:
            match job:
                case Listing():
                    await self._first_page(job, jobs)
                case Part():
                    await self._later_page(job, jobs)
                case Fetch():
                    await self._or_later(job, jobs, self._fetch(job))
                case Download():
                    await self._or_later(job, jobs, self._download(job))
                case Note():
                    self._staging.keep(job.name, job.records, gaps=job.gaps, dropped=job.dropped)
                case Inheritance():
                    await self._inherit(job.lines)

        await jobs.run(do)

    async def _first_page(self, listing: Listing, jobs: WorkerPool[Work]) -> None:
        if self._staging.total(listing.name) is None:
            try:
                page = await self._page(listing, 0)
            except (Refused, Forbidden) as refused:
                self._not_given(listing, refused)
                return
            if page.total is None:
                await self._uncounted(listing, page)
                return
            self._emit(Event("export", total=max(page.total, page.seen)))
            self._keep(listing, 0, page, max(page.total, page.seen))
            if page.seen < min(listing.page_size, page.total):
                await self._in_short_pages(listing, page, page.total, jobs)
                return
            if page.seen >= page.total:
                self._complete(listing, jobs)
                return
        self._ask_for_the_rest(listing, jobs)

    def _ask_for_the_rest(self, listing: Listing, jobs: WorkerPool[Work]) -> None:
        total, attempt = self._staging.total(listing.name) or 0, self._attempts[listing.name]
        skips = range(0, total, listing.page_size)
        missing = [skip for skip in skips if not self._staging.is_done(_page_name(listing, skip))]
        self._left[listing.name] = len(missing)
        for skip in missing:
            jobs.add(Part(listing, skip, total, attempt))
        if not missing:
            self._complete(listing, jobs)

    async def _later_page(self, part: Part, jobs: WorkerPool[Work]) -> None:
        listing = part.listing
        if part.attempt != self._attempts[listing.name]:
            return
        page = await self._page(listing, part.skip)
        if part.attempt != self._attempts[listing.name]:
            return  # given up while this page was on its way
        expected = min(listing.page_size, part.total - part.skip)
        moved = page.seen != expected or page.total not in (None, part.total)
        if moved and not self._is_last_reading(listing):
            self._begin_again(listing, jobs)
            return
        self._keep(listing, part.skip, page, part.total)
        self._left[listing.name] -= 1
        if not self._left[listing.name]:
            self._complete(listing, jobs)

    async def _in_short_pages(self, listing: Listing, page: Page, total: int, jobs: WorkerPool[Work]) -> None:
        """A service that gives fewer rows than it was asked for: each page begins where the last one ended."""
        skip = page.seen
        while page.seen and skip < total and page.total == total:
            page = await self._page(listing, skip)
            self._keep(listing, skip, page, total)
            skip += page.seen
        if page.total == total or self._is_last_reading(listing):
            self._complete(listing, jobs)
        else:
            self._begin_again(listing, jobs)

    def _complete(self, listing: Listing, jobs: WorkerPool[Work]) -> None:
        """Every page is here: done if the rows add up and none came twice, which would mean that another is missing.

        What does not add up at the last reading either is kept as it is, with a gap that says so: the rest of
        the stack is not given up for one listing.
        """
        repeats, whole = self._staging.repeats(listing.name), self._staging.is_whole(listing.name)
        if (repeats or not whole) and not self._is_last_reading(listing):
            self._begin_again(listing, jobs)
            return
        reason = f"its rows did not add up, {REREADS + 1} readings in a row: some may be missing"
        gap = Gap(kind=listing.name, uid="*", reason=reason)
        self._staging.keep(listing.name, gaps=[gap] if repeats or not whole else [])

    def _is_last_reading(self, listing: Listing) -> bool:
        return self._attempts[listing.name] >= REREADS

    def _begin_again(self, listing: Listing, jobs: WorkerPool[Work]) -> None:
        """Rows came or went between two pages: only a reading without that is known to be whole."""
        self._attempts[listing.name] += 1
        self._staging.forget(listing.name)
        jobs.add(listing)

    async def _uncounted(self, listing: Listing, page: Page) -> None:
        """A listing whose answer bears no count: read until a page is not full or brings nothing new."""
        skip, known = 0, set[str]()
        while True:
            fresh = [row for row in page.records if row[1].uid not in known]
            known.update(line.uid for _, line in fresh)
            self._keep(listing, skip, replace(page, records=fresh), 0)
            skip += page.seen
            if page.seen != listing.page_size or not fresh:
                self._staging.keep(listing.name)
                return
            page = await self._page(listing, skip)

    async def _page(self, listing: Listing, skip: int) -> Page:
        return listing.read(await self._answer(listing.request(skip)))

    def _keep(self, listing: Listing, skip: int, page: Page, total: int) -> None:
        self._staging.keep(
            _page_name(listing, skip),
            page.records,
            gaps=page.gaps,
            redacted=page.redacted,
            listing=listing.name,
            total=total,
            seen=page.seen,
        )
        self._count(page)

    def _count(self, page: Page) -> None:
        for stream, _ in page.records:
            self._emit(Event("export", stream.kind, done=1))

    def _not_given(self, listing: Listing, refused: Refused | Forbidden) -> None:
        """A kind that the service does not offer holds nothing; one that it withholds is a gap."""
        if not listing.optional:
            raise refused
        gap = Gap(kind=listing.name, uid="*", reason=f"not given by the service: {refused}")
        nothing = isinstance(refused, NotOffered) and not listing.not_found_is_gap
        self._staging.keep(listing.name, gaps=() if nothing else (gap,))

    async def _or_later(self, job: Fetch | Download, jobs: WorkerPool[Work], doing: Awaitable[None]) -> None:
        """What cannot be had is tried once more; then it is a gap, if the service answered anything else meanwhile.

        If it did not, it is the service that is at fault, and the run stops with that.
        """
        before = self._put_off.pop(job.name, None)
        answered = partial(self._session.answered, job.request.budget)
        began = answered() if before is None else before
        try:
            await doing
        except BadAnswer as error:
            if before is None:
                self._put_off[job.name] = began
                jobs.add(job)
            elif answered() == began:
                raise
            else:
                reason = f"{job.gap.reason or 'not to be had'}: {error}"
                self._staging.keep(job.name, gaps=[replace(job.gap, reason=reason)])

    async def _fetch(self, job: Fetch) -> None:
        try:
            page = job.read(await self._answer(job.request))
        except Refused as refused:
            page = Page([], 0, gaps=[replace(job.gap, reason=f"{job.gap.reason}: {refused}")])
        self._staging.keep(job.name, page.records, gaps=page.gaps)
        self._count(page)

    async def _download(self, job: Download) -> None:
        lines, gaps = await Fetching(job, self._blobs).fetch(self._session)
        self._staging.keep(job.name, [(Stream("files"), line) for line in lines], gaps=gaps)
        self._emit(Event("export", "files", done=len(lines)))

    async def _inherit(self, lines: Sequence[tuple[str, Stream, Record]]) -> None:
        """Bytes first: what is recorded is on disk."""
        for _, stream, line in lines:
            if stream.kind == "files" and self._base:
                self._blobs.take_over(self._base.snapshot.files, str(line.body.get("sha256")))
        self._staging.inherit(lines)
        for _, stream, _ in lines:
            self._emit(Event("export", stream.kind, done=1))
        await anyio.lowlevel.checkpoint()

    async def _answer(self, request: Request) -> JsonObject:
        response = await self._session.call(request)
        if not response.ok:
            raise self._plan.error(request, response)
        try:
            value = exact_json.loads(response.content)
        except JsonRefused as refused:
            raise BadAnswer(
                f"{request.method} {request.path}: the answer cannot be kept exactly: {refused}"
            ) from refused
        if not isinstance(value, dict):
            raise BadAnswer(f"{request.method} {request.path}: the answer is not a JSON object")
        return value


def _page_name(listing: Listing, skip: int) -> str:
    return f"{listing.name}@{skip}"
