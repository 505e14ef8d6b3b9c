"""Promotion of objects without versions, by the times of their edits."""

from __future__ import annotations

from typing import Any

import pytest
from editors import Editors
from every_kind_stack import ANIMALS, EXTENSION, GROUP, OF_HEN, OF_PICTURE, SUMMER
from small_stack import FOLDER, RELEASE
from test_promotion import Fork
from workbench import SOURCE, memory_directory


@pytest.mark.parametrize("who", ["main", "dev", "both"])
def test_objects_without_versions_are_three_way_too(who: str) -> None:
    """A release, an extension, a label, a record of metadata: edited in the target alone it stays, and is told."""
    with memory_directory() as root:
        fork, edited = Fork(root, _unlocked), {"main": "By main", "dev": "By dev"}
        for branch in ("main", "dev") if who == "both" else (who,):
            _edit_objects(fork, branch, edited[branch])
        done, _ = fork.promote()
        right = edited["main" if who == "main" else "dev"]
        told = set(_objects(fork, "main"))
        assert _said(fork) == dict.fromkeys(told, right)
        newer = {row["of"] for row in done.left if row["kind"] == "newer"}
        conflicts = {row["kind"] for row in done.remarks.get("conflicts", [])}
        assert (newer, conflicts) == (told if who == "main" else set(), told if who == "both" else set())
        _, writes = fork.promote()
        assert writes == []
        _edit_objects(fork, "dev", "By dev again")
        done, _ = fork.promote()
        assert _said(fork) == dict.fromkeys(told, "By dev again")
        assert bool(done.remarks.get("conflicts")) is (who == "main")


@pytest.mark.parametrize("dates_group", [True, False])
@pytest.mark.parametrize("who", ["main", "dev", "both"])
def test_a_variant_of_a_group_is_three_way(who: str, dates_group: bool) -> None:
    """Renamed in the target alone it keeps that name, whether its group tells the time of it or not."""
    with memory_directory() as root:
        fork = Fork(root, variant_dates_group=dates_group)

        def rename(branch: str, name: str) -> None:
            path = f"/variant_groups/{GROUP}/variants/{SUMMER}"
            getattr(fork, branch).call("PUT", path, json={"name": name}).raise_for_status()

        def named() -> object:
            return fork.branch("main").variant_groups[GROUP]["variants"][0]["name"]

        for branch in ("main", "dev") if who == "both" else (who,):
            rename(branch, f"By {branch}")
        done, _ = fork.promote()
        assert named() == ("By main" if who == "main" else "By dev")
        newer = [(row["of"], row["titles"]) for row in done.left if row["kind"] == "newer"]
        conflicts = [(row["kind"], row["title"]) for row in done.remarks.get("conflicts", [])]
        assert newer == ([("variant_groups", ["Seasons"])] if who == "main" else [])
        assert conflicts == ([("variant_groups", "Seasons")] if who == "both" else [])
        assert fork.promote()[1] == []
        rename("main", "By main again")
        assert fork.promote()[1] == []
        assert named() == "By main again"


@pytest.mark.parametrize("dates_group", [True, False])
def test_a_link_of_a_group_that_the_target_alone_made(dates_group: bool) -> None:
    """It stays where the service dates it, or an earlier promotion knows what it was; else it is told as a conflict."""
    with memory_directory() as root:
        fork = Fork(root, variant_dates_group=dates_group)
        path = f"/variant_groups/{GROUP}/variants"

        def link(status: str) -> None:
            body = {"content_types": [{"uid": "page", "status": status}]}
            fork.main.call("PUT", path, json=body).raise_for_status()

        def linked() -> object:
            return fork.branch("main").variant_groups[GROUP]["content_types"]

        link("unlinked")
        done, _ = fork.promote()
        assert linked() == ([] if dates_group else ["page"])
        conflicts = [row["kind"] for row in done.remarks.get("conflicts", [])]
        assert conflicts == ([] if dates_group else ["variant_groups"])
        link("unlinked")
        done, writes = fork.promote()
        assert (linked(), writes, done.remarks) == ([], [], {})


def _dated(fork: Fork) -> None:
    """The record was published long ago."""
    row = fork.branch("main").metadata[OF_HEN]
    details = [{**one, "time": "2020-01-01T00:00:00.000Z"} for one in row["publish_details"]]
    fork.branch("main").put("metadata", {**row, "publish_details": details})


def _unlocked(fork: Fork) -> None:
    fork.branch("main").releases[RELEASE].raw["locked"] = False


def _objects(fork: Fork, branch: str) -> dict[str, Any]:
    """By kind where such an object is, which field says something, and its row."""
    one = fork.branch(branch)
    return {
        "releases": ("description", one.releases[RELEASE].raw),
        "extensions": ("title", one.extensions[EXTENSION]),
        "labels": ("name", one.labels[ANIMALS]),
        "metadata": ("seen", one.metadata[OF_HEN]),
        "locales": ("name", one.locales["fr-fr"]),
        "folders": ("name", one.assets[FOLDER].latest),
        "variant_groups": ("name", one.variant_groups[GROUP]),
    }


def _said(fork: Fork) -> dict[str, object]:
    return {kind: row[name] for kind, (name, row) in _objects(fork, "main").items()}


def _edit_objects(fork: Fork, branch: str, words: str) -> None:
    editors = fork.dev if branch == "dev" else Editors(fork.bench, key=SOURCE)
    for path, kind, body in (
        (f"/releases/{RELEASE}", "release", {"name": "Spring", "description": words}),
        (f"/extensions/{EXTENSION}", "extension", {"title": words}),
        (f"/labels/{ANIMALS}", "label", {"name": words}),
        (f"/metadata/{OF_HEN}", "metadata", {"seen": words}),
        ("/locales/fr-fr", "locale", {"name": words}),
        (f"/assets/folders/{FOLDER}", "asset", {"name": words}),
        (f"/variant_groups/{GROUP}", "variant_group", {"name": words}),
    ):
        editors.call("PUT", path, json={kind: body}).raise_for_status()


def test_metadata_that_the_target_alone_has_published_stays_live() -> None:
    """It is told as left; what was live before the branches parted is taken down where the source did that."""
    with memory_directory() as root:
        fork = Fork(root, _dated)
        where = {"metadata": {"environments": ["live"], "locales": ["en-us"]}}
        for uid, action in ((OF_PICTURE, "publish"), (OF_HEN, "unpublish")):
            editors = fork.dev if action == "unpublish" else fork.main
            editors.call("POST", f"/metadata/{uid}/{action}", json=where).raise_for_status()
        done, _ = fork.promote()
        (told,) = [row for row in done.left if row["kind"] == "metadata_publications"]
        assert (told["uids"], told["environment"], told["locale"]) == ([OF_PICTURE], "live", "en-us")
        rows = fork.branch("main").metadata
        assert [bool(rows[uid]["publish_details"]) for uid in (OF_PICTURE, OF_HEN)] == [True, False]
        assert fork.promote()[1] == []
