"""How a system describes its rate limits, and what the headers of an answer report of them.

A system declares *lanes*, each one limit of the service, and which of them a request of each budget counts against::

    API = LimitHeaders(limit="x-ratelimit-limit", remaining="x-ratelimit-remaining")
    Rates(
        lanes={"read": Lane(rate=10, headers=(API,)), "write": Lane(rate=10, headers=(API,))},
        spends={Budget.READ: ("read",), Budget.WRITE: ("write",)},
    )

* One limit for reads and writes together is one lane that both budgets spend.
* A limit on *running actions* (a service carries out at most five jobs at a time) is a lane with `running` in place
  of a rate. A request that was accepted occupies it until `Pacer.ended` is called.
* A budget may spend several lanes: a job counts as a request and as a running action.
* A budget that spends no lane has no limit; a refusal pauses it all the same.
* `rate` is what is known beforehand. A lower limit in the answers always replaces it, a higher one if `may_rise`.
* `LimitHeaders` names the headers and their units: requests a second, an hour, or units of load.

Which answers mean throttling a system declares in its `AnswerRules`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_PAUSE = 120.0  # seconds: no header can make a run wait longer than this at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReport:
    """What the headers of one answer report of one limit; None where they do not."""

    limit: float | None = None  # as it was sent
    remaining: float | None = None
    reset: float | None = None  # seconds from now


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHeaders:
    """The headers that report a limit: names in lower case, empty where the service sends none.

    `window` is the number of seconds that `limit` and `remaining` count requests in: 1 for requests a second, 3600 for
    requests an hour; None if they count units of load, which are no number of requests. `reset` is when
    something is left again: in seconds, or as seconds since 1970 if `reset_is_epoch`.
    """

    limit: str = ""
    remaining: str = ""
    reset: str = ""
    window: float | None = 1.0
    reset_is_epoch: bool = False

    def read(self, headers: Mapping[str, str], now_wall: float) -> LimitReport:
        """What an answer reports; `now_wall` is used where it does not carry its own date."""
        reset = number(headers.get(self.reset))
        # By the clock of the service: this machine's may be wrong.
        if reset is not None and self.reset_is_epoch:
            reset -= sent_at(headers, now_wall)
        return LimitReport(
            limit=number(headers.get(self.limit)),
            remaining=number(headers.get(self.remaining)),
            reset=None if reset is None else min(max(reset, 0.0), LONGEST_PAUSE),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One limit: `rate` requests a second, or `running` actions at a time. Neither: no limit, only pauses."""

    rate: float | None = None
    running: int | None = None
    headers: tuple[LimitHeaders, ...] = ()
    may_rise: bool = False

    def __post_init__(self) -> None:
        if self.rate is not None and not 0 < self.rate < math.inf:
            raise UsageError(f"a rate must be a positive number of requests a second, not {self.rate}")
        if self.running is not None and self.running < 1:
            raise UsageError(f"at least one action must be allowed to run, not {self.running}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The limits of a system. Without lanes nothing is limited."""

    lanes: Mapping[str, Lane] = field(default_factory=dict)
    spends: Mapping[Budget, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        undeclared = {name for names in self.spends.values() for name in names} - self.lanes.keys()
        if undeclared:
            raise ValueError(f"budgets spend lanes that are not declared: {sorted(undeclared)}")

    def set_by_user(self, rates: Mapping[Budget, float | None]) -> Rates:
        """The same limits with other rates for these budgets (None: unlimited), which no answer raises.

        A lane that several budgets spend belongs to the first of them, in the order of `Budget`.
        """
        lanes = dict(self.lanes)
        for name, lane in self.lanes.items():
            spending = (budget for budget in Budget if name in self.spends.get(budget, ()))
            owner = next(spending, None)
            if owner is not None and owner in rates and lane.running is None:
                lanes[name] = replace(lane, rate=rates[owner], may_rise=False)
        return replace(self, lanes=lanes)


def retry_after(headers: Mapping[str, str], now_wall: float) -> float | None:
    """The seconds that `Retry-After` asks for, between 0 and two minutes; None if it is absent or senseless.

    A date is compared with the service's own `Date`, so that a wrong clock on this machine does not matter
    (RFC 9110, 10.2.3).
    """
    text = headers.get("retry-after", "").strip()
    seconds = number(text)
    if seconds is None:
        then = _timestamp(text)
        if then is None:
            return None
        seconds = then - sent_at(headers, now_wall)
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def sent_at(headers: Mapping[str, str], now_wall: float) -> float:
    """When an answer was sent, by the service's own clock where it names it: seconds since 1970."""
    sent = _timestamp(headers.get("date", ""))
    return now_wall if sent is None else sent


def number(text: str | None) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _timestamp(text: str) -> float | None:
    try:
        when: datetime = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):  # what the parser raises on nonsense
        return None
