"""`import --apply`: exactly what was planned, or nothing: the target and all else must be as the plan found them."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from random_stack import fill_random
from small_stack import EGG, HEN, fill_small
from workbench import (
    SOURCE,
    TARGET,
    Cut,
    RecordingTransport,
    Workbench,
    cut_at,
    make_workbench,
    memory_directory,
)

from sampling import sampled
from stackferry.drivers.planning.plan_file import PlanFile
from stackferry.errors import Different, UsageError
from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UPDATE: Any = {"on_conflict": "update"}


@pytest.fixture
def filled() -> Iterator[Workbench]:
    """A target that was filled once; since then the source's hen has another title."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        workbench.import_snapshot(workbench.export(name="first"))
        Editors(workbench).save("page", HEN, title="Hen of today")
        yield workbench


def planned(workbench: Workbench, **options: Any) -> tuple[Any, PlanFile]:
    snapshot = workbench.export()
    workbench.plan(snapshot, **options)
    return snapshot, PlanFile(workbench.root / "plan.jsonl")


def target_of(workbench: Workbench, kind: str, uid: str) -> str:
    with closing(Checkpoint(workbench.root / "state/checkpoint.sqlite")) as checkpoint:
        return checkpoint.target(kind, uid) or ""


@pytest.mark.parametrize("seed", ["every kind", *sampled(range(8), 2)], ids=str)
def test_a_plan_is_applied_where_nothing_has_moved(seed: Any) -> None:
    """Into an empty target, too. A second time nothing is sent; that the target has changed since is told then."""
    fill = fill_every_kind if seed == "every kind" else lambda stack: fill_random(stack, seed)
    with memory_directory() as root:
        workbench = make_workbench(root, fill)
        snapshot, plan = planned(workbench, versions="all")
        workbench.import_snapshot(snapshot, plan=plan, versions="all")
        writes = workbench.writes()
        assert writes > 0
        workbench.import_snapshot(snapshot, plan=plan, versions="all")
        assert workbench.writes() == writes


def test_an_update_is_applied_once(filled: Workbench) -> None:
    snapshot, plan = planned(filled, **UPDATE)
    filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    writes = filled.writes()
    filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    Editors(filled, key=TARGET).save("page", target_of(filled, "entries", HEN), title="By hand")
    with pytest.raises(Different, match="no longer holds"):
        filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    assert filled.writes() == writes


def edited(editors: Editors, uid: Callable[[str, str], str]) -> None:
    editors.save("page", uid("entries", EGG), title="Egg by hand")


def deleted(editors: Editors, uid: Callable[[str, str], str]) -> None:
    editors.call("DELETE", f"/content_types/page/entries/{uid('entries', EGG)}?delete_all_localized=true")


def published(editors: Editors, uid: Callable[[str, str], str]) -> None:
    places = {"environments": ["live"], "locales": ["en-us"]}
    path = f"/content_types/page/entries/{uid('entries', EGG)}/unpublish"
    editors.call("POST", path, json={"entry": places, "locale": "en-us"})


def retyped(editors: Editors, uid: Callable[[str, str], str]) -> None:
    held = editors.stack.main.content_types["page"]
    editors.call("PUT", "/content_types/page", json={"content_type": {**held, "description": "By hand"}})
    del uid


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (edited, "entries page {egg} en-us 'Egg by hand' has changed"),
        (deleted, "entries page {egg} en-us 'Egg' is gone"),
        (published, "entries page {egg} en-us 'Egg' has changed"),
        (retyped, "content_types page 'Page' has changed"),
    ],
)
def test_what_has_moved_is_named_and_nothing_is_written(filled: Workbench, edit: Any, named: str) -> None:
    snapshot, plan = planned(filled, **UPDATE)
    egg = target_of(filled, "entries", EGG)
    edit(Editors(filled, key=TARGET), lambda kind, uid: target_of(filled, kind, uid))
    writes = filled.writes()
    with pytest.raises(Different) as caught:
        filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    assert named.format(egg=egg) in str(caught.value)
    assert "make a new plan" in str(caught.value)
    assert filled.writes() == writes


def test_what_nobody_relies_on_may_move(filled: Workbench) -> None:
    """An entry that the source knows nothing of."""
    entry = {"uid": "bltown", "title": "Their own", "locale": "en-us"}
    filled.target.main.put_entry_version("page", "en-us", {**entry, "_version": 1})
    snapshot, plan = planned(filled, **UPDATE)
    filled.target.main.put_entry_version("page", "en-us", {**entry, "title": "Edited", "_version": 2})
    writes = filled.writes()
    filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    assert filled.writes() > writes


