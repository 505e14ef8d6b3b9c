"""One rule says who is who: import, verify and diff identify the same pairs, and none of them guesses."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from small_stack import EGG, HEN, fill_small
from stack_maker import make_stack
from workbench import SYSTEM, TARGET, bench, memory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.errors import UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Bench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

KINDS = (
    "entries",
    "assets",
    "folders",
    "environments",
    "locales",
    "webhooks",
    "releases",
    "workflows",
    "stages",
)
THIRD = "bltaaaaaaaaaaaaaa14"


@pytest.fixture
def small() -> Iterator[Bench]:
    """A bench with the small stack in its source."""
    with memory() as root:
        yield bench(root, fill_small)


def imported_pairs(
    one: Bench, snapshot: Snapshot, kinds: tuple[str, ...] = KINDS
) -> dict[str, dict[str, str]]:
    """Who is who, as an import finds it that has no checkpoint of an earlier one."""
    one.replay(snapshot, "another state", on_conflict="skip", versions="latest")
    with closing(Checkpoint(one.root / "another state" / "checkpoint.sqlite")) as checkpoint:
        return {kind: dict(checkpoint.identities(kind)) for kind in kinds}


def compared_pairs(
    one: Bench, snapshot: Snapshot, found: dict[str, dict[str, str]]
) -> dict[str, dict[str, str | None]]:
    """Who is who, as verify and diff find it; of the objects that an import found."""
    target = one.export("target", key=TARGET, versions="latest")
    key_of = SYSTEM.record_key
    with (
        closing(SnapshotIndex(snapshot, key_of)) as source_records,
        closing(SnapshotIndex(target, key_of)) as target_records,
    ):
        identity = SYSTEM.match(source_records, target_records, WriteOptions(), source_records.scratch)
        return {kind: {uid: identity.target(kind, uid) for uid in pairs} for kind, pairs in found.items()}


@pytest.mark.parametrize("seed", range(6))
def test_import_and_diff_identify_the_same_pairs(seed: int) -> None:
    with memory() as root:
        one = bench(root, lambda stack: make_stack(stack, seed))
        snapshot = one.export(versions="latest")
        one.replay(snapshot, versions="latest")
        found = imported_pairs(one, snapshot)
        assert found["entries"]
        assert compared_pairs(one, snapshot, found) == found


def rename(stack: Stack, uid: str, title: str) -> None:
    """Another title for the English document of an entry, in place of the one that it has."""
    stack.main.entries["page"][uid].documents["en-us"].latest["title"] = title


def test_two_entries_titled_like_one_of_the_target_adopt_nobody(small: Bench) -> None:
    """The import stops before it writes; a comparison reports both entries and why neither is paired."""
    small.replay(small.export("first"))
    for stack in (small.source, small.target):
        page: Any = stack.main.content_types["page"]
        page["schema"][0]["unique"] = False
    rename(small.source, EGG, "Hen, revised")
    snapshot, before = small.export(), small.writes()
    with pytest.raises(UsageError, match=f"{HEN} of page could be .*; .*{EGG} of page could be "):
        small.replay(snapshot, "another state", on_conflict="update")
    assert small.writes() == before
    found = diff_snapshots(SYSTEM, snapshot, small.export("target", key=TARGET))
    missing = {one["uid"] for one in found.differences if one["kind"] == "entries" and "right" not in one}
    assert missing >= {HEN, EGG}
    reasons = {gap["uid"]: str(gap["reason"]) for gap in found.gaps if gap["kind"] == "entries"}
    assert reasons.keys() == {HEN, EGG}
    assert all("could be" in reason for reason in reasons.values())
