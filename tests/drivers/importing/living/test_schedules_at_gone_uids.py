"""What waits in the publish queue for something that was made anew under another uid: told, for no call moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from random_stack import STAMPS
from small_stack import EGG, HEN, LATER, LIVE, NEW_YEAR, RELEASE, fill_small
from test_repointing import add_outside, made_anew
from test_trash import delete, restore
from workbench import make_workbench, memory_directory

from stackferry.emulators.contentstack import Fault, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.model import JsonObject

SINCE = "bltaaaaaaaaaaaaaa33"
STALE = (LATER, "Hen, revised", HEN)  # HEN's version that is to be published refers to EGG


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A stack without a trash."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small, switches=Switches(trash=False))


def put(bench: Workbench, uid: str, row: str = SINCE, version: int = 1) -> None:
    """Schedule an entry in English; without a version the latest one."""
    number = {"version": version} if version else {}
    queued: JsonObject = {"uid": row, "type": "entry", "entry": {"uid": uid, "locale": "en-us", **number}}
    queued |= {
        "content_type": {"uid": "page"},
        "action": "publish",
        "environment": [LIVE],
        "locale": ["en-us"],
    }
    bench.source.main.put_queue_item(
        {**queued, "scheduled_at": NEW_YEAR, "publish_status": "scheduled", **STAMPS}
    )


def told(done: Any) -> list[tuple[object, ...]]:
    rows = [row for row in done.remarks["mapped"] if row["kind"] == "schedules"]
    return sorted(((row["uid"], row["title"], row["target"]) for row in rows), key=str)


def gaps(done: Any) -> dict[str, str]:
    return {str(gap["uid"]): str(gap["reason"]) for gap in done.gaps if gap["kind"] == "schedules"}


def test_one_that_was_made_since_is_a_gap(bench: Workbench) -> None:
    """Run again with another checkpoint, too: it still waits for nothing."""
    snapshot = bench.export()
    put(bench, EGG)
    delete(bench, EGG)
    for state in ("first", "another"):
        done, _ = restore(bench, snapshot, state)
        new = made_anew(bench, "Egg")
        assert told(done) == [STALE, (SINCE, "Egg", new)]
        assert sorted(gaps(done)) == [LATER, SINCE]
        assert f"{NEW_YEAR} in live" in gaps(done)[SINCE]


@pytest.mark.parametrize("options", [{"schedules": False}, {"schedules": True}, {"publish": "none"}])
def test_one_of_the_snapshot_is_one_gap_or_scheduled_anew(bench: Workbench, options: Any) -> None:
    snapshot = bench.export()
    delete(bench, HEN)
    done, _ = restore(bench, snapshot, **options)
    new = made_anew(bench, "Hen, revised")
    assert told(done) == [(LATER, "Hen, revised", new)]
    waiting = [bench.source.main.queue[uid] for uid in bench.source.main.waiting]
    entries: list[Any] = [row["entry"] for row in waiting if "entry" in row]
    if options == {"schedules": True}:
        assert LATER not in gaps(done)
        assert sorted(one["uid"] for one in entries) == sorted([HEN, new])
    else:
        assert [uid for uid in gaps(done) if uid == LATER] == [LATER]


def test_a_deployment_of_a_release_that_was_made_anew(bench: Workbench) -> None:
    snapshot = bench.export()
    release: JsonObject = {"uid": RELEASE, "name": "Spring"}
    row: JsonObject = {"uid": SINCE, "type": "release", "entry": {"release": release}, "action": "deploy"}
    row |= {"environment": [LIVE], "locale": ["en-us"], "scheduled_at": NEW_YEAR}
    bench.source.main.put_queue_item({**row, "publish_status": "scheduled", **STAMPS})
    opened = {"release": {"name": "Spring", "locked": False}}
    Editors(bench).call("PUT", f"/releases/{RELEASE}", json=opened).raise_for_status()
    Editors(bench).call("DELETE", f"/releases/{RELEASE}").raise_for_status()
    done, _ = restore(bench, snapshot)
    (new,) = bench.source.main.releases
    assert told(done) == [(SINCE, "Spring", new)]
    assert SINCE in gaps(done)


@pytest.mark.parametrize("schedules", [False, True])
def test_a_version_that_refers_to_what_is_gone(bench: Workbench, schedules: bool) -> None:
    """HEN's second version is to be published, and refers to EGG: what is written anew has another number. Each time
    that it is imported, and one gap."""
    snapshot = bench.export()
    delete(bench, EGG)
    for state in ("first", "another"):
        done, _ = restore(bench, snapshot, state, schedules=schedules)
        assert told(done) == [STALE]
        ours = [str(gap["reason"]) for gap in done.gaps if gap["uid"] == LATER]
        assert len(ours) == 1
        assert ("cancel it" if schedules else "--schedules") in ours[0]


@pytest.mark.parametrize("switches", [Switches(), Switches(trash=False, import_keeps_uid=True)])
def test_of_what_comes_back_under_its_uid(bench: Workbench, switches: Switches) -> None:
    """Out of the trash with its history: then the row still says what it said, asked for or not. Made anew under the
    same uid its version is another one."""
    bench.emulator.switches = switches
    snapshot = bench.export()
    delete(bench, HEN)
    done, _ = restore(bench, snapshot, schedules=False)
    assert HEN in bench.source.main.entries["page"]
    assert [uid for uid in gaps(done) if uid == LATER] == ([] if switches.trash else [LATER])


def test_a_version_of_an_entry_outside_of_the_snapshot(bench: Workbench) -> None:
    """An older one is read. One that refers to nothing of the kind is not told, nor is a schedule for the latest."""
    snapshot = bench.export()
    outside = add_outside(bench)
    Editors(bench).save("page", outside, title="Draft", partner=[{"uid": HEN, "_content_type_uid": "page"}])
    put(bench, outside)
    put(bench, outside, row="bltaaaaaaaaaaaaaa34", version=2)
    put(bench, outside, row="bltaaaaaaaaaaaaaa35", version=0)
    delete(bench, EGG)
    done, _ = restore(bench, snapshot, schedules=True)
    assert told(done) == [STALE, (SINCE, "Outside", outside)]
    assert "cancel it" in gaps(done)[SINCE]


def test_a_queue_that_may_not_be_read_is_a_gap(bench: Workbench) -> None:
    snapshot = bench.export()
    put(bench, EGG)
    delete(bench, EGG)
    bench.emulator.faults.add(Fault(method="GET", path="/publish-queue", status=403, after=2, times=9))
    done, _ = restore(bench, snapshot)
    assert "could not be read" in gaps(done)["*"]


def test_undisturbed_nothing_is_asked(bench: Workbench) -> None:
    """The target's queue is read once, with its other listings."""
    snapshot = bench.export()
    before = len(bench.emulator.log)
    restore(bench, snapshot)
    asked = [one for one in bench.emulator.log[before:] if "publish-queue" in one.path]
    assert len(asked) == 1
