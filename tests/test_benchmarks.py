"""What the figures of the benchmarks rest on: the stack that they make, what they measure, the page that they fill."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from oracle_graph import Node

from benchmarks import beside, page, results, svg
from benchmarks.judging import judge
from benchmarks.measuring import measure
from benchmarks.server import counts, edit, held
from benchmarks.stack import Size, make_stack
from stackferry.emulators.contentstack import Emulator
from stackferry.emulators.contentstack.seed.load import plant

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Branch

SIZE = Size(entries=40, locales=3, versions=2, assets=5)


@pytest.fixture
def branch() -> Branch:
    return plant(Emulator(), make_stack(SIZE), api_key="source", management_token="cs-invented-token").main


def test_the_same_size_is_the_same_stack() -> None:
    """A figure of today and one of tomorrow are about the same content."""
    assert make_stack(SIZE) == make_stack(SIZE)
    assert make_stack(SIZE) != make_stack(SIZE, seed=2)


def test_a_stack_is_as_large_as_asked(branch: Branch) -> None:
    """So many entries, each in every language in every version; all of it is published."""
    assert held(branch) == {
        "entries": 40,
        "documents": 120,
        "versions": 240,
        "publications": 120,
        "assets": 5,
        "releases": 2,
    }


def test_half_of_the_entries_refer_to_others() -> None:
    """References lead to entries of the stack, never to the entry itself."""
    first = [one for one in make_stack(SIZE).entries if one.locale == "en-us" and one.raw["_version"] == 1]
    rows: list[Any] = [one.raw for one in first]
    links = {row["uid"]: {link["uid"] for link in row["links"]} for row in rows}
    assert sum(bool(targets) for targets in links.values()) == 20
    assert all(targets <= links.keys() - {uid} for uid, targets in links.items())


def test_a_night_of_editing_touches_as_many_entries_as_asked(branch: Branch) -> None:
    """Each edited entry has one version more, in the master language alone."""
    before = held(branch)
    assert edit(branch, 4) == 4
    assert held(branch) == {**before, "versions": before["versions"] + 4}


def test_requests_are_counted_once() -> None:
    """The server's counts are of what was asked since they were asked for before."""
    emulator = Emulator()
    assert counts(emulator) == {"requests": {}, "refused": {}}
    emulator.answer({"method": "GET", "path": "/v3/nowhere", "headers": []}, b"")
    assert counts(emulator) == {"requests": {"read": 1}, "refused": {"404": 1}}
    assert counts(emulator) == {"requests": {}, "refused": {}}


def test_memory_of_a_program_and_of_what_it_starts_is_counted(tmp_path: Path) -> None:
    """A program that holds 60 MB beside a child that holds 60 MB is one of more than 120 MB."""
    hold = "import time; held = bytearray(b'x') * 60_000_000; "
    child = f"{hold} time.sleep(1)"
    parent = f"{hold} import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); sys.exit(7)"
    cost = measure(
        (sys.executable, "-c", parent), env=dict(os.environ), cwd=tmp_path, output=tmp_path / "said"
    )
    assert cost.code == 7
    assert 120_000_000 < cost.memory < 240_000_000


def test_a_newer_row_takes_the_place_of_the_older(tmp_path: Path) -> None:
    """What was measured again is there once; other rows stay."""
    rows = [
        {"task": "export", "seconds": 1},
        {"task": "import", "seconds": 2},
        {"task": "export", "seconds": 3},
    ]
    for row in rows:
        results.keep("part", row, ("task",), tmp_path)
    assert results.read("part", tmp_path) == [rows[2], rows[1]]


@pytest.mark.parametrize("by_factors", [True, False])
def test_a_scale_has_room_for_every_value(by_factors: bool) -> None:
    """No point of a plot lies outside of its panel."""
    values = (3.0, 99.5, 101.0)
    made = svg.scale(values, 0, 100, by_factors=by_factors)
    assert all(0 <= made.at(value) <= 100 for value in values)
    assert (made.at(made.low), made.at(made.high)) == (0, 100)


def test_the_server_is_told_the_whole_size() -> None:
    """Every size of a stack reaches the process that makes it."""
    options = beside.generated(SIZE).options
    assert dict(zip(options[::2], options[1::2], strict=True)) == {
        f"--{name}": value for name, value in asdict(SIZE).items()
    }


def test_the_page_says_what_the_results_say() -> None:
    """No figure of docs/performance.md, and no plot, is older than the results beside the code."""
    said = page.PAGE.read_text(encoding="utf-8")
    assert page.filled(said) == said
    for name, plot in page.plots(results.FOLDER).items():
        assert (page.PLOTS / name).read_text(encoding="utf-8") == plot


def test_memory_of_the_smallest_and_the_largest_stack_is_compared() -> None:
    """A command that was run on one of them alone is left out; sizes between them are not shown."""
    around = {"seconds": 1.0, "load": 0.5}
    sizes = {"verify": (10, 20, 30), "diff": (10, 30), "plan": (10, 20)}
    rows = [
        {"command": command, "entries": size, "memory": size * 2**20, **around}
        for command, found in sizes.items()
        for size in found
    ]
    assert page.memories(rows).splitlines() == [
        "| command | 10 entries | 30 entries | grows | wall | load |",
        "| --- | --- | --- | --- | --- | --- |",
        "| verify | 10 MiB | 30 MiB | **3.00 ×** | 1.0 s, 1.0 s | 0.5, 0.5 |",
        "| diff | 10 MiB | 30 MiB | **3.00 ×** | 1.0 s, 1.0 s | 0.5, 0.5 |",
    ]


def test_what_became_of_a_stack_is_judged_strictly_and_leniently() -> None:
    """A changed rich text counts as damage; one that only gained the editor's mark is forgiven the second time."""
    nodes = [
        Node("entry", uid, uid, {"body": {"attrs": {}}, "title": uid}) for uid in ("one", "two", "three")
    ]
    marked = replace(nodes[0], content={"body": {"attrs": {"dirty": True}}, "title": "one"})
    harmed = replace(nodes[1], content={"body": {"attrs": {"dirty": True}}, "title": "other"})
    verdict = judge(nodes, [marked, harmed, nodes[2]])
    assert (verdict.equal, verdict.lenient, verdict.total) == (1, 2, 3)
    assert verdict.differences["entry /body/attrs/dirty"] == 2
