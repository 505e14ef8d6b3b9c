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
