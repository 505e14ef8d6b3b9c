"""How events become phases: names, counts, totals that do not run away, the time that is left."""

from __future__ import annotations

import pytest

from stackferry.drivers.events import Event
from stackferry.library.monitor import Monitor
from stackferry.library.progress import Progress
from stackferry.providers.registry import packages, system_of


def progress(*, exports: bool = False, **expected: int) -> Progress:
    monitor = Monitor()
    monitor.phases, monitor.expected = system_of("contentstack").words.phases, expected
    return Progress(monitor, exports=exports)


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


@pytest.mark.parametrize("system", sorted(packages()))
def test_every_phase_has_a_name_that_fits_a_bar(system: str) -> None:
    assert all(len(name) <= 14 for name in system_of(system).words.phases.values())
