"""An archive that the emulator serves, and that is made again from it: the same records, the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ORGANIZATION, PROJECT, TOKEN, ProjectBench, project_bench
from workbench import file_digests

from stackferry.emulators.azure_devops import Emulator, Switches
from stackferry.emulators.azure_devops.seed.generator import SUMMARY
from stackferry.emulators.azure_devops.seed.snapshot import add_project, names_in

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot

EVERYTHING: Any = {"task_logs": True, "attachments": frozenset({SUMMARY}), "deleted": True}


def served(bench: ProjectBench, snapshot: Snapshot) -> ProjectBench:
    """The same bench with an emulator that serves a snapshot."""
    emulator = Emulator(switches=Switches(deleted_readable=True))
    project = add_project(emulator, snapshot.root, ORGANIZATION, PROJECT, token=TOKEN)
    return ProjectBench(bench.root, emulator, project)


def records(snapshot: Snapshot) -> dict[str, Any]:
    return {name: digest for name, digest in file_digests(snapshot.root).items() if name != "manifest.json"}


@pytest.mark.parametrize("options", [{}, EVERYTHING], ids=["usual", "everything"])
def test_an_archive_of_a_served_archive_is_the_same(options: dict[str, Any]) -> None:
    with project_bench(16, seed=5, deleted_readable=True) as bench:
        bench.project.delete_release(max(bench.raw), bench.emulator.time())
        first = bench.export("first", **options)
        assert names_in(first.root) == (ORGANIZATION, PROJECT)
        again = served(bench, first).export("again", **options)
        assert records(again) == records(first)
        assert again.gaps() == []


def test_what_vanished_is_served_too() -> None:
    with project_bench(8) as bench:
        first = bench.export("first")
        lost = min(bench.raw)
        bench.project.delete_release(lost, bench.emulator.time())
        second = bench.export("second", base=first)
        again = served(bench, second).export("again")
        assert records(again) == records(first)


def test_a_task_log_comes_out_of_the_zip() -> None:
    with project_bench(8, zip_bytes_stable=True) as bench:
        first = bench.export("first", task_logs=True)
        plain = bench.export("plain")
        again = served(bench, plain).export("again", task_logs=True)
        assert records(again) == records(first)
