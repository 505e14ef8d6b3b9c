"""Imports into a target with content: only differences are written, and no match is guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from random_stack import fill_random
from small_stack import EGG, HEN, fill_small
from workbench import SOURCE, TARGET, TOKEN, make_workbench, memory_directory, serve_emulator

from sampling import sampled
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Branch, Stack
    from stackferry.model import JsonObject

HOOK: JsonObject = {
    "uid": "blthook1",
    "name": "Hook",
    "disabled": False,
    "channels": ["assets.create"],
    "destinations": [{"target_url": "https://hooks.invented.example"}],
}


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """The small stack in the source."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def _retag(stack: Stack, uid: str) -> None:
    """A new version of an entry's English document, with another tag."""
    document = stack.main.entries["page"][uid].documents["en-us"]
    raw: JsonObject = {**document.latest, "tags": ["changed"], "_version": document.version + 1}
    stack.main.put_entry_version("page", "en-us", raw)


def _tags(branch: Branch) -> list[object]:
    """The tags of all English documents."""
    entries = branch.entries["page"].values()
    return [one.documents["en-us"].latest.get("tags") for one in entries if "en-us" in one.documents]


def test_a_target_with_content_is_refused_without_on_conflict(workbench: Workbench) -> None:
    """C8: nothing is written, and the message names the option."""
    snapshot = workbench.export()
    fill_small(workbench.target)
    with pytest.raises(UsageError, match="--on-conflict"):
        workbench.import_snapshot(snapshot)
    assert workbench.writes() == 0


def test_an_equal_target_is_not_written(workbench: Workbench) -> None:
    """Objects of an earlier import are matched without its checkpoint."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    before = workbench.writes()
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert workbench.writes() == before


def test_update_writes_only_the_entry_that_differs(workbench: Workbench) -> None:
    """In one request."""
    workbench.import_snapshot(workbench.export())
    _retag(workbench.source, HEN)
    snapshot, before = workbench.export("later"), workbench.writes()
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert _tags(workbench.target.main).count(["changed"]) == 1
    assert workbench.writes() == before + 1


def test_skip_does_not_change_an_entry_that_differs(workbench: Workbench) -> None:
    workbench.import_snapshot(workbench.export())
    _retag(workbench.source, HEN)
    snapshot, before = workbench.export("later"), workbench.writes()
    workbench.import_snapshot(snapshot, "another state", on_conflict="skip")
    assert ["changed"] not in _tags(workbench.target.main)
    assert workbench.writes() == before


def test_two_candidates_for_an_entry_stop_the_import(workbench: Workbench) -> None:
    """C3: before anything is written."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    branch = workbench.target.main
    twin = next(one for one in branch.entries["page"].values() if "en-us" in one.documents)
    raw = {**twin.documents["en-us"].latest, "uid": "bltinventedtwin00001"}
    branch.put_entry_version("page", "en-us", raw)
    before = workbench.writes()
    with pytest.raises(UsageError, match=r"could be any of .*bltinventedtwin00001"):
        workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert workbench.writes() == before


def test_entries_keep_their_uids_between_branches(workbench: Workbench) -> None:
    """Only what differs is written. A new branch has no schedules of its own."""
    with serve_emulator(workbench):
        answer = httpx.post(
            f"{workbench.origin}/v3/stacks/branches",
            headers={"api_key": SOURCE, "authorization": TOKEN},
            json={"branch": {"uid": "staging", "source": "main"}},
        )
        assert answer.status_code == 201
        _retag(workbench.source, EGG)
        snapshot, before = workbench.export(), workbench.writes()
        workbench.import_snapshot(snapshot, key=SOURCE, branch="staging", on_conflict="update")
    staging = workbench.source.branches["staging"]
    assert staging.entries["page"][EGG].documents["en-us"].latest["tags"] == ["changed"]
    assert workbench.writes() == before + 1 + len(staging.waiting)
    assert len(staging.waiting) == len(workbench.source.main.waiting)


@pytest.mark.parametrize("seed", sampled(range(4), 2))
def test_a_random_stack_imported_again_creates_no_entry(seed: int) -> None:
    """Without the checkpoint of the first import."""
    with memory_directory() as root:
        workbench = make_workbench(root, lambda stack: fill_random(stack, seed))
        snapshot = workbench.export()
        workbench.import_snapshot(snapshot)
        before = {uid for entries in workbench.target.main.entries.values() for uid in entries}
        workbench.import_snapshot(snapshot, "another state", key=TARGET, on_conflict="skip")
        assert {uid for entries in workbench.target.main.entries.values() for uid in entries} == before


def test_a_webhook_that_branches_share_stays_enabled(workbench: Workbench) -> None:
    """Webhooks belong to the stack, not to a branch."""
    hook: JsonObject = {
        "uid": "blthook1",
        "name": "Hook",
        "disabled": False,
        "channels": [],
        "destinations": [],
    }
    workbench.source.put("webhooks", hook)
    workbench.source.branches["staging"] = workbench.source.main.fork("staging", {"uid": "staging"})
    workbench.import_snapshot(workbench.export(), key=SOURCE, branch="staging", on_conflict="update")
    assert workbench.source.webhooks["blthook1"]["disabled"] is False


def test_a_webhook_enabled_after_an_import_stays_enabled(workbench: Workbench) -> None:
    """An import creates webhooks disabled; the next import does not disable them again."""
    workbench.source.put("webhooks", HOOK)
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    (made,) = workbench.target.webhooks.values()
    assert made["disabled"] is True
    made["disabled"] = False
    workbench.import_snapshot(snapshot, "another state", on_conflict="update")
    assert [row["disabled"] for row in workbench.target.webhooks.values()] == [False]
