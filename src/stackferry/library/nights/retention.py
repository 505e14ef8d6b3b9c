"""Which snapshots a retention policy keeps, with the meaning that restic gives to its `--keep-…` options.

A rule keeps the newest snapshot of each of the last so many hours, days, weeks … that have any. Weeks begin on Monday,
and every period is a natural one of UTC. Where there are fewer periods than a rule may keep, it keeps the oldest
snapshot, too. `within` keeps what is less than a duration older than the newest snapshot. A snapshot stays if any rule
keeps it. Pure: no clock and no files.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Period: TypeAlias = "Callable[[datetime, int], object]"
"""Gives the period that a snapshot lies in, from its time and its number, the newest being 0."""

UNLIMITED: Final = -1
_PART: Final = re.compile(r"([0-9]{1,4})([ymdh])")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+")
_FIRST_YEAR: Final = 100  # what is older is older than all that there is; days may be taken away, too

_PERIODS: Final[dict[str, Period]] = {
    "last": lambda _, number: number,
    "hourly": lambda at, _: (at.date(), at.hour),
    "daily": lambda at, _: at.date(),
    "weekly": lambda at, _: at.isocalendar()[:2],
    "monthly": lambda at, _: (at.year, at.month),
    "yearly": lambda at, _: at.year,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many snapshots each rule keeps: 0 none, -1 all that it can. `within`: as "1y5m7d2h"."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within: str = ""

    def check(self) -> None:
        """Raise UsageError for a policy that keeps nothing, and for counts that mean nothing."""
        counts = [getattr(self, rule) for rule in _PERIODS]
        if self.within and not _DURATION.fullmatch(self.within):
            raise UsageError(
                f"'{self.within}' is no duration of years, months, days and hours, such as 1y5m7d2h"
            )
        if any(count < UNLIMITED for count in counts):
            raise UsageError("a number of snapshots to keep is 0 or more, or 'unlimited'")
        if not any(counts) and not self.within:
            raise UsageError(
                "nothing says which snapshots to keep, and none was deleted: give --keep-last, --keep-hourly, "
                "--keep-daily, --keep-weekly, --keep-monthly or --keep-yearly, 1 or more, or --keep-within"
            )


def kept(times: Sequence[datetime], policy: Policy) -> list[list[str]]:
    """For each snapshot the reasons to keep it, none where it goes; `times` are theirs, the newest first.

    A reason reads "last snapshot", "daily snapshot", "oldest daily snapshot". Raises UsageError as `Policy.check` does.
    """
    policy.check()
    reasons: list[list[str]] = [[] for _ in times]
    for rule, period in _PERIODS.items():
        for number, is_oldest in _kept_by(times, getattr(policy, rule), period):
            reasons[number].append(f"{'oldest ' if is_oldest else ''}{rule} snapshot")
    for number in _within(times, policy.within):
        reasons[number].append(f"within {policy.within}")
    return reasons


def _within(times: Sequence[datetime], duration: str) -> Iterator[int]:
    """The numbers of the snapshots of that long before the newest."""
    if duration and times:
        start = _before(times[0], duration)
        yield from (number for number, at in enumerate(times) if at > start)


def _before(at: datetime, duration: str) -> datetime:
    """So long before a time. Where a month has no such day, days of the next one are counted, as restic does."""
    by_unit = Counter[str]()
    for count, unit in _PART.findall(duration):
        by_unit[unit] += int(count)
    months = 12 * (at.year - by_unit["y"]) + at.month - 1 - by_unit["m"]
    if months < 12 * _FIRST_YEAR:
        return datetime.min.replace(tzinfo=UTC)
    first = at.replace(year=months // 12, month=months % 12 + 1, day=1)
    return first + timedelta(days=at.day - 1 - by_unit["d"], hours=-by_unit["h"])


def _kept_by(times: Sequence[datetime], count: int, period: Period) -> list[tuple[int, bool]]:
    """The numbers of the snapshots that one rule keeps, and whether each stays for being the oldest alone."""
    found: list[tuple[int, bool]] = []
    before: object = None
    for number, at in enumerate(times):
        if len(found) == count:
            break
        own = period(at, number)
        is_new = not found or own != before
        if is_new or number == len(times) - 1:
            found.append((number, not is_new))
            before = own
    return found
