"""The time of commands at the rate limits, on a virtual clock.

Ten reads, ten writes and one bulk call a second; a request takes 100 ms there and back. A command may take 1.05 times
what the fewest requests of its busiest budget take, and two seconds.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from fewest_requests import fewest_bulk, fewest_reads, fewest_writes
from stopwatch import Stopwatch
from uniform_stack import fill_uniform
from workbench import make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack


def count_refused(workbench: Workbench) -> int:
    return sum(call.status == 429 for call in workbench.emulator.log)


def fewest_list_reads(workbench: Workbench) -> int:
    """The fewest reads that show what the target holds now: no history, no older version."""
    entries = (entry for entries in workbench.target.main.entries.values() for entry in entries.values())
    versions = sum(document.version for entry in entries for document in entry.documents.values())
    return fewest_reads(workbench.target) - versions


def at_most(**fewest: int) -> float:
    """Seconds that a command may take which needs at least so many requests of each budget."""
    return 1.05 * max(fewest.get("reads", 0) / 10, fewest.get("writes", 0) / 10, fewest.get("bulk", 0)) + 2


STACKS = {
    "flat": partial(fill_uniform, entries=150, assets=20),
    "chained": partial(fill_uniform, entries=120, chained=True),
    "versions": partial(fill_uniform, entries=12, versions=12),
    "assets": partial(fill_uniform, entries=5, assets=120),
}


@pytest.mark.parametrize("name", STACKS)
def test_commands_take_hardly_more_time_than_the_rate_limits_require(name: str) -> None:
    """No request of an export, import or verify is refused."""
    with memory_directory() as root:
        workbench = make_workbench(root, STACKS[name])
        watch = Stopwatch(workbench)
        snapshot = watch.export(versions="all")
        assert watch.seconds <= at_most(reads=fewest_reads(workbench.source))
        writes, bulk = fewest_writes(workbench.source, workbench.target), fewest_bulk(workbench.source)
        watch.import_snapshot(snapshot, versions="all")
        assert watch.seconds <= at_most(writes=writes, bulk=bulk)
        assert watch.verify(snapshot) == 0
        assert watch.seconds <= at_most(reads=fewest_list_reads(workbench))
        assert count_refused(workbench) == 0


@pytest.mark.parametrize(
    "fill",
    [
        pytest.param(
            partial(fill_uniform, entries=40, versions=12), id="many versions", marks=pytest.mark.torture
        ),
        pytest.param(partial(fill_uniform, entries=40, versions=5, chained=True), id="a short chain"),
        pytest.param(
            partial(fill_uniform, entries=100, versions=5, chained=True),
            id="a chain",
            marks=pytest.mark.torture,
        ),
        pytest.param(
            partial(fill_uniform, entries=200, versions=2), id="two versions", marks=pytest.mark.torture
        ),
        pytest.param(partial(fill_uniform, entries=120, assets=40), id="one version"),
        pytest.param(
            partial(fill_uniform, entries=300, assets=40), id="many entries", marks=pytest.mark.torture
        ),
    ],
)
def test_a_copy_takes_little_more_than_the_slower_of_export_and_import(fill: Callable[[Stack], None]) -> None:
    """At most 1.15 times."""
    with memory_directory() as root:
        separate, together = (Stopwatch(make_workbench(root / name, fill)) for name in ("apart", "together"))
        snapshot = separate.export(versions="all")
        halves = [separate.seconds]
        separate.import_snapshot(snapshot, versions="all")
        halves.append(separate.seconds)
        assert together.copy(versions="all") == []
        assert together.seconds <= 1.15 * max(halves)
        assert count_refused(together.workbench) == 0
