"""A Timeline release that the target holds already, and what comes to exist in it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from meanwhile import before, meanwhile
from release_files_space import WANTED, add_release_files, files_in_campaign
from space_bench import SOURCE, make_space_bench

from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

REFUSED = b'{"sys": {"type": "Error", "id": "ValidationFailed"}, "message": "It may not be."}'


def items(bench: SpaceBench) -> list[str]:
    rows: list[Any] = [one.raw for one in bench.target.master.releases.values()]
    (campaign,) = (row for row in rows if row["title"] == "Campaign")
    return [one["entity"]["sys"]["id"] for one in campaign["entities"]["items"]]


@pytest.mark.parametrize("fewer", [False, True])
@pytest.mark.parametrize("archived", [False, True])
def test_what_comes_to_exist_in_it_alone_joins_it(root: Path, fewer: bool, archived: bool) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind)
    bench.import_snapshot(bench.export())
    add_release_files(bench.source, bench.source.master)
    there: Any = bench.source.master.releases["campaign"]
    if fewer:
        del there.raw["entities"]["items"][1], there.entries["egg"]
    if archived:
        there.raw["sys"] |= {"status": "archived", "archivedAt": "2030-01-03T08:00:00.000Z"}
    snapshot = bench.export("later")
    done = bench.import_snapshot(snapshot, on_conflict="update")
    assert [gap for gap in done.gaps if gap["kind"] == "releases"] == []
    assert items(bench) == ["hen", *([] if fewer else ["egg"]), "picture", "chick", "logo"]
    assert files_in_campaign(bench.target) == WANTED
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one)] == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert bench.writes() == 0


def test_what_was_taken_out_of_it_comes_back_with_its_body(root: Path) -> None:
    """The service makes a copy of the current entry when an item is put back; the release's own body goes over it."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    (campaign,) = (one for one in bench.target.master.releases.values() if one.raw["title"] == "Campaign")
    raw: Any = campaign.raw
    taken = [item for item in raw["entities"]["items"] if item["entity"]["sys"]["id"] == "hen"]
    raw["entities"]["items"] = [item for item in raw["entities"]["items"] if item not in taken]
    raw["sys"]["version"] += 1
    body = campaign.entries.pop("hen").body
    assert body["fields"] != bench.target.master.entries["hen"].body["fields"]
    done = bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert [gap for gap in done.gaps if gap["kind"] == "releases"] == []
    assert campaign.entries["hen"].body["fields"] == body["fields"]
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", on_conflict="update")
    assert bench.writes() == 0


def test_in_place_what_is_there_stays(root: Path) -> None:
    """An item of an entry that is deleted by now, and a release that another feature of the web app has made."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    here = bench.source.master
    launch: Any = here.releases["launch"].raw
    gone = {"sys": {"type": "Link", "linkType": "Entry", "id": "deleted-since"}}
    launch["entities"]["items"].append(gone)
    hidden: Any = here.releases["campaign"].raw
    hidden["metadata"] = {"annotations": {"Contentful:Timeline": {"type": "Hidden"}}}
    snapshot = bench.export()
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update")
    assert (bench.writes(), launch["entities"]["items"][-1]) == (0, gone)
    told = [(gap["uid"], gap.get("path")) for gap in done.gaps if gap["kind"] == "releases"]
    assert told == [("launch", "/entities/items/Entry deleted-since")]
    hidden["title"] = "Another title"
    hidden["sys"]["version"] += 1
    done = bench.import_snapshot(snapshot, "again", key=SOURCE, in_place=True, on_conflict="update")
    assert (bench.writes(), hidden["title"]) == (0, "Another title")
    assert "campaign" in [gap["uid"] for gap in done.gaps if "another feature" in str(gap["reason"])]


@pytest.mark.parametrize("is_held", [False, True])
def test_one_that_is_refused_is_told_once_and_not_sent_again(root: Path, is_held: bool) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind)
    campaign_of_source: Any = bench.source.master.releases["campaign"]
    chick = campaign_of_source.entries.pop("chick") if is_held else None
    if is_held:
        bench.import_snapshot(bench.export())
        campaign_of_source.entries["chick"] = chick
    snapshot = bench.export("later")
    bench.emulator.faults.add(
        Fault(method="PUT", path="/entries/chick", times=ALWAYS, carried_out=False, status=422, body=REFUSED)
    )
    for state in ("first", "second"):
        bench.emulator.log.clear()
        done = bench.import_snapshot(
            snapshot, state, on_conflict="update", identities=lambda *_: bench.root / "map"
        )
        gaps = [(gap["uid"], gap.get("path")) for gap in done.gaps if gap["kind"] == "releases"]
        assert gaps == [("campaign", "/entries/chick")]
        assert (items(bench), bench.writes() == 0) == (["hen", "egg", "picture"], state == "second")


@pytest.mark.parametrize("edits", [{"title": "Lunch"}, {"entities": {"sys": {"type": "Array"}, "items": []}}])
def test_what_somebody_changes_while_something_joins_it_stays(root: Path, edits: dict[str, Any]) -> None:
    """It is read again, for its items and its version: that look must not hide what is not the import's work."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()

    def edit() -> None:
        (campaign,) = (
            one.raw for one in bench.target.master.releases.values() if one.raw["title"] == "Campaign"
        )
        own: Any = campaign["sys"]
        campaign.update({**edits, "sys": {**own, "version": own["version"] + 1}})

    with meanwhile(bench.emulator, (before(match=r"PUT .*/invented-target/.*/entries/chick$"), edit)):
        done = bench.import_snapshot(snapshot)
    assert [gap["uid"] for gap in done.gaps if gap["kind"] == "releases"] == ["campaign"]
    assert [(one["kind"], one["uid"]) for one in done.remarks["meanwhile"]] == [("releases", "campaign")]
    titles = {one.raw["title"] for one in bench.target.master.releases.values()}
    assert edits.get("title", "Campaign") in titles
    if "entities" in edits:
        assert items(bench) == ["chick"]
