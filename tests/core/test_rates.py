"""Limits as systems declare them: shared lanes, running actions, other headers and units, the user's own rates."""

from __future__ import annotations

import pytest

from declared_rates import separate_rates
from stackferry.core.rate_limit import BURST, SLOT_POLL, Pacer
from stackferry.core.rates import Lane, LimitHeaders, LimitReport, Rates
from stackferry.errors import UsageError
from stackferry.model import Budget

READ, WRITE, BULK, ASSET = Budget.READ, Budget.WRITE, Budget.BULK, Budget.ASSET

# One limit for everything, and five jobs at a time, each of which is a request too.
SHARED = Rates(
    lanes={"requests": Lane(rate=10), "jobs": Lane(running=5)},
    spends={READ: ("requests",), WRITE: ("requests",), BULK: ("requests", "jobs")},
)
HOURLY = LimitHeaders(limit="x-hour-limit", remaining="x-hour-remaining", reset="x-reset", window=3600)
LOAD = LimitHeaders(
    limit="x-ratelimit-limit",
    remaining="x-ratelimit-remaining",
    reset="x-ratelimit-reset",
    window=None,
    reset_is_epoch=True,
)


def pacer_with(*headers: LimitHeaders, rate: float = 10, may_rise: bool = True) -> Pacer:
    lanes = {"requests": Lane(rate=rate, headers=headers, may_rise=may_rise)}
    return Pacer(Rates(lanes=lanes, spends={READ: ("requests",)}))


def learned(pacer: Pacer, headers: dict[str, str], *, status: int = 200, now: float = 1.0) -> None:
    """One read that left a second ago is answered."""
    pacer.learn(pacer.leave(READ, now - 1), status, headers, now=now, now_wall=1_700_000_000.0)


def departures(pacer: Pacer, budgets: list[Budget], now: float = 0.0) -> list[float]:
    """When requests leave of which each waits for the one before it; they are answered at once."""
    times = []
    for budget in budgets:
        while (wait := pacer.wait(budget, now)) > 0:
            now += wait
        pacer.learn(pacer.leave(budget, now), 200, {}, now=now, now_wall=0.0)
        times.append(now)
    return times


def test_budgets_that_spend_one_lane_share_its_rate() -> None:
    pacer = Pacer(SHARED)
    times = departures(pacer, [READ, WRITE, BULK, WRITE] + [READ, WRITE] * 20)
    assert min(late - early for early, late in zip(times, times[10:], strict=False)) >= 1
    assert pacer.is_shared


def test_a_budget_without_a_lane_is_not_limited() -> None:
    pacer = Pacer(SHARED)
    assert departures(pacer, [ASSET] * 100) == [0.0] * 100
    assert pacer.rate(ASSET) is None


def test_no_more_actions_run_than_the_lane_allows() -> None:
    """The sixth waits until one has ended; requests of other budgets go on meanwhile."""
    pacer = Pacer(SHARED)
    departures(pacer, [BULK] * 5)
    assert pacer.wait(BULK, 100.0) == SLOT_POLL
    assert pacer.wait(READ, 100.0) == 0
    pacer.ended(BULK)
    assert pacer.wait(BULK, 100.0) == 0


@pytest.mark.parametrize(("status", "wait"), [(200, SLOT_POLL), (201, SLOT_POLL), (422, 0.0), (503, 0.0)])
def test_a_refused_action_does_not_run(status: int, wait: float) -> None:
    pacer = Pacer(SHARED)
    departures(pacer, [BULK] * 4)
    pacer.learn(pacer.leave(BULK, 50.0), status, {}, now=51.0, now_wall=0.0)
    assert pacer.wait(BULK, 100.0) == wait


def test_more_endings_than_actions_make_no_room() -> None:
    """Endings that a resumed run reports of actions that an earlier run began."""
    pacer = Pacer(SHARED)
    pacer.ended(BULK)
    departures(pacer, [BULK] * 5)
    assert pacer.wait(BULK, 100.0) == SLOT_POLL


@pytest.mark.parametrize(
    ("limit", "rate"), [("7200", 2), ("1800", 0.5), ("72000", 20), ("0", 10), ("9e9", 10)]
)
def test_a_limit_of_requests_an_hour_is_learnt_as_a_rate(limit: str, rate: float) -> None:
    pacer = pacer_with(HOURLY)
    learned(pacer, {"x-hour-limit": limit})
    assert pacer.rate(READ) == rate


def test_several_limits_of_one_lane_are_learnt_together() -> None:
    """Seven a second and 18,000 an hour: five a second."""
    pacer = pacer_with(LimitHeaders(limit="x-second-limit"), HOURLY)
    learned(pacer, {"x-second-limit": "7", "x-hour-limit": "18000"})
    assert pacer.rate(READ) == 5


