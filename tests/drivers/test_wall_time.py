"""The time of commands at the rate limits, on a virtual clock.

Ten reads, ten writes and one bulk call a second; a request takes 100 ms there and back. A command may take 1.05 times
what the fewest requests of its busiest budget take, and two seconds.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
from fewest_requests import fewest_bulk, fewest_reads, fewest_writes
from uniform_stack import fill_uniform
from workbench import SOURCE, SYSTEM, TARGET, TOKEN, make_workbench, memory_directory, run_async

from stackferry.core.rate_limit import Pacer
from stackferry.drivers.copy_run import copy
from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import import_snapshot
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import verify_target
from stackferry.emulators.contentstack import Emulator, RateLimits
from stackferry.emulators.contentstack.app import RateLimiter
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import RATES, headers
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot

    Open = Callable[[str], Awaitable[Session]]

T = TypeVar("T")
ONE_WAY = 0.05  # seconds of delay in each direction


@dataclass
class DistantTransport(httpx.AsyncBaseTransport):
    """A transport to an emulator with a delay in each direction."""

    emulator: Emulator
    clock: VirtualClock
    inner: httpx.ASGITransport = field(init=False)

    def __post_init__(self) -> None:
        self.inner = httpx.ASGITransport(app=self.emulator)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.clock.sleep(ONE_WAY)
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        await self.clock.sleep(ONE_WAY)
        return answer


@dataclass
class Stopwatch:
    """Runs commands on a workbench with rate limits; `seconds` is the duration of the last one."""

    workbench: Workbench
    seconds: float = 0.0

    def run(self, work: Callable[[Open, VirtualClock], Awaitable[T]]) -> T:
        async def timed() -> T:
            clock = VirtualClock()
            emulator = self.workbench.emulator
            emulator.clock = lambda: datetime.fromtimestamp(clock.wall(), UTC)
            emulator.limits = RateLimits(read=10, write=10, bulk=1)
            emulator.limiter = RateLimiter()  # the command before was long ago
            async with clock.running(), AsyncExitStack() as stack:
                pacer = Pacer(RATES)

                async def session(key: str) -> Session:
                    names = headers(self.workbench.place(key), ("token", Secret(TOKEN)))
                    transport = DistantTransport(emulator, clock)
                    return await stack.enter_async_context(
                        open_session(
                            self.workbench.origin, names, clock=clock, transport=transport, pacer=pacer
                        )
                    )

                made = await work(session, clock)
                self.seconds = clock.monotonic()
            emulator.limits = RateLimits()
            return made

        return run_async(timed)

    def export(self, **options: Any) -> Snapshot:
        place, root = self.workbench.place(SOURCE), self.workbench.root / "snapshot"

        async def work(session: Open, _: VirtualClock) -> Snapshot:
            return await export(Run(SYSTEM, await session(SOURCE), place), root, ReadOptions(**options))

        return self.run(work)

    def copy(self, **options: Any) -> list[Any]:
        workbench = (self.workbench.place(SOURCE), self.workbench.place(TARGET))
        below = (self.workbench.root / "copied", self.workbench.root / "copying")
        wanted = (ReadOptions(**options), ContentstackWriteOptions(**options))

        async def work(session: Open, clock: VirtualClock) -> list[Any]:
            source, target = [
                Run(SYSTEM, await session(place.key), place, sleep=clock.sleep) for place in workbench
            ]
            _, done = await copy(source, target, *below, *wanted)
            return done.gaps

        return self.run(work)

    def import_snapshot(self, snapshot: Snapshot, **options: Any) -> list[Any]:
        place, state, wanted = (
            self.workbench.place(TARGET),
            self.workbench.root / "state",
            ContentstackWriteOptions(**options),
        )

        async def work(session: Open, clock: VirtualClock) -> list[Any]:
            run = Run(SYSTEM, await session(TARGET), place, sleep=clock.sleep)
            done = await import_snapshot(run, snapshot, state, wanted)
            return done.gaps

        return self.run(work)

    def verify(self, snapshot: Snapshot) -> int:
        place, state = self.workbench.place(TARGET), self.workbench.root / "state"

        async def work(session: Open, _: VirtualClock) -> int:
            run = Run(SYSTEM, await session(TARGET), place)
            found = await verify_target(run, snapshot, state, options=WriteOptions())
            return len(found.differences)

        return self.run(work)


def count_refused(workbench: Workbench) -> int:
    return sum(call.status == 429 for call in workbench.emulator.log)


def fewest_list_reads(workbench: Workbench) -> int:
    """The fewest reads that show what the target holds now: no history, no older version."""
    entries = (entry for entries in workbench.target.main.entries.values() for entry in entries.values())
    versions = sum(document.version for entry in entries for document in entry.documents.values())
    return fewest_reads(workbench.target) - versions


def at_most(**fewest: int) -> float:
    """Seconds that a command may take which needs at least so many requests of each budget."""
    return 1.05 * max(fewest.get("reads", 0) / 10, fewest.get("writes", 0) / 10, fewest.get("bulk", 0)) + 2


STACKS = {
    "flat": partial(fill_uniform, entries=150, assets=20),
    "chained": partial(fill_uniform, entries=120, chained=True),
    "versions": partial(fill_uniform, entries=12, versions=12),
    "assets": partial(fill_uniform, entries=5, assets=120),
}


@pytest.mark.parametrize("name", STACKS)
def test_commands_take_hardly_more_time_than_the_rate_limits_require(name: str) -> None:
    """No request of an export, import or verify is refused."""
    with memory_directory() as root:
        workbench = make_workbench(root, STACKS[name])
        watch = Stopwatch(workbench)
        snapshot = watch.export(versions="all")
        assert watch.seconds <= at_most(reads=fewest_reads(workbench.source))
        writes, bulk = fewest_writes(workbench.source, workbench.target), fewest_bulk(workbench.source)
        watch.import_snapshot(snapshot, versions="all")
        assert watch.seconds <= at_most(writes=writes, bulk=bulk)
        assert watch.verify(snapshot) == 0
        assert watch.seconds <= at_most(reads=fewest_list_reads(workbench))
        assert count_refused(workbench) == 0


@pytest.mark.parametrize(
    "fill",
    [
        pytest.param(partial(fill_uniform, entries=40, versions=12), id="many versions"),
        pytest.param(partial(fill_uniform, entries=100, versions=5, chained=True), id="a chain"),
        pytest.param(partial(fill_uniform, entries=200, versions=2), id="two versions"),
        pytest.param(partial(fill_uniform, entries=300, assets=40), id="one version"),
    ],
)
def test_a_copy_takes_little_more_than_the_slower_of_export_and_import(fill: Callable[[Stack], None]) -> None:
    """At most 1.15 times."""
    with memory_directory() as root:
        separate, together = (Stopwatch(make_workbench(root / name, fill)) for name in ("apart", "together"))
        snapshot = separate.export(versions="all")
        halves = [separate.seconds]
        separate.import_snapshot(snapshot, versions="all")
        halves.append(separate.seconds)
        assert together.copy(versions="all") == []
        assert together.seconds <= 1.15 * max(halves)
        assert count_refused(together.workbench) == 0
