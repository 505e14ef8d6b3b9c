"""Promotion of objects without versions, by the times of their edits."""

from __future__ import annotations

from typing import Any

import pytest
from editors import Editors
from every_kind_stack import ANIMALS, EXTENSION, OF_HEN, OF_PICTURE
from small_stack import RELEASE
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
        assert _said(fork) == dict.fromkeys(("releases", "extensions", "labels", "metadata"), right)
        newer = {row["of"] for row in done.left if row["kind"] == "newer"}
        conflicts = {row["kind"] for row in done.remarks.get("conflicts", [])}
        told = {"releases", "extensions", "labels", "metadata"}
        assert (newer, conflicts) == (told if who == "main" else set(), told if who == "both" else set())
        _, writes = fork.promote()
        assert writes == []
        _edit_objects(fork, "dev", "By dev again")
        done, _ = fork.promote()
        assert _said(fork) == dict.fromkeys(told, "By dev again")
        assert bool(done.remarks.get("conflicts")) is (who == "main")


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