def test_units_of_load_are_not_taken_for_requests_a_second() -> None:
    pacer = pacer_with(LOAD)
    learned(pacer, {"x-ratelimit-limit": "5", "x-ratelimit-remaining": "5"})
    assert pacer.rate(READ) == 10


@pytest.mark.parametrize(("remaining", "slower"), [(200, 1), (40, 1), (20, 2), (4, 10)])
def test_the_less_of_a_long_window_is_left_the_slower_requests_leave(remaining: int, slower: float) -> None:
    """Below a fifth of the limit, in proportion to what is left."""
    pacer = pacer_with(LOAD)
    learned(pacer, {"x-ratelimit-limit": "200", "x-ratelimit-remaining": str(remaining)})
    times = departures(pacer, [READ] * 21, now=10.0)
    assert times[-1] - times[0] == pytest.approx(slower * 2.04, abs=BURST + 0.05)


def test_requests_are_fast_again_when_there_is_enough_left() -> None:
    pacer = pacer_with(LOAD)
    learned(pacer, {"x-ratelimit-limit": "200", "x-ratelimit-remaining": "4"})
    learned(pacer, {"x-ratelimit-limit": "200", "x-ratelimit-remaining": "150"}, now=20.0)
    times = departures(pacer, [READ] * 21, now=30.0)
    assert times[-1] - times[0] < 2.1


def test_nothing_left_in_a_long_window_pauses_until_it_ends() -> None:
    """The end is given as seconds since 1970 and compared with the service's own date."""
    pacer = pacer_with(LOAD)
    used_up = {"x-ratelimit-limit": "200", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000042"}
    learned(pacer, {**used_up, "date": "Tue, 14 Nov 2023 22:13:50 GMT"})
    assert pacer.wait(READ, 1.0) == 12


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, LimitReport()),
        ({"x-ratelimit-limit": "200", "x-ratelimit-remaining": "many"}, LimitReport(limit=200)),
        ({"x-ratelimit-reset": "1700000030"}, LimitReport(reset=30)),
        ({"x-ratelimit-reset": "1600000000"}, LimitReport(reset=0)),
        ({"x-ratelimit-reset": "1800000000"}, LimitReport(reset=120)),
    ],
)
def test_what_the_headers_report(headers: dict[str, str], expected: LimitReport) -> None:
    assert LOAD.read(headers, 1_700_000_000.0) == expected


def test_a_wait_asked_for_in_a_good_answer_slows_every_budget_of_the_lane() -> None:
    """200 with Retry-After: the answer is good, and whoever comes next waits. No rate is cut."""
    pacer = Pacer(SHARED)
    learned(pacer, {"retry-after": "30"})
    assert [pacer.wait(budget, 1.0) for budget in (READ, WRITE, BULK)] == [30, 30, 30]
    assert pacer.rate(READ) == 10


def test_a_429_that_is_no_throttling_pauses_nobody_and_cuts_nothing() -> None:
    pacer = Pacer(SHARED)
    departure = pacer.leave(WRITE, 0.0)
    pacer.learn(departure, 429, {}, now=1.0, now_wall=0.0, throttled=False)
    assert pacer.wait(WRITE, 1.0) == 0
    assert pacer.rate(WRITE) == 10


def test_the_refusal_that_merges_two_lanes_pauses_the_merged_one() -> None:
    """Its Retry-After counts for reads and writes."""
    pacer = Pacer(separate_rates())
    for start in (0.0, 50.0):
        for number in range(8):
            pacer.leave(READ, start + number * 0.11)
            last = pacer.leave(WRITE, start + number * 0.11)
        pacer.learn(last, 429, {"retry-after": "30"}, now=start + 1, now_wall=0.0)
    assert pacer.is_shared
    assert pacer.wait(READ, 51.0) == pacer.wait(WRITE, 51.0) == 30


def test_the_rates_of_the_user_replace_those_of_the_system() -> None:
    """An answer does not raise them. A lane that several budgets spend belongs to the first of them."""
    chosen: dict[Budget, float | None] = {READ: 4, WRITE: 3, BULK: None}
    separate = separate_rates(may_rise=True).set_by_user(chosen)
    assert [lane.rate for lane in separate.lanes.values()] == [4, 3, None]
    assert not any(lane.may_rise for lane in separate.lanes.values())
    shared = SHARED.set_by_user(chosen)
    assert (shared.lanes["requests"].rate, shared.lanes["jobs"].running) == (4, 5)
    assert SHARED.set_by_user({BULK: 1}) == SHARED


def test_a_lane_that_lets_nothing_through_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one"):
        Lane(running=0)


def test_a_budget_cannot_spend_a_lane_that_is_not_declared() -> None:
    with pytest.raises(ValueError, match="requsts"):
        Rates(lanes={"requests": Lane()}, spends={READ: ("requsts",)})
