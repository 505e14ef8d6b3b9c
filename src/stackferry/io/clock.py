"""Time, as the drivers see it: something passed in, so that tests can pass another one.

Nothing else in the package may sleep or ask what time it is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import anyio

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Clock(Protocol):
    """What a driver may know about time."""

    def monotonic(self) -> float:
        """Seconds that only advance; good for distances, meaningless as a date."""

    def wall(self) -> float:
        """Seconds since 1970 as this machine believes; may step in either direction."""

    async def sleep(self, seconds: float) -> None:
        """Return after at least that long."""

    def deadline(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        """Cancel the block after that long; `cancelled_caught` of the scope tells."""


class SystemClock:
    """The clock of the machine and of the event loop."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    def deadline(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        return anyio.move_on_after(seconds)
