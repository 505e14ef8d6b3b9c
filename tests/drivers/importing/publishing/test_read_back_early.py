"""What is published is read back while other things are still written and published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from many_cells_stack import fill_many_cells
from round_trip import explain_differences
from stopwatch import Stopwatch
from workbench import SOURCE, TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

TYPES, LANGUAGES = 10, 2
fill = partial(fill_many_cells, types=TYPES, languages=LANGUAGES, entries_each=3)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)


def readings(calls: list[tuple[str, str]]) -> list[int]:
    """The places of the reads of entries among the calls of an import, but for those that came before its writes."""
    first = next(place for place, (method, _) in enumerate(calls) if method != "GET")
    return [
        place
        for place, (method, path) in enumerate(calls)
        if place > first and method == "GET" and path.endswith("/entries")
    ]


def check_target(workbench: Workbench) -> None:
    assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), []).unexplained == []


def test_each_type_and_language_is_read_once_and_most_before_the_last_bulk_call(workbench: Workbench) -> None:
    snapshot = workbench.export()
    watch, log, before = Stopwatch(workbench), workbench.emulator.log, len(workbench.emulator.log)
    assert watch.import_snapshot(snapshot) == []
    calls = [(call.method, call.path) for call in log[before:]]
    reads, last = (
        readings(calls),
        max(place for place, (_, path) in enumerate(calls) if "/bulk/" in path),
    )
    assert len(reads) == TYPES * LANGUAGES
    assert sum(place < last for place in reads) > len(reads) / 2
    check_target(workbench)


@pytest.mark.parametrize("seconds", [5.0, 20.0])
def test_a_service_that_publishes_late_is_hardly_asked_before_the_end(
    workbench: Workbench, seconds: float
) -> None:
    """One read at a time finds out how long it takes; the others are made when everything is published."""
    snapshot = workbench.export()
    workbench.emulator.switches = Switches(job_seconds=seconds)
    watch, log, before = Stopwatch(workbench), workbench.emulator.log, len(workbench.emulator.log)
    assert watch.import_snapshot(snapshot) == []
    calls = [(call.method, call.path) for call in log[before:]]
    last = max(place for place, (_, path) in enumerate(calls) if "/bulk/" in path)
    assert sum(place < last for place in readings(calls)) <= 3  # of twenty
    check_target(workbench)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_import_that_stops_between_its_readings_resumes(workbench: Workbench, after: bool) -> None:
    """I5: what was not read before the stop is read after it; a publication that got lost is made again."""
    snapshot = workbench.export()
    for number in range(70, 110, 20):
        transport = RecordingTransport(workbench.emulator, cut_at(number, after=after))
        try:
            workbench.import_snapshot(snapshot, transport=transport)
        except Cut:
            continue
    assert workbench.import_snapshot(snapshot).gaps == []
    check_target(workbench)


def test_what_is_not_shown_in_time_is_read_at_the_end_and_published_singly(workbench: Workbench) -> None:
    snapshot = workbench.export()
    branch = workbench.target.main
    taken: list[object] = []

    def lose(recording: RecordingTransport, request: object, done: bool) -> None:
        del recording, request
        live = [entry.live for entries in branch.entries.values() for entry in entries.values() if entry.live]
        if done and live and not taken:
            taken.append(live[0].popitem())

    transport = RecordingTransport(workbench.emulator, lose)
    assert workbench.import_snapshot(snapshot, transport=transport).gaps == []
    assert taken
    assert [call for call in transport.log if call.startswith("POST") and call.endswith("/publish")]
    check_target(workbench)
