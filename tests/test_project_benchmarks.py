"""The benchmark of projects: what is served, which aims are missed, what the page shows."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from benchmarks import page
from benchmarks.projects.memory import command_lines, is_missed
from benchmarks.projects.server import MIB, SOURCE, TARGET, open_emulator

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, Any] = {
    "command": "export", "releases": 1000, "memory": 50 * MIB, "requests": 102, "minimum": 100, "seconds": 2.0,
    "load": 0.5,
}  # fmt: skip


def test_the_source_has_a_large_log_and_the_target_no_definitions(tmp_path: Path) -> None:
    emulator = open_emulator(3, 1, tmp_path)
    source, target = (
        emulator.organizations[name].project_named(project) for name, project in (SOURCE, TARGET)
    )
    assert source is not None
    assert target is not None
    assert (len(source.releases), len(target.definitions)) == (3, 0)
    (file,) = source.log_files.values()
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert sum(one.file_size for one in archive.infolist()) == MIB


def test_an_aim_is_missed_by_memory_growth_or_requests() -> None:
    assert not is_missed([ROW, {**ROW, "releases": 10_000, "memory": 57 * MIB}])
    assert is_missed([ROW, {**ROW, "releases": 10_000, "memory": 58 * MIB}])
    assert is_missed([{**ROW, "memory": 151 * MIB}])
    assert is_missed([{**ROW, "requests": 103}])
    assert not is_missed([{**ROW, "requests": 103, "minimum": 0}])


def test_commands_name_both_projects(tmp_path: Path) -> None:
    lines = command_lines(tmp_path, "http://127.0.0.1:8901")
    assert lines["export"][0][1] == "azure-devops+http://fabrikam@127.0.0.1:8901/Even"
    assert lines["import"][0][2] == "azure-devops+http://contoso@127.0.0.1:8901/Even%20Again"


def test_the_page_shows_what_was_measured_at_every_size() -> None:
    rows = [ROW, {**ROW, "releases": 10_000, "memory": 60 * MIB}, {**ROW, "command": "plan"}]
    assert page.project_costs(rows).splitlines()[2:] == [
        "| export | 50 MiB | 60 MiB | **1.20 ×** | 102 | 100 | 2.0 s, 2.0 s | 0.5, 0.5 |"
    ]
