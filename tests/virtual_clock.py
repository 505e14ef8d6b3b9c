"""A clock for tests whose time passes only while every task waits: hours of pacing take milliseconds.

Time stops while one of anyio's worker threads is busy. Waiting for a real socket looks like any other waiting, so time
may jump meanwhile: use transports in memory.
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

_THREAD_POLL = 0.0005  # real seconds between looks at busy worker threads
_IDLE_ROUNDS = 3  # of the event loop: a callback that wakes a task has run after one or two


class VirtualClock:
    """Implements `Clock`. Inside `async with clock.running():` sleeping tasks wake in the order of their times."""

    def __init__(self, *, wall: float = 1_700_000_000.0) -> None:
        self._now = 0.0
        self._wall = wall
        self._alarms: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._alarm_added = anyio.Event()

    def monotonic(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall + self._now

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back in seconds, as an administrator or a time service does."""
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
        self._alarm_added.set()
        return alarm

    async def _run(self) -> None:
        while True:
            await _until_all_wait()
            if not self._alarms:
                self._alarm_added = anyio.Event()
                await self._alarm_added.wait()
                continue
            self._now, _, ring = heapq.heappop(self._alarms)
            ring()


async def _until_all_wait() -> None:
    """Return when all tasks wait and no worker thread is busy."""
    await _until_tasks_wait()
    while current_default_thread_limiter().borrowed_tokens:
        await anyio.sleep(_THREAD_POLL)
        await _until_tasks_wait()


async def _until_tasks_wait() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        await anyio.wait_all_tasks_blocked()
        return
    # On asyncio anyio's own function polls ten times a second, which is too slow to step through hours.
    me, idle = asyncio.current_task(), 0
    while idle < _IDLE_ROUNDS:
        await asyncio.sleep(0)
        busy = any(_runnable(task) for task in asyncio.all_tasks() if task is not me)
        idle = 0 if busy else idle + 1


def _runnable(task: asyncio.Task[object]) -> bool:
    waits_for = getattr(task, "_fut_waiter", None)
    return waits_for is None or bool(waits_for.done())
