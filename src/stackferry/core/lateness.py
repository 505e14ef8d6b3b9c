"""How late a request may have been counted: what the wait for its answer tells of the way there.

Distances that were kept here shrink where the way, or a busy service, stands still for a moment: what left in turn is
there all at once. The answers to such requests take longer than usual by as much, so that the requests that come a
window later can wait for them. Answers are slow for other reasons too, and a service whose answers always take
different times must not be slowed down much further: patience is what may be lost by heeding them.
This module must never read a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LEARN = 0.01  # of the usual wait, by which one answer moves it
QUICK = 0.01  # seconds: shorter waits are all the same
LATEST = 1.0  # seconds by which one request may have come late
HEED = 0.015  # of the time, that may be lost by heeding slow answers,
SAVED = 0.5  # and so many seconds at once, when nothing was lost before


@dataclass(slots=True, eq=False)
class Lateness:
    """What is known of the waits for the answers of one budget. Half of them are longer than `usual`."""

    usual: float = math.inf
    patience: float = math.inf

    def of(self, wait: float) -> float:
        """How much later than at once a request may have been counted whose answer takes so long."""
        return min(max(wait - self.usual, 0.0), LATEST, self.patience)

    def heed(self, wait: float) -> float:
        """The same for an answer that has come: it is paid for, and learnt from."""
        late = self.of(wait)
        self.patience -= late
        wait = max(wait, QUICK)
        self.usual = (
            wait if self.usual == math.inf else self.usual * (1 + math.copysign(LEARN, wait - self.usual))
        )
        return late

    def sent(self, rate: float) -> None:
        """One more request: patience grows, up to a window of requests that are all late."""
        self.patience = min(self.patience + HEED * max(1.0, 1 / rate), SAVED * math.ceil(rate))
