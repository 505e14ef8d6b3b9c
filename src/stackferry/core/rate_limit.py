"""When a request may leave: the service's rate limits as arithmetic.

A `Pacer` keeps one lane per budget. A lane is a log of departures, a schedule and a pause:

* the log holds the hard promise: in any window of one second no more than the rate departs, counted
  from the moment the last byte went out, with a margin for what the network does to the distances between them;
  a request whose answer is slow counts as later by as much (`Lateness`);
* the schedule spreads departures evenly and lets a late caller catch up by a fraction of a second;
* the pause holds everybody back after a refusal (429), as long as the service asked.

A refusal halves the lane's rate and widens its margin; every answer without one raises the rate a little, up to the
ceiling. The margin stays: on the way to this service distances shrink by more than was thought.

This module must never read a clock, sleep or draw a random number: `now` is always an argument, in
seconds of a clock that only advances.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

MARGIN = 0.02  # departures keep 2 % more distance than the limit needs, against jitter on the way,
WIDER = 0.01  # and so much more after each cut, because what was refused had kept it,
WIDEST = 0.05  # up to this
# Seconds that a caller who came late may catch up. A whole second would end a command 0.2 s sooner, but a command does
# not know what the one before it has just spent, nor what others of the organization are about to.
BURST = 0.3
RAISE = 0.15  # requests a second that every clean answer gives back after a cut: about +15 % a second
FLOOR = 1 / 4  # of the ceiling: a lane is never cut below this
FIRST_PAUSE = 1.0  # seconds to pause after a 429 that names no time, doubled while nothing gets through
LONGEST_PAUSE = 120.0  # no header can make a run wait longer than this at a time
PLAUSIBLE = 10.0  # a limit header above this many times the configured rate counts something else
INSTANT = 1e-6  # shorter waits are rounding noise


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests a second for each budget; `None` is unlimited.

    `learn` lets a higher limit in the answers replace `read` and `write`; a lower one always does.
    The header names may be empty for a service whose numbers do not mean requests a second.
    """

    read: float | None = 10.0
    write: float | None = 10.0
    bulk: float | None = 1.0
    learn: bool = False
    limit_header: str = "x-ratelimit-limit"
    remaining_header: str = "x-ratelimit-remaining"
    reset_header: str = ""  # seconds to wait after a refusal, where a service does not send Retry-After

    def __post_init__(self) -> None:
        for rate in (self.read, self.write, self.bulk):
            if rate is not None and not 0 < rate < math.inf:
                raise UsageError(f"a rate must be a positive number of requests a second, not {rate}")


@dataclass(slots=True, eq=False)
class Departure:
    """One request on its way. Until told otherwise it left when it was let go."""

    budget: Budget
    at: float
    held: bool = False
    answered: float | None = None
    late: float | None = None

    def hold(self) -> None:
        """The request is not yet all on its way: a service may still count it later than now."""
        self.held = True

    def left(self, now: float) -> None:
        """A byte of the request went out at `now`; the last one, unless it is held again."""
        self.held = False
        self.at = max(self.at, now)

    def came(self, now: float) -> None:
        """The answer began to come in at `now`: the service had counted the request by then."""
        self.answered = now

    def waited(self, now: float) -> float:
        """How long the answer took, or takes already."""
        return (now if self.answered is None else self.answered) - self.at


@dataclass(slots=True, eq=False)
class _Lane:
    """The state of one budget. `rate` moves between a part of `ceiling` and `ceiling`."""

    ceiling: float | None
    rate: float | None
    due: float = -math.inf
    paused_until: float = -math.inf
    cut_at: float = -math.inf
    streak: int = 0
    margin: float = MARGIN
    lateness: Lateness = field(default_factory=Lateness)
    log: deque[Departure] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        ready = self.paused_until
        if self.rate is not None:
            ready = max(ready, self.due - BURST, self._window_opens(self.rate, now))
        return ready - now if ready - now > INSTANT else 0.0

    def _window_opens(self, rate: float, now: float) -> float:
        """When fewer than a window's worth of departures lie in the window that ends then."""
        room = math.ceil(rate)
        if len(self.log) < room:
            return -math.inf
        times = sorted(self._counted(one, now) for one in self.log)
        return times[-room] + room / rate * (1 + self.margin)

    def _counted(self, departure: Departure, now: float) -> float:
        """When the service has counted a request, at the latest, as far as can be told at `now`."""
        if departure.held:
            return now
        late = self.lateness.of(departure.waited(now)) if departure.late is None else departure.late
        return departure.at + late

    def leave(self, departure: Departure) -> None:
        if self.rate is None:
            return
        now = departure.at
        self.due = max(self.due, now) + (1 + self.margin) / self.rate
        horizon = now - LATEST - 2 * max(1.0, 1 / self.rate)
        while self.log and not self.log[0].held and self.log[0].at < horizon:
            self.log.popleft()
        self.log.append(departure)
        self.lateness.sent(self.rate)

    def pause(self, until: float) -> None:
        """Nobody leaves before `until`; then evenly, without a burst."""
        self.paused_until = max(self.paused_until, until)
        self.due = max(self.due, self.paused_until + BURST)

    def refused(self, departure: Departure, after: float | None, now: float) -> None:
        """A 429. Requests let go before a cut do not cut again: they left at the old rate."""
        if departure.at > self.cut_at:
            self.cut_at = now
            self.streak += 1
            self.margin = min(self.margin + WIDER, WIDEST)
            if self.rate is not None and self.ceiling is not None:
                self.rate = max(self.rate / 2, self.ceiling * FLOOR)
        patient = FIRST_PAUSE * 2 ** min(self.streak - 1, 10)
        self.pause(now + min(LONGEST_PAUSE, patient if after is None else max(0.0, after)))

    def accepted(self) -> None:
        self.streak = 0
        if self.rate is not None and self.ceiling is not None:
            self.rate = min(self.rate + RAISE, self.ceiling)

    def learn(self, limit: float, *, upward: bool) -> None:
        """Take over the limit that the service names, if it can mean requests a second."""
        if self.ceiling is None or self.rate is None or not 1 <= limit <= self.ceiling * PLAUSIBLE:
            return
        if limit < self.ceiling or upward:
            was_full = self.rate == self.ceiling
            self.ceiling = limit
            self.rate = limit if was_full else min(self.rate, limit)

    def exhausted(self, departure: Departure, limit: float) -> None:
        """The budget is used up. When others used part of it, wait until this window is over."""
        if self.count(departure.at) < limit - 1:
            self.pause(departure.at + 1 + MARGIN)

    def count(self, now: float) -> int:
        """Own departures in the second that ends at `now`."""
        return sum(1 for one in self.log if now - 1 < one.at <= now)


