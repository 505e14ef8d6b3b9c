"""Matching of assets that the target already holds: equal files, older versions, folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS
from small_stack import FOLDER, LIVE, PICTURE, fill_small
from workbench import SOURCE, make_workbench, memory_directory

from stackferry.emulators.contentstack.state import Publication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from random_fields import Row
    from workbench import Workbench

    from stackferry.emulators.contentstack.state import Asset

TWIN = "bltaaaaaaaaaaaaaa00"  # before the picture in the order of uids


@pytest.fixture
def small() -> Iterator[Workbench]:
    """A bench with the small stack in its source."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def twin(one: Workbench) -> None:
    """A second asset with the picture's name, title, folder and bytes, which no entry refers to."""
    row = {**one.source.main.assets[PICTURE].latest, "uid": TWIN, "_version": 1}
    one.source.main.put_asset(row, b"picture 2")


def put(one: Workbench, version: int, **facts: Any) -> None:
    """One more version of the source's picture."""
    row = {**one.source.main.assets[PICTURE].latest, "_version": version, **facts}
    one.source.main.put_asset(row, b"picture %d" % version)


def test_equal_assets_are_matched_by_the_entries_that_refer_to_them(small: Workbench) -> None:
    """The same file uploaded twice: an import over its own result writes nothing, whatever the order of the uids."""
    twin(small)
    snapshot = small.export()
    small.import_snapshot(snapshot)
    sent = small.writes()
    small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert small.writes() == sent


def test_equal_assets_without_references_are_matched_by_their_description(small: Workbench) -> None:
    branch = small.source.main
    branch.entries["page"].clear()
    branch.releases.clear()
    branch.assets[PICTURE].live.clear()
    twin(small)
    branch.assets[PICTURE].latest["description"] = "the first"
    branch.assets[TWIN].latest["description"] = "the second"
    snapshot = small.export()
    small.import_snapshot(snapshot)
    sent = small.writes()
    small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert small.writes() == sent


def test_equal_assets_are_matched_by_where_they_are_published(small: Workbench) -> None:
    """Nothing is published a second time."""
    branch = small.source.main
    branch.entries["page"].clear()
    branch.releases.clear()
    twin(small)
    branch.assets[TWIN].live.clear()
    snapshot = small.export(versions="latest")
    small.import_snapshot(snapshot, versions="latest")
    sent = small.writes()
    small.import_snapshot(snapshot, "another state", versions="latest", on_conflict="update")
    assert small.writes() == sent


def test_an_older_version_of_an_asset_is_found_and_published_again(small: Workbench) -> None:
    snapshot = small.export()
    small.import_snapshot(snapshot)
    there = next(one for one in small.target.main.assets.values() if not one.is_folder)
    there.live.clear()
    imported = small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert imported.gaps == []
    assert [one.version for one in there.live.values()] == [1]


def test_a_version_with_the_same_name_and_size_but_other_bytes_does_not_match(small: Workbench) -> None:
    """The right bytes are uploaded, and the latest version stays the latest."""
    snapshot = small.export()
    small.import_snapshot(snapshot)
    there = next(one for one in small.target.main.assets.values() if not one.is_folder)
    there.live.clear()
    there.versions[1].content = b"PICTURE 1"
    imported = small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert imported.gaps == []
    assert [shown_bytes(there, one.version) for one in there.live.values()] == [b"picture 1"]
    assert shown_bytes(there, there.version) == b"picture 2"


def test_with_skip_a_missing_asset_version_and_its_publication_are_gaps(small: Workbench) -> None:
    snapshot = small.export(versions="all")
    small.import_snapshot(snapshot, versions="all")
    there = next(one for one in small.target.main.assets.values() if not one.is_folder)
    there.live.clear()
    there.versions[1].content = b"PICTURE 1"
    imported = small.import_snapshot(snapshot, "another state", versions="all", on_conflict="skip")
    assert {gap["kind"] for gap in imported.gaps} == {"asset_publications", "asset_versions"}
    assert not there.live


def shown_bytes(asset: Asset, version: int) -> Any:
    content = asset.versions[version].content
    return content if isinstance(content, bytes) or content is None else content.read_bytes()


