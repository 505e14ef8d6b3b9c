"""A clock whose time passes only while everybody waits for it: hours of pacing in milliseconds.

For tests, of this package and of programs built on it. Time stands still while a thread of anyio's works.
Waiting for a real socket looks like any waiting, so time may jump meanwhile: keep to transports in memory.
"""

from __future__ import annotations

import asyncio
import heapq
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
from anyio.to_thread import current_default_thread_limiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

_THREAD_POLL = 0.0005  # real seconds between looks at threads that are at work
_QUIET_ROUNDS = 3  # a callback between two tasks shows up within a round or two


class VirtualClock:
    """Implements `Clock`. Inside `async with clock.running():` sleeping tasks wake in order of time."""

    def __init__(self, *, wall: float = 1_700_000_000.0) -> None:
        self._now = 0.0
        self._wall = wall
        self._alarms: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._news = anyio.Event()

    def monotonic(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall + self._now

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an administrator or a time service does."""
        self._wall += seconds

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        if seconds > 0:
            rung = anyio.Event()
            self._alarm(seconds, rung.set)
            await rung.wait()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[anyio.CancelScope]:
        with anyio.CancelScope() as scope:
            alarm = self._alarm(seconds, scope.cancel)
            try:
                yield scope
            finally:
                if alarm in self._alarms:
                    self._alarms.remove(alarm)
                    heapq.heapify(self._alarms)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let time pass while the block runs."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._run)
            yield
            group.cancel_scope.cancel()

    def _alarm(self, seconds: float, ring: Callable[[], object]) -> tuple[float, int, Callable[[], object]]:
        alarm = (self._now + max(0.0, seconds), next(self._numbers), ring)
        heapq.heappush(self._alarms, alarm)
        self._news.set()
        return alarm

    async def _run(self) -> None:
        while True:
            await _everybody_waits()
            if not self._alarms:
                self._news = anyio.Event()
                await self._news.wait()
                continue
            self._now, _, ring = heapq.heappop(self._alarms)
            ring()


async def _everybody_waits() -> None:
    await _tasks_wait()
    while current_default_thread_limiter().borrowed_tokens:
        await anyio.sleep(_THREAD_POLL)
        await _tasks_wait()


async def _tasks_wait() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        await anyio.wait_all_tasks_blocked()
        return
    # On asyncio the library's own function polls ten times a second, which is too slow to step through hours.
    me, normalize = asyncio.current_task(), 0
    while normalize < _QUIET_ROUNDS:
        await asyncio.sleep(0)
        busy = any(_runnable(task) for task in asyncio.all_tasks() if task is not me)
        normalize = 0 if busy else normalize + 1


def _runnable(task: asyncio.Task[object]) -> bool:
    waits_for = getattr(task, "_fut_waiter", None)
    return waits_for is None or bool(waits_for.done())
