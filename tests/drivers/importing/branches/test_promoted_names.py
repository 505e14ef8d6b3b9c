"""Names of versions are promoted three-way: one that the target alone has changed stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS
from small_stack import HEN
from test_promotion import Fork
from workbench import memory_directory

if TYPE_CHECKING:
    from editors import Editors

ALL: dict[str, Any] = {"read": {"versions": "all"}}


def _dated(fork: Fork) -> None:
    names = fork.branch("main").entries["page"][HEN].documents["en-us"].version_names
    names[1] = {"title": "First draft", "updated_at": STAMPS["updated_at"]}


def rename(editors: Editors, name: str) -> None:
    body = {"entry": {"_version_name": name, "locale": "en-us", "force": True}}
    path = f"/content_types/page/entries/{HEN}/versions/1/name"
    editors.call("POST", path, json=body).raise_for_status()


def name(fork: Fork) -> object:
    return fork.branch("main").entries["page"][HEN].documents["en-us"].version_names[1]["title"]


@pytest.mark.parametrize("who", ["main", "dev", "both"])
def test_a_name_of_a_version_is_three_way(who: str) -> None:
    with memory_directory() as root:
        fork = Fork(root, _dated)
        for branch in ("main", "dev") if who == "both" else (who,):
            rename(getattr(fork, branch), f"By {branch}")
        done, _ = fork.promote(**ALL)
        assert name(fork) == ("By main" if who == "main" else "By dev")
        newer = [(row["of"], row["uids"]) for row in done.left if row["kind"] == "newer"]
        assert newer == ([("version_names", [HEN])] if who == "main" else [])
        conflicts = [(row["kind"], row["uid"]) for row in done.remarks.get("conflicts", [])]
        assert conflicts == ([("version_names", HEN)] if who == "both" else [])
        assert fork.promote(**ALL)[1] == []


def test_the_name_of_the_target_may_win() -> None:
    with memory_directory() as root:
        fork = Fork(root, _dated)
        rename(fork.main, "By main")
        rename(fork.dev, "By dev")
        done, writes = fork.promote(conflicts="keep", **ALL)
        assert (name(fork), writes) == ("By main", [])
        assert [(gap["kind"], gap["uid"]) for gap in done.gaps] == [("version_names", HEN)]


def take_away(fork: Fork, branch: str) -> None:
    path = f"/content_types/page/entries/{HEN}/versions/1/name"
    getattr(fork, branch).call("DELETE", path, json={"entry": {"locale": "en-us"}}).raise_for_status()


def names(fork: Fork) -> dict[int, object]:
    held = fork.branch("main").entries["page"][HEN].documents["en-us"].version_names
    return {number: row["title"] for number, row in held.items()}


def _two_dated(fork: Fork) -> None:
    _dated(fork)
    held = fork.branch("main").entries["page"][HEN].documents["en-us"].version_names
    held[2] = {"title": "Revision", "updated_at": STAMPS["updated_at"]}


def test_a_name_that_the_target_alone_took_away_is_not_given_again() -> None:
    """It is known to have been there: the branch has others from before it was made."""
    with memory_directory() as root:
        fork = Fork(root, _two_dated)
        take_away(fork, "main")
        done, writes = fork.promote(**ALL)
        assert (names(fork), writes, done.gaps) == ({2: "Revision"}, [], [])
        assert [(row["of"], row["uids"]) for row in done.left if row["kind"] == "newer"] == [
            ("version_names", [HEN])
        ]
        assert fork.promote(**ALL)[1] == []


@pytest.mark.parametrize("was_promoted", [False, True])
def test_the_only_name(was_promoted: bool) -> None:
    """No page says that a new branch has names, but an earlier promotion has seen it there."""
    with memory_directory() as root:
        fork = Fork(root, _dated)
        if was_promoted:
            fork.promote(**ALL)
        take_away(fork, "main")
        fork.promote(**ALL)
        assert names(fork) == ({} if was_promoted else {1: "First draft"})
        rename(fork.dev, "Anew")
        fork.promote(**ALL)
        assert names(fork) == {1: "Anew"}
