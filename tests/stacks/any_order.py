"""Commands whose requests are answered in another order than they are sent, on a virtual clock.

Each request takes a random time; those of some paths, chosen by the seed, take much longer, so that what depends on
them is late. What begins before what it needs is found this way, whatever the code says that it needs.
"""

from __future__ import annotations

import math
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from workbench import SOURCE, SYSTEM, TARGET, TOKEN, ContentstackInParts, run_async

from stackferry.core.rates import Lane, Rates
from stackferry.drivers.copy_run import copy
from stackferry.drivers.import_run import import_snapshot
from stackferry.drivers.run import Run
from stackferry.io.http.session import ExchangeLimits, open_session
from stackferry.model import Budget, Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.source import ReadOptions
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workbench import RecordingTransport, Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot

    Open = Callable[[str], Awaitable[Session]]
    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

T = TypeVar("T")
QUICKEST, SLOWEST = 0.05, 3.0  # seconds until an answer
VERY_SLOW = 1000.0  # seconds until a write to a path that is late: longer than all others together
START = 1.9e9  # seconds since 1970: later than anything that was made without this clock
PATIENT = ExchangeLimits(deadline=math.inf)
MANY = Rates(
    lanes={budget.value: Lane(rate=200.0) for budget in Budget},
    spends={budget: (budget.value,) for budget in Budget},
)  # so high that everything whose turn it is can be under way
PATHS = (
    "/locales", "/environments", "/extensions", "/taxonomies", "/terms", "/content_types", "/global_fields",
    "/assets/folders", "/assets", "/entries", "/labels", "/roles", "/workflows", "/releases", "/variant_groups",
    "/variants", "/metadata", "/bulk", "/publish", "/horse", "/page", "/note", "/sign", "/story", "/import",
)  # fmt: skip


@dataclass
class SlowAnswers(httpx.AsyncBaseTransport):
    """A transport to an emulator: before and after a request is carried out a random time passes."""

    emulator: Any
    clock: VirtualClock
    random: Random
    late: tuple[str, ...]
    hook: Callable[[Any, httpx.Request, bool], None] | None = None
    late_reads: tuple[str, ...] = ()
    inner: httpx.ASGITransport = field(init=False)

    def __post_init__(self) -> None:
        self.inner = httpx.ASGITransport(app=self.emulator)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.hook:
            self.hook(self, request, False)
        await self.clock.sleep(self._seconds(request))
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        await self.clock.sleep(self.random.uniform(QUICKEST, SLOWEST) / 2)
        if self.hook:
            self.hook(self, request, True)
        return answer

    def _seconds(self, request: httpx.Request) -> float:
        path = request.url.path
        is_late = any(re.search(f"{re.escape(part)}(/|$)", path) for part in self.late)
        if request.method == "GET" and any(path.endswith(part) for part in self.late_reads):
            return VERY_SLOW
        if is_late and request.method != "GET":
            return self.random.uniform(VERY_SLOW / 2, VERY_SLOW)
        return self.random.uniform(QUICKEST, SLOWEST) / 2


@dataclass
class AnyOrder:
    """Runs commands on a workbench; the seed decides how long each answer takes.

    `late`: paths whose writes take long; `late_reads`: paths of listings that do.
    """

    workbench: Workbench
    seed: object
    late: tuple[str, ...] | None = None
    hook: Hook | None = None
    late_reads: tuple[str, ...] = ()

    def import_snapshot(self, snapshot: Snapshot, state: str = "state", **options: Any) -> ImportResult:
        place = self.workbench.place(TARGET)
        wanted = ContentstackWriteOptions(**{"schedules": True, **options})

        async def work(session: Open, clock: VirtualClock) -> ImportResult:
            run = Run(SYSTEM, await session(TARGET), place, sleep=clock.sleep)
            return await import_snapshot(run, snapshot, self.workbench.root / state, wanted)

        return self._run(work)

    def copy(self, part: int, **options: Any) -> tuple[Snapshot, ImportResult]:
        places, root = (self.workbench.place(SOURCE), self.workbench.place(TARGET)), self.workbench.root
        read = ReadOptions(versions=options.get("versions", "pinned"))
        wanted = ContentstackWriteOptions(**{"schedules": True, **options})

        async def work(session: Open, clock: VirtualClock) -> tuple[Snapshot, ImportResult]:
            systems = (ContentstackInParts(part), SYSTEM)
            source, target = [
                Run(system, await session(place.key), place, sleep=clock.sleep)
                for system, place in zip(systems, places, strict=True)
            ]
            return await copy(source, target, root / "copied", root / "copying", read, wanted)

        return self._run(work)

    def _run(self, work: Callable[[Open, VirtualClock], Awaitable[T]]) -> T:
        random = Random(str(self.seed))
        late = tuple(random.sample(PATHS, random.randint(0, 2))) if self.late is None else self.late

        async def timed() -> T:
            emulator = self.workbench.emulator
            # Later than a run before it: what was made first is older.
            clock = (
                VirtualClock(wall=emulator.clock().timestamp() + 1)
                if emulator.clock
                else VirtualClock(wall=START)
            )
            emulator.clock = lambda: datetime.fromtimestamp(clock.wall(), UTC)
            async with clock.running(), AsyncExitStack() as stack:

                async def session(key: str) -> Session:
                    transport = SlowAnswers(
                        emulator, clock, random, late, self.hook if key == TARGET else None, self.late_reads
                    )
                    names = headers(self.workbench.place(key), ("token", Secret(TOKEN)))
                    return await stack.enter_async_context(
                        open_session(
                            self.workbench.origin,
                            names,
                            clock=clock,
                            transport=transport,
                            rates=MANY,
                            limits=PATIENT,
                        )
                    )

                return await work(session, clock)

        return run_async(timed)
