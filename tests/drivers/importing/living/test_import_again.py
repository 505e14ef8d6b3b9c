"""A finished import that is run again, and imports of several snapshots into one target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import edit_page
from every_kind_stack import fill_every_kind
from small_stack import EGG, HEN
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.errors import Different
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def uid_of(bench: Workbench, title: object) -> str:
    documents = {uid: one.documents.get("en-us") for uid, one in bench.target.main.entries["page"].items()}
    (found,) = [uid for uid, one in documents.items() if one is not None and one.latest["title"] == title]
    return found


def title(stack: Stack, uid: str) -> object:
    return stack.main.entries["page"][uid].documents["en-us"].latest["title"]


def test_an_unchanged_target_is_only_read(bench: Workbench) -> None:
    """It says what the first run said."""
    snapshot = bench.export()
    first, writes = bench.import_snapshot(snapshot), bench.writes()
    for policy in ("", "update", ""):
        again = bench.import_snapshot(snapshot, on_conflict=policy)
        assert (again.gaps, again.left) == (first.gaps, first.left)
        assert again.identities["entries"] == first.identities["entries"]
    assert bench.writes() == writes


def test_what_has_changed_is_told_and_then_repaired(bench: Workbench) -> None:
    """Edited or deleted: exit code 5 names it, `update` writes it, and then nothing is left to do."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    hen, egg = (uid_of(bench, title(bench.source, uid)) for uid in (HEN, EGG))
    edit_page(bench.target.main, hen, title="Edited since")
    label = next(iter(bench.target.main.labels))
    del bench.target.main.labels[label]
    writes = bench.writes()
    with pytest.raises(Different, match=HEN) as told:
        bench.import_snapshot(snapshot)
    assert "labels" in str(told.value)
    assert EGG not in str(told.value)
    assert bench.writes() == writes
    done = bench.import_snapshot(snapshot, on_conflict="update")
    assert done.gaps == []
    assert title(bench.target, hen) == title(bench.source, HEN)
    assert uid_of(bench, title(bench.source, EGG)) == egg
    assert len(bench.target.main.labels) == len(bench.source.main.labels)
    writes = bench.writes()
    assert bench.import_snapshot(snapshot).gaps == []
    assert bench.writes() == writes


NARROW: dict[str, Any] = {"selection": Selection(query=f'{{"uid": "{HEN}"}}')}


@pytest.mark.parametrize("selected", [{}, NARROW])
def test_an_update_is_looked_at_again_without_its_option(bench: Workbench, selected: Any) -> None:
    """Nothing is claimed of a target that was edited since the update."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    bench.import_snapshot(snapshot, on_conflict="update", **selected)
    edit_page(bench.target.main, uid_of(bench, title(bench.source, HEN)), title="Edited since")
    writes = bench.writes()
    for _ in range(2):
        with pytest.raises(Different, match=HEN):
            bench.import_snapshot(snapshot, **selected)
    assert bench.writes() == writes


def test_a_narrowed_update_is_still_narrow_without_its_option(bench: Workbench) -> None:
    """What it did not write is no gap of it."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    updated = bench.import_snapshot(snapshot, on_conflict="update", **NARROW)
    again = bench.import_snapshot(snapshot, **NARROW)
    assert (again.gaps, again.identities) == (updated.gaps, updated.identities)


def test_an_entry_renamed_on_both_sides_is_found_again(bench: Workbench) -> None:
    """From a later snapshot: by what the first import wrote, for no key names it any more."""
    bench.import_snapshot(bench.export("first"))
    hen, count = uid_of(bench, title(bench.source, HEN)), len(bench.target.main.entries["page"])
    edit_page(bench.target.main, hen, title="Renamed there", url="/there")
    edit_page(bench.source.main, HEN, title="Renamed here", url="/here")
    bench.import_snapshot(bench.export("second"), on_conflict="update")
    assert title(bench.target, hen) == "Renamed here"
    assert len(bench.target.main.entries["page"]) == count


def test_a_known_object_that_is_gone_is_made_anew(bench: Workbench) -> None:
    """Under another uid, if the service gives one; the next run finds that."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    hook = next(iter(bench.target.webhooks))
    del bench.target.webhooks[hook]
    bench.import_snapshot(snapshot, on_conflict="update")
    assert len(bench.target.webhooks) == 1
    writes = bench.writes()
    bench.import_snapshot(snapshot, on_conflict="update")
    assert bench.writes() == writes


def test_a_renamed_stage_keeps_its_uid(bench: Workbench) -> None:
    """Stages lie in their workflow: they are known by uid, too, before name and position."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    (uid,) = bench.target.workflows
    flow: Any = bench.target.workflows[uid]
    stages = [dict(stage) for stage in flow["workflow_stages"]]
    before = [stage["uid"] for stage in stages]
    stages[0]["name"], stages[1]["name"] = stages[1]["name"], stages[0]["name"]
    bench.target.workflows[uid] = {**flow, "workflow_stages": [*stages]}
    bench.import_snapshot(snapshot, on_conflict="update")
    made: Any = bench.target.workflows[uid]
    now = made["workflow_stages"]
    assert [stage["uid"] for stage in now] == before
    source: Any = next(iter(bench.source.workflows.values()))
    assert [stage["name"] for stage in now] == [stage["name"] for stage in source["workflow_stages"]]


def test_places_are_paired_one_way(bench: Workbench) -> None:
    """What was copied from one stack into another says nothing of the way back."""
    bench.import_snapshot(bench.export())
    back = bench.import_snapshot(bench.export("there", key=TARGET), "back", key=SOURCE, on_conflict="update")
    assert back.gaps == []
