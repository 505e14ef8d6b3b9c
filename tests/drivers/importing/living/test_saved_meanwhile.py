"""Somebody saves entries while an import goes on: it is told, and a restore does not write over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from edited import edit_page
from editors import Editors
from every_kind_stack import fill_every_kind
from meanwhile import before, every, meanwhile
from small_stack import EGG, HEN, PICTURE
from workbench import SOURCE, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def restore(bench: Workbench, snapshot: Snapshot, state: str = "state", **options: Any) -> ImportResult:
    asked = {"in_place": True, "on_conflict": "update", "key": SOURCE, **options}
    return bench.import_snapshot(snapshot, state, **asked)


def title(bench: Workbench, uid: str) -> object:
    return bench.source.main.entries["page"][uid].documents["en-us"].latest["title"]


def test_a_version_between_the_look_and_the_write_is_told(bench: Workbench) -> None:
    """The service takes both; the number in the answer tells, and the version is in the history."""
    snapshot, wanted = bench.export(), title(bench, HEN)
    edit_page(bench.source.main, HEN, title="Edited since")
    number = bench.source.main.entries["page"][HEN].documents["en-us"].version
    editors = Editors(bench, key=SOURCE)
    with meanwhile(
        bench.emulator,
        (before(match=f"^PUT .*/entries/{HEN}"), lambda: editors.save("page", HEN, title="By somebody")),
    ):
        done = restore(bench, snapshot)
    assert title(bench, HEN) == wanted
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"], row["locale"], row["title"]) == ("entries", HEN, "en-us", wanted)
    assert f"version {number + 1}" in str(row["reason"])
    assert any(gap["uid"] == HEN and gap["reason"] == row["reason"] for gap in done.gaps)
    history = bench.source.main.entries["page"][HEN].documents["en-us"].versions
    assert history[number + 1]["title"] == "By somebody"


def test_a_version_of_an_asset_between_the_look_and_the_write_is_told(bench: Workbench) -> None:
    snapshot, path, editors = bench.export(), f"/assets/{PICTURE}", Editors(bench)
    editors.call("PUT", path, json={"asset": {"title": "Edited since"}}).raise_for_status()
    asset = bench.source.main.assets[PICTURE]
    number = asset.version
    sent = {"asset": {"title": "By somebody"}}
    with meanwhile(
        bench.emulator, (before(match=f"^PUT {path}"), lambda: editors.call("PUT", path, json=sent))
    ):
        done = restore(bench, snapshot)
    assert asset.latest["title"] == "Hen and egg"
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"], row["title"]) == ("assets", PICTURE, "Hen and egg")
    assert f"version {number + 1}" in str(row["reason"])
    assert asset.versions[number + 1].raw["title"] == "By somebody"


def test_what_was_saved_since_the_plan_is_not_written_over(bench: Workbench) -> None:
    """It is a conflict, and the next run, which sees it, restores it."""
    snapshot, wanted = bench.export(), title(bench, HEN)
    edit_page(bench.source.main, HEN, title="Edited since")
    edit_page(bench.source.main, EGG, title="Edited, too", url="/too")
    editors = Editors(bench, key=SOURCE)
    look = before(match=r"^GET .*/entries\?.*%22uid%22|^GET .*/entries\?.*%24in")
    with meanwhile(bench.emulator, (look, lambda: editors.save("page", HEN, title="By somebody"))):
        done = restore(bench, snapshot)
    assert title(bench, HEN) == "By somebody"
    assert title(bench, EGG) != "Edited, too"
    (row,) = done.remarks["conflicts"]
    assert (row["uid"], row["locale"]) == (HEN, "en-us")
    # Neither is what stands on it: its publication and its schedule.
    assert {gap["kind"] for gap in done.gaps} == {"entries", "publications", "schedules"}
    again = restore(bench, snapshot)
    assert (again.gaps, again.remarks) == ([], {})
    assert title(bench, HEN) == wanted


def test_an_editor_who_saves_all_the_time(bench: Workbench) -> None:
    """Whatever comes first, each of the editor's versions is in the history, and nothing is lost in silence."""
    snapshot = bench.export()
    edit_page(bench.source.main, HEN, title="Edited since")
    editors, saved = Editors(bench, key=SOURCE), 0

    def save() -> None:
        nonlocal saved
        saved += 1
        editors.save("page", HEN, title=f"Saved {saved}")

    with meanwhile(bench.emulator, (every(3), save)):
        done = restore(bench, snapshot)
    history = bench.source.main.entries["page"][HEN].documents["en-us"].versions
    assert {f"Saved {number + 1}" for number in range(saved)} <= {one["title"] for one in history.values()}
    told = [row["uid"] for rows in done.remarks.values() for row in rows]
    assert told == [HEN]
    assert HEN in {gap["uid"] for gap in done.gaps}


def test_undisturbed_nothing_is_told(bench: Workbench) -> None:
    snapshot = bench.export(versions="all")
    edit_page(bench.source.main, HEN, title="Edited since")
    done = restore(bench, snapshot, versions="all")
    assert (done.gaps, done.remarks) == ([], {})
    assert bench.import_snapshot(snapshot, "other", versions="all").remarks == {}
