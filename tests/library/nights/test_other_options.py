"""Nights of one place that were made with other options, and clocks that are set back: what is a base, what stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stackferry import Policy, forget
from stackferry.library.nights.alike import selects_alike, series

if TYPE_CHECKING:
    from night import NightWatch

FIRST, SECOND, THIRD = (f"2026-{day}T02-00-00Z" for day in ("11-29", "11-30", "12-01"))
PAGES: dict[str, Any] = {"types": frozenset({"page"})}


def kept(watch: NightWatch, **rules: Any) -> list[str]:
    return [row.path.name for row in forget(watch.into, Policy(**rules)).rows if row.action == "keep"]


def test_a_night_of_some_entries_takes_no_whole_one_away(watch: NightWatch) -> None:
    """Each series is judged for itself: the newest of the day holds pages alone."""
    watch.night()
    watch.night()
    watch.night(reading=PAGES)
    assert kept(watch, last=1) == [THIRD, SECOND]


def test_the_base_is_the_newest_of_the_same_selection(watch: NightWatch) -> None:
    first = watch.night()
    narrow = watch.night(reading=PAGES)
    assert watch.night().base == first.snapshot
    assert watch.night(reading=PAGES).base == narrow.snapshot


def test_another_selection_is_a_base_where_there_is_no_better_one(watch: NightWatch) -> None:
    narrow = watch.night(reading=PAGES)
    assert watch.night().base == narrow.snapshot


def test_gaps_are_compared_with_a_night_of_the_same_options(watch: NightWatch) -> None:
    watch.add_gap("bltgone")
    whole = watch.night()
    without = watch.night(reading={"assets": False})
    assert (without.previous, without.new_gaps) == (None, None)
    assert watch.night().previous == whole.snapshot


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"versions": "all", "query": ""}, {"versions": "all"}, True),
        ({"versions": "all"}, {"versions": "pinned"}, False),
        ({"assets": True, "locales": []}, {"locales": [], "assets": True, "later": False}, True),
        ({"locales": ["de"]}, {}, False),
    ],
)
def test_options_that_are_the_default_make_no_other_series(one: Any, other: Any, is_same: bool) -> None:
    assert (series({"options": one}) == series({"options": other})) is is_same


def test_how_objects_are_read_does_not_choose_among_them() -> None:
    assert selects_alike({"versions": "all", "assets": True}, {"versions": "latest"})
    assert not selects_alike({"definitions": ["Web"]}, {"logs": True})
    assert series({"options": {}, "transforms": [{"name": "anonymise"}]}) != series({"options": {}})


def test_a_clock_that_was_set_back_a_little_makes_no_earlier_name(watch: NightWatch) -> None:
    """The hour after a change of the clock of the machine: what is made later sorts later, and is the next base."""
    first = watch.night()
    watch.calendar.now -= timedelta(days=1, minutes=30)
    second = watch.night()
    assert second.snapshot is not None
    assert (second.base, second.snapshot.name) == (first.snapshot, "2026-11-29T02-00-01Z")
    assert watch.night().base == second.snapshot


def test_a_clock_that_was_years_ahead_decides_nothing_for_years(watch: NightWatch) -> None:
    """That night is the base of the next one, which has seen it last; then nights follow each other again."""
    watch.calendar.now = datetime.fromisoformat("2031-01-01T02:00:00+00:00")
    ahead = watch.night()
    watch.calendar.now = datetime.fromisoformat("2026-11-29T02:00:00+00:00")
    first = watch.night()
    assert first.snapshot is not None
    assert (first.base, first.snapshot.name) == (ahead.snapshot, FIRST)
    assert watch.night().base == first.snapshot
    watch.stop()
    assert watch.night().resumed == THIRD
