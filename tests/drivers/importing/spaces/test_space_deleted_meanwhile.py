"""Somebody deletes what a killed import had made in a space: the same command makes it anew, or tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from space_bench import make_space_bench
from space_state import differences, state_of
from states_space import fill_states
from test_space_every_kind import bench_of
from test_space_interrupted import counts
from workbench import Cut, RecordingTransport, cut_at

from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.io.storage.snapshot import Snapshot

    Delete = Callable[[SpaceBench], str]  # answers the kind, or "" where there is nothing to delete


def of(kind: str, uid: str = "") -> Delete:
    """Delete one object of a kind, by id or the first one, from the target's raw state."""

    def delete(bench: SpaceBench) -> str:
        place: Any = bench.target.master if hasattr(bench.target.master, kind) else bench.target
        if kind in ("concepts", "concept_schemes"):
            place = bench.target.organization
        rows = getattr(place, kind)
        if kind == "workflow_definitions":
            bench.target.master.workflows.clear()
        if not rows or (uid and uid not in rows):
            return ""
        del rows[uid or next(iter(rows))]
        if uid:
            drop_editorial(bench, uid)
        bench.target.master.changed()
        return kind

    return delete


def drop_editorial(bench: SpaceBench, uid: str) -> None:
    """What is said of an entry goes with it."""
    for name in ("tasks", "comments", "workflows"):
        rows: dict[str, Any] = getattr(bench.target.master, name)
        for key, row in [*rows.items()]:
            if uid in (
                row["sys"].get(one, {}).get("sys", {}).get("id") for one in ("parentEntity", "entity")
            ):
                del rows[key]


def canceled(bench: SpaceBench) -> str:
    for row in bench.target.scheduled_actions.values():
        sys: Any = row["sys"]
        if sys["status"] == "scheduled":
            sys["status"] = "canceled"
            return "scheduled_actions"
    return ""


DELETIONS = [
    *(of("entries", uid) for uid in ("hen", "egg", "partly", "fox", "owl")),
    *(of("assets", uid) for uid in ("picture", "sound", "waiting")),
    *(of(kind) for kind in ("tags", "extensions", "app_installations", "releases", "workflows", "tasks")),
    *(of(kind) for kind in ("comments", "roles", "webhooks", "workflow_definitions")),
    canceled,
]


def interrupted(root: Path, number: int, snapshot: Snapshot) -> SpaceBench:
    root.mkdir()
    bench = bench_of(root)
    transport = RecordingTransport(bench.emulator, cut_at(number, after=False, only="write"))
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=transport)
    return bench


def made(bench: SpaceBench) -> set[str]:
    checkpoint = Checkpoint(bench.root / "state" / "checkpoint.sqlite")
    try:
        return {kind for kind, _ in checkpoint.identity_counts().items()}
    finally:
        checkpoint.close()


CASES = [(1, [0, 2, 4, 5]), (1, [1, 3, 6, 7, 9, 10, 13, 14, 15, 16, 17]), (14, [*range(len(DELETIONS))])]
EACH = [(early, [one]) for early in (1, 5, 12, 20, 30) for one in range(len(DELETIONS))]


@pytest.mark.parametrize(
    ("early", "which"), [*CASES, *(pytest.param(*one, marks=pytest.mark.torture) for one in EACH)], ids=str
)
def test_what_was_deleted_is_made_anew(root: Path, early: int, which: list[int]) -> None:
    """Killed right before the last write, or somewhat earlier."""
    whole = bench_of(root)
    snapshot = whole.export(editorial=True, versions="all")
    gaps = whole.import_snapshot(snapshot).gaps
    wanted = state_of(whole.target, history=False)
    bench = interrupted(root / "killed", whole.writes() - early + 1, snapshot)
    known = made(bench)
    gone = {DELETIONS[one](bench) for one in which} & known
    done = bench.import_snapshot(snapshot)
    assert bool(done.resumed["made_anew"]) is bool(gone)
    assert {gap["kind"] for gap in done.gaps if gap not in gaps} <= {"releases", "tags"}
    # What had a tag has lost it, which is told.
    found = [] if "tags" in gone else differences(wanted, state_of(bench.target, history=False))
    assert [key for key, *_ in found] == []
    assert counts(bench) == counts(whole) or "scheduled_actions" in gone
    sent = bench.writes()
    assert bench.import_snapshot(snapshot).resumed["made_anew"] == 0
    assert bench.writes() == sent


def test_what_the_target_held_before_is_told(root: Path) -> None:
    """It is not ours to make anew, and it is named."""
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    for document in bench.target.master.entries.values():
        document.body = {**document.body, "fields": {}}
        document.sys["version"] = document.version + 1
    bench.target.master.changed()
    transport = RecordingTransport(bench.emulator, cut_at(3, after=True, only="write"))
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, "again", on_conflict="update", transport=transport)
    uid = next(uid for uid in bench.target.master.entries)
    of("entries", uid)(bench)
    done = bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert done.resumed["made_anew"] == 0
    assert any(gap["uid"] == uid and "deleted it since" in str(gap["reason"]) for gap in done.gaps)


def test_what_is_refused_now_is_not_gone(root: Path) -> None:
    """A kind that the token may not list any more says nothing of its objects."""
    whole = bench_of(root)
    snapshot = whole.export()
    whole.import_snapshot(snapshot)
    bench = interrupted(root / "killed", whole.writes(), snapshot)
    assert {"webhooks", "roles"} & made(bench)
    bench.target.refused |= {"roles": 403, "workflows": 404}
    assert bench.import_snapshot(snapshot).resumed["made_anew"] == 0
