"""What the source's branch alone has taken away: a language of an entry, an item of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import EGG, HEN
from test_promotion import Fork
from workbench import memory_directory

from stackferry.json_values import as_list

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

RELEASE = "bltaaaaaaaaaaaaaa21"
MIRRORED = pytest.mark.parametrize("mirror", [False, True], ids=["update", "mirror"])


def told(rows: list[JsonObject], kind: str) -> list[Json]:
    return [one for row in rows if row["kind"] == kind for one in as_list(row["uids"])]


@MIRRORED
def test_a_language_that_the_source_has_unlocalized(mirror: bool) -> None:
    """It is told as left, and goes with --mirror."""
    with memory_directory() as root:
        fork = Fork(root)
        path = f"/content_types/page/entries/{EGG}"
        fork.dev.call("DELETE", path, params={"locale": "fr-fr"}).raise_for_status()
        done, _ = fork.promote(mirror=mirror)
        assert ("fr-fr" in fork.branch("main").entries["page"][EGG].documents) is not mirror
        assert [one for one in told(done.left, "localizations") if one == EGG] == ([] if mirror else [EGG])
        removed = [(row["uid"], row["locale"]) for row in done.remarks.get("removed", [])]
        assert removed == ([(EGG, "fr-fr")] if mirror else [])
        assert fork.promote(mirror=mirror)[1] == []


@MIRRORED
def test_an_item_that_the_source_has_removed(mirror: bool) -> None:
    with memory_directory() as root:
        fork = Fork(root)
        unlocked = {"release": {"name": "Spring", "locked": False}}
        fork.dev.call("PUT", f"/releases/{RELEASE}", json=unlocked).raise_for_status()
        items = fork.branch("dev").releases[RELEASE].items
        gone = next(one for one in items if one["uid"] == HEN)
        names = ("uid", "version", "locale", "content_type_uid", "action")
        body = {"items": [{name: gone[name] for name in names}]}
        fork.dev.call("DELETE", f"/releases/{RELEASE}/items", json=body).raise_for_status()
        done, _ = fork.promote(mirror=mirror)
        held = fork.branch("main").releases[RELEASE].items
        there = [one for one in held if (one["uid"], one["locale"]) == (HEN, gone["locale"])]
        assert bool(there) is not mirror
        assert (HEN in told(done.left, "release_items")) is not mirror
        assert (HEN in str(done.remarks.get("removed", []))) is mirror
        assert fork.promote(mirror=mirror)[1] == []


def test_an_item_at_a_language_that_stays_deleted_is_not_left() -> None:
    """The source's release holds it, too: it is no surplus of the target's."""
    with memory_directory() as root:
        fork = Fork(root)
        item = {"uid": EGG, "version": 1, "locale": "fr-fr", "content_type_uid": "page", "action": "publish"}
        for branch in (fork.dev, fork.main):
            unlocked = {"release": {"name": "Spring", "locked": False}}
            branch.call("PUT", f"/releases/{RELEASE}", json=unlocked).raise_for_status()
            branch.call("POST", f"/releases/{RELEASE}/item", json={"item": item}).raise_for_status()
        path = f"/content_types/page/entries/{EGG}"
        fork.main.call("DELETE", path, params={"locale": "fr-fr"}).raise_for_status()
        done, _ = fork.promote()
        assert "fr-fr" not in fork.branch("main").entries["page"][EGG].documents
        assert told(done.left, "release_items") == []
