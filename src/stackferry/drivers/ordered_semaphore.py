"""Places for so many at a time; who came first in the plan goes first, however late he is ready.

Whoever waits for another step would otherwise stand behind all that were ready before him, and hold up what waits for
him in turn. Must never know what is done in a place.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class OrderedSemaphore:
    """So many places, given away in the order of numbers that no two share."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, anyio.Event]] = []

    @asynccontextmanager
    async def slot(self, number: int) -> AsyncIterator[None]:
        """A place for as long as the block runs."""
        if self._free:
            self._free -= 1
        else:
            called = anyio.Event()
            heappush(self._waiting, (number, called))
            await called.wait()
        try:
            yield
        finally:
            if self._waiting:
                heappop(self._waiting)[1].set()
            else:
                self._free += 1