def test_branches_share_uploads_so_no_bytes_are_fetched_to_compare_them(small: Workbench) -> None:
    branch = small.source.main
    small.source.branches["staging"] = branch.fork("staging", {"uid": "staging"})
    small.source.branches["staging"].assets[PICTURE].live.clear()
    snapshot, fetched = small.export(), small.emulator.count("asset")
    imported = small.import_snapshot(snapshot, key=SOURCE, branch="staging", on_conflict="update")
    assert imported.gaps == []
    live = small.source.branches["staging"].assets[PICTURE].live
    assert [one.version for one in live.values()] == [1]
    assert small.emulator.count("asset") == fetched


def test_a_later_version_may_lose_its_description_tags_and_folder(small: Workbench) -> None:
    put(small, 3, description="soon gone", tags=["one", "two"])
    put(small, 4, description="", tags=[], parent_uid=None)
    small.import_snapshot(small.export(versions="all"), versions="all")
    there = next(one for one in small.target.main.assets.values() if not one.is_folder)
    says = [
        (one.raw.get("description"), one.raw["tags"], bool(one.raw["parent_uid"]))
        for one in there.versions.values()
    ]
    assert says[2:] == [("soon gone", ["one", "two"], True), ("", [], False)]


def test_tags_with_commas_survive_in_every_version(small: Workbench) -> None:
    """The upload form separates tags by commas, so such a tag needs an update of its own; that version is published."""
    put(small, 3, tags=["salt, pepper"])
    put(small, 4, tags=["salt", "pepper"])
    live = Publication(LIVE, "en-us", 3, "", "", "en-us")
    small.source.main.assets[PICTURE].live[LIVE, "en-us"] = live
    snapshot = small.export(versions="all")
    small.import_snapshot(snapshot, versions="all")
    there = next(one for one in small.target.main.assets.values() if not one.is_folder)
    shown = next(iter(there.live.values())).version
    assert there.versions[shown].raw["tags"] == ["salt, pepper"]
    assert there.latest["tags"] == ["salt", "pepper"]
    sent = small.writes()
    small.import_snapshot(snapshot, "another state", versions="all", on_conflict="update")
    assert small.writes() == sent


def test_an_asset_that_is_unique_on_both_sides_matches_without_reading_entries(small: Workbench) -> None:
    """The target's other assets stay as they are."""
    snapshot = small.export()
    small.import_snapshot(snapshot)
    other: Row = {"uid": "bltinventedother001", "filename": "other.txt", "title": "other", "is_dir": False}
    facts: Row = {"parent_uid": None, "file_size": "1", "_version": 1}
    small.target.main.put_asset({**other, **facts, **STAMPS}, b"x")
    sent = small.writes()
    small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert small.writes() == sent
    assert small.target.main.assets["bltinventedother001"].version == 1


def test_folders_with_one_name_are_matched_by_their_content(small: Workbench) -> None:
    """New assets go into the folder that holds their neighbours."""
    branch = small.source.main
    folders = [f"bltaaaaaaaaaaaaaf{number:02}" for number in range(6)]
    for uid in folders:
        branch.put_asset({**branch.assets[FOLDER].latest, "uid": uid, "name": "Logos"})
    for number, folder in enumerate(folders):
        logo(small, f"bltaaaaaaaaaaaaac{number:02}", f"first {number}", folder)
    small.import_snapshot(small.export("first"), "before")
    for number, folder in enumerate(folders):
        logo(small, f"bltaaaaaaaaaaaaad{number:02}", f"second {number}", folder)
    small.import_snapshot(small.export("later"), on_conflict="update")
    where = {asset.latest["title"]: asset.latest["parent_uid"] for asset in small.target.main.assets.values()
             if not asset.is_folder}  # fmt: skip
    assert all(where[f"first {number}"] == where[f"second {number}"] for number in range(6))


def logo(one: Workbench, uid: str, title: str, folder: str) -> None:
    """An asset in a folder of the source."""
    row = {**one.source.main.assets[PICTURE].latest, "uid": uid, "_version": 1}
    one.source.main.put_asset({**row, "title": title, "parent_uid": folder}, b"picture 2")
