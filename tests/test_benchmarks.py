"""The benchmarks: the generated stack, the measurements, the page and its plots."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from oracle_graph import Node

from benchmarks import comparison, page, plots, results
from benchmarks.fidelity import compare_nodes
from benchmarks.process_cost import measure
from benchmarks.server import counts, edit, held
from benchmarks.stack import Size, make_stack
from stackferry.emulators.contentstack import Emulator
from stackferry.emulators.contentstack.seed.load import add_seeded_stack

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Branch

SIZE = Size(entries=40, locales=3, versions=2, assets=5)


@pytest.fixture
def branch() -> Branch:
    return add_seeded_stack(
        Emulator(), make_stack(SIZE), api_key="source", management_token="cs-invented-token"
    ).main


def test_one_size_and_seed_make_the_same_stack() -> None:
    """So figures of different days are about the same content."""
    assert make_stack(SIZE) == make_stack(SIZE)
    assert make_stack(SIZE) != make_stack(SIZE, seed=2)


def test_a_generated_stack_has_the_size_that_was_asked_for(branch: Branch) -> None:
    """Each entry is in every language and version, and published."""
    assert held(branch) == {
        "entries": 40,
        "documents": 120,
        "versions": 240,
        "publications": 120,
        "assets": 5,
        "releases": 2,
    }


def test_half_of_the_entries_refer_to_others() -> None:
    """To entries of the stack, never to themselves."""
    entries = make_stack(SIZE).entries
    rows: list[Any] = [e.raw for e in entries if e.locale == "en-us" and e.raw["_version"] == 1]
    links = {row["uid"]: {link["uid"] for link in row["links"]} for row in rows}
    assert sum(bool(targets) for targets in links.values()) == 20
    assert all(targets <= links.keys() - {uid} for uid, targets in links.items())


def test_edit_makes_a_new_version_of_as_many_entries_as_asked(branch: Branch) -> None:
    """In the master language only."""
    before = held(branch)
    assert edit(branch, 4) == 4
    assert held(branch) == {**before, "versions": before["versions"] + 4}


def test_requests_are_counted_once() -> None:
    """`counts` answers for the requests since the last `counts`."""
    emulator = Emulator()
    assert counts(emulator) == {"requests": {}, "refused": {}}
    emulator.answer({"method": "GET", "path": "/v3/nowhere", "headers": []}, b"")
    assert counts(emulator) == {"requests": {"read": 1}, "refused": {"404": 1}}
    assert counts(emulator) == {"requests": {}, "refused": {}}


def test_the_memory_of_a_program_includes_that_of_its_children(tmp_path: Path) -> None:
    """A program that holds 60 MB, with a child that holds 60 MB, needs more than 120 MB."""
    hold = "import time; held = bytearray(b'x') * 60_000_000; "
    child = f"{hold} time.sleep(1)"
    parent = f"{hold} import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); sys.exit(7)"
    cost = measure(
        (sys.executable, "-c", parent), env=dict(os.environ), cwd=tmp_path, output=tmp_path / "output"
    )
    assert cost.code == 7
    assert 120_000_000 < cost.memory < 240_000_000


def test_a_child_that_has_not_called_exec_yet_is_not_counted_twice(tmp_path: Path) -> None:
    """Until then it shares the memory of its parent: this program has 60 MB, and starts 300 others one by one."""
    program = (
        "import subprocess; held = bytearray(b'x') * 60_000_000\n"
        "for _ in range(300): subprocess.run(['true'])"
    )
    cost = measure(
        (sys.executable, "-c", program), env=dict(os.environ), cwd=tmp_path, output=tmp_path / "output"
    )
    assert 60_000_000 < cost.memory < 120_000_000


def test_a_newer_result_replaces_the_older_one_of_the_same_key(tmp_path: Path) -> None:
    rows = [
        {"task": "export", "seconds": 1},
        {"task": "import", "seconds": 2},
        {"task": "export", "seconds": 3},
    ]
    for row in rows:
        results.keep("part", row, ("task",), tmp_path)
    assert results.read("part", tmp_path) == [rows[2], rows[1]]


def test_every_size_of_a_stack_is_passed_on_to_the_server() -> None:
    options = comparison.generated(SIZE).options
    assert dict(zip(options[::2], options[1::2], strict=True)) == {
        f"--{name}": value for name, value in asdict(SIZE).items()
    }


def test_the_page_and_its_plots_show_the_recorded_results() -> None:
    """`python -m benchmarks page` makes this test pass again."""
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.filled(text) == text
    for name, plot in page.plots_of(results.FOLDER).items():
        assert plots.digest(plot) in (page.PLOTS / name).read_text(encoding="utf-8")


def test_a_row_of_the_page_is_at_most_110_columns_wide() -> None:
    widest = max(page.PAGE.read_text(encoding="utf-8").splitlines(), key=len)
    assert len(widest) <= page.COLUMNS, widest


@pytest.fixture
def copied_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the page, with no plots beside it, that `page.fill` writes to."""
    monkeypatch.setattr(page, "PAGE", shutil.copy(page.PAGE, tmp_path / "performance.md"))
    monkeypatch.setattr(page, "PLOTS", tmp_path / "plots")
    return tmp_path


def test_plots_are_drawn_the_same_each_time(copied_page: Path) -> None:
    pytest.importorskip("matplotlib")
    page.fill()
    drawn = {file.name: file.read_bytes() for file in (copied_page / "plots").iterdir()}
    page.fill()
    assert drawn == {file.name: file.read_bytes() for file in (copied_page / "plots").iterdir()}
    assert drawn.keys() == page.plots_of(results.FOLDER).keys()


def test_without_matplotlib_the_page_is_filled_and_the_plots_are_left(
    copied_page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "matplotlib":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # an import of it raises ImportError
    page.fill()
    assert "pip install -e '.[benchmarks]'" in capsys.readouterr().out
    assert [*(copied_page / "plots").iterdir()] == []


def test_memory_of_the_smallest_and_the_largest_stack_is_compared() -> None:
    """A command that was run on only one of them is left out; sizes in between are not shown."""
    around = {"seconds": 1.0, "load": 0.5}
    sizes = {"verify": (10, 20, 30), "diff": (10, 30), "plan": (10, 20)}
    found = [
        {"command": command, "entries": size, "memory": size * 2**20, **around}
        for command, measured in sizes.items()
        for size in measured
    ]
    assert page.memories(found).splitlines() == [
        "| command | 10 entries | 30 entries | grows | wall | load |",
        "| --- | --- | --- | --- | --- | --- |",
        "| verify | 10 MiB | 30 MiB | **3.00 ×** | 1.0 s, 1.0 s | 0.5, 0.5 |",
        "| diff | 10 MiB | 30 MiB | **3.00 ×** | 1.0 s, 1.0 s | 0.5, 0.5 |",
    ]


def test_fidelity_counts_equal_objects_strictly_and_without_the_editors_mark() -> None:
    """An object that only gained `dirty` is equal if the mark is ignored; one that changed is not."""
    nodes = [
        Node("entry", uid, uid, {"body": {"attrs": {}}, "title": uid}) for uid in ("one", "two", "three")
    ]
    marked = replace(nodes[0], content={"body": {"attrs": {"dirty": True}}, "title": "one"})
    changed = replace(nodes[1], content={"body": {"attrs": {"dirty": True}}, "title": "other"})
    fidelity = compare_nodes(nodes, [marked, changed, nodes[2]])
    assert (fidelity.equal, fidelity.lenient, fidelity.total) == (1, 2, 3)
    assert fidelity.differences["entry /body/attrs/dirty"] == 2
