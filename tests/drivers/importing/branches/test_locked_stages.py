"""An entry that its workflow stage locks: it stays as it is, in its stage, and a later run writes it once it may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import STAGES, fill_every_kind
from small_stack import HEN, LATER, RELEASE
from workbench import SOURCE, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack.state import ForkTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.drivers.import_outcome import ImportResult

Import = tuple["Callable[[], ImportResult]", str]


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        made = make_workbench(root, fill_every_kind)
        made.source.publish_rules.clear()
        yield made


def set_lock(bench: Workbench, lock: str) -> None:
    for flow in bench.source.workflows.values():
        stages: Any = flow["workflow_stages"]
        flow["workflow_stages"] = [
            {**one, "entry_lock": lock if one["uid"] == STAGES[1] else "$none"} for one in stages
        ]


def document(bench: Workbench) -> Any:
    return bench.source.main.entries["page"][HEN].documents["en-us"]


def in_place(bench: Workbench) -> Import:
    snapshot = bench.export()
    Editors(bench).save("page", HEN, title="Edited since")
    options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
    return lambda: bench.import_snapshot(snapshot, **options), "Hen, revised"


def promoted(bench: Workbench) -> Import:
    bench.source.branches["dev"] = bench.source.main.fork(
        "dev", {"uid": "dev", "source": "main"}, ForkTerms()
    )
    Editors(bench, branch="dev").save("page", HEN, title="From dev")
    snapshot = bench.export(branch="dev")
    return lambda: bench.import_snapshot(snapshot, key=SOURCE, on_conflict="update"), "From dev"


@pytest.mark.parametrize("make", [in_place, promoted])
def test_it_stays_in_its_stage_and_is_written_when_that_allows_it(
    bench: Workbench, make: Callable[[Workbench], Import]
) -> None:
    run, title = make(bench)
    before = document(bench).latest["title"]
    document(bench).workflow = {"uid": STAGES[1], "name": "Done"}
    set_lock(bench, "$all")
    for _ in range(2):
        reasons = [str(gap["reason"]) for gap in run().gaps if gap["kind"] == "entries"]
        assert len(reasons) == 1
        assert "'Done', which locks entries" in reasons[0]
        assert document(bench).latest["title"] == before
        assert document(bench).workflow["uid"] == STAGES[1]
    set_lock(bench, "$none")
    assert run().gaps == []
    assert document(bench).latest["title"] == title
    assert document(bench).workflow["uid"] == STAGES[0]


@pytest.mark.parametrize("schedules", [True, False])
def test_a_schedule_of_it_is_no_gap_while_it_waits(bench: Workbench, schedules: bool) -> None:
    """The queue still holds the very row: of a version in the history. Cancelled since it is a gap with the stage."""
    snapshot = bench.export()
    Editors(bench).save("page", HEN, title="Edited since")
    document(bench).workflow = {"uid": STAGES[1], "name": "Done"}
    set_lock(bench, "$all")

    def told() -> list[Any]:
        options: dict[str, Any] = {"key": SOURCE, "in_place": True, "schedules": schedules}
        done = bench.import_snapshot(snapshot, on_conflict="update", **options)
        return [gap for gap in done.gaps if gap["kind"] == "schedules" and gap["uid"] == LATER]

    assert told() == []
    bench.source.main.waiting.remove(LATER)
    del bench.source.main.queue[LATER]
    (gap,) = told()
    assert "'Done', which locks entries" in gap["reason"]


def test_what_is_live_and_pinned_of_it_is_no_gap_while_nobody_has_changed_that(bench: Workbench) -> None:
    """The stack shows the very versions that the snapshot names, though the draft over them could not be written."""
    hen = bench.source.main.entries["page"][HEN]
    hen.live = {place: replace(one, time="2026-01-02T03:04:05.000Z") for place, one in hen.live.items()}
    item: Any = {"uid": HEN, "content_type_uid": "page", "locale": "en-us", "action": "publish", "version": 2}
    bench.source.main.releases[RELEASE].items = [item]
    bench.source.main.queue.clear()
    bench.source.main.waiting.clear()
    run, _ = in_place(bench)
    document(bench).workflow = {"uid": STAGES[1], "name": "Done"}
    set_lock(bench, "$all")
    assert {str(gap["kind"]) for gap in run().gaps} == {"entries"}
    hen.live.clear()
    bench.source.main.releases[RELEASE].items.clear()
    assert {str(gap["kind"]) for gap in run().gaps} == {"entries", "publications", "release_items"}
