"""Which snapshots a policy keeps: a table, properties, and restic itself as the judge."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import UsageError
from stackferry.library.nights.retention import Policy, kept

if TYPE_CHECKING:
    from pathlib import Path

RULES = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
NIGHTS = [datetime(2026, 11, 30, 2, tzinfo=UTC) - timedelta(days=day) for day in range(800)]


def days(times: list[datetime], policy: Policy) -> list[str]:
    return [f"{at:%m-%d}" for at, why in zip(times, kept(times, policy), strict=True) if why]


@pytest.mark.parametrize(
    ("policy", "kept_days"),
    [
        (Policy(last=3), ["11-30", "11-29", "11-28"]),
        (Policy(daily=2), ["11-30", "11-29"]),
        # Weeks begin on Monday: the 30th of November 2026 is one.
        (Policy(weekly=3), ["11-30", "11-29", "11-22"]),
        (Policy(monthly=3), ["11-30", "10-31", "09-30"]),
        (Policy(yearly=2), ["11-30", "12-31"]),
        (Policy(daily=2, monthly=2), ["11-30", "11-29", "10-31"]),
    ],
)
def test_of_nights_in_a_row_the_newest_of_each_period_stays(policy: Policy, kept_days: list[str]) -> None:
    assert days(NIGHTS[:400], policy) == kept_days


def test_of_two_snapshots_of_a_day_the_newer_one_stays() -> None:
    times = [datetime(2026, 11, 30, hour, tzinfo=UTC) for hour in (22, 14, 2)] + NIGHTS[1:3]
    assert [bool(why) for why in kept(times, Policy(daily=2))] == [True, False, False, True, False]


def test_where_there_are_fewer_periods_than_the_count_the_oldest_stays_too() -> None:
    times = [datetime(2026, 11, 30, hour, tzinfo=UTC) for hour in (22, 14, 2)]
    assert kept(times, Policy(daily=5)) == [["daily snapshot"], [], ["oldest daily snapshot"]]


def test_all_reasons_are_told() -> None:
    assert kept(NIGHTS[:3], Policy(last=1, daily=2)) == [
        ["last snapshot", "daily snapshot"],
        ["daily snapshot"],
        [],
    ]


def test_unlimited_keeps_all() -> None:
    assert all(kept(NIGHTS, Policy(last=-1)))


@pytest.mark.parametrize("policy", [Policy(), Policy(last=0, daily=0)])
def test_a_policy_that_keeps_nothing_is_refused(policy: Policy) -> None:
    with pytest.raises(UsageError, match="nothing says which snapshots to keep"):
        kept(NIGHTS, policy)


def test_a_count_below_all_is_refused() -> None:
    with pytest.raises(UsageError, match="0 or more"):
        Policy(daily=-2).check()


moments = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
counts = st.fixed_dictionaries({rule: st.integers(-1, 4) for rule in RULES})


@given(st.lists(moments, min_size=1, max_size=40, unique=True), counts)
def test_the_newest_snapshot_always_stays(times: list[datetime], numbers: dict[str, Any]) -> None:
    if any(numbers.values()):
        assert kept(sorted(times, reverse=True), Policy(**numbers))[0]


@given(st.lists(moments, min_size=2, max_size=40, unique=True), counts)
def test_what_is_forgotten_today_would_not_have_stayed_without_it(
    times: list[datetime], numbers: dict[str, Any]
) -> None:
    """A second run with the same policy forgets nothing more: what a rule kept it keeps among those that are left."""
    if not any(numbers.values()):
        return
    newest_first = sorted(times, reverse=True)
    staying = [at for at, why in zip(newest_first, kept(newest_first, Policy(**numbers)), strict=True) if why]
    assert all(kept(staying, Policy(**numbers)))


@pytest.mark.parametrize(
    ("within", "count"),
    [("1d", 1), ("25h", 2), ("1d1h", 2), ("1m", 30), ("1y", 40), ("9999y", 40), ("3d2d", 5)],
)
def test_all_of_a_time_before_the_newest_stay(within: str, count: int) -> None:
    times = [datetime(2026, 12, 1, 2, tzinfo=UTC) - timedelta(days=day) for day in range(40)]
    reasons = kept(times, Policy(within=within))
    assert [bool(why) for why in reasons] == [True] * count + [False] * (40 - count)
    assert reasons[0] == [f"within {within}"]


@pytest.mark.parametrize("within", ["1", "d", "1w", "-1d", "1d ", "1.5d", "12345d"])
def test_what_is_no_duration_is_refused(within: str) -> None:
    with pytest.raises(UsageError, match="is no duration"):
        Policy(within=within).check()


def restic(home: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - restic, with words of this test
        [str(shutil.which("restic")), "-r", str(home / "repository"), "--no-cache", *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "RESTIC_PASSWORD": "invented", "TZ": "UTC", "HOME": str(home)},
    )
    return done.stdout


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_restic_keeps_the_same(tmp_path: Path) -> None:
    """Real snapshots of restic at seeded times; its own dry run against ours, for many policies."""
    random = Random(15)
    (tmp_path / "file").write_text("content")
    restic(tmp_path, "init", "--quiet")
    start = datetime(2025, 1, 1, tzinfo=UTC)
    times = sorted({start + timedelta(seconds=random.randrange(86400 * 500)) for _ in range(8)}, reverse=True)
    times[1] = times[0] - timedelta(hours=1)  # two of one day
    times[-1] = times[-2] - timedelta(minutes=1)  # so that it stays for being the oldest alone
    assert all(newer > older for newer, older in pairwise(times))
    for at in times:
        restic(tmp_path, "backup", "--quiet", "--host", "one", "--time", shown(at), str(tmp_path / "file"))
    # Older releases, such as 0.14, do not keep the oldest snapshot where the count is not filled.
    has_oldest = shown(times[-1]) in restic_keeps(tmp_path, {"yearly": 20})
    for _ in range(4):
        numbers: dict[str, Any] = {rule: random.choice([0, 0, 1, 2, 5, 20]) for rule in RULES}
        numbers["last"] = numbers["last"] or 1
        reasons = kept(times, Policy(**numbers))
        stays = [[why for why in each if has_oldest or not why.startswith("oldest")] for each in reasons]
        ours = {shown(at) for at, why in zip(times, stays, strict=True) if why}
        assert ours == restic_keeps(tmp_path, numbers)
    for within in ("2m", "1y", "300d5h"):
        ours = {shown(at) for at, why in zip(times, kept(times, Policy(within=within)), strict=True) if why}
        assert ours == restic_keeps(tmp_path, {"within": within})


def shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def restic_keeps(home: Path, numbers: dict[str, Any]) -> set[str]:
    """The times of the snapshots that restic's own dry run keeps."""
    words = [f"--keep-{rule}={count}" for rule, count in numbers.items() if count]
    (group,) = json.loads(restic(home, "forget", "--dry-run", "--json", *words))
    return {shown(datetime.fromisoformat(one["time"][:19])) for one in group["keep"]}
