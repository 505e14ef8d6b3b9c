"""Workflow stages of entries are promoted three-way: one that the target alone has moved an entry to stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_stack import STAGES
from random_stack import STAMPS
from small_stack import HEN
from test_promotion import Fork
from workbench import memory_directory

from stackferry.errors import Different

if TYPE_CHECKING:
    from editors import Editors

PAGE = f"/content_types/page/entries/{HEN}"


def _dated(fork: Fork) -> None:
    """The hen is in its stage since long ago; the workflow is for both branches."""
    for flow in fork.bench.source.workflows.values():
        flow["branches"] = ["main", "dev"]
    document = fork.branch("main").entries["page"][HEN].documents["en-us"]
    document.workflow = {**document.workflow, "updated_at": STAMPS["updated_at"]}


def move(editors: Editors, stage: int, comment: str = "") -> None:
    body = {"workflow": {"workflow_stage": {"uid": STAGES[stage], "comment": comment, "notify": False}}}
    editors.call("POST", f"{PAGE}/workflow", params={"locale": "en-us"}, json=body).raise_for_status()


def stage(fork: Fork, branch: str = "main") -> int:
    return STAGES.index(str(fork.branch(branch).entries["page"][HEN].documents["en-us"].workflow["uid"]))


@pytest.mark.parametrize("who", ["main", "dev", "both"])
def test_a_stage_is_three_way(who: str) -> None:
    """Moved in the target alone an entry stays where it is, and that is told; so it is after a promotion."""
    with memory_directory() as root:
        fork = Fork(root, _dated)
        if who == "both":
            move(fork.main, 1)
            move(fork.dev, 1)
            move(fork.dev, 0)
        else:
            move(fork.main if who == "main" else fork.dev, 1)
        done, _ = fork.promote()
        assert stage(fork) == (0 if who == "both" else 1)
        newer = [(row["of"], row["content_type"], row["uids"]) for row in done.left if row["kind"] == "newer"]
        assert newer == ([("workflow_stages", "page", [HEN])] if who == "main" else [])
        conflicts = [(row["kind"], row["uid"]) for row in done.remarks.get("conflicts", [])]
        assert conflicts == ([("workflow_stages", HEN)] if who == "both" else [])
        assert fork.promote()[1] == []
        if who == "dev":
            move(fork.main, 0)  # since the promotion
            assert (fork.promote()[1], stage(fork)) == ([], 0)
            move(fork.dev, 0)
            fork.promote()
            move(fork.dev, 1)  # both said the same then, so the source alone has moved it
            done, _ = fork.promote()
            assert (stage(fork), done.remarks) == (1, {})


@pytest.mark.parametrize("who", ["main", "dev"])
def test_what_goes_with_a_stage_is_three_way(who: str) -> None:
    """A comment in the same stage."""
    with memory_directory() as root:
        fork = Fork(root, _dated)
        move(fork.main if who == "main" else fork.dev, 0, "new words")
        done, _ = fork.promote()
        assert fork.branch("main").entries["page"][HEN].documents["en-us"].workflow["comment"] == "new words"
        newer = [row["of"] for row in done.left if row["kind"] == "newer"]
        assert newer == (["workflow_stages"] if who == "main" else [])
        assert fork.promote()[1] == []


def test_conflicts_of_stages_may_be_kept_or_stop() -> None:
    with memory_directory() as root:
        fork = Fork(root, _dated)
        move(fork.main, 1)
        move(fork.dev, 0)
        before = fork.bench.writes()
        with pytest.raises(Different, match=HEN):
            fork.promote(conflicts="stop")
        assert fork.bench.writes() == before
        done, writes = fork.promote(conflicts="keep")
        assert (stage(fork), writes) == (1, [])
        assert [(gap["kind"], gap["uid"]) for gap in done.gaps] == [("workflow_stages", HEN)]


def test_an_entry_that_is_written_keeps_the_stage_of_the_target() -> None:
    """Its edits come from the source, its stage is the target's own."""
    with memory_directory() as root:
        fork = Fork(root, _dated)
        fork.dev.save("page", HEN, title="Hen of dev")
        move(fork.main, 1)
        done, _ = fork.promote()
        assert (fork.title("main", HEN), stage(fork), done.gaps) == ("Hen of dev", 1, [])


def test_a_stage_without_a_time_may_have_been_moved_by_both() -> None:
    with memory_directory() as root:
        fork = Fork(root, _undated)
        move(fork.main, 1)
        done, _ = fork.promote()
        assert [row["kind"] for row in done.remarks["conflicts"]] == ["workflow_stages"]
        assert stage(fork) == 0


def _undated(fork: Fork) -> None:
    _dated(fork)
    del fork.branch("main").entries["page"][HEN].documents["en-us"].workflow["updated_at"]
