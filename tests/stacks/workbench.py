"""Two stacks on an emulator, and one call each to export, import or copy them with the drivers under test.

Everything runs in this process unless a test serves the emulator on a socket. A `RecordingTransport` between client
and emulator logs the requests and can interrupt the run at a chosen one. Nothing waits in real time.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import httpx

from oracle import Dump, dump
from stackferry import exact_json
from stackferry.core.rates import Rates
from stackferry.drivers.copy_run import copy
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import dry_run, import_snapshot
from stackferry.drivers.planning.plan_file import write_plan
from stackferry.drivers.run import Agree, Run, always
from stackferry.drivers.verify_run import VerifyResult, verify_target
from stackferry.emulators.contentstack import Emulator, serve
from stackferry.io.clock import SystemClock
from stackferry.io.http.decorators import Counts
from stackferry.io.http.session import open_session
from stackferry.io.storage.files import Files
from stackferry.json_values import as_object
from stackferry.model import Place, Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.exporting.plan import ContentstackExportPlan
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.contentstack.system import Contentstack
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.drivers.planning.plan_file import PlanFile
    from stackferry.emulators.contentstack import Stack, Switches
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

SOURCE, TARGET, TOKEN = "blt_invented_source", "blt_invented_target", "cs-invented-token"
T = TypeVar("T")
UNLIMITED = Rates()
SYSTEM = Contentstack()


class ContentstackInParts(Contentstack):
    """Contentstack with a chosen number of reads in each part of an export that an import follows."""

    def __init__(self, part: int) -> None:
        self._part = part

    def export_plan(self, place: Place) -> ContentstackExportPlan:
        del place
        return ContentstackExportPlan(self._part)


class Cut(Exception):
    """Stands for the death of the process: nothing in the code under test catches it."""


class InstantClock(SystemClock):
    """A clock whose sleeps end at once."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await anyio.lowlevel.checkpoint()


async def no_wait(seconds: float) -> None:
    """A sleep that ends at once."""
    del seconds
    await anyio.lowlevel.checkpoint()


