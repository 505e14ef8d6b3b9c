"""A small pool of workers over jobs that may bring more jobs.

Few workers and whole pages as the unit of work: more tasks only make the HTTP client slower. The first
error stops everything; what was under way is cancelled. Must never know what a job does.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

T = TypeVar("T")
WORKERS = 8


class WorkerPool(Generic[T]):
    """Jobs waiting: those added while others run, before those still to come from `source`."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source: Iterator[T] | None = iter(source)
        self._added: deque[T] = deque()
        self._running = 0
        self._changed = anyio.Event()

    def add(self, job: T) -> None:
        self._added.append(job)
        self._wake()

    async def run(self, work: Callable[[T], Awaitable[None]], workers: int = WORKERS) -> None:
        """Do every job, and every job that doing them adds. Returns when none is left or running."""
        async with anyio.create_task_group() as group:
            for _ in range(workers):
                group.start_soon(self._worker, work)

    async def _worker(self, work: Callable[[T], Awaitable[None]]) -> None:
        while True:
            changed = self._changed
            job = self._take()
            if job is not None:
                self._running += 1
                try:
                    await work(job)
                finally:
                    self._running -= 1
                    self._wake()
            elif self._running:
                await changed.wait()
            else:
                return

    def _take(self) -> T | None:
        if self._added:
            return self._added.popleft()
        if self._source is None:
            return None
        job = next(self._source, None)
        if job is None:
            self._source = None
        return job

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
