"""What the tasks of one run share: a pool of workers, and a commit for several tasks at once.

Must never know what a task does.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

T = TypeVar("T")
COMMIT_TURNS = 16  # turns of the event loop in which other tasks may join a commit


class WorkerPool(Generic[T]):
    """A few workers over jobs that may add more jobs. Added jobs come before those still to come from `source`.

    The first error cancels every worker.
    """

    def __init__(self, source: Iterable[T]) -> None:
        self._source = iter(source)
        self._added: deque[T] = deque()
        self._running = 0
        self._changed = anyio.Event()

    @property
    def waiting(self) -> int:
        """How many jobs were added and not begun yet."""
        return len(self._added)

    def add(self, job: T) -> None:
        self._added.append(job)
        self._wake()

    async def run(self, work: Callable[[T], Awaitable[None]], workers: Callable[[], int]) -> None:
        """Do every job, and every job that doing them adds. Returns when none is left or running.

        `workers`: how many jobs may run at once; asked before each.
        """
        async with anyio.create_task_group() as group:
            while True:
                changed = self._changed
                job = self._next() if self._running < workers() else None
                if job is not None:
                    self._running += 1
                    group.start_soon(self._do, work, job)
                elif self._running:
                    await changed.wait()
                else:
                    return

    def _next(self) -> T | None:
        return self._added.popleft() if self._added else next(self._source, None)

    async def _do(self, work: Callable[[T], Awaitable[None]], job: T) -> None:
        try:
            await work(job)
        finally:
            self._running -= 1
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class _Commit:
    def __init__(self) -> None:
        self.ended = anyio.Event()
        self.is_made = False
        self.error: BaseException | None = None


class GroupCommit:
    """Commits, each made for all tasks that ask for one within a few turns of the event loop.

    A commit is a write through to the disk, which is most of the time of an import that no rate limit holds back. No
    task goes on before what it wrote is durable.
    """

    def __init__(self, commit: Callable[[], None]) -> None:
        self._commit = commit
        self._next: _Commit | None = None

    async def made(self) -> None:
        """Return when everything that was written before this call is durable; raise what the commit raises."""
        while (commit := self._next) is not None:
            await commit.ended.wait()
            if commit.error is not None:
                raise commit.error
            if commit.is_made:
                return
            # Its maker was cancelled before it was made: another task makes the next one.
        await self._make()

    async def _make(self) -> None:
        commit = self._next = _Commit()
        try:
            for _ in range(COMMIT_TURNS):
                await checkpoint()
            self._commit()
            commit.is_made = True
        except Exception as error:
            commit.error = error
            raise
        finally:
            self._next = None
            commit.ended.set()