class Pacer:
    """Lets requests go so that the service's limits are kept; one for each organization.

    Ask `wait`; sleep that long and ask again, until it answers 0.0; then `leave`. Tell `heard` what
    came back. Callers may be many, but `wait` and `leave` must follow each other without a pause between.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._lanes = {
            Budget.READ: _Lane(rates.read, rates.read),
            Budget.WRITE: _Lane(rates.write, rates.write),
            Budget.BULK: _Lane(rates.bulk, rates.bulk),
            Budget.ASSET: _Lane(None, None),
        }
        self._doubts = 0

    def wait(self, budget: Budget, now: float) -> float:
        """Seconds until a request may leave; 0.0 means at once."""
        return self._lanes[budget].wait(now)

    def leave(self, budget: Budget, now: float) -> Departure:
        """Record that a request leaves now."""
        departure = Departure(budget, now)
        self._lanes[budget].leave(departure)
        return departure

    def rate(self, budget: Budget) -> float | None:
        """Requests a second that this budget allows at the moment; `None` is unlimited."""
        return self._lanes[budget].rate

    @property
    def shared(self) -> bool:
        """Whether reads and writes turned out to count against one limit."""
        return self._lanes[Budget.READ] is self._lanes[Budget.WRITE]

    def heard(
        self, departure: Departure, status: int, headers: Mapping[str, str], *, now: float, now_wall: float
    ) -> None:
        """Learn from an answer: its status, its `Retry-After` and its rate headers."""
        lane = self._lanes[departure.budget]
        departure.late = lane.lateness.heed(departure.waited(now))
        after = retry_after(headers, now_wall)
        if status == 429:
            self._suspect_sharing(departure)
            reset = _number(headers.get(self._rates.reset_header))
            lane.refused(departure, reset if after is None else after, now)
            return
        if after:  # some services slow a client down with a 200 and this header
            lane.pause(now + after)
        if status < 500:
            lane.accepted()
        self._read_limits(departure, lane, headers)

    def share(self) -> None:
        """From now on reads and writes count against one limit, the lower of the two."""
        read, write = self._lanes[Budget.READ], self._lanes[Budget.WRITE]
        if self.shared or read.ceiling is None or write.ceiling is None:
            return
        low = min(read, write, key=lambda lane: lane.ceiling or math.inf)
        both = sorted([*read.log, *write.log], key=lambda one: one.at)
        low.log = deque(both)
        low.pause(max(read.paused_until, write.paused_until))
        self._lanes[Budget.READ] = self._lanes[Budget.WRITE] = low

    def _read_limits(self, departure: Departure, lane: _Lane, headers: Mapping[str, str]) -> None:
        limit = _number(headers.get(self._rates.limit_header))
        if limit is None:
            return
        # A gateway may put one general number on every answer: it never raises the bulk limit.
        lane.learn(limit, upward=self._rates.learn and departure.budget is not Budget.BULK)
        if _number(headers.get(self._rates.remaining_header)) == 0:
            lane.exhausted(departure, limit)

    def _suspect_sharing(self, departure: Departure) -> None:
        """Two refusals that only the sum of reads and writes explains make the two lanes one."""
        if departure.budget not in (Budget.READ, Budget.WRITE) or self.shared:
            return
        lane = self._lanes[departure.budget]
        if lane.ceiling is None or departure.at <= lane.cut_at:
            return
        sums = sum(self._lanes[one].count(departure.at) for one in (Budget.READ, Budget.WRITE))
        if lane.count(departure.at) < lane.ceiling - 1 and sums > lane.ceiling:
            self._doubts += 1
            if self._doubts > 1:
                self.share()


def retry_after(headers: Mapping[str, str], now_wall: float) -> float | None:
    """The seconds that `Retry-After` asks for, between 0 and two minutes; `None` when it says nothing.

    A date is compared with the service's own `Date`, so that a wrong clock here does not matter
    (RFC 9110, 10.2.3).
    """
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is None:
        then = _timestamp(text)
        if then is None:
            return None
        sent = _timestamp(headers.get("date", ""))
        seconds = then - (now_wall if sent is None else sent)
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _timestamp(text: str) -> float | None:
    try:
        when: datetime = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):  # what the parser raises on nonsense
        return None
