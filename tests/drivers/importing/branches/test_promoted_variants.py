"""Variants of entries from branch to branch: three-way, like entries. They have times and numbers of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import SUMMER
from small_stack import EGG, HEN, RELEASE
from test_promotion import Fork
from workbench import SOURCE, SYSTEM, memory_directory, no_wait, run_async

from stackferry.drivers.planning.dry_run_diff import DryRunDiff, dry_run_diff
from stackferry.drivers.run import Run
from stackferry.errors import Different
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from editors import Editors

PATH = f"/v3/content_types/page/entries/{HEN}/variants/{SUMMER}"


def dated(fork: Fork) -> None:
    """Since when the variant is live is told."""
    live = fork.branch("main").entries["page"][HEN].variants[SUMMER, "en-us"].live
    live.update({place: replace(one, time="2020-01-01T00:00:00.000Z") for place, one in live.items()})


@pytest.fixture
def fork() -> Iterator[Fork]:
    with memory_directory() as root:
        yield Fork(root, dated)


def save(editors: Editors, **fields: Any) -> None:
    body = {"entry": {**fields, "_variant": {"_change_set": [*fields], "_order": []}}}
    editors.call("PUT", PATH.removeprefix("/v3"), json=body).raise_for_status()


def variant(fork: Fork, branch: str = "main") -> Any:
    return fork.branch(branch).entries["page"][HEN].variants[SUMMER, "en-us"]


def newer(done: Any) -> list[tuple[object, ...]]:
    rows = [row for row in done.left if row["kind"] == "newer" and row["of"] == "variants"]
    return [(row["content_type"], row["locale"], row["uids"]) for row in rows]


@pytest.mark.parametrize("status", [200, 403])
def test_edited_in_the_source_alone_it_is_written(status: int) -> None:
    with memory_directory() as root:
        fork = Fork(root, dated)
        if status != 200:
            fork.forbid_branches(status)
        save(fork.dev, title="Summer, edited in dev")
        done, writes = fork.promote()
        assert variant(fork).latest["title"] == "Summer, edited in dev"
        assert writes == [f"PUT {PATH}"]
        assert (newer(done), done.gaps, done.remarks) == ([], [], {})
        assert fork.promote()[1] == []


@pytest.mark.parametrize("status", [200, 403])
def test_edited_in_the_target_alone_it_is_kept_and_told(status: int) -> None:
    """With what is live of it."""
    with memory_directory() as root:
        fork = Fork(root, dated)
        if status != 200:
            fork.forbid_branches(status)
        save(fork.main, title="Summer, edited in main")
        before = {place: one.version for place, one in variant(fork).live.items()}
        done, writes = fork.promote()
        assert variant(fork).latest["title"] == "Summer, edited in main"
        assert {place: one.version for place, one in variant(fork).live.items()} == before
        assert (writes, done.gaps, done.remarks) == ([], [], {})
        assert newer(done) == [("page", "en-us", [f"{HEN}/{SUMMER}"])]


@pytest.mark.parametrize("conflicts", ["", "keep", "stop"])
def test_edited_on_both_sides_it_is_a_conflict(fork: Fork, conflicts: str) -> None:
    save(fork.dev, title="Summer, edited in dev")
    save(fork.main, title="Summer, edited in main")
    if conflicts == "stop":
        with pytest.raises(Different):
            fork.promote(conflicts=conflicts)
        assert variant(fork).latest["title"] == "Summer, edited in main"
        return
    done, _ = fork.promote(conflicts=conflicts)
    (row,) = done.remarks["conflicts"]
    assert (row["kind"], row["uid"], row["locale"]) == ("variants", f"{HEN}/{SUMMER}", "en-us")
    assert row["fields"] == ["/title"]
    kept = conflicts == "keep"
    assert variant(fork).latest["title"] == f"Summer, edited in {'main' if kept else 'dev'}"
    assert [gap["kind"] for gap in done.gaps] == (["variants"] if kept else [])


def test_the_last_promotion_is_the_base_of_the_next(fork: Fork) -> None:
    save(fork.dev, title="Summer, edited in dev")
    fork.promote()
    save(fork.main, title="Summer, edited in main since")
    done, writes = fork.promote()
    assert writes == []
    assert newer(done) == [("page", "en-us", [f"{HEN}/{SUMMER}"])]
    save(fork.dev, title="Summer, edited in dev again")
    done, _ = fork.promote()
    assert [row["kind"] for row in done.remarks["conflicts"]] == ["variants"]


def test_a_field_that_only_the_target_changes_goes(fork: Fork) -> None:
    """The variant is what the source's is, where that was edited: also without a field more."""
    save(fork.dev, title="Summer, edited in dev")
    link = [{"uid": EGG, "_content_type_uid": "page"}]
    save(fork.main, title="Summer, edited in dev", partner=link)
    fork.promote()
    assert variant(fork).latest["_variant"]["_change_set"] == ["title"]
    assert "partner" not in variant(fork).latest


def test_a_dry_run_tells_what_is_kept_from_what_is_written(fork: Fork) -> None:
    """Also where the entry itself is written."""
    save(fork.main, title="Summer, edited in main")
    fork.dev.save("page", HEN, title="Hen, edited in dev")
    snapshot, place = fork.bench.export(branch="dev"), fork.bench.place(SOURCE, "main")
    options = ContentstackWriteOptions(on_conflict="update")

    async def compare() -> DryRunDiff:
        async with fork.bench.session(place, None) as session:
            run = Run(SYSTEM, session, place, sleep=no_wait)
            async with dry_run_diff(run, snapshot, options) as (_, found):
                return found

    counts = run_async(compare).counts
    assert counts["variants"] == {"newer": 1}
    assert counts["documents"]["different"] == 1


def test_an_older_version_in_a_release_from_before_the_fork_is_no_gap() -> None:
    """No snapshot has it; but both branches do, and nobody has changed the release since."""

    def pinned(fork: Fork) -> None:
        item = {"uid": HEN, "content_type_uid": "page", "locale": "en-us", "action": "publish", "version": 1}
        fork.branch("main").releases[RELEASE].items.append({**item, "variant_id": SUMMER})

    with memory_directory() as root:
        fork = Fork(root, pinned)
        save(fork.dev, title="Summer, edited in dev")
        for _ in range(2):
            done, _ = fork.promote()
            assert [gap for gap in done.gaps if gap["kind"] == "release_items"] == []
        items: Any = fork.branch("main").releases[RELEASE].items
        assert [one["version"] for one in items if one.get("variant_id")] == [1]
        release = fork.branch("dev").releases[RELEASE]
        release.raw = {**release.raw, "updated_at": "2099-01-01T00:00:00.000Z"}  # its items may be others now
        done, _ = fork.promote()
        assert [gap["path"] for gap in done.gaps if gap["kind"] == "release_items"] == [f"{HEN}/{SUMMER}"]
