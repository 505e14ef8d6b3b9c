"""The duration of commands on a space at its rate limit and at a distance from it, on a virtual clock."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from space_bench import SOURCE, SYSTEM, TARGET, TOKEN
from stopwatch import ONE_WAY, DistantTransport
from workbench import run_async

from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import import_snapshot
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import verify_target
from stackferry.emulators.contentful.rate_limit import RateLimiter
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentful.options import ContentfulReadOptions, ContentfulWriteOptions
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from space_bench import SpaceBench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot

T = TypeVar("T")


@dataclass
class SpaceStopwatch:
    """Runs commands on a bench whose service takes `rate` requests a second; `seconds` is the last one's duration."""

    bench: SpaceBench
    rate: float = 7.0
    one_way: float = ONE_WAY
    seconds: float = 0.0

    def _run(self, key: str, work: Callable[[Run], Awaitable[T]]) -> T:
        place = self.bench.place(key)

        async def timed() -> T:
            clock, emulator = VirtualClock(), self.bench.emulator
            emulator.clock = lambda: datetime.fromtimestamp(clock.wall(), UTC)
            emulator.limits.second, emulator.limiter = self.rate, RateLimiter()  # the one before was long ago
            async with clock.running(), AsyncExitStack() as stack:
                session = await stack.enter_async_context(
                    open_session(
                        place.origin,
                        SYSTEM.headers(place, ("token", Secret(TOKEN))),
                        origins=SYSTEM.origins(place),
                        rates=SYSTEM.rates,
                        rules=SYSTEM.answer_rules,
                        transport=DistantTransport(emulator, clock, self.one_way),
                        clock=clock,
                    )
                )
                began = clock.monotonic()
                done = await work(Run(SYSTEM, session, place, sleep=clock.sleep))
                self.seconds = clock.monotonic() - began
                return done

        return run_async(timed)

    def export(self, name: str = "snapshot", **options: Any) -> Snapshot:
        asked = SYSTEM.read_options(ContentfulReadOptions(**options))
        return self._run(SOURCE, lambda run: export(run, self.bench.root / name, asked))

    def import_snapshot(self, snapshot: Snapshot, state: str = "state", **options: Any) -> ImportResult:
        asked = SYSTEM.write_options(ContentfulWriteOptions(**options))
        folder = self.bench.root / state
        return self._run(TARGET, lambda run: import_snapshot(run, snapshot, folder, asked))

    def verify(self, snapshot: Snapshot) -> list[Any]:
        """The differences."""
        state = self.bench.root / "state"
        return self._run(TARGET, lambda run: verify_target(run, snapshot, state)).differences

    @property
    def refused(self) -> int:
        """How many requests were answered with 429."""
        return sum(one.status == 429 for one in self.bench.emulator.log)
