"""In another stack its trash is asked for what an earlier import made there, under the uid that it had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from small_stack import EGG, HEN, RELEASE, fill_small, fill_small_without_schedule
from test_trash import EVERYWHERE, PAGES
from workbench import TARGET, RecordingTransport, make_workbench, memory_directory

from oracle import compare
from stackferry.emulators.contentstack import Switches
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def delete(bench: Workbench, *titles: str) -> list[str]:
    """An editor of the target deletes pages in all languages and assets, by their titles; their uids."""
    content, found = bench.target.main, []
    for uid, entry in [*content.entries["page"].items()]:
        if {one.latest["title"] for one in entry.documents.values()} & {*titles}:
            found.append(f"{PAGES}/{uid}")
    for uid, asset in [*content.assets.items()]:
        if asset.latest.get("title") in titles:
            found.append(f"/assets/{uid}")
    for path in found:
        params = EVERYWHERE if path.startswith(PAGES) else {}
        Editors(bench, key=TARGET).call("DELETE", path, params=params).raise_for_status()
    return [path.rpartition("/")[2] for path in found]


def update(bench: Workbench, snapshot: Snapshot, state: str = "state") -> tuple[ImportResult, list[str]]:
    """The import again, and the writes that it sent."""
    transport = RecordingTransport(bench.emulator)
    done = bench.import_snapshot(snapshot, state, on_conflict="update", transport=transport)
    return done, [call.split("?")[0].replace("/v3", "") for call in transport.log if call[:3] != "GET"]


def test_what_was_deleted_there_comes_back_under_its_uid(bench: Workbench) -> None:
    """Nothing is made twice, no title is taken, and the items of its release lead to it again."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before, pages = bench.dump(TARGET), {*bench.target.main.entries["page"]}
    (hen,) = delete(bench, "Hen, revised")
    (egg,) = delete(bench, "Egg")
    done, writes = update(bench, snapshot)
    assert (done.gaps, done.left) == ([], [])
    told = [(row["uid"], row["locale"], row["target"]) for row in done.remarks.pop("restored")]
    assert (sorted(told), done.remarks) == (
        [(HEN, "en-us", hen), (EGG, "en-us", egg), (EGG, "fr-fr", egg)],
        {},
    )
    assert {*bench.target.main.entries["page"]} == pages
    asked = [one for one in writes if one.endswith("/restore")]
    assert sorted(asked) == sorted(f"PUT {PAGES}/{uid}/restore" for uid in (hen, egg, egg))
    assert compare(before, bench.dump(TARGET)) == []
    assert update(bench, snapshot)[1] == []


def test_an_asset_comes_back_with_what_uses_it(bench: Workbench) -> None:
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = bench.dump(TARGET)
    (picture,) = delete(bench, "Hen and egg")
    done, writes = update(bench, snapshot)
    assert done.gaps == []
    assert f"PUT /assets/{picture}/restore" in writes
    assert "POST /assets" not in writes
    assert compare(before, bench.dump(TARGET)) == []
    assert update(bench, snapshot)[1] == []


def test_a_target_of_which_nothing_is_known_is_not_asked(bench: Workbench) -> None:
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    delete(bench, "Egg", "Hen, revised", "Hen and egg")
    assert not [one for one in update(bench, snapshot, "elsewhere/state")[1] if "/restore" in one]


def test_where_the_trash_has_it_no_more_it_is_made_anew() -> None:
    """Items of releases get the new uid, but for one of the target's own: which version it means nobody knows."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small_without_schedule, switches=Switches(trash=False))
        snapshot = bench.export()
        bench.import_snapshot(snapshot)
        (shared,) = bench.target.main.releases.values()
        editors = Editors(bench, key=TARGET)
        made = editors.call("POST", "/releases", json={"release": {"name": "Their own", "description": ""}})
        own = made.raise_for_status().json()["release"]["uid"]
        hen = shared.items[0]["uid"]
        item = {"uid": hen, "content_type_uid": "page", "locale": "en-us", "version": 1, "action": "publish"}
        editors.call("POST", f"/releases/{own}/items", json={"items": [item]}).raise_for_status()
        delete(bench, "Hen, revised")
        done, _ = update(bench, snapshot)
        assert [(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps] == [("release_items", own, hen)]
        (new,) = [row["target"] for row in done.remarks["mapped"] if row["kind"] == "entries"]
        assert [one["uid"] for one in shared.items] == [new]
        assert [row["kind"] for row in done.left] == ["releases"]


def test_what_could_not_be_made_is_not_left_as_the_targets_own(bench: Workbench) -> None:
    """The trash refuses it and keeps its title: the source's release holds that item, so only a gap tells of it."""
    opened = {"release": {"name": "Spring", "locked": False}}
    Editors(bench).call("PUT", f"/releases/{RELEASE}", json=opened).raise_for_status()
    item = {"uid": EGG, "content_type_uid": "page", "locale": "en-us", "version": 1, "action": "publish"}
    Editors(bench).call("POST", f"/releases/{RELEASE}/items", json={"items": [item]}).raise_for_status()
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    delete(bench, "Egg")
    refused = Fault(method="PUT", path="/restore", status=422, body=b"{}", times=ALWAYS, carried_out=False)
    bench.emulator.faults.add(refused)
    done, _ = update(bench, snapshot)
    told = {(gap["kind"], gap["uid"], gap.get("path")) for gap in done.gaps}
    assert ("entries", EGG, "version 1") in told
    assert ("release_items", RELEASE, EGG) in told
    assert done.left == []


def test_a_dry_run_tells_what_is_asked_for(bench: Workbench) -> None:
    """The import then does just that."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    delete(bench, "Hen, revised", "Egg")
    lines: list[Any] = bench.plan(snapshot, on_conflict="update")
    foot = next(one for one in lines if one["line"] == "foot")["actions"]
    assert foot["entries"]["restore"] == 3
    assert {name for name, count in foot["entries"].items() if count} <= {"restore", "skip"}
