"""Labels, groups of variants and variants of entries that the target's branch alone has deleted.

No page says that a new branch has them: they stay deleted where it is known that the target's had them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import ANIMALS, BIRDS, GROUP, SUMMER
from random_stack import STAMPS
from small_stack import EGG, HEN, RELEASE
from test_promoted_deletions import again, delete, stays
from test_promotion import Fork
from workbench import memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Stack

OTHER, WINTER = "csaaaaaaaaaaaaaa58", "csaaaaaaaaaaaaaa59"
VARIANT = f"/content_types/page/entries/{HEN}/variants/{SUMMER}"


def with_more(fork: Fork) -> None:
    """Another group, a variant of another entry, and a variant in a release."""
    stack: Stack = fork.bench.source
    stack.publish_rules.clear()
    group: Any = {
        "uid": OTHER,
        "name": "Weather",
        "content_types": ["page"],
        "variants": [{"uid": WINTER, "name": "Winter"}],
    }
    stack.main.put("variant_groups", {**group, **STAMPS})
    about: Any = {"_uid": SUMMER, "_change_set": ["title"], "_order": []}
    row = {
        "uid": EGG,
        "title": "Egg in summer",
        "locale": "en-us",
        "_version": 1,
        "_variant": about,
        "publish_details": [],
    }
    stack.main.put_variant("page", EGG, "en-us", {**row, **STAMPS})
    item: Any = {"action": "publish", "content_type_uid": "page", "uid": HEN, "locale": "en-us", "version": 1}
    stack.main.releases[RELEASE].items.append({**item, "title": "Hen in summer", "variant_id": SUMMER})


@pytest.fixture
def fork() -> Iterator[Fork]:
    with memory_directory() as root:
        yield Fork(root, with_more)


def variants(fork: Fork) -> list[str]:
    """The entries of main that have a variant."""
    return sorted(uid for uid, one in fork.branch("main").entries["page"].items() if one.variants)


def test_a_label(fork: Fork) -> None:
    delete(fork.main, f"/labels/{BIRDS}")
    done, writes = fork.promote()
    assert (writes, done.gaps, done.remarks) == ([], [], {})
    assert stays(done) == [("labels", None, None, [BIRDS])]
    assert BIRDS not in fork.branch("main").labels
    again(fork)


@pytest.mark.parametrize("conflicts", ["", "keep"])
def test_a_label_that_was_edited_in_the_source(fork: Fork, conflicts: str) -> None:
    delete(fork.main, f"/labels/{BIRDS}")
    fork.dev.call("PUT", f"/labels/{BIRDS}", json={"label": {"name": "Fowl"}}).raise_for_status()
    done, _ = fork.promote(conflicts=conflicts)
    assert [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]] == [("labels", BIRDS)]
    names = {row["name"] for row in fork.branch("main").labels.values()}
    assert names == ({"Animals"} if conflicts else {"Animals", "Fowl"})
    assert bool(done.gaps) is bool(conflicts)


def test_a_label_above_a_new_one_comes_back(fork: Fork) -> None:
    delete(fork.main, f"/labels/{BIRDS}")
    new = {"label": {"name": "Hens", "parent": [BIRDS], "content_types": []}}
    fork.dev.call("POST", "/labels", json=new).raise_for_status()
    done, _ = fork.promote()
    assert [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]] == [("labels", BIRDS)]
    assert {row["name"] for row in fork.branch("main").labels.values()} == {"Animals", "Birds", "Hens"}


@pytest.mark.parametrize("was_promoted", [False, True])
def test_all_labels(fork: Fork, was_promoted: bool) -> None:
    """A branch without any may never have had them, unless an earlier promotion has seen them there."""
    if was_promoted:
        fork.promote()
    for uid in (BIRDS, ANIMALS):
        delete(fork.main, f"/labels/{uid}")
    done, writes = fork.promote()
    assert len(writes) == (0 if was_promoted else 2)
    assert len(stays(done)) == was_promoted
    again(fork)


def test_a_group_with_its_variants(fork: Fork) -> None:
    """What the source's entries and releases hold of its variants stays away, too."""
    del fork.branch("main").variant_groups[GROUP]
    for uid in (HEN, EGG):
        fork.branch("main").entries["page"][uid].variants.clear()
    fork.branch("main").releases[RELEASE].items.pop()
    fork.branch("main").changed()
    done, writes = fork.promote()
    assert (writes, done.gaps, done.remarks) == ([], [], {})
    assert ("variant_groups", None, None, [GROUP]) in stays(done)
    assert variants(fork) == []
    again(fork)


def test_a_group_of_which_the_source_has_edited_a_variant_comes_back(fork: Fork) -> None:
    del fork.branch("main").variant_groups[GROUP]
    fork.branch("main").entries["page"][HEN].variants.clear()
    fork.branch("main").changed()
    body = {"entry": {"title": "Edited", "_variant": {"_change_set": ["title"], "_order": []}}}
    fork.dev.call("PUT", VARIANT, json=body).raise_for_status()
    done, _ = fork.promote()
    assert ("variant_groups", GROUP) in [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]]
    assert {row["name"] for row in fork.branch("main").variant_groups.values()} == {"Seasons", "Weather"}
    assert HEN in variants(fork)


@pytest.mark.parametrize("edited", [False, True])
def test_a_variant_of_an_entry(fork: Fork, edited: bool) -> None:
    delete(fork.main, VARIANT)
    if edited:
        body = {"entry": {"title": "Edited", "_variant": {"_change_set": ["title"], "_order": []}}}
        fork.dev.call("PUT", VARIANT, json=body).raise_for_status()
    done, _ = fork.promote()
    # No call brings an older version of a variant, which is live here.
    assert [gap["kind"] for gap in done.gaps] == ["variants"] * edited
    assert variants(fork) == ([HEN, EGG] if edited else [EGG])
    told = [("variants", "page", "en-us", [f"{HEN}/{SUMMER}"])]
    assert stays(done) == ([] if edited else told)
    assert bool(done.remarks.get("conflicts")) is edited


def test_a_branch_that_was_made_without_variants_gets_them() -> None:
    with memory_directory() as root:
        fork = Fork(root, with_more, fork_variants=False)
        done, _ = fork.promote("main", "dev")
        assert stays(done) == []
        assert {row["name"] for row in fork.branch("dev").variant_groups.values()} == {"Seasons", "Weather"}
