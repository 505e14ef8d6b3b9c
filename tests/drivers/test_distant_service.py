"""Commands on a service far away, on a virtual clock: the rate limits decide how long they take, not the distance.

Ten reads, ten writes and one bulk call a second; `seconds` is the time until an answer is there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from many_cells_stack import fill_many_cells
from stopwatch import Stopwatch
from uniform_stack import fill_uniform
from wide_stack import fill_wide
from workbench import make_workbench, memory_directory

from stackferry.core.rate_limit import MARGIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

# A stack of 263 writes that hardly depend on each other, and one of 249 that holds every kind of object: there the
# longest chain of answers, each of which the next request needs, is some twenty long.
FILLS: dict[str, Callable[[Stack], None]] = {
    "uniform": partial(fill_uniform, entries=120, assets=20),
    "every kind": fill_wide,
}


def requests(workbench: Workbench, since: int) -> float:
    """The seconds that the requests since then take at the limits of their budgets."""
    log = workbench.emulator.log[since:]
    reads = sum(call.method == "GET" for call in log)
    bulk = sum("/bulk/" in call.path for call in log)
    return max(reads / 10, (len(log) - reads - bulk) / 10, float(bulk))


@pytest.mark.parametrize(
    ("stack", "seconds", "import_limit"),
    [
        pytest.param("uniform", 0.1, 1.12, marks=pytest.mark.torture),
        ("uniform", 0.4, 1.15),
        ("uniform", 1.5, 1.35),
        pytest.param("every kind", 0.4, 1.25, marks=pytest.mark.torture),
        (
            "every kind",
            1.5,
            1.62,
        ),  # metadata and what goes with a stage are read last, after what single publishes take along
    ],
)
def test_the_distance_of_the_service_hardly_counts(stack: str, seconds: float, import_limit: float) -> None:
    """No request is refused for its rate."""
    with memory_directory() as root:
        workbench = make_workbench(root, FILLS[stack])
        watch, log = Stopwatch(workbench, seconds / 2), workbench.emulator.log
        snapshot = watch.export(versions="all")
        assert watch.seconds <= 1.4 * requests(workbench, 0)
        before = len(log)
        watch.import_snapshot(snapshot, versions="all")
        assert watch.seconds <= import_limit * requests(workbench, before)
        before = len(log)
        assert watch.verify(snapshot) == 0
        assert watch.seconds <= requests(workbench, before) + 6 * seconds + 1
        assert not any(call.status == 429 for call in log)


# A content type and a language for every few documents, without references. Of `3x12` the bulk calls take the longest,
# and the first of them cannot leave before the languages, the types and eight entries are written.
MANY_CELLS = {
    "30 types, 4 languages": partial(fill_many_cells, types=30, languages=4, entries_each=2),
    "60 types, 1 language": partial(fill_many_cells, types=60, languages=1, entries_each=4),
    "3 types, 12 languages": partial(fill_many_cells, types=3, languages=12, entries_each=6),
}


def earliest_end(seconds: float, *, reads: int, before_bulk: int, bulk: int) -> float:
    """When the import of `3 types, 12 languages` can end at the soonest, whatever the order of its writes.

    What the target holds is read first. Of the writes `before_bulk` the last eight are entries, which wait for the
    answer to their types, and the first bulk call waits for theirs. The last one is answered, and read back. That all
    languages are written before the first entry is more than this bound asks for.
    """
    listed = _departs(reads) + seconds
    first_bulk = listed + max(_departs(before_bulk), seconds + _departs(8)) + seconds
    return first_bulk + (bulk - 1) * (1 + MARGIN) + 2 * seconds


def _departs(count: int, rate: float = 10) -> float:
    """When the last of so many requests leaves that are paced from now on: the first four at once."""
    return max(0, count - 4) * (1 + MARGIN) / rate


@pytest.mark.parametrize(
    ("stack", "seconds", "import_limit"),
    [
        ("30 types, 4 languages", 0.1, 1.12),
        pytest.param("30 types, 4 languages", 0.4, 1.15, marks=pytest.mark.torture),
        pytest.param("30 types, 4 languages", 1.5, 1.35, marks=pytest.mark.torture),
        pytest.param("60 types, 1 language", 0.1, 1.12, marks=pytest.mark.torture),
        ("60 types, 1 language", 0.4, 1.15),
        pytest.param("60 types, 1 language", 1.5, 1.35, marks=pytest.mark.torture),
        pytest.param("3 types, 12 languages", 0.1, 1.15, marks=pytest.mark.torture),
        pytest.param("3 types, 12 languages", 0.4, 1.2, marks=pytest.mark.torture),
        ("3 types, 12 languages", 1.5, 1.42),
    ],
)
def test_many_types_and_languages_hardly_count(stack: str, seconds: float, import_limit: float) -> None:
    """What is published is read back beside the writes: once for each type and language."""
    with memory_directory() as root:
        workbench = make_workbench(root, MANY_CELLS[stack])
        snapshot = workbench.export(versions="all")
        watch, log = Stopwatch(workbench, seconds / 2), workbench.emulator.log
        before = len(log)
        watch.import_snapshot(snapshot, versions="all")
        assert watch.seconds <= import_limit * requests(workbench, before)
        assert not any(call.status == 429 for call in log)
        if stack == "3 types, 12 languages":
            reads = next(place for place, call in enumerate(log[before:]) if call.method != "GET")
            bulk = sum("/bulk/" in call.path for call in log[before:])
            # The environment, two types of six entries each, and the eight entries that one call publishes.
            end = earliest_end(seconds, reads=reads, before_bulk=1 + 2 + 8, bulk=bulk)
            assert end < watch.seconds <= 1.06 * end
