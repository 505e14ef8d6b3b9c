"""How much a restore of a few objects reads, in a stack that holds many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from restoring import restored
from small_stack import EGG, HEN, PICTURE, RELEASE, fill_small
from workbench import SOURCE, make_workbench, memory_directory, serve_emulator, served_bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

KINDS = 15  # listings of small kinds, and of folders
LANGUAGES = 2


def fill_wide(stack: Stack) -> None:
    """The small stack, with 120 pages more, and as many entries of another type."""
    fill_small(stack)
    main = stack.main
    page: Any = main.content_types["page"]
    main.put_content_type({**page, "uid": "other", "title": "Other"})
    pattern = main.entries["page"][HEN].documents["en-us"].latest
    for kind in ("page", "other"):
        for number in range(120):
            row: JsonObject = {"uid": f"blt{kind}{number}", "title": f"{kind} {number}", "_version": 1}
            main.put_entry_version(kind, "en-us", {**pattern, **row})


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with served_bench(fill_wide) as bench:
        yield bench


def reads(bench: Workbench, snapshot: Any, *names: str, **options: Any) -> list[str]:
    before = len(bench.emulator.log)
    report, _ = restored(bench, snapshot, *names, **options)
    found = [one.path for one in bench.emulator.log[before:] if one.method == "GET"]
    # A release may hold an entry at a version that refers to what was made anew.
    assert {str(gap["kind"]) for gap in report.gaps} <= {"release_items"}
    return found


def test_of_an_entry_its_own_type_and_those_that_it_refers_to_are_looked_at(bench: Workbench) -> None:
    """One read for each of them in each language, one for assets, and one for the older version that is live."""
    snapshot = bench.export()
    assert len(reads(bench, snapshot, HEN)) == KINDS + 1 * LANGUAGES + 1 + 1
    Editors(bench).save("page", HEN, title="Edited since")
    found = reads(bench, snapshot, HEN)
    # Before it is written over it is looked at once more, and its history has two versions to look at.
    assert len(found) == KINDS + 1 * LANGUAGES + 1 + 1 + 2
    assert not any("/other/" in path or "/items" in path for path in found)


def test_of_an_asset_no_entry_is_looked_at(bench: Workbench) -> None:
    found = reads(bench, bench.export(), PICTURE)
    assert not any("/entries" in path for path in found)


def test_of_a_release_its_own_items_and_their_entries(bench: Workbench) -> None:
    main = bench.source.main
    other = {**main.releases[RELEASE].raw, "uid": "blt_other_release", "name": "Autumn"}
    main.put_release(other, [dict(one) for one in main.releases[RELEASE].items])
    found = reads(bench, bench.export(), RELEASE)
    assert not any("blt_other_release" in path for path in found)
    assert (
        len(found) <= KINDS + 1 + 1 + 1 * LANGUAGES + 1 + 2
    )  # the list, the items, and versions of the entry


@pytest.mark.parametrize("title", ["Egg", "Other words"])
def test_what_is_gone_is_looked_for_everywhere(bench: Workbench, title: str) -> None:
    """Somebody may have made it anew, under its title; what holds its old uid may be anywhere."""
    snapshot, main = bench.export(), bench.source.main
    held = main.entries["page"].pop(EGG).documents["en-us"].latest
    main.put_entry_version("page", "en-us", {**held, "uid": "blt_made_anew", "title": title})
    found = reads(bench, snapshot, EGG)
    assert any("/other/entries" in path for path in found)
    (egg,) = (uid for uid, found in titles(bench).items() if found == "Egg")
    assert (egg == "blt_made_anew") is (title == "Egg")
    hen: Any = main.entries["page"][HEN].documents["en-us"].latest
    assert hen["partner"][0]["uid"] == egg


def titles(bench: Workbench) -> dict[str, object]:
    pages = bench.source.main.entries["page"]
    found = {uid: one.documents.get("en-us") for uid, one in pages.items()}
    return {uid: one.latest["title"] for uid, one in found.items() if one is not None}


def test_entries_with_terms_and_everything_else() -> None:
    """What the narrower reading finds is what the whole one finds: nothing to do, no gap."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        with serve_emulator(bench):
            row = bench.source.main.entries["page"][HEN].documents["en-us"]
            tags: JsonObject = {"taxonomies": [{"taxonomy_uid": "places", "term_uid": "quay"}]}
            bench.source.main.put_entry_version(
                "page", "en-us", {**row.latest, **tags, "_version": row.version + 1}
            )
            snapshot = bench.export()
            for uid in (HEN, EGG, "bltcart", PICTURE, RELEASE):
                report, writes = restored(bench, snapshot, uid)
                assert (report.gaps, writes, report.left) == ([], [], [])
            assert SOURCE in bench.emulator.stacks
