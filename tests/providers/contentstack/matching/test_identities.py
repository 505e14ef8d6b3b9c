"""One rule says who is who: import, verify and diff identify the same pairs, and none of them guesses."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS, fill_random
from small_stack import EGG, HEN, PICTURE, fill_small
from workbench import SYSTEM, TARGET, make_workbench, memory_directory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.errors import UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.providers.contentstack.matching.objects import pair_members
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject

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
def small() -> Iterator[Workbench]:
    """A bench with the small stack in its source."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def imported_pairs(
    one: Workbench, snapshot: Snapshot, kinds: tuple[str, ...] = KINDS
) -> dict[str, dict[str, str]]:
    """Who is who, as an import finds it that has no checkpoint of an earlier one."""
    one.import_snapshot(snapshot, "another state", on_conflict="skip", versions="latest")
    with closing(Checkpoint(one.root / "another state" / "checkpoint.sqlite")) as checkpoint:
        return {kind: dict(checkpoint.identities(kind)) for kind in kinds}


def compared_pairs(
    one: Workbench, snapshot: Snapshot, found: dict[str, dict[str, str]]
) -> dict[str, dict[str, str | None]]:
    """Who is who, as verify and diff find it; of the objects that an import found."""
    target = one.export("target", key=TARGET, versions="latest")
    key_of = SYSTEM.record_key
    with (
        closing(SnapshotIndex(snapshot, key_of)) as source_records,
        closing(SnapshotIndex(target, key_of)) as target_records,
    ):
        identity = SYSTEM.match(
            source_records, target_records, ContentstackWriteOptions(), source_records.scratch
        )
        return {kind: {uid: identity.target(kind, uid) for uid in pairs} for kind, pairs in found.items()}


@pytest.mark.parametrize("seed", range(6))
def test_import_and_diff_identify_the_same_pairs(seed: int) -> None:
    with memory_directory() as root:
        one = make_workbench(root, lambda stack: fill_random(stack, seed))
        snapshot = one.export(versions="latest")
        one.import_snapshot(snapshot, versions="latest")
        found = imported_pairs(one, snapshot)
        assert found["entries"]
        assert compared_pairs(one, snapshot, found) == found


def rename(stack: Stack, uid: str, title: str) -> None:
    """Another title for the English document of an entry, in place of the one that it has."""
    stack.main.entries["page"][uid].documents["en-us"].latest["title"] = title


def test_two_entries_titled_like_one_of_the_target_adopt_nobody(small: Workbench) -> None:
    """The import stops before it writes; a comparison reports both entries and why neither is paired."""
    small.import_snapshot(small.export("first"))
    for stack in (small.source, small.target):
        page: Any = stack.main.content_types["page"]
        page["schema"][0]["unique"] = False
    rename(small.source, EGG, "Hen, revised")
    snapshot, before = small.export(), small.writes()
    with pytest.raises(UsageError, match=f"{HEN} of page could be .*; .*{EGG} of page could be "):
        small.import_snapshot(snapshot, "another state", on_conflict="update")
    assert small.writes() == before
    found = diff_snapshots(SYSTEM, snapshot, small.export("target", key=TARGET))
    missing = {one["uid"] for one in found.differences if one["kind"] == "entries" and "right" not in one}
    assert missing >= {HEN, EGG}
    reasons = {gap["uid"]: str(gap["reason"]) for gap in found.gaps if gap["kind"] == "entries"}
    assert reasons.keys() == {HEN, EGG}
    assert all("could be" in reason for reason in reasons.values())


def webhook(uid: str, name: str) -> JsonObject:
    return {"uid": uid, "name": name, "disabled": False, "channels": [], "destinations": [], **STAMPS}


def test_a_webhook_named_like_two_of_the_target_is_left_out(small: Workbench) -> None:
    """Neither is one of them taken for it, nor is a third one made: it is a gap that says so."""
    small.source.put("webhooks", webhook("blthook1", "Hook"))
    for uid in ("blthook2", "blthook3"):
        small.target.put("webhooks", webhook(uid, "Hook"))
    gaps = small.import_snapshot(small.export()).gaps
    assert [gap["uid"] for gap in gaps if gap["kind"] == "webhooks"] == ["blthook1"]
    assert any("could be any of blthook2, blthook3" in str(gap["reason"]) for gap in gaps)
    assert small.target.webhooks.keys() == {"blthook2", "blthook3"}


def test_an_environment_is_paired_by_the_name_that_an_option_gives_it(small: Workbench) -> None:
    snapshot = small.export(versions="latest")
    options = ContentstackWriteOptions(environments={"live": "production"}, versions="latest")
    small.import_snapshot(snapshot, versions="latest", environments=options.environments)
    found = diff_snapshots(SYSTEM, snapshot, small.export("target", key=TARGET), options)
    assert found.compared["environments"] == 1
    assert [one for one in found.differences if one["kind"] in ("environments", "publications")] == []


@pytest.mark.parametrize(
    ("names", "others", "pairs"),
    [
        (["Draft", "Done"], ["Done", "Draft"], [(0, 1), (1, 0)]),
        (["Draft", "Done"], ["Draft", "Ready"], [(0, 0), (1, 1)]),
        (["Draft", "Draft", "Done"], ["Done", "Draft"], [(1, 1), (2, 0)]),
        (["Draft"], [], []),
    ],
)
def test_stages_are_paired_by_name_and_else_by_position(
    names: list[str], others: list[str], pairs: list[tuple[int, int]]
) -> None:
    left: list[Json] = [{"uid": f"s{number}", "name": name} for number, name in enumerate(names)]
    right: list[Json] = [{"uid": f"t{number}", "name": name} for number, name in enumerate(others)]
    found = pair_members(left, right)
    assert found == [(f"s{one}", f"t{other}") for one, other in pairs]


def test_asset_twins_are_paired_by_their_bytes(small: Workbench) -> None:
    """Two files of one name, title, folder and size: where both sides' bytes are at hand they decide."""
    branch = small.source.main
    row = branch.assets[PICTURE].latest
    branch.entries["page"].clear()
    branch.releases.clear()
    branch.assets.pop(PICTURE)
    for uid, content in (("bltaaaaaaaaaaaaaa91", b"picture A"), ("bltaaaaaaaaaaaaaa92", b"picture B")):
        branch.put_asset({**row, "uid": uid, "_version": 1, "publish_details": []}, content)
    snapshot = small.export(versions="latest")
    small.import_snapshot(snapshot, versions="latest")
    found = diff_snapshots(SYSTEM, snapshot, small.export("target", key=TARGET, versions="latest"))
    assert [one for one in found.differences if one["kind"] == "assets"] == []
