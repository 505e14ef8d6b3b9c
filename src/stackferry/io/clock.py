"""The clock that drivers and the session are given, so that tests can give them a virtual one.

Nothing else in the package may sleep or read the time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import anyio

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Clock(Protocol):
    """Reading the time and waiting. All values are in seconds."""

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start: for durations, not for dates."""

    def wall(self) -> float:
        """Seconds since 1970 by this machine's clock, which may be set forward or back at any time."""

    async def sleep(self, seconds: float) -> None:
        """Return after at least that many seconds."""

    def deadline(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        """Cancel the block after that many seconds; the scope's `cancelled_caught` says whether it was."""


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    def deadline(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        return anyio.move_on_after(seconds)
