"""A list of releases that is much faster than reading each of them: what it leads to does not pile up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from project_bench import ORGANIZATION, PROJECT, TOKEN, ProjectBench, ids
from workbench import memory_directory

from stackferry.drivers.exporter import MOST_WAITING
from stackferry.emulators.azure_devops import Emulator
from stackferry.emulators.azure_devops.seed.fill_evenly import fill_evenly

if TYPE_CHECKING:
    from stackferry.drivers.events import Event

RELEASES = 2 * MOST_WAITING + 50


def test_what_is_left_for_a_later_stage_is_read_and_counted_once() -> None:
    emulator = Emulator()
    project = fill_evenly(emulator, ORGANIZATION, PROJECT, token=TOKEN, releases=RELEASES, with_logs=False)
    done = total = 0
    steps: list[int] = []

    def watch(event: Event) -> None:
        nonlocal done, total
        if (event.stage, event.kind) == ("export", "releases"):
            done, total = done + event.done, total + event.total
            steps.append(total)

    with memory_directory() as root:
        bench = ProjectBench(root, emulator, project, emit=watch)
        archive = bench.export()
        assert ids(archive, "releases") == sorted(project.releases)
        whole = [line for line in bench.log if re.search(r"/releases/\d+\?", line)]
    assert len(whole) == len({*whole}) == RELEASES
    assert (done, total, max(steps)) == (RELEASES, RELEASES, RELEASES)
