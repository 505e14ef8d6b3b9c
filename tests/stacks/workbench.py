"""Two stacks on an emulator, and the drivers on them: exports and imports in one line each.

In process unless a test serves the emulator itself. `Record` is the wire between: it counts requests, and cuts
itself at a chosen one. Time is not waited for.
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
from stackferry.core.rates import Rates
from stackferry.drivers.copy_run import copy
from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import ImportResult, import_snapshot
from stackferry.drivers.run import Run
from stackferry.emulators.contentstack import Emulator, serve
from stackferry.io.clock import SystemClock
from stackferry.io.http.decorators import Counts
from stackferry.io.http.session import open_session
from stackferry.io.storage.files import Files
from stackferry.model import Place, Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.exporting.plan import ContentstackExportPlan
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.contentstack.system import Contentstack
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.emulators.contentstack import Stack, Switches
    from stackferry.io.storage.snapshot import Snapshot

SOURCE, TARGET, TOKEN = "blt_invented_source", "blt_invented_target", "cs-invented-token"
T = TypeVar("T")
UNLIMITED = Rates()
SYSTEM = Contentstack()


class InParts(Contentstack):
    """Contentstack, exported in parts of so many reads where an import follows."""

    def __init__(self, part: int) -> None:
        self._part = part

    def export_plan(self, place: Place) -> ContentstackExportPlan:
        del place
        return ContentstackExportPlan(self._part)


class Cut(Exception):
    """The process dies here: nothing in the code under test expects it."""


class Impatient(SystemClock):
    """A clock whose sleeps are over at once."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await anyio.lowlevel.checkpoint()


async def no_wait(seconds: float) -> None:
    """Patience that costs nothing."""
    del seconds
    await anyio.lowlevel.checkpoint()


@dataclass
class Record(httpx.AsyncBaseTransport):
    """A wire to an application; `hook` may act before (`False`) and after (`True`) each request is carried out."""

    app: Any
    hook: Callable[[Record, httpx.Request, bool], None] | None = None
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


def cut_at(number: int, *, after: bool, only: str = "") -> Callable[[Record, httpx.Request, bool], None]:
    """Cut the wire at the `number`-th request (of a method): before it leaves, or before its answer is seen."""
    seen = 0

    def hook(_: Record, request: httpx.Request, done: bool) -> None:
        nonlocal seen
        if only and (request.method == "GET") == (only == "write"):
            return
        seen += not done
        if seen >= number and done is after:  # with `after` others may have left meanwhile
            raise Cut

    return hook


@dataclass
class Bench:
    """An emulator with a stack to read and an empty one to write; `root` holds what the runs leave on disk."""

    root: Path
    emulator: Emulator
    source: Stack
    target: Stack
    origin: str = "http://emulator.invented"
    counts: Counts = field(default_factory=Counts)

    @property
    def served(self) -> bool:
        return not self.origin.endswith(".invented")

    def place(self, key: str, branch: str = "main") -> Place:
        host = self.origin.partition("://")[2]
        return Place(system="contentstack", key=key, host=host, name=branch, secure=False)

    def export(
        self,
        name: str = "snapshot",
        *,
        key: str = SOURCE,
        line: Record | None = None,
        base: BaseSnapshot | None = None,
        disk: Callable[[Path], Files] = Files,
        **options: Any,
    ) -> Snapshot:
        """Export a stack into a directory below the root."""
        place = self.place(key, options.pop("branch", "main"))

        async def run() -> Snapshot:
            async with self._session(place, line) as session:
                self.counts = session.counts
                wanted = ReadOptions(**options)
                run = Run(SYSTEM, session, place, sleep=no_wait)
                return await export(run, self.root / name, wanted, disk=disk, base=base)

        return in_loop(run)

    def replay(
        self, snapshot: Snapshot, state: str = "state", *, line: Record | None = None, **options: Any
    ) -> ImportResult:
        """Import a snapshot, schedules and all, into the target; its checkpoint lies below the root."""
        place = self.place(options.pop("key", TARGET), options.pop("branch", "main"))

        async def run() -> ImportResult:
            async with self._session(place, line) as session:
                self.counts = session.counts
                wanted = ContentstackWriteOptions(**{"schedules": True, **options})
                run = Run(SYSTEM, session, place, sleep=no_wait)
                return await import_snapshot(run, snapshot, self.root / state, wanted)

        return in_loop(run)

    def copy(
        self,
        name: str = "copied",
        state: str = "copying",
        *,
        lines: Sequence[Record | None] = (None, None),
        versions: str = "pinned",
        part: int = 4,
        **options: Any,
    ) -> tuple[Snapshot, ImportResult]:
        """Copy the source to the target, by way of a snapshot below the root.

        `lines` lead to the two; `part` is how many reads make a part of the export.
        """
        places = (self.place(SOURCE), self.place(options.pop("key", TARGET), options.pop("branch", "main")))

        async def run() -> tuple[Snapshot, ImportResult]:
            async with self._session(places[0], lines[0]) as one, self._session(places[1], lines[1]) as other:
                return await copy(
                    Run(InParts(part), one, places[0]),
                    Run(SYSTEM, other, places[1], sleep=no_wait),
                    self.root / name,
                    self.root / state,
                    ReadOptions(versions=versions),
                    ContentstackWriteOptions(**{"schedules": True, "versions": versions, **options}),
                )

        return in_loop(run)

    def _session(self, place: Place, line: Record | None) -> Any:
        credential = ("token", Secret(TOKEN))
        transport = None if self.served and line is None else line or Record(self.emulator)
        return open_session(
            self.origin,
            headers(place, credential),
            rates=UNLIMITED,
            transport=transport,
            clock=None if self.served else Impatient(),
        )

    def dump(self, key: str, *, versions: bool = False, branch: str = "main") -> Dump:
        """Read a stack with nothing of the code under test."""
        if self.served:
            return dump(self.origin, key, TOKEN, branch, versions=versions)
        with serve(self.emulator) as origin:
            return dump(origin, key, TOKEN, branch, versions=versions)

    def writes(self) -> int:
        """How many writes the emulator has handled, bulk ones among them."""
        return self.emulator.count("write") + self.emulator.count("bulk")


def in_loop(run: Callable[[], Awaitable[T]]) -> T:
    """Run to the end; the one error of a group of workers comes out bare."""
    try:
        return anyio.run(run)
    except ExceptionGroup as group:
        raise bare(group) from None


def bare(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def bench(root: Path, fill: Callable[[Stack], None], *, switches: Switches | None = None) -> Bench:
    """A bench whose source holds what `fill` puts there, and whose target holds nothing."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    root.mkdir(exist_ok=True)
    emulator = Emulator(switches=switches)
    source = emulator.add_stack(api_key=SOURCE, management_token=TOKEN)
    fill(source)
    master = source.main.master_locale
    target = emulator.add_stack(api_key=TARGET, management_token=TOKEN, master_locale=master)
    return Bench(root, emulator, source, target)


@contextmanager
def served(one: Bench) -> Iterator[Bench]:
    """The same bench with its emulator on a socket."""
    with serve(one.emulator) as origin:
        before, one.origin = one.origin, origin
        try:
            yield one
        finally:
            one.origin = before


@contextmanager
def memory() -> Iterator[Path]:
    """A directory that costs no disk where the system has such a place: these tests sync thousands of times."""
    shared = Path("/dev/shm")  # noqa: S108 - only made below it, by tempfile
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as name:
        yield Path(name)


def tree(directory: Path) -> dict[str, str]:
    """Every file below a directory with its SHA-256."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
