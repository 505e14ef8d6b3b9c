"""The duration of commands at the service's rate limits and at a distance from it, on a virtual clock."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from workbench import SOURCE, SYSTEM, TARGET, TOKEN, run_async

from stackferry.core.rate_limit import Pacer
from stackferry.drivers.copy_run import copy
from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import import_snapshot
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import verify_target
from stackferry.emulators.contentstack import RateLimits
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

    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot

    Open = Callable[[str], Awaitable[Session]]

T = TypeVar("T")
ONE_WAY = 0.05  # seconds of delay in each direction, unless a stopwatch is told another


@dataclass
class DistantTransport(httpx.AsyncBaseTransport):
    """A transport to an emulator with a delay in each direction."""

    emulator: Any  # of any system
    clock: VirtualClock
    one_way: float
    inner: httpx.ASGITransport = field(init=False)

    def __post_init__(self) -> None:
        self.inner = httpx.ASGITransport(app=self.emulator)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.clock.sleep(self.one_way)
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        await self.clock.sleep(self.one_way)
        return answer


@dataclass
class Stopwatch:
    """Runs commands on a workbench with rate limits; `seconds` is the duration of the last one."""

    workbench: Workbench
    one_way: float = ONE_WAY
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
                    transport = DistantTransport(emulator, clock, self.one_way)
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
