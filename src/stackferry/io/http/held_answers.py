"""Bounds the memory of the answers that are being read at the same time.

Several large answers that come together would take several times the memory of one. So while they hold more than a
number of bytes, only the one that began first is read on, and the other large ones wait on their connections. A piece
of each is read now and then all the same, because a service may close a connection on which nothing is read.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from stackferry.io.clock import Clock

ROOM: Final = 8 * 1024 * 1024  # bytes of answers that are not whole yet; one alone may be larger
SMALL: Final = 64 * 1024  # bytes up to which an answer never waits
LONGEST_WAIT: Final = 5.0  # seconds until another piece is read of an answer that waits


class HeldAnswers:
    """The answers of one session that are being read, and how many bytes of each are in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sizes: dict[object, int] = {}  # in the order in which they began
        self._bytes = 0
        self._ended = anyio.Event()

    @contextmanager
    def one(self) -> Iterator[Callable[[int], Awaitable[None]]]:
        """An answer that is read until the block ends.

        What is yielded is told how many bytes came, and returns when more of the answer may be read.
        """
        answer = object()
        self._sizes[answer] = 0
        try:
            yield partial(self._add, answer)
        finally:
            self._bytes -= self._sizes.pop(answer)
            self._ended.set()
            self._ended = anyio.Event()

    async def _add(self, answer: object, size: int) -> None:
        self._sizes[answer] += size
        self._bytes += size
        if self._must_wait(answer):
            with self._clock.deadline(LONGEST_WAIT):
                while self._must_wait(answer):
                    await self._ended.wait()

    def _must_wait(self, answer: object) -> bool:
        is_first = answer is next(iter(self._sizes))
        return self._bytes > ROOM and self._sizes[answer] > SMALL and not is_first
