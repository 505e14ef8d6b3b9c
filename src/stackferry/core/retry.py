"""Whether a request is sent again, and when.

The one rule that matters: a request that is not repeatable and may have reached the service is never sent again from
here; its caller has to find out first whether it was carried out (`Lost`).

Nothing here reads a clock, sleeps or draws a random number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from stackferry.core.answer_rules import FailureKind

if TYPE_CHECKING:
    from stackferry.errors import StackferryError


class AttemptError(Exception):
    """One attempt failed. `error` is what the caller gets when no attempt is left."""

    def __init__(self, kind: FailureKind, reason: str, error: StackferryError) -> None:
        super().__init__(reason)
        self.kind = kind
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


Decision: TypeAlias = "Retry | GiveUp | Lost"

# After these a write may have been carried out: an answer that cannot be read does not show the opposite.
_MAY_HAVE_HAPPENED = frozenset(
    {FailureKind.FAILED, FailureKind.LOST, FailureKind.GARBLED, FailureKind.UNUSABLE}
)
_NOT_WORTH_REPEATING = frozenset({FailureKind.UNUSABLE, FailureKind.UNSENDABLE, FailureKind.SIGN_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with full jitter; times in seconds.

    `attempts` counts all but throttled requests: those cost no attempt, since the lane's pause and cut are the answer
    to them, and end only when `patience` seconds have gone by. `first_attempts` is how often a connection is tried to
    a service that has never been reached: a wrong address should be reported soon.
    """

    attempts: int = 8
    first_attempts: int = 3
    first: float = 0.5
    longest: float = 30.0
    patience: float = 300.0

    def decide(
        self,
        kind: FailureKind,
        *,
        repeatable: bool,
        attempt: int,
        elapsed: float,
        fraction: float,
        reached: bool = True,
    ) -> Decision:
        """What to do after the `attempt`-th counted attempt, `elapsed` seconds after the first.

        `fraction` is a random number from 0 to 1; `reached` is whether the service was ever reached. A wait that the
        service asked for is not part of the delay: the pacer holds back everybody, not only this request.
        """
        if kind in _MAY_HAVE_HAPPENED and not repeatable:
            return Lost()
        if kind is FailureKind.THROTTLED:  # the pacer's pause is the delay
            return GiveUp() if elapsed >= self.patience else Retry(0.0)
        attempts = self.attempts if reached else min(self.attempts, self.first_attempts)
        if kind in _NOT_WORTH_REPEATING or attempt >= attempts:
            return GiveUp()
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))  # 60: no overflow
        return Retry(fraction * ceiling)


@dataclass(slots=True)
class CircuitBreaker:
    """Notices that the service is down: so many failures in a row, over so many seconds.

    24 are three for each of eight workers; a minute is longer than a restart or a fail-over takes.
    """

    failures: int = 24
    seconds: float = 60.0
    _count: int = 0
    _since: float = 0.0

    def worked(self) -> None:
        """The service gave an answer, of whatever kind."""
        self._count = 0

    def failed(self, now: float) -> bool:
        """Count a failure. Returns whether the service must be considered down."""
        # Both a number and a time: many tasks fail at once in a short disturbance, few in a long one.
        if self._count == 0:
            self._since = now
        self._count += 1
        return self._count >= self.failures and now - self._since >= self.seconds