def test_what_would_be_deleted_must_not_move(filled: Workbench) -> None:
    """A mirror relies on what it deletes, though the source knows nothing of it."""
    entry = {"uid": "bltown", "title": "Their own", "locale": "en-us"}
    filled.target.main.put_entry_version("page", "en-us", {**entry, "_version": 1})
    snapshot, plan = planned(filled, mirror=True, **UPDATE)
    filled.target.main.put_entry_version("page", "en-us", {**entry, "title": "Edited", "_version": 2})
    writes = filled.writes()
    with pytest.raises(Different, match="entries page bltown en-us 'Edited' has changed"):
        filled.import_snapshot(snapshot, plan=plan, mirror=True, **UPDATE)
    assert filled.writes() == writes


def test_a_plan_that_follows_from_other_identities_is_told(filled: Workbench) -> None:
    """The target is as it was, but an entry is found there no more: the checkpoint says what it is."""
    editors = Editors(filled, key=TARGET)
    snapshot, plan = planned(filled, **UPDATE)
    editors.call("POST", "/content_types/page/entries", json={"entry": {"title": "Hen of today"}})
    writes = filled.writes()
    (filled.root / "state/checkpoint.sqlite").unlink()
    with pytest.raises((Different, UsageError)):
        filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    assert filled.writes() == writes


def test_a_stopped_import_of_a_plan_goes_on(filled: Workbench) -> None:
    """Its own writes have moved the target: only the first run looks. Without the plan another import is refused."""
    snapshot, plan = planned(filled, **UPDATE)
    transport = RecordingTransport(filled.emulator, cut_at(1, after=True, only="write"))
    with pytest.raises(Cut):
        filled.import_snapshot(snapshot, plan=plan, transport=transport, **UPDATE)
    other = PlanFile(filled.root / "plan.jsonl")
    other.digest = "another"
    with pytest.raises(UsageError, match="begun without"):
        filled.import_snapshot(snapshot, plan=other, **UPDATE)
    filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    hen = filled.target.main.entries["page"][target_of(filled, "entries", HEN)]
    assert hen.documents["en-us"].latest["title"] == "Hen of today"


def rewritten(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[:-1], "not the whole plan"),
        (lambda lines: [*lines[:1], *lines[2:]], "not the whole plan"),
        (lambda lines: [*lines[:-1], lines[-1][:40]], "not all of one"),
        (lambda lines: [*lines[1:]], "no plan"),
        (lambda _: [b"\x89PNG"], "no plan"),
        (lambda _: [], "no plan"),
        (lambda lines: [lines[0].replace(b'"format":1', b'"format":2'), *lines[1:]], "format 2"),
    ],
)
def test_a_damaged_plan_is_refused(filled: Workbench, change: Any, message: str) -> None:
    planned(filled, **UPDATE)
    rewritten(filled.root / "plan.jsonl", change)
    with pytest.raises(UsageError, match=message):
        PlanFile(filled.root / "plan.jsonl")


@pytest.mark.parametrize(
    ("fact", "value"), [("target", "contentstack://other@host/main"), ("snapshot", "0"), ("source", "x")]
)
def test_a_plan_for_something_else_is_refused(filled: Workbench, fact: str, value: str) -> None:
    snapshot, plan = planned(filled, **UPDATE)
    plan.head[fact] = value
    requests = len(filled.emulator.log)
    with pytest.raises(UsageError, match="plan for an import"):
        filled.import_snapshot(snapshot, plan=plan, **UPDATE)
    assert {one.method for one in filled.emulator.log[requests:]} <= {"GET"}


def test_other_options_are_refused(filled: Workbench) -> None:
    snapshot, plan = planned(filled, **UPDATE)
    with pytest.raises(UsageError, match="other options"):
        filled.import_snapshot(snapshot, plan=plan, publish="none", **UPDATE)
    assert (
        json.loads((filled.root / "plan.jsonl").read_bytes().splitlines()[0])["options"]["schedules"] is True
    )


def test_a_refused_plan_names_its_places_as_they_can_be_given(filled: Workbench) -> None:
    _, plan = planned(filled, **UPDATE)
    there = filled.export(name="there", key=TARGET)
    with pytest.raises(UsageError) as told:
        filled.import_snapshot(there, "back", key=SOURCE, plan=plan, **UPDATE)
    assert str(filled.place(TARGET)) in str(told.value)
    assert str(filled.place(TARGET)).startswith("contentstack+http://")
