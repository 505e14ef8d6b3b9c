"""When a request may leave, so that the limits of a service (`Rates`) are kept.

A `Pacer` keeps the state of each lane: a log of departures, a schedule and a pause.

* The log holds the hard promise: in any window of one second no more requests depart than the rate allows. A request
  counts from its last byte on, with a margin for what the network does to the distances between requests; one whose
  answer is slow counts as later by as much (`Lateness`).
* The schedule spreads departures evenly and lets a late caller catch up by a fraction of a second.
* The pause holds everybody back after a refusal (429), as long as the service asked.

A refusal halves the lane's rate and widens its margin; every answer without one raises the rate a little, up to the
ceiling. The margin stays: on the way to this service distances shrink by more than was assumed.

Nothing here reads a clock, sleeps or draws a random number: `now` is always an argument, in seconds of a clock that
only advances.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.core.rates import LONGEST_PAUSE, Lane, LimitHeaders, LimitReport, Rates, retry_after
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

MARGIN = 0.02  # departures keep 2 % more distance than the limit needs, against jitter on the way,
MARGIN_STEP = 0.01  # and so much more after each cut, because what was refused had kept it,
MAX_MARGIN = 0.05  # up to this
# Seconds that a caller who came late may catch up. A whole second would end a command 0.2 s sooner, but a command
# cannot see what the one before it has just spent, nor what others of the organization are about to.
BURST = 0.3
RECOVERY = 0.15  # requests a second that every accepted answer gives back after a cut: about +15 % a second
MIN_SHARE = 1 / 4  # of the ceiling: a lane is never cut below this
FIRST_PAUSE = 1.0  # seconds to pause after a 429 that names no time, doubled while nothing gets through
MAX_LIMIT_RATIO = 10.0  # a reported limit above this many times the rate counts something else
ROUNDING = 1e-6  # seconds: shorter waits are rounding noise
# Of a window longer than a second: below this part of what it allows the lane slows down, in proportion to what is
# left, so that the rest lasts until the window ends.
SLOW_BELOW = 0.2
MIN_SCALE = 0.02  # the slowest it gets, as a part of its rate
SLOT_POLL = 0.25  # seconds until a caller asks again whether a running action has ended

# How many requests of one budget may be under way at once. Fewer would leave the rate unused while answers are awaited;
# more would stand in a queue, where one that others wait for cannot pass those that came before it.
IN_FLIGHT_SLACK, IN_FLIGHT_SPARE = 1.5, 4  # times rate × usual wait for an answer, and some more
MOST_IN_FLIGHT = 64
UNLIMITED_IN_FLIGHT = 8  # where there is no rate: more only make the HTTP client slower
FIRST_WAIT = 2.0  # seconds that an answer is assumed to take before any has come

USUAL_STEP = 0.01  # of the usual wait for an answer, by which one answer moves it
QUICK = 0.01  # seconds: shorter waits are all the same
MAX_LATENESS = 1.0  # seconds by which one request may have been counted late
ALLOWANCE_PER_SECOND = 0.015  # seconds that slow answers may hold requests back,
MAX_ALLOWANCE = 0.5  # saved up to so many for each request of a window


@dataclass(slots=True, eq=False)
class Lateness:
    """How much later than it was sent a service may have counted a request, judged by how long its answer takes.

    `usual` is the median of the waits for answers. `allowance` is how many seconds slow answers may still cost.
    """

    usual: float = math.inf
    allowance: float = math.inf

    def of(self, wait: float) -> float:
        """How late a request may have been counted whose answer takes so long; seconds."""
        return min(max(wait - self.usual, 0.0), MAX_LATENESS, self.allowance)

    def answered(self, wait: float) -> float:
        """The same for an answer that has come: it uses up the allowance, and moves the median."""
        late = self.of(wait)
        self.allowance -= late
        wait = max(wait, QUICK)
        step = 1 + math.copysign(USUAL_STEP, wait - self.usual)
        self.usual = wait if self.usual == math.inf else self.usual * step
        return late

    def sent(self, rate: float) -> None:
        """One more request: the allowance grows, up to a window of requests that are all late."""
        self.allowance = min(
            self.allowance + ALLOWANCE_PER_SECOND * max(1.0, 1 / rate), MAX_ALLOWANCE * math.ceil(rate)
        )


@dataclass(slots=True, eq=False)
class Departure:
    """One request on its way. Until the transport reports otherwise it left when the pacer let it go."""

    budget: Budget
    at: float
    held: bool = False
    answered: float | None = None
    late: float | None = None

    def hold(self) -> None:
        """The request is not sent completely: a service may still count it later than now."""
        self.held = True

    def mark_sent(self, now: float) -> None:
        """A byte of the request went out at `now`; the last one, unless it is held again."""
        self.held = False
        self.at = max(self.at, now)

    def answer_began(self, now: float) -> None:
        """The answer began to arrive at `now`: the service had counted the request by then."""
        self.answered = now

    def waited(self, now: float) -> float:
        """How long the answer took, or takes already."""
        return (now if self.answered is None else self.answered) - self.at


@dataclass(slots=True, eq=False)
class _LaneState:
    """The state of one limit. `rate` moves between a part of `ceiling` and `ceiling`; None is unlimited."""

    declared: Lane
    ceiling: float | None
    rate: float | None
    due: float = -math.inf
    paused_until: float = -math.inf
    cut_at: float = -math.inf
    refusals: int = 0  # in a row, with nothing accepted between them
    margin: float = MARGIN
    announced: float | None = None  # requests a second, as the service last said
    scale: float = 1.0  # of the rate, below 1 while what a long window allows is scarce
    lateness: Lateness = field(default_factory=Lateness)
    log: deque[Departure] = field(default_factory=deque)

    @classmethod
    def of(cls, lane: Lane) -> _LaneState:
        return cls(lane, lane.rate, lane.rate)

    def wait(self, now: float) -> float:
        ready = self.paused_until
        if self.rate is not None:
            ready = max(ready, self.due - BURST, self._window_opens(self.rate, now))
        return ready - now if ready - now > ROUNDING else 0.0

    def _window_opens(self, rate: float, now: float) -> float:
        """When fewer departures than a window allows lie in the window that ends then."""
        allowed = math.ceil(rate)
        if len(self.log) < allowed:
            return -math.inf
        times = sorted(self._counted(departure, now) for departure in self.log)
        return times[-allowed] + allowed / rate * (1 + self.margin)

    def _counted(self, departure: Departure, now: float) -> float:
        """When the service has counted a request, at the latest, as far as can be judged at `now`."""
        if departure.held:
            return now
        late = self.lateness.of(departure.waited(now)) if departure.late is None else departure.late
        return departure.at + late

    def leave(self, departure: Departure) -> None:
        if self.rate is None:
            return
        now = departure.at
        self.due = max(self.due, now) + (1 + self.margin) / (self.rate * self.scale)
        # What is older lies in no window that is still to come, however late it was counted.
        horizon = now - MAX_LATENESS - 2 * max(1.0, 1 / self.rate)
        while self.log and not self.log[0].held and self.log[0].at < horizon:
            self.log.popleft()
        self.log.append(departure)
        self.lateness.sent(self.rate)

    def pause(self, until: float) -> None:
        """Nobody leaves before `until`; then evenly, without a burst."""
        self.paused_until = max(self.paused_until, until)
        self.due = max(self.due, self.paused_until + BURST)  # `wait` lets go a BURST before `due`

    def refused(self, departure: Departure, after: float | None, now: float) -> None:
        """A request was throttled. Requests sent before a cut cause no further cut: they left at the old rate."""
        if departure.at > self.cut_at:
            # What was refused had kept the distance that the limit needs: on the way the distances got smaller.
            self.cut_at = now
            self.refusals += 1
            self.margin = min(self.margin + MARGIN_STEP, MAX_MARGIN)
            if self.rate is not None and self.ceiling is not None:
                self.rate = max(self.rate / 2, self.ceiling * MIN_SHARE)
        unnamed = FIRST_PAUSE * 2 ** min(self.refusals - 1, 10)
        self.pause(now + min(LONGEST_PAUSE, unnamed if after is None else max(0.0, after)))

    def accepted(self) -> None:
        self.refusals = 0
        if self.rate is not None and self.ceiling is not None:
            self.rate = min(self.rate + RECOVERY, self.ceiling)

    def read_report(
        self, headers: LimitHeaders, report: LimitReport, departure: Departure, now: float
    ) -> None:
        if headers.window is not None and report.limit is not None and report.limit >= 1:
            self.announced = report.limit / headers.window
            self._set_rate(self.announced)
        if headers.window == 1:
            # This second's requests are used up. When others used part of them, wait until the second is over.
            used_up = report.limit if report.remaining == 0 else None
            if used_up is not None and self.count(departure.at) < used_up - 1:
                self.pause(departure.at + 1 + MARGIN)
            return
        if report.remaining is not None and report.limit:
            self.scale = min(1.0, max(MIN_SCALE, report.remaining / report.limit / SLOW_BELOW))
        if report.remaining == 0 and report.reset:
            self.pause(now + report.reset)

    def _set_rate(self, rate: float) -> None:
        """Use the rate that the service reports, if it can mean this lane."""
        if self.ceiling is None or self.rate is None or rate > self.ceiling * MAX_LIMIT_RATIO:
            return
        if rate < self.ceiling or self.declared.may_rise:
            was_full = self.rate == self.ceiling  # else a cut is in force, and recovers step by step
            self.ceiling = rate
            self.rate = rate if was_full else min(self.rate, rate)

    def count(self, now: float) -> int:
        """Own departures in the second that ends at `now`."""
        return sum(1 for departure in self.log if now - 1 < departure.at <= now)


@dataclass(slots=True, eq=False)
class _Slots:
    """The state of a limit on running actions."""

    limit: int
    taken: int = 0

    def wait(self) -> float:
        return SLOT_POLL if self.taken >= self.limit else 0.0


class Pacer:
    """Lets requests go so that the service's limits are kept; one for each organization.

    Ask `wait`; sleep that long and ask again, until it answers 0.0; then call `leave`, and `learn` with what came back.
    Callers may be many, but nothing may happen between the `wait` that answers 0.0 and `leave`.
    """

    def __init__(self, rates: Rates) -> None:
        limits = {name: _LaneState.of(lane) for name, lane in rates.lanes.items() if lane.running is None}
        slots = {name: _Slots(lane.running) for name, lane in rates.lanes.items() if lane.running is not None}
        self._lanes: dict[Budget, list[_LaneState]] = {}
        self._slots: dict[Budget, list[_Slots]] = {}
        for budget in Budget:
            names = rates.spends.get(budget, ())
            spent = [limits[name] for name in names if name in limits]
            self._lanes[budget] = spent or [_LaneState.of(Lane())]  # unlimited, but it can be paused
            self._slots[budget] = [slots[name] for name in names if name in slots]
        self._doubts = 0

    def announced(self, budget: Budget) -> float | None:
        """The requests a second that the service's answers have announced for a budget; None where none has."""
        rates = [lane.announced for lane in self._lanes[budget] if lane.announced is not None]
        return min(rates, default=None)

    def wait(self, budget: Budget, now: float) -> float:
        """Seconds until a request may leave or it is worth asking again; 0.0 means at once."""
        waits = [
            *(lane.wait(now) for lane in self._lanes[budget]),
            *(slots.wait() for slots in self._slots[budget]),
        ]
        return max(waits)

    def leave(self, budget: Budget, now: float) -> Departure:
        departure = Departure(budget, now)
        for lane in self._lanes[budget]:
            lane.leave(departure)
        for slots in self._slots[budget]:
            slots.taken += 1
        return departure

    def ended(self, budget: Budget) -> None:
        """One running action of this budget has ended, or was never begun."""
        for slots in self._slots[budget]:
            slots.taken = max(0, slots.taken - 1)

    def rate(self, budget: Budget) -> float | None:
        """Requests a second that this budget allows at the moment; None is unlimited."""
        return min((lane.rate for lane in self._lanes[budget] if lane.rate is not None), default=None)

    def in_flight(self, budget: Budget) -> int:
        """How many requests of a budget may be under way at once, for its rate to be used while answers are awaited."""
        usual = max(lane.lateness.usual for lane in self._lanes[budget])
        rate, wait = self.rate(budget), FIRST_WAIT if usual == math.inf else usual
        if rate is None:
            return UNLIMITED_IN_FLIGHT
        return min(math.ceil(rate * wait * IN_FLIGHT_SLACK) + IN_FLIGHT_SPARE, MOST_IN_FLIGHT)

    @property
    def is_shared(self) -> bool:
        """Whether reads and writes count against one limit."""
        return self._lanes[Budget.READ][0] is self._lanes[Budget.WRITE][0]

    def learn(
        self,
        departure: Departure,
        status: int,
        headers: Mapping[str, str],
        *,
        now: float,
        now_wall: float,
        throttled: bool | None = None,
    ) -> None:
        """Learn from an answer: its status, its `Retry-After` and its rate headers.

        `throttled` is whether it refuses the request for its rate; without it every 429 does.
        """
        lanes = self._lanes[departure.budget]
        departure.late = lanes[0].lateness.answered(departure.waited(now))
        # Only an accepted request has begun an action that goes on after the answer.
        if not 200 <= status < 300:
            self.ended(departure.budget)
        reports = [
            (lane, names, names.read(headers, now_wall)) for lane in lanes for names in lane.declared.headers
        ]
        after = retry_after(headers, now_wall)
        if status == 429 if throttled is None else throttled:
            resets = (report.reset for *_, report in reports if report.reset is not None)
            self._refused(departure, next(resets, None) if after is None else after, now)
            return
        for lane in lanes:
            # With a good answer: "wait, do not repeat". A 429 that is no throttling means this request alone.
            if after and status != 429:
                lane.pause(now + after)
            if status < 500:
                lane.accepted()
        for lane, names, report in reports:
            lane.read_report(names, report, departure, now)

    def _refused(self, departure: Departure, after: float | None, now: float) -> None:
        """Learn from a refusal for the rate, which asks for a wait of `after` seconds."""
        self._suspect_sharing(departure)
        for lane in self._lanes[departure.budget]:  # two lanes may have become one
            lane.refused(departure, after, now)

    def share_limit(self) -> None:
        """From now on reads and writes count against one limit, the lower of the two.

        Whether they do is not documented for every service, and may differ between plans: refusals show it.
        """
        read, write = self._lanes[Budget.READ][0], self._lanes[Budget.WRITE][0]
        if self.is_shared or read.ceiling is None or write.ceiling is None:
            return
        # One state for both from now on.
        low = min(read, write, key=lambda lane: lane.ceiling or math.inf)
        # Requests of both that have just left lie in the windows to come.
        low.log = deque(sorted([*read.log, *write.log], key=lambda departure: departure.at))
        low.pause(max(read.paused_until, write.paused_until))
        self._lanes[Budget.READ][0] = self._lanes[Budget.WRITE][0] = low

    def _suspect_sharing(self, departure: Departure) -> None:
        """Two refusals that only the sum of reads and writes explains make the two lanes one."""
        if departure.budget not in (Budget.READ, Budget.WRITE) or self.is_shared:
            return
        lane = self._lanes[departure.budget][0]
        # Requests that left before a cut belong to the refusal that made it.
        if lane.ceiling is None or departure.at <= lane.cut_at:
            return
        total = sum(self._lanes[budget][0].count(departure.at) for budget in (Budget.READ, Budget.WRITE))
        if lane.count(departure.at) < lane.ceiling - 1 and total > lane.ceiling:
            self._doubts += 1
            if self._doubts > 1:
                self.share_limit()
