"""Imports that are killed at any request resume: nothing is lost, nothing doubled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from space_bench import make_space_bench
from space_state import differences, state_of
from states_space import fill_states
from test_space_every_kind import bench_of
from workbench import Cut, RecordingTransport, cut_at

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

_COUNTED = ("releases", "workflows", "workflow_definitions", "tasks", "comments", "entries", "assets", "tags")


def counts(bench: SpaceBench) -> dict[str, int]:
    held = {name: len(getattr(bench.target.master, name)) for name in _COUNTED}
    return {**held, "schedules": len(bench.target.scheduled_actions), "roles": len(bench.target.roles)}


@pytest.mark.parametrize(
    ("first", "step"), [(3, 9), pytest.param(1, 1, marks=pytest.mark.torture)], ids=["some", "each"]
)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_every_kind(root: Path, after: bool, first: int, step: int) -> None:
    whole = bench_of(root)
    snapshot = whole.export(editorial=True)
    whole.emulator.log.clear()
    gaps = whole.import_snapshot(snapshot).gaps
    total, wanted = len(whole.emulator.log), state_of(whole.target)
    for number in range(first, total + 1, step):
        place = root / f"{number}"
        place.mkdir()
        bench = bench_of(place)
        transport = RecordingTransport(bench.emulator, cut_at(number, after=after))
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=transport)
        assert bench.import_snapshot(snapshot).gaps == gaps, transport.log[-1]
        assert differences(wanted, state_of(bench.target)) == [], transport.log[-1]
        assert counts(bench) == counts(whole), transport.log[-1]


@pytest.mark.parametrize(
    ("first", "step"), [(2, 7), pytest.param(1, 1, marks=pytest.mark.torture)], ids=["some", "each"]
)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_states_by_locale(root: Path, after: bool, first: int, step: int) -> None:
    whole = make_space_bench(root / "bench", fill_states)
    snapshot = whole.export()
    whole.emulator.log.clear()
    whole.import_snapshot(snapshot)
    wanted = state_of(whole.target, history=False)
    for number in range(first, len(whole.emulator.log) + 1, step):
        bench = make_space_bench(root / f"{number}", fill_states)
        transport = RecordingTransport(bench.emulator, cut_at(number, after=after))
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=transport)
        assert bench.import_snapshot(snapshot).gaps == [], transport.log[-1]
        assert differences(wanted, state_of(bench.target, history=False)) == [], transport.log[-1]


@pytest.mark.parametrize("rows", [1000, 1], ids=["long pages", "short pages"])
@pytest.mark.parametrize("arrives", [True, False], ids=["carried out", "never arrived"])
def test_every_answer_is_lost_once(root: Path, arrives: bool, rows: int) -> None:
    """The first request of each method and path gets no answer: it is looked for before it is sent again."""
    whole = bench_of(root)
    snapshot = whole.export(editorial=True)
    gaps = whole.import_snapshot(snapshot).gaps
    wanted = state_of(whole.target)
    place = root / "lossy"
    place.mkdir()
    bench, seen = bench_of(place), set[str]()
    bench.emulator.switches = replace(bench.emulator.switches, page_rows=rows)

    def lose(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        name = f"{request.method} {request.url.path}"
        if request.method != "GET" and done is arrives and name not in seen:
            seen.add(name)
            raise httpx.ReadTimeout("no answer", request=request)

    done = bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, lose))
    assert done.gaps == gaps
    assert differences(wanted, state_of(bench.target)) == []
    assert counts(bench) == counts(whole)
    assert len(seen) > 35
