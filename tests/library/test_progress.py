"""How events become phases: names, counts, totals that do not run away, the time that is left."""

from __future__ import annotations

import pytest

from stackferry.drivers.events import Event
from stackferry.drivers.reading.read_progress import ReadProgress
from stackferry.library.monitor import Monitor
from stackferry.library.progress import Progress
from stackferry.model import Stream
from stackferry.providers.registry import packages, system_of


def progress(*, exports: bool = False, **expected: int) -> Progress:
    monitor = Monitor()
    monitor.phases, monitor.expected = system_of("contentstack").words.phases, expected
    return Progress(monitor, exports=exports)


def reading(taken: Progress) -> ReadProgress:
    def emit(event: Event) -> None:
        taken.take(event)

    return ReadProgress(emit)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (Event("import", "versions", done=1), "entries"),
        (Event("import", "publications", done=1), "publishing"),
        (Event("import", "global_fields", done=1), "content types"),
        (Event("import", "webhooks", done=1), "settings"),
        (Event("export", "entries", done=1), "reading"),
        (Event("verify", "files", done=1), "verifying"),
        (Event("looking_again", "listings", done=1), "looking again"),
    ],
)
def test_an_event_belongs_to_a_phase_that_users_know(event: Event, name: str) -> None:
    """In a run that writes, what it reads is one phase."""
    phase = progress().take(event)
    assert phase is not None
    assert phase.name == name


def test_reading_has_phases_where_it_is_the_work() -> None:
    phase = progress(exports=True).take(Event("export", "files", done=1))
    assert phase is not None
    assert phase.name == "assets"


def test_the_name_of_a_stage_is_no_phase() -> None:
    """It says only what begins."""
    assert progress().take(Event("localizations")) is None


def test_a_total_is_what_the_plan_says() -> None:
    """From the first moment, and as long as no more turns up."""
    one = progress(entries=10)
    one.take(Event("import", "entries", total=4))
    phase = one.take(Event("import", "entries", done=4))
    assert phase is not None
    assert phase.count == "4 of 10"


def test_a_total_that_nobody_counted_is_the_least_there_is() -> None:
    one = progress()
    one.take(Event("import", "entries", total=7))
    phase = one.take(Event("import", "entries", done=2))
    assert phase is not None
    assert phase.count == "2 of at least 7"
    one.take(Event("import", "entries", done=6))
    assert phase.count == "8"  # more than were announced: the total follows what is done


def test_what_was_expected_and_does_not_come_is_taken_back_at_the_end() -> None:
    """A plan may take fewer steps than the snapshot made expect, and none of some kind."""
    one = progress(entries=10, webhooks=2)
    phase = one.take(Event("import", "entries", done=4, total=4))
    one.take(Event("import", is_last=True))
    assert phase is not None
    assert phase.count == "4 of 4"
    assert one.phases["settings"].total == 0


def test_what_is_counted_before_it_begins_is_not_the_least() -> None:
    """The files of a snapshot that is checked, and the listings that are looked at again."""
    one = progress(exports=True)
    for event in (Event("verify", "files", total=24), Event("looking_again", "listings", total=7)):
        phase = one.take(event)
        assert phase is not None
        assert phase.count == f"0 of {event.total}"


def test_a_row_that_is_no_record_of_its_kind_is_taken_off_the_total() -> None:
    """As in a queue, which lists much more than what is scheduled."""
    one = progress(exports=True)
    rows = reading(one)
    rows.announce("schedules", 148)
    assert one.phases["publishing"].count == "0 of at least 148"
    rows.came([Stream("schedules"), Stream(".queue"), Stream("entries")], {"schedules": 100})
    assert one.phases["publishing"].count == "1 of at least 49"
    assert one.phases["entries"].count == "1"
    rows.came([], {"schedules": 48})
    assert one.phases["publishing"].count == "1"


def test_what_was_announced_and_does_not_come_is_dropped() -> None:
    """A job that failed, or the pages of a reading that was given up."""
    one = progress(exports=True)
    rows = reading(one)
    rows.announce("files", 4)
    rows.came([Stream("files")], {"files": 1})
    rows.announce("entries/page/en-us", 7)
    rows.drop_all()
    assert (one.phases["assets"].count, one.phases["entries"].total) == ("1", 0)


@pytest.mark.parametrize("system", sorted(packages()))
def test_every_phase_has_a_name_that_fits_a_bar(system: str) -> None:
    assert all(len(name) <= 14 for name in system_of(system).words.phases.values())
