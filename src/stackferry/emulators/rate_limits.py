"""Counting requests against a limit: so many in each second, or one in so many seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


class LimitReached(Exception):
    """The request is one too many. `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"again in {wait:.3f} s")
        self.wait = wait


@dataclass(slots=True)
class RequestWindow:
    """The times of the requests that still count, oldest first, in seconds of any steady clock."""

    times: deque[float] = field(default_factory=deque)

    def take(self, now: float, limit: float) -> int:
        """Count a request; returns how many more are allowed now. Raises `LimitReached`, and counts nothing.

        A limit below 1 is one request in 1 / limit seconds.
        """
        span, size = (1.0, limit) if limit >= 1 else (1 / limit, 1.0)
        while self.times and self.times[0] <= now - span:  # one that is exactly `span` ago counts no more
            self.times.popleft()
        if len(self.times) >= size:
            raise LimitReached(self.times[0] + span - now)
        self.times.append(now)
        return int(size - len(self.times))
