"""Whether a request is sent again, and when.

The one rule that matters: a request that is not repeatable and may have reached the service is never
sent again from here; its caller has to look first (`Lost`).

This module must never read a clock, sleep or draw a random number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from stackferry.errors import ServiceError


class Outcome(Enum):
    """What became of one attempt that did not bring a usable answer."""

    THROTTLED = auto()  # 429: the service did not look at it
    FAILED = auto()  # 408 or 5xx: the service may have carried it out
    UNSENT = auto()  # no connection: not a byte of it went out
    LOST = auto()  # sent, and no answer came
    GARBLED = auto()  # an answer came and is not whole
    UNUSABLE = auto()  # an answer came, and the next one would be no better
    HOPELESS = auto()  # it cannot be sent at all


class Fault(Exception):
    """One attempt failed. `error` is what the caller gets when no attempt is left."""

    def __init__(self, outcome: Outcome, reason: str, error: ServiceError) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.error = error


@dataclass(frozen=True, slots=True)
class Retry:
    """Send it again after `delay` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not send it again; it was not carried out, or repeating it would not have mattered."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Do not send it again; it may have been carried out."""


Verdict: TypeAlias = "Retry | GiveUp | Lost"

_MAY_HAVE_HAPPENED = frozenset({Outcome.FAILED, Outcome.LOST, Outcome.GARBLED, Outcome.UNUSABLE})
_ENOUGH = frozenset({Outcome.UNUSABLE, Outcome.HOPELESS})


def outcome_of(status: int) -> Outcome | None:
    """The outcome that a status stands for; `None` for an answer that the caller should see."""
    if status == 429:
        return Outcome.THROTTLED
    if status == 408 or status >= 500:
        return Outcome.FAILED
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with full jitter.

    `attempts` counts all but refusals for rate (429): those cost no attempt, since the lane's pause
    and cut are the answer to them, and end only when `patience` seconds have gone by. `at_the_door` is how often a
    connection is tried to a service that has never been reached: an address that is wrong should be told soon.
    """

    attempts: int = 8
    at_the_door: int = 3
    first: float = 0.5
    longest: float = 30.0
    patience: float = 300.0

    def decide(
        self,
        outcome: Outcome,
        *,
        repeatable: bool,
        attempt: int,
        elapsed: float,
        fraction: float,
        met: bool = True,
    ) -> Verdict:
        """What to do after the `attempt`-th counted attempt, `elapsed` seconds after the first.

        `fraction` is a random number from 0 to 1; `met`: whether the service was ever reached. What the service
        asked to wait is the pacer's affair: it holds back everybody, not only this request.
        """
        if outcome in _MAY_HAVE_HAPPENED and not repeatable:
            return Lost()
        if outcome is Outcome.THROTTLED:
            return GiveUp() if elapsed >= self.patience else Retry(0.0)
        if outcome in _ENOUGH or attempt >= (self.attempts if met else min(self.attempts, self.at_the_door)):
            return GiveUp()
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))
        return Retry(fraction * ceiling)


@dataclass(slots=True)
class Breaker:
    """Notices that the service is down: nothing but failures, many of them, for a while."""

    failures: int = 24
    seconds: float = 60.0
    _count: int = 0
    _since: float = 0.0

    def worked(self) -> None:
        """An answer came, of whatever kind: the service is there."""
        self._count = 0

    def failed(self, now: float) -> bool:
        """Count a failure; true when the service has to be taken for down."""
        if self._count == 0:
            self._since = now
        self._count += 1
        return self._count >= self.failures and now - self._since >= self.seconds
