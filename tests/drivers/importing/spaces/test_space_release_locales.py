"""Items of a Timeline release name every locale of the environment, also those that the snapshot does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import locale
from space_bench import SOURCE, TARGET
from test_space_every_kind import bench_of
from workbench import Cut, RecordingTransport, cut_at

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench


@pytest.mark.parametrize("is_resumed", [False, True], ids=["held before", "added while it was stopped"])
def test_a_locale_that_only_the_target_has_is_in_every_item_of_a_release(
    root: Path, is_resumed: bool
) -> None:
    """The service wants all locales of the environment in each item."""
    bench = bench_of(root)
    snapshot = bench.export()
    if is_resumed:
        transport = RecordingTransport(bench.emulator, cut_at(10, after=True, only="write"))
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=transport)
    added: dict[str, Any] = {**locale("fr", "en-US"), "optional": True}
    bench.target.master.put("locales", added)
    done = bench.import_snapshot(snapshot)
    assert [gap for gap in done.gaps if gap["kind"] == "releases"] == []
    (campaign,) = (one.raw for one in bench.target.master.releases.values() if one.raw["title"] == "Campaign")
    entities: Any = campaign["entities"]
    named = [item for item in entities["items"] if item["entity"]["sys"]["id"] == "egg"]
    assert [item["add"]["fields"]["*"] for item in named] == [["en-US"]]
    assert [sorted(item["remove"]["fields"]["*"]) for item in named] == [["de", "fr"]]
    found = [one for one in bench.verify(snapshot).differences if "release" in str(one)]
    assert found == []


def item_of_egg(bench: SpaceBench, key: str) -> Any:
    releases = bench.emulator.spaces[key].master.releases.values()
    (raw,) = (one.raw for one in releases if one.raw["title"] == "Campaign")
    items: Any = raw["entities"]
    return next(item for item in items["items"] if item["entity"]["sys"]["id"] == "egg")


def test_a_locale_that_an_item_of_the_source_does_not_name_is_told(root: Path) -> None:
    """It is older than the locale. Here it must name all: what becomes of the locale is a gap."""
    bench = bench_of(root)
    item_of_egg(bench, SOURCE).update(add={"fields": {"*": ["en-US"]}}, remove={"fields": {"*": []}})
    snapshot = bench.export()
    for state in ("first", "second"):
        bench.emulator.log.clear()
        done = bench.import_snapshot(snapshot, state, on_conflict="update")
        told = [str(gap["reason"]) for gap in done.gaps if gap["kind"] == "releases"]
        assert ["locale de" in reason for reason in told] == [True]
        assert sorted(item_of_egg(bench, TARGET)["add"]["fields"]["*"]) == ["de", "en-US"]
        assert [one for one in bench.verify(snapshot, state).differences if "release" in str(one)] == []
    assert bench.writes() == 0


def test_an_item_that_names_fewer_locales_says_another_thing(root: Path) -> None:
    """In the source it is published in all locales, in the target in one, and the other is not named."""
    bench = bench_of(root)
    item_of_egg(bench, SOURCE).update(add={"fields": {"*": ["de", "en-US"]}}, remove={"fields": {"*": []}})
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    item_of_egg(bench, TARGET).update(add={"fields": {"*": ["en-US"]}}, remove={"fields": {"*": []}})
    paths = [str(one["path"]) for one in bench.verify(snapshot).differences if one["kind"] == "releases"]
    assert paths
    assert all(path.startswith("/entities/items/Entry egg") for path in paths)
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert sorted(item_of_egg(bench, TARGET)["add"]["fields"]["*"]) == ["de", "en-US"]
    assert [one for one in bench.verify(snapshot, "again").differences if one["kind"] == "releases"] == []
