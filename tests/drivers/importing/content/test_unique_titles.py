"""Titles that entries passed on to each other over time, in a type whose titles are unique."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from random_stack import STAMPS, TITLE
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.emulators.contentstack.trash import Deleted

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

ONE, OTHER = "bltinventedswap00001", "bltinventedswap00002"


def _fill_with_swapped_titles(stack: Stack) -> None:
    page: JsonObject = {
        "uid": "page",
        "title": "Page",
        "schema": [{**TITLE, "unique": True, "mandatory": True}],
    }
    stack.main.put_content_type({**page, "options": {"title": "title", "singleton": False}, **STAMPS})
    for uid, titles in ((ONE, ("Left", "Right")), (OTHER, ("Right", "Left"))):
        for version, title in enumerate(titles, 1):
            raw: JsonObject = {"uid": uid, "title": title, "tags": [], "locale": "en-us", "_version": version}
            stack.main.put_entry_version("page", "en-us", {**raw, **STAMPS})


def test_entries_that_swapped_unique_titles_arrive() -> None:
    """Both with both versions and without a gap; afterwards titles are unique again."""
    with memory_directory() as root:
        workbench = make_workbench(root, _fill_with_swapped_titles)
        imported = workbench.import_snapshot(workbench.export(versions="all"), versions="all")
        assert imported.gaps == []
        entries = workbench.target.main.entries["page"].values()
        histories = [
            [version["title"] for _, version in sorted(entry.documents["en-us"].versions.items())]
            for entry in entries
        ]
        assert sorted(histories) == [["Left", "Right"], ["Right", "Left"]]
        schemas = [
            workbench.emulator.stacks[key].main.content_types["page"]["schema"] for key in (SOURCE, TARGET)
        ]
        assert schemas[0] == schemas[1]


def test_a_title_that_the_trash_holds_is_a_gap_that_says_so() -> None:
    """A deleted entry of the target keeps its title for 14 days: no retry without an end, the next step is named."""
    with memory_directory() as root:
        workbench = make_workbench(root, _fill_with_swapped_titles)
        target = workbench.target.main
        target.put_content_type(workbench.emulator.stacks[SOURCE].main.content_types["page"])
        target.put_entry_version("page", "en-us", {"uid": "bltgone", "title": "Right", "_version": 1})
        document = target.entries["page"].pop("bltgone").documents["en-us"]
        target.trash.entries["page"]["bltgone", "en-us"] = Deleted(document, datetime.now(UTC))
        imported = workbench.import_snapshot(workbench.export(), on_conflict="update")
        assert [entry.documents["en-us"].latest["title"] for entry in target.entries["page"].values()] == [
            "Left"
        ]
        assert {gap["uid"] for gap in imported.gaps} == {ONE}
        assert any("empty the trash, or wait 14 days" in str(gap["reason"]) for gap in imported.gaps)
