"""The pacer in a simulation: no event loop, no clock, only numbers."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declared_rates import separate_rates
from stackferry.core.rate_limit import MIN_SHARE, Departure, Pacer
from stackferry.core.rates import LimitHeaders, Rates, retry_after
from stackferry.errors import UsageError
from stackferry.model import Budget

READ, WRITE, BULK, ASSET = Budget.READ, Budget.WRITE, Budget.BULK, Budget.ASSET
Service = Callable[[float], tuple[int, Mapping[str, str]]]


def accept(_now: float) -> tuple[int, Mapping[str, str]]:
    return 200, {}


def shortest_span(times: list[float], allowed: int) -> float:
    """The shortest time that `allowed` + 1 departures take."""
    ordered = sorted(times)
    return min(
        (late - early for early, late in zip(ordered, ordered[allowed:], strict=False)), default=float("inf")
    )


@dataclass
class Simulation:
    """Workers that ask a pacer in turn and resend whatever is refused, as `paced` and `retried` do."""

    pacer: Pacer
    service: Service = accept
    workers: int = 8
    latency: Callable[[], float] = lambda: 0.2
    budget: Budget = READ
    departures: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)

    def run(self, arrivals: Iterable[float]) -> float:
        """Send one request for each arrival. Returns the time of the last departure."""
        numbers = count()
        queue = deque(sorted(arrivals))
        free = [0.0] * self.workers
        answers: list[tuple[float, int, Departure, int, Mapping[str, str]]] = []
        again: list[float] = []
        now = 0.0
        while queue or again or answers:
            if not queue and not again:
                now = self._deliver(answers, float("inf"), again)
                continue
            arrival = heapq.heappop(again) if again else queue.popleft()
            now = max(now, arrival, heapq.heappop(free))
            self._deliver(answers, now, again)
            while (wait := self.pacer.wait(self.budget, now)) > 0:
                now += wait
                self._deliver(answers, now, again)
            departure = self.pacer.leave(self.budget, now)
            self.departures.append(now)
            status, headers = self.service(now)
            done = now + self.latency()
            heapq.heappush(free, done)
            heapq.heappush(answers, (done, next(numbers), departure, status, headers))
        return self.departures[-1]

    def _deliver(
        self,
        answers: list[tuple[float, int, Departure, int, Mapping[str, str]]],
        until: float,
        again: list[float],
    ) -> float:
        now = 0.0
        while answers and answers[0][0] <= until:
            now, _, departure, status, headers = heapq.heappop(answers)
            self.pacer.learn(departure, status, headers, now=now, now_wall=now)
            if status == 429:
                self.refusals.append(now)
                heapq.heappush(again, now)
        return now


rates = st.one_of(st.integers(1, 60).map(float), st.floats(0.2, 60))


@given(
    rate=rates,
    gaps=st.lists(st.floats(0, 3), min_size=1, max_size=120),
    workers=st.integers(1, 8),
    seed=st.integers(0, 2**32),
)
def test_no_second_holds_more_than_the_rate(rate: float, gaps: list[float], workers: int, seed: int) -> None:
    """F1: however requests arrive and however long answers take, none holds more than the rate allows."""
    chance = random.Random(seed)
    simulation = Simulation(
        Pacer(separate_rates(read=rate)), workers=workers, latency=lambda: chance.uniform(0, 2)
    )
    clock, arrivals = 0.0, []
    for gap in gaps:
        clock += gap if gap < 1 else gap - 1
        arrivals += [clock] * chance.randint(1, 4)
    simulation.run(arrivals)
    assert shortest_span(simulation.departures, ceil(rate)) >= ceil(rate) / rate


@given(rate=rates, requests=st.integers(1, 400))
def test_a_saturated_run_takes_five_percent_longer_than_the_limit_at_most(rate: float, requests: int) -> None:
    """F1: within 1.05 × n / rate, with no refusal."""
    simulation = Simulation(Pacer(separate_rates(read=rate)), workers=8, latency=lambda: 7 / rate)
    assert simulation.run([0.0] * requests) <= 1.05 * requests / rate


@given(seed=st.integers(0, 2**32), latency=st.floats(0.01, 0.6))
def test_a_strict_service_never_refuses_in_steady_state(seed: int, latency: float) -> None:
    """F1: a sliding window on the other side, reached after 0 to 15 ms of jitter, is never exceeded."""
    chance = random.Random(seed)
    simulation = Simulation(Pacer(separate_rates()), latency=lambda: latency)
    simulation.run([0.0] * 200)
    received = [time + chance.uniform(0, 0.015) for time in simulation.departures]
    assert shortest_span(received, 10) >= 1


@dataclass
class Stalling:
    """A strict sliding window behind a network that stalls now and then; then all that waits arrives at once."""

    chance: random.Random
    limit: int = 10
    every: float = 8.0
    arrived: list[float] = field(default_factory=list)
    taken: deque[float] = field(default_factory=deque)
    stall: tuple[float, float] = (2.0, 2.5)

    def service(self, now: float) -> tuple[int, Mapping[str, str]]:
        begins, ends = self.stall
        arrival = now + 0.001 if now < begins else max(now + 0.001, ends)
        if now >= ends:
            begins = now + self.chance.uniform(0.1, self.every)
            self.stall = begins, begins + self.chance.uniform(0.05, 0.25)
        self.arrived.append(arrival)
        while self.taken and self.taken[0] <= arrival - 1:
            self.taken.popleft()
        if len(self.taken) >= self.limit:
            return 429, {"retry-after": "1"}
        self.taken.append(arrival)
        return 200, {}

    def run(self, requests: int) -> Simulation:
        """Answers come 100 ms after a request has arrived; the pacer sees these times alone."""
        simulation = Simulation(Pacer(separate_rates()), self.service)
        simulation.latency = lambda: self.arrived[-1] - simulation.departures[-1] + 0.1
        simulation.run([0.0] * requests)
        return simulation


@pytest.mark.parametrize("seed", range(8))
def test_requests_that_a_stall_bunches_up_are_not_refused(seed: int) -> None:
    """F1: the slow answer shows that the request was counted late, and the next one waits accordingly."""
    simulation = Stalling(random.Random(seed)).run(600)
    assert simulation.refusals == []
    assert simulation.departures[-1] <= 1.05 * 60 + 2


@pytest.mark.parametrize("mean", [0.05, 0.2, 0.6])
def test_answers_that_always_take_different_times_cost_little(mean: float) -> None:
    """F1: where slow answers are the rule they do not show when a request was counted."""
    chance = random.Random(7)
    simulation = Simulation(Pacer(separate_rates()), latency=lambda: min(chance.expovariate(1 / mean), 2.0))
    assert simulation.run([0.0] * 1000) <= 1.05 * 100 + 2


def test_a_service_that_becomes_slow_costs_a_second_or_two_once() -> None:
    """F1: answers begin to take half a second longer, for good."""
    waits = chain(repeat(0.1, 200), repeat(0.6, 800))
    simulation = Simulation(Pacer(separate_rates()), latency=lambda: next(waits))
    assert simulation.run([0.0] * 1000) <= 1.02 * 100 + 2


def test_requests_without_an_answer_delay_others_for_a_bounded_time() -> None:
    """F1: how late an unanswered request may be counted is bounded."""
    pacer, now = Pacer(separate_rates()), 0.0
    for _ in range(200):
        while (wait := pacer.wait(READ, now)) > 0:
            now += wait
        pacer.leave(READ, now)
    assert now <= 20 * 1.4


def test_waking_late_does_not_add_up() -> None:
    """F1: a caller who wakes 4 ms late each time still gets the rate at 100 requests a second."""
    pacer, now = Pacer(separate_rates(read=100)), 0.0
    times = []
    for _ in range(1000):
        while (wait := pacer.wait(READ, now)) > 0:
            now += wait + 0.004
        pacer.leave(READ, now)
        times.append(now)
    assert times[-1] <= 10.5
    assert shortest_span(times, 100) >= 1


def test_a_request_counts_from_when_its_bytes_go_out() -> None:
    """F1: a connection that takes long to open must not let an eleventh request into its second."""
    pacer, now = Pacer(separate_rates()), 0.0
    slow = pacer.leave(READ, now)
    slow.hold()
    times: list[float] = []
    while len(times) < 40:
        if now >= 1.55 and slow.held:
            slow.mark_sent(now)
        if pacer.wait(READ, now) == 0:
            pacer.leave(READ, now)
            times.append(now)
        now += 0.01
    assert shortest_span([slow.at, *times], 10) >= 1


def test_budgets_do_not_wait_for_each_other() -> None:
    """Reads, writes, bulk calls and asset bytes each have a budget of their own."""
    pacer = Pacer(separate_rates(bulk=1))
    pacer.leave(BULK, 0.0)
    assert pacer.wait(BULK, 0.0) > 0.7
    assert [pacer.wait(budget, 0.0) for budget in (READ, WRITE, ASSET)] == [0.0, 0.0, 0.0]


def test_unlimited_budgets_never_wait_but_are_paused() -> None:
    """A rate of None never waits, except as long as the service asks."""
    pacer = Pacer(Rates())
    departures = [pacer.leave(READ, 5.0) for _ in range(1000)]
    assert pacer.wait(READ, 5.0) == 0.0
    pacer.learn(departures[0], 429, {"retry-after": "3"}, now=5.0, now_wall=0.0)
    assert pacer.wait(READ, 5.0) == 3.0


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_an_impossible_rate_is_a_usage_error(rate: float) -> None:
    with pytest.raises(UsageError, match="rate"):
        separate_rates(write=rate)


@given(
    after=st.one_of(st.none(), st.integers(0, 100)),
    when=st.floats(0.5, 5),
    workers=st.integers(1, 8),
    latency=st.floats(0.01, 1),
)
def test_after_a_refusal_nobody_leaves_before_the_pause_ends(
    after: int | None, when: float, workers: int, latency: float
) -> None:
    """B4: one 429 holds back every worker of its budget for as long as Retry-After says, or a second."""
    headers = {} if after is None else {"retry-after": str(after)}
    hits = count()

    def service(now: float) -> tuple[int, Mapping[str, str]]:
        return (429, headers) if now >= when and next(hits) == 0 else (200, {})

    simulation = Simulation(Pacer(separate_rates()), service, workers, latency=lambda: latency)
    simulation.run([0.0] * 80)
    (heard,) = simulation.refusals
    pause = 1.0 if after is None else after
    assert not [time for time in simulation.departures if heard + 1e-6 < time < heard + pause - 1e-6]
    assert len(simulation.departures) == 81


def test_after_a_pause_requests_leave_one_by_one() -> None:
    """B4: evenly, at the lower rate."""
    pacer = Pacer(separate_rates())
    refused = pacer.leave(READ, 0.0)
    pacer.learn(refused, 429, {"retry-after": "10"}, now=0.2, now_wall=0.0)
    now = 0.2
    times: list[float] = []
    for _ in range(8):
        while (wait := pacer.wait(READ, now)) > 0:
            now += wait
        pacer.leave(READ, now)
        times.append(now)
    assert times[0] == pytest.approx(10.2)
    assert shortest_span(times, 1) >= 0.19  # and at half the rate


def test_a_refusal_halves_the_rate_once_and_clean_answers_restore_it() -> None:
    """B4: refusals of requests that left together count as one; recovery is gradual, up to the ceiling."""
    pacer = Pacer(separate_rates(write=8))
    together = [pacer.leave(WRITE, 0.0) for _ in range(6)]
    for departure in together:
        pacer.learn(departure, 429, {}, now=0.3, now_wall=0.0)
    assert pacer.rate(WRITE) == 4
    seen = []
    for _ in range(100):
        pacer.learn(Departure(WRITE, 2.0), 200, {}, now=3.0, now_wall=0.0)
        seen.append(pacer.rate(WRITE) or 0)
    assert seen == sorted(seen)
    assert seen[0] < 4.5
    assert seen[-1] == 8


def test_repeated_refusals_cut_the_rate_to_a_quarter_and_double_the_pause() -> None:
    """B4: pauses without a header, up to two minutes."""
    pacer, now = Pacer(separate_rates()), 0.0
    pauses = []
    for _ in range(40):
        departure = pacer.leave(READ, now)
        pacer.learn(departure, 429, {}, now=now + 0.1, now_wall=0.0)
        pauses.append(pacer.wait(READ, now + 0.1))
        now += 0.1 + pauses[-1] + 10
    assert pacer.rate(READ) == 10 * MIN_SHARE
    assert pauses[:4] == pytest.approx([1, 2, 4, 8])
    assert pauses[-1] == pytest.approx(120)


@pytest.mark.parametrize("seed", range(5))
def test_a_storm_of_refusals_costs_little_more_than_the_waits_it_imposes(seed: int) -> None:
    """B4: 90 % refused for 30 s; total time ≤ the lower bound × 1.1 + the storm itself."""
    chance = random.Random(seed)

    def service(now: float) -> tuple[int, Mapping[str, str]]:
        stormy = 20 <= now < 50 and chance.random() < 0.9
        return (429, {"retry-after": "1"}) if stormy else (200, {})

    simulation = Simulation(Pacer(separate_rates()), service)
    total = simulation.run([0.0] * 2000)
    assert total <= 200 * 1.1 + 30
    assert len(simulation.departures) == 2000 + len(simulation.refusals)


def test_a_lower_limit_in_the_answers_is_kept_from_then_on() -> None:
    """Also if a higher rate is configured."""
    pacer = Pacer(separate_rates(read=20))
    pacer.learn(pacer.leave(READ, 0.0), 200, {"x-ratelimit-limit": "7"}, now=0.2, now_wall=0.0)
    simulation = Simulation(pacer)
    simulation.run([2.0] * 60)
    assert shortest_span(simulation.departures, 7) >= 1


@pytest.mark.parametrize(
    ("rates", "budget", "limit", "expected"),
    [
        (separate_rates(), READ, "30", 10),
        (separate_rates(may_rise=True), READ, "30", 30),
        (separate_rates(may_rise=True), WRITE, "12.5", 12.5),
        (separate_rates(may_rise=True), BULK, "10", 1),
        (separate_rates(may_rise=True), READ, "7200", 10),
        (separate_rates(may_rise=True), READ, "0", 10),
        (separate_rates(may_rise=True), READ, "-3", 10),
        (separate_rates(may_rise=True), READ, "nan", 10),
        (separate_rates(may_rise=True), READ, "many", 10),
        (separate_rates(headers=()), READ, "3", 10),
    ],
)
def test_a_limit_is_learnt_only_where_it_can_mean_requests_a_second(
    rates: Rates, budget: Budget, limit: str, expected: float
) -> None:
    """A higher limit needs permission, never raises the bulk budget, and nonsense changes nothing."""
    pacer = Pacer(rates)
    pacer.learn(pacer.leave(budget, 0.0), 200, {"x-ratelimit-limit": limit}, now=0.2, now_wall=0.0)
    assert pacer.rate(budget) == expected


def test_a_window_that_others_used_up_is_waited_for() -> None:
    """Others of the organization count against the same limit: at remaining 0 the window has to end."""
    pacer = Pacer(separate_rates())
    only = pacer.leave(READ, 4.0)
    used_up = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "0"}
    pacer.learn(only, 200, used_up, now=4.2, now_wall=0.0)
    assert 0.8 <= pacer.wait(READ, 4.2) <= 0.85


def test_a_window_that_own_requests_used_up_pauses_nobody() -> None:
    """At the full rate the last request of each window sees remaining 0: that alone must not slow us down."""
    seen: deque[float] = deque()

    def service(now: float) -> tuple[int, Mapping[str, str]]:
        seen.append(now)
        used = sum(1 for one in seen if int(one) == int(now))  # a fixed window
        return 200, {"x-ratelimit-limit": "10", "x-ratelimit-remaining": str(max(0, 10 - used))}

    assert Simulation(Pacer(separate_rates()), service).run([0.0] * 300) <= 1.05 * 30


def test_reads_and_writes_are_paced_together_once_that_is_what_the_service_counts() -> None:
    """Two refusals that only the sum explains merge the budgets; the sum then stays below the limit."""
    pacer = Pacer(separate_rates())
    for start in (0.0, 50.0):
        now = start
        for _ in range(8):
            pacer.leave(READ, now)
            last = pacer.leave(WRITE, now)
            now += 0.11
        pacer.learn(last, 429, {"retry-after": "1"}, now=now, now_wall=0.0)
    assert pacer.is_shared
    now, times = 100.0, []
    for number in range(60):
        budget = READ if number % 2 else WRITE
        while (wait := pacer.wait(budget, now)) > 0:
            now += wait
        pacer.leave(budget, now)
        times.append(now)
    assert shortest_span(times, 10) >= 1


def test_a_merged_lane_counts_the_departures_of_both() -> None:
    pacer = Pacer(separate_rates())
    for number in range(5):
        pacer.leave(READ, number / 10)
        pacer.leave(WRITE, number / 10)
    pacer.share_limit()
    assert pacer.wait(READ, 0.9) > 0
    assert pacer.wait(WRITE, 1.03) == 0


def test_one_unexplained_refusal_merges_nothing() -> None:
    """It may be due to others in the organization."""
    pacer = Pacer(separate_rates())
    for number in range(8):
        pacer.leave(READ, number / 9)
        last = pacer.leave(WRITE, number / 9)
    pacer.learn(last, 429, {}, now=1.0, now_wall=0.0)
    assert not pacer.is_shared


def test_refusals_that_not_even_the_sum_explains_merge_nothing() -> None:
    """Three requests a second cannot have used up a limit of ten: others did."""
    pacer = Pacer(separate_rates())
    for start in (0.0, 50.0, 100.0):
        pacer.leave(READ, start)
        pacer.leave(READ, start + 0.2)
        pacer.learn(pacer.leave(WRITE, start + 0.4), 429, {}, now=start + 1, now_wall=0.0)
    assert not pacer.is_shared


def test_a_failure_of_the_service_does_not_raise_the_rate() -> None:
    """B5: a 500 is no sign that the service can take more."""
    pacer = Pacer(separate_rates())
    pacer.learn(pacer.leave(READ, 0.0), 429, {}, now=0.1, now_wall=0.0)
    pacer.learn(pacer.leave(READ, 5.0), 500, {}, now=5.1, now_wall=0.0)
    assert pacer.rate(READ) == 5


def test_a_reset_header_replaces_retry_after() -> None:
    """B4: a service may send the seconds in a header of its own."""
    pacer = Pacer(separate_rates(headers=(LimitHeaders(reset="x-ratelimit-reset"),)))
    pacer.learn(pacer.leave(READ, 0.0), 429, {"x-ratelimit-reset": "6"}, now=1.0, now_wall=0.0)
    assert pacer.wait(READ, 1.0) == 6.0


def test_a_refusal_that_one_budget_explains_alone_merges_nothing() -> None:
    """Writes at their own limit are refused for that, whatever is read meanwhile."""
    pacer = Pacer(separate_rates())
    for start in (0.0, 50.0, 100.0):
        for number in range(10):
            pacer.leave(READ, start + number / 10)
            last = pacer.leave(WRITE, start + number / 10)
        pacer.learn(last, 429, {}, now=start + 1, now_wall=0.0)
    assert not pacer.is_shared


def test_a_delay_asked_for_in_a_good_answer_is_kept() -> None:
    """A service may slow a client down with status 200 and Retry-After before it refuses."""
    pacer = Pacer(separate_rates())
    pacer.learn(pacer.leave(READ, 0.0), 200, {"retry-after": "4"}, now=1.0, now_wall=0.0)
    assert pacer.wait(READ, 1.0) == 4.0
    assert pacer.rate(READ) == 10


DATE = "Tue, 14 Nov 2023 22:13:20 GMT"  # 1 700 000 000


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "86400"}, 120.0),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT", "date": "Tue, 14 Nov 2023 22:13:45 GMT"}, 5.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 -0000", "date": "nonsense"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 21:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 14 Nov 2098 22:13:50 GMT"}, 120.0),
        ({"retry-after": "Tue, 99 Nov 2023 99:99:99 GMT"}, None),
    ],
)
def test_every_form_of_retry_after_is_read(headers: dict[str, str], expected: float | None) -> None:
    """B4: seconds, date, absent, zero, negative, huge and nonsense."""
    assert retry_after(headers, 1_700_000_000.0) == expected


@pytest.mark.parametrize("skew", [-3600.0, 0.0, 3600.0])
def test_a_wrong_wall_clock_does_not_change_the_wait(skew: float) -> None:
    """B9: the date is compared with the service's own Date, so an hour's error here does not matter."""
    headers = {"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT", "date": DATE}
    assert retry_after(headers, 1_700_000_000.0 + skew) == 30.0


@given(text=st.text(), date=st.one_of(st.none(), st.text()), now=st.floats(-1e12, 1e12))
def test_retry_after_never_fails_and_never_asks_for_more_than_two_minutes(
    text: str, date: str | None, now: float
) -> None:
    """B4, B9: whatever a service sends, the answer is nothing or a wait that can be sat out."""
    headers = {"retry-after": text} | ({} if date is None else {"date": date})
    seconds = retry_after(headers, now)
    assert seconds is None or 0 <= seconds <= 120
