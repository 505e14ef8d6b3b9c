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
def workbench() -> Iterator[Workbench]:
    """The small stack in the source."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def twin(workbench: Workbench) -> None:
    """A second asset with the picture's name, title, folder and bytes, which no entry refers to."""
    row = {**workbench.source.main.assets[PICTURE].latest, "uid": TWIN, "_version": 1}
    workbench.source.main.put_asset(row, b"picture 2")


def put(workbench: Workbench, version: int, **facts: Any) -> None:
    """One more version of the source's picture."""
    row = {**workbench.source.main.assets[PICTURE].latest, "_version": version, **facts}
    workbench.source.main.put_asset(row, b"picture %d" % version)


def test_equal_assets_are_matched_by_the_entries_that_refer_to_them(workbench: Workbench) -> None:
    """The same file uploaded twice: an import over its own result writes nothing, whatever the order of the uids."""
    twin(workbench)
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert workbench.writes() == sent


def test_equal_assets_without_references_are_matched_by_their_description(workbench: Workbench) -> None:
    branch = workbench.source.main
    branch.entries["page"].clear()
    branch.releases.clear()
    branch.assets[PICTURE].live.clear()
    twin(workbench)
    branch.assets[PICTURE].latest["description"] = "the first"
    branch.assets[TWIN].latest["description"] = "the second"
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert workbench.writes() == sent


def test_equal_assets_are_matched_by_where_they_are_published(workbench: Workbench) -> None:
    """Nothing is published a second time."""
    branch = workbench.source.main
    branch.entries["page"].clear()
    branch.releases.clear()
    twin(workbench)
    branch.assets[TWIN].live.clear()
    snapshot = workbench.export(versions="latest")
    workbench.import_snapshot(snapshot, versions="latest")
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "another state", versions="latest", on_conflict="update")
    assert workbench.writes() == sent


def test_an_older_version_of_an_asset_is_found_and_published_again(workbench: Workbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    asset = next(one for one in workbench.target.main.assets.values() if not one.is_folder)
    asset.live.clear()
    imported = workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert imported.gaps == []
    assert [one.version for one in asset.live.values()] == [1]


def test_a_version_with_the_same_name_and_size_but_other_bytes_does_not_match(workbench: Workbench) -> None:
    """The right bytes are uploaded, and the latest version stays the latest."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    asset = next(one for one in workbench.target.main.assets.values() if not one.is_folder)
    asset.live.clear()
    asset.versions[1].content = b"PICTURE 1"
    imported = workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert imported.gaps == []
    assert [shown_bytes(asset, one.version) for one in asset.live.values()] == [b"picture 1"]
    assert shown_bytes(asset, asset.version) == b"picture 2"


def test_with_skip_a_missing_asset_version_and_its_publication_are_gaps(workbench: Workbench) -> None:
    snapshot = workbench.export(versions="all")
    workbench.import_snapshot(snapshot, versions="all")
    asset = next(one for one in workbench.target.main.assets.values() if not one.is_folder)
    asset.live.clear()
    asset.versions[1].content = b"PICTURE 1"
    imported = workbench.import_snapshot(snapshot, "another state", versions="all", on_conflict="skip")
    assert {gap["kind"] for gap in imported.gaps} == {"asset_publications", "asset_versions"}
    assert not asset.live


def shown_bytes(asset: Asset, version: int) -> Any:
    content = asset.versions[version].content
    return content if isinstance(content, bytes) or content is None else content.read_bytes()


def test_branches_share_uploads_so_no_bytes_are_fetched_to_compare_them(workbench: Workbench) -> None:
    branch = workbench.source.main
    workbench.source.branches["staging"] = branch.fork("staging", {"uid": "staging"})
    workbench.source.branches["staging"].assets[PICTURE].live.clear()
    snapshot, fetched = workbench.export(), workbench.emulator.count("asset")
    imported = workbench.import_snapshot(snapshot, key=SOURCE, branch="staging", on_conflict="update")
    assert imported.gaps == []
    live = workbench.source.branches["staging"].assets[PICTURE].live
    assert [one.version for one in live.values()] == [1]
    assert workbench.emulator.count("asset") == fetched


def test_a_later_version_may_lose_its_description_tags_and_folder(workbench: Workbench) -> None:
    put(workbench, 3, description="soon gone", tags=["one", "two"])
    put(workbench, 4, description="", tags=[], parent_uid=None)
    workbench.import_snapshot(workbench.export(versions="all"), versions="all")
    asset = next(one for one in workbench.target.main.assets.values() if not one.is_folder)
    texts = [
        (one.raw.get("description"), one.raw["tags"], bool(one.raw["parent_uid"]))
        for one in asset.versions.values()
    ]
    assert texts[2:] == [("soon gone", ["one", "two"], True), ("", [], False)]


def test_tags_with_commas_survive_in_every_version(workbench: Workbench) -> None:
    """The upload form separates tags by commas, so such a tag needs an update of its own; that version is published."""
    put(workbench, 3, tags=["salt, pepper"])
    put(workbench, 4, tags=["salt", "pepper"])
    live = Publication(LIVE, "en-us", 3, "", "", "en-us")
    workbench.source.main.assets[PICTURE].live[LIVE, "en-us"] = live
    snapshot = workbench.export(versions="all")
    workbench.import_snapshot(snapshot, versions="all")
    asset = next(one for one in workbench.target.main.assets.values() if not one.is_folder)
    shown = next(iter(asset.live.values())).version
    assert asset.versions[shown].raw["tags"] == ["salt, pepper"]
    assert asset.latest["tags"] == ["salt", "pepper"]
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "another state", versions="all", on_conflict="update")
    assert workbench.writes() == sent


def test_an_asset_that_is_unique_on_both_sides_matches_without_reading_entries(workbench: Workbench) -> None:
    """The target's other assets stay as they are."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    other: Row = {"uid": "bltinventedother001", "filename": "other.txt", "title": "other", "is_dir": False}
    facts: Row = {"parent_uid": None, "file_size": "1", "_version": 1}
    workbench.target.main.put_asset({**other, **facts, **STAMPS}, b"x")
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert workbench.writes() == sent
    assert workbench.target.main.assets["bltinventedother001"].version == 1


def test_folders_with_one_name_are_matched_by_their_content(workbench: Workbench) -> None:
    """New assets go into the folder that holds their neighbours."""
    branch = workbench.source.main
    folders = [f"bltaaaaaaaaaaaaaf{number:02}" for number in range(6)]
    for uid in folders:
        branch.put_asset({**branch.assets[FOLDER].latest, "uid": uid, "name": "Logos"})
    for number, folder in enumerate(folders):
        logo(workbench, f"bltaaaaaaaaaaaaac{number:02}", f"first {number}", folder)
    workbench.import_snapshot(workbench.export("first"), "before")
    for number, folder in enumerate(folders):
        logo(workbench, f"bltaaaaaaaaaaaaad{number:02}", f"second {number}", folder)
    workbench.import_snapshot(workbench.export("later"), on_conflict="update")
    where = {asset.latest["title"]: asset.latest["parent_uid"] for asset in workbench.target.main.assets.values()
             if not asset.is_folder}  # fmt: skip
    assert all(where[f"first {number}"] == where[f"second {number}"] for number in range(6))


def logo(workbench: Workbench, uid: str, title: str, folder: str) -> None:
    """An asset in a folder of the source."""
    row = {**workbench.source.main.assets[PICTURE].latest, "uid": uid, "_version": 1}
    workbench.source.main.put_asset({**row, "title": title, "parent_uid": folder}, b"picture 2")