@dataclass
class RecordingTransport(httpx.AsyncBaseTransport):
    """Sends requests to an application in this process and logs them as "METHOD /path?query".

    `hook(transport, request, done)` is called before (`done` is false) and after each request is carried out.
    """

    app: Any
    hook: Callable[[RecordingTransport, httpx.Request, bool], None] | None = None
    sent: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._inner = httpx.ASGITransport(app=self.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        self.log.append(f"{request.method} {request.url.raw_path.decode()}")
        if self.hook:
            self.hook(self, request, False)
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        if self.hook:
            self.hook(self, request, True)
        return answer


def cut_at(
    number: int, *, after: bool, only: str = ""
) -> Callable[[RecordingTransport, httpx.Request, bool], None]:
    """A hook that raises `Cut` at the `number`-th request, counted from 1.

    With `after` the service carries the request out and only its answer is lost. `only` is "write" to count nothing
    but writes, or "read" to count nothing but reads.
    """
    seen = 0

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal seen
        if only and (request.method == "GET") == (only == "write"):
            return
        seen += not done
        if seen >= number and done is after:  # with `after`, other workers may have sent theirs meanwhile
            raise Cut

    return hook


@dataclass
class Workbench:
    """An emulator with a source stack and an empty target stack; all that runs write to disk is below `root`."""

    root: Path
    emulator: Emulator
    source: Stack
    target: Stack
    origin: str = "http://emulator.invented"
    counts: Counts = field(default_factory=Counts)

    @property
    def is_served(self) -> bool:
        return not self.origin.endswith(".invented")

    def place(self, key: str, branch: str = "main") -> Place:
        host = self.origin.partition("://")[2]
        return Place(system="contentstack", key=key, host=host, name=branch, secure=False)

    def export(
        self,
        name: str = "snapshot",
        *,
        key: str = SOURCE,
        transport: RecordingTransport | None = None,
        base: BaseSnapshot | None = None,
        disk: Callable[[Path], Files] = Files,
        emit: Emit = silent,
        **options: Any,
    ) -> Snapshot:
        """Export a stack into a directory below the root."""
        place = self.place(key, options.pop("branch", "main"))

        async def run() -> Snapshot:
            async with self.session(place, transport) as session:
                self.counts = session.counts
                read_options = ReadOptions(**options)
                run = Run(SYSTEM, session, place, sleep=no_wait, emit=emit)
                return await export(run, self.root / name, read_options, disk=disk, base=base)

        return run_async(run)

    def import_snapshot(
        self,
        snapshot: Snapshot,
        state: str = "state",
        *,
        transport: RecordingTransport | None = None,
        identities: FindMap | None = None,
        plan: PlanFile | None = None,
        agree: Agree = always,
        **options: Any,
    ) -> ImportResult:
        """Import a snapshot with its schedules into the target; the state directory is below the root.

        `identities` finds the file of what imports between the two places have in common.
        """
        place = self.place(options.pop("key", TARGET), options.pop("branch", "main"))

        async def run() -> ImportResult:
            async with self.session(place, transport) as session:
                self.counts = session.counts
                write_options = ContentstackWriteOptions(**{"schedules": True, **options})
                run = Run(SYSTEM, session, place, sleep=no_wait, agree=agree)
                return await import_snapshot(
                    run, snapshot, self.root / state, write_options, identities=identities, plan=plan
                )

        return run_async(run)

    def plan(self, snapshot: Snapshot, state: str = "state", **options: Any) -> list[JsonObject]:
        """The lines of the plan of an import; the file is below the root."""
        place, file = (
            self.place(options.pop("key", TARGET), options.pop("branch", "main")),
            self.root / "plan.jsonl",
        )

        async def run() -> None:
            async with self.session(place, None) as session:
                write_options = ContentstackWriteOptions(**{"schedules": True, **options})
                run = Run(SYSTEM, session, place, sleep=no_wait)
                async with dry_run(run, snapshot, self.root / state, write_options) as done:
                    write_plan(
                        file, done, "now", {"requests": done.writes.with_reads(session.counts.as_json())}
                    )

        run_async(run)
        return [as_object(exact_json.loads(line)) for line in file.read_bytes().splitlines()]

    def verify(
        self,
        snapshot: Snapshot,
        state: str | None = "state",
        *,
        identities: FindMap | None = None,
        **options: Any,
    ) -> VerifyResult:
        """Compare a snapshot with the target, without the bytes of assets."""
        place = self.place(options.pop("key", TARGET), options.pop("branch", "main"))
        where = self.root / state if state else None

        async def run() -> VerifyResult:
            async with self.session(place, None) as session:
                write_options = ContentstackWriteOptions(**{"schedules": True, **options})
                run = Run(SYSTEM, session, place, sleep=no_wait)
                return await verify_target(
                    run, snapshot, where, options=write_options, identities=identities, assets=False
                )

        return run_async(run)

    def copy(
        self,
        name: str = "copied",
        state: str = "copying",
        *,
        transports: Sequence[RecordingTransport | None] = (None, None),
        versions: str = "pinned",
        part: int = 4,
        **options: Any,
    ) -> tuple[Snapshot, ImportResult]:
        """Copy the source to the target; the snapshot and the state directory are below the root.

        `transports` are those of the source and of the target, `part` is the number of reads in a part of the export.
        """
        places = (self.place(SOURCE), self.place(options.pop("key", TARGET), options.pop("branch", "main")))

        async def run() -> tuple[Snapshot, ImportResult]:
            async with (
                self.session(places[0], transports[0]) as source,
                self.session(places[1], transports[1]) as target,
            ):
                return await copy(
                    Run(ContentstackInParts(part), source, places[0], sleep=no_wait),
                    Run(SYSTEM, target, places[1], sleep=no_wait),
                    self.root / name,
                    self.root / state,
                    ReadOptions(versions=versions),
                    ContentstackWriteOptions(**{"schedules": True, "versions": versions, **options}),
                )

        return run_async(run)

    def session(self, place: Place, transport: RecordingTransport | None = None) -> Any:
        """A session with a place, to be entered."""
        credential = ("token", Secret(TOKEN))
        transport = (
            None if self.is_served and transport is None else transport or RecordingTransport(self.emulator)
        )
        return open_session(
            self.origin,
            headers(place, credential),
            rates=UNLIMITED,
            transport=transport,
            clock=None if self.is_served else InstantClock(),
        )

    def dump(self, key: str, *, versions: bool = False, branch: str = "main") -> Dump:
        """Read a whole stack through the API, without the code under test."""
        if self.is_served:
            return dump(self.origin, key, TOKEN, branch, versions=versions)
        with serve(self.emulator) as origin:
            return dump(origin, key, TOKEN, branch, versions=versions)

    def writes(self) -> int:
        """The number of writes that the emulator has received, bulk calls included."""
        return self.emulator.count("write") + self.emulator.count("bulk")


def run_async(run: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine to its end; an exception group is replaced by the first error in it."""
    try:
        return anyio.run(run)
    except ExceptionGroup as group:
        raise innermost_error(group) from None


def innermost_error(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def make_workbench(
    root: Path, fill: Callable[[Stack], None], *, switches: Switches | None = None
) -> Workbench:
    """A workbench whose source is filled by `fill`. The target holds nothing but the same master language."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    root.mkdir(exist_ok=True)
    emulator = Emulator(switches=switches)
    source = emulator.add_stack(api_key=SOURCE, management_token=TOKEN)
    fill(source)
    master = source.main.master_locale
    target = emulator.add_stack(api_key=TARGET, management_token=TOKEN, master_locale=master)
    return Workbench(root, emulator, source, target)


def import_cut_at_every_write(
    bench: Workbench, snapshot: Snapshot, runs: int = 60, **options: Any
) -> ImportResult:
    """Import with a death at the first write of each run, before and after it in turn; what the last run says."""
    for number in range(1, runs):
        transport = RecordingTransport(bench.emulator, cut_at(1, after=number % 2 == 0, only="write"))
        try:
            bench.import_snapshot(snapshot, transport=transport, **options)
            break
        except Cut:
            pass
    return bench.import_snapshot(snapshot, **options)


@contextmanager
def serve_emulator(workbench: Workbench) -> Iterator[Workbench]:
    """Serve the emulator of a workbench on a socket."""
    with serve(workbench.emulator) as origin:
        before, workbench.origin = workbench.origin, origin
        try:
            yield workbench
        finally:
            workbench.origin = before


@contextmanager
def memory_directory() -> Iterator[Path]:
    """A temporary directory, in memory where the system has /dev/shm: these tests call fsync thousands of times."""
    shared = Path("/dev/shm")  # noqa: S108 - tempfile makes a directory of its own in it
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as name:
        yield Path(name)


def file_digests(directory: Path) -> dict[str, str]:
    """Every file below a directory, by its relative path, with its SHA-256."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@contextmanager
def served_bench(fill: Callable[[Stack], None]) -> Iterator[Workbench]:
    """A workbench in memory, with its emulator on a socket."""
    with memory_directory() as root, serve_emulator(make_workbench(root, fill)) as bench:
        yield bench
