"""`--hold-webhooks`: the target's webhooks are off while an import writes, and as they were afterwards."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from editors import Editors
from linked_stack import fill_linked
from listening import CHANNELS, listen
from meanwhile import before, meanwhile
from small_stack import fill_small
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
)

from sampling import sampled
from stackferry.drivers.import_run import abandon
from stackferry.drivers.run import Run
from stackferry.emulators.contentstack import Switches
from stackferry.errors import ServiceError
from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD: Any = {"hold_webhooks": True, "on_conflict": "update"}


def listening(workbench: Workbench, **switches: Any) -> Workbench:
    for uid in ("blthook1", "blthook2"):
        listen(workbench, uid)
    listen(workbench, "bltoff", disabled=True)
    listen(workbench, "bltother", branches=["elsewhere"])
    for name, value in switches.items():
        setattr(workbench.emulator.switches, name, value)
    return workbench


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield listening(make_workbench(root, fill_small))


def on(workbench: Workbench) -> set[str]:
    return {uid for uid, row in workbench.target.webhooks.items() if row.get("disabled") is not True}


def without_times(workbench: Workbench) -> dict[str, Any]:
    hidden = ("updated_at", "updated_by", "created_at", "created_by", "_version")
    rows = workbench.target.webhooks.items()
    return {uid: {key: value for key, value in row.items() if key not in hidden} for uid, row in rows}


def test_no_event_is_sent_and_the_webhooks_are_as_they_were(workbench: Workbench) -> None:
    before_import = without_times(workbench)
    workbench.import_snapshot(workbench.export(), **HELD)
    assert workbench.target.webhook_events == []
    assert without_times(workbench) == before_import
    assert workbench.target.main.entries["page"]


def test_without_the_option_events_are_sent(workbench: Workbench) -> None:
    workbench.import_snapshot(workbench.export(), on_conflict="update")
    assert workbench.target.webhook_events


def test_where_nothing_is_written_no_webhook_is_touched(workbench: Workbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot, **HELD)
    writes = workbench.writes()
    workbench.import_snapshot(snapshot, **HELD)
    assert workbench.writes() == writes


def test_webhooks_that_are_imported_stay_off(workbench: Workbench) -> None:
    """Those of the source are made as ever: disabled."""
    hook: Any = {"uid": "bltsource", "name": "Source's", "channels": [*CHANNELS], "disabled": False}
    workbench.source.webhooks["bltsource"] = {**hook, "destinations": [{"target_url": "https://x.invented"}]}
    workbench.import_snapshot(workbench.export(), **HELD)
    (made,) = [row for row in workbench.target.webhooks.values() if row["name"] == "Source's"]
    assert made["disabled"] is True
    assert on(workbench) == {"blthook1", "blthook2", "bltother"}


@pytest.mark.parametrize("number", sampled(range(1, 60), 8))
def test_an_import_killed_at_any_request_gives_them_back(number: int) -> None:
    """Before and after it, in turn; the next run ends it, without an event."""
    with memory_directory() as root:
        workbench = listening(make_workbench(root, fill_small))
        snapshot, kept = workbench.export(), without_times(workbench)
        transport = RecordingTransport(workbench.emulator, cut_at(number, after=number % 2 == 0))
        try:
            workbench.import_snapshot(snapshot, transport=transport, **HELD)
        except Cut:
            workbench.import_snapshot(snapshot, **HELD)
        assert without_times(workbench) == kept
        assert workbench.target.webhook_events == []


def stopped(workbench: Workbench) -> Any:
    """An import that was killed after its fourth write: two webhooks are off."""
    snapshot = workbench.export()
    transport = RecordingTransport(workbench.emulator, cut_at(4, after=True, only="write"))
    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=transport, **HELD)
    assert on(workbench) == {"bltother"}
    return snapshot


def test_an_import_that_is_given_up_gives_them_back(workbench: Workbench) -> None:
    stopped(workbench)
    place = workbench.place(TARGET)

    async def give_up() -> int:
        async with workbench.session(place) as session:
            run = Run(SYSTEM, session, place, sleep=no_wait)
            return (await abandon(run, workbench.root / "state")).count

    assert anyio.run(give_up) >= 2
    assert on(workbench) == {"blthook1", "blthook2", "bltother"}


def test_an_import_that_goes_on_without_the_option_gives_them_back_first(workbench: Workbench) -> None:
    snapshot = stopped(workbench)
    workbench.import_snapshot(snapshot, on_conflict="update")
    assert on(workbench) == {"blthook1", "blthook2", "bltother"}
    assert workbench.target.webhook_events


def test_what_an_editor_changes_meanwhile_stays(workbench: Workbench) -> None:
    """Only `disabled` is written."""
    editors = Editors(workbench, key=TARGET)
    renamed = {"webhook": {"name": "Renamed", "channels": ["assets.create"]}}
    moment = before(match="^POST .*/entries")
    edit = (moment, lambda: editors.call("PUT", "/webhooks/blthook1", json=renamed))
    with meanwhile(workbench.emulator, edit):
        workbench.import_snapshot(workbench.export(), **HELD)
    row = workbench.target.webhooks["blthook1"]
    assert (row["name"], row["channels"], row["disabled"]) == ("Renamed", ["assets.create"], False)


def test_one_that_is_deleted_meanwhile_is_told(workbench: Workbench) -> None:
    editors = Editors(workbench, key=TARGET)
    edit = (before(match="^POST .*/entries"), lambda: editors.call("DELETE", "/webhooks/blthook1"))
    with meanwhile(workbench.emulator, edit):
        found = workbench.import_snapshot(workbench.export(), **HELD)
    (gap,) = [one for one in found.gaps if one["kind"] == "webhooks"]
    assert (gap["uid"], "switched off" in str(gap["reason"])) == ("blthook1", True)
    assert on(workbench) == {"blthook2", "bltother"}
    with closing(Checkpoint(workbench.root / "state/checkpoint.sqlite")) as checkpoint:
        assert checkpoint.pending_undos() == []


def test_a_service_that_takes_no_part_of_a_webhook_is_written_nothing() -> None:
    """To write it as a whole would lose the credentials that no answer shows."""
    with memory_directory() as root:
        switches = Switches(webhook_update="whole")
        workbench = listening(make_workbench(root, fill_small, switches=switches))
        snapshot, kept = workbench.export(), without_times(workbench)
        for _ in range(2):
            with pytest.raises(
                ServiceError, match="held_webhooks blthook1: the target refused to switch it off"
            ):
                workbench.import_snapshot(snapshot, **HELD)
        assert without_times(workbench) == kept
        assert not workbench.target.main.entries
        workbench.import_snapshot(snapshot, on_conflict="update")
        assert workbench.target.main.entries["page"]


def test_a_plan_tells_of_it() -> None:
    with memory_directory() as root:
        workbench = listening(make_workbench(root, fill_linked))
        snapshot = workbench.export()
        rows: list[Any] = workbench.plan(snapshot, **HELD)
        held = [(row["action"], row["uid"]) for row in rows if row.get("kind") == "held_webhooks"]
        hooks = ("blthook1", "blthook2")
        assert held == [*(("hold", uid) for uid in hooks), *(("give back", uid) for uid in hooks)]
        assert rows[-1]["actions"]["held_webhooks"] == {"hold": 2, "give back": 2}
        workbench.import_snapshot(snapshot, **HELD)
        assert rows[-1]["requests"]["write"] == workbench.counts.as_json()["write"]
        again: list[Any] = workbench.plan(snapshot, **HELD)
        assert "write" not in again[-1]["requests"]
