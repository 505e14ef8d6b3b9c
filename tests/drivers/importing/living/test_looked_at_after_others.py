"""A finished import that is run again after other imports of the same directory of checkpoints: it is still known."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors, edit_page
from every_kind_stack import fill_every_kind
from small_stack import EGG, HEN
from workbench import (
    SYSTEM,
    TARGET,
    Cut,
    RecordingTransport,
    Workbench,
    cut_at,
    make_workbench,
    memory_directory,
    no_wait,
    run_async,
)

from stackferry.drivers.import_run import abandon
from stackferry.drivers.planning.plan_file import PlanFile
from stackferry.drivers.run import Run
from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import Different, UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.drivers.import_outcome import ImportResult

NARROW: dict[str, Any] = {"selection": Selection(query=f'{{"uid": "{HEN}"}}'), "on_conflict": "update"}
LABELS: dict[str, Any] = {"only": frozenset({"labels"}), "on_conflict": "update"}
KINDS = ("content_types", "environments", "labels", "assets", "entries", "versions", "releases", "workflows")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def told(result: ImportResult) -> tuple[object, ...]:
    """What its report says; what only the import itself uses is otherwise after an update."""
    lines = result.renumbered.read_text().splitlines()
    counts = {kind: count for kind, count in result.identities.items() if kind in KINDS}
    return result.gaps, result.left, counts, result.remarks, lines


def page(bench: Workbench, uid: str) -> str:
    with closing(Checkpoint(bench.root / "state/checkpoint.sqlite")) as checkpoint:
        return checkpoint.target("entries", uid) or ""


@pytest.mark.parametrize(
    "others", [(NARROW,), (LABELS,), (NARROW, LABELS), (NARROW, {"on_conflict": "update"}, LABELS)]
)
def test_it_is_looked_at_whatever_came_after_it(bench: Workbench, others: tuple[dict[str, Any], ...]) -> None:
    """Unchanged: nothing is sent, and it tells what the first run told."""
    snapshot = bench.export()
    first = told(bench.import_snapshot(snapshot))
    for other in others:
        bench.import_snapshot(snapshot, **other)
    writes = bench.writes()
    assert told(bench.import_snapshot(snapshot)) == first
    assert told(bench.import_snapshot(snapshot)) == first
    assert bench.writes() == writes


def test_a_narrowed_one_is_looked_at_after_another_narrowed_one(bench: Workbench) -> None:
    """Without its option, as one that was the last."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    first = told(bench.import_snapshot(snapshot, **NARROW))
    bench.import_snapshot(snapshot, **LABELS)
    writes = bench.writes()
    assert told(bench.import_snapshot(snapshot, **{**NARROW, "on_conflict": ""})) == first
    assert bench.writes() == writes


def test_what_the_service_refused_is_still_its_gap(bench: Workbench) -> None:
    """The exit code is that of the first run: no reading of the target shows why."""
    refused = Fault(method="POST", path="/labels", status=422, body=b"{}", times=ALWAYS, carried_out=False)
    bench.emulator.faults.add(refused)
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    assert first.gaps
    bench.import_snapshot(snapshot, **NARROW)
    assert bench.import_snapshot(snapshot).gaps == first.gaps


def test_what_changed_since_is_named(bench: Workbench) -> None:
    """Exit code 5, also where a later import of another snapshot is what changed it."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    egg = page(bench, EGG)
    bench.import_snapshot(snapshot, **NARROW)
    Editors(bench, key=TARGET).save("page", egg, title="Egg by hand")
    writes = bench.writes()
    with pytest.raises(Different, match=EGG):
        bench.import_snapshot(snapshot)
    assert bench.writes() == writes
    bench.import_snapshot(snapshot, on_conflict="update")
    edit_page(bench.source.main, HEN, title="Hen of the next night")
    bench.import_snapshot(bench.export("next"), on_conflict="update")
    with pytest.raises(Different, match=HEN):
        bench.import_snapshot(snapshot)


def test_an_import_that_never_was_is_refused(bench: Workbench) -> None:
    """One of other kinds is not one of all kinds."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot, only=frozenset({"content_types", "global_fields"}))
    bench.import_snapshot(snapshot, only=frozenset({"labels"}), on_conflict="update")
    with pytest.raises(UsageError, match="already holds content"):
        bench.import_snapshot(snapshot)


def test_a_plan_that_was_applied_is_looked_at(bench: Workbench) -> None:
    """Its target is as it left it, whatever came after it."""
    bench.import_snapshot(bench.export("first"))
    edit_page(bench.source.main, HEN, title="Hen of today")
    snapshot = bench.export()
    bench.plan(snapshot, on_conflict="update")
    plan = PlanFile(bench.root / "plan.jsonl")
    first = told(bench.import_snapshot(snapshot, plan=plan, on_conflict="update"))
    for other in (LABELS, {"on_conflict": "update"}, NARROW):
        bench.import_snapshot(snapshot, **other)
        writes = bench.writes()
        assert told(bench.import_snapshot(snapshot, plan=plan, on_conflict="update")) == first
        assert bench.writes() == writes
    edit_page(bench.target.main, page(bench, HEN), title="By hand")
    with pytest.raises(Different, match="no longer holds"):
        bench.import_snapshot(snapshot, plan=plan, on_conflict="update")


def test_an_import_that_was_given_up_makes_room_for_another_one(bench: Workbench) -> None:
    """As the refusal says; and the finished one before both is still known."""
    snapshot = bench.export()
    first = told(bench.import_snapshot(snapshot))
    bench.target.main.labels.clear()
    cut = RecordingTransport(bench.emulator, cut_at(1, after=True, only="write"))
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=cut, **LABELS)
    with pytest.raises(UsageError, match="--abandon"):
        bench.import_snapshot(snapshot)

    async def give_up() -> None:
        async with bench.session(bench.place(TARGET)) as session:
            await abandon(Run(SYSTEM, session, bench.place(TARGET), sleep=no_wait), bench.root / "state")

    run_async(give_up)
    with pytest.raises(Different, match="labels"):  # the cut one made one of several
        bench.import_snapshot(snapshot)
    bench.import_snapshot(snapshot, **LABELS)
    assert told(bench.import_snapshot(snapshot)) == first


def test_an_object_with_a_gap_of_one_value_is_looked_at(bench: Workbench) -> None:
    """A webhook arrives without its credentials, which are gaps. That it was deleted since is a change all the same."""
    destination = {
        "target_url": "https://example.com",
        "http_basic_auth": "me",
        "http_basic_password": "secret",
    }
    hook = {"name": "Secret", "channels": ["assets.create"], "destinations": [destination], "disabled": True}
    Editors(bench).call("POST", "/webhooks", json={"webhook": hook}).raise_for_status()
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    assert "webhooks" in {gap["kind"] for gap in first.gaps}
    assert told(bench.import_snapshot(snapshot)) == told(first)
    bench.target.webhooks.clear()
    with pytest.raises(Different, match="webhooks"):
        bench.import_snapshot(snapshot)
