"""A semaphore that lets waiting tasks go by their rank, not in the order in which they came.

First come, first served would put a task that had to wait for another one behind all that were ready before it, and
what waits for that task would be late too.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from stackferry.model import Rank


class OrderedSemaphore:
    """As many slots as `slots` says at the time; of the tasks that wait, the one of the lowest rank gets the next."""

    def __init__(self, slots: Callable[[], int]) -> None:
        self._slots = slots
        self._taken = 0
        self._numbers = count()
        self._waiting: list[tuple[Rank, int, anyio.Event]] = []
        self._gone: set[int] = set()  # the numbers of those that were cancelled while they waited

    @property
    def is_idle(self) -> bool:
        """Whether nobody has a slot or waits for one."""
        return not self._taken and len(self._waiting) == len(self._gone)

    @asynccontextmanager
    async def slot(self, rank: Rank) -> AsyncIterator[None]:
        given, number = anyio.Event(), next(self._numbers)
        heappush(self._waiting, (rank, number, given))
        self._give()
        try:
            await given.wait()
        except BaseException:
            if given.is_set():  # given and cancelled at the same time
                self._return()
            else:
                self._gone.add(number)
            raise
        try:
            yield
        finally:
            self._return()

    def _return(self) -> None:
        self._taken -= 1
        self._give()

    def _give(self) -> None:
        while self._waiting and self._taken < self._slots():
            _, number, given = heappop(self._waiting)
            if number in self._gone:
                self._gone.remove(number)
            else:
                self._taken += 1
                given.set()
