"""A narrowed import in the same stack reads what it looks for, and not the whole stack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from workbench import SOURCE, RecordingTransport, make_workbench, memory_directory

from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.model import Json, JsonObject

TITLE: JsonObject = {
    "uid": "title",
    "data_type": "text",
    "display_name": "Title",
    "mandatory": True,
    "unique": True,
}
LINK: JsonObject = {
    "uid": "link",
    "data_type": "reference",
    "display_name": "Link",
    "reference_to": ["page", "note"],
    "field_metadata": {"ref_multiple": True},
    "multiple": True,
}
COUNT = 250  # entries of each type: three pages


def uid(kind: str, number: int) -> str:
    return f"blt{kind}{number:012}"


def fill(stack: Stack) -> None:
    """Two types of many entries; each page refers to a note."""
    for kind in ("page", "note", "other"):
        stack.main.put_content_type({"uid": kind, "title": kind, "description": "", "schema": [TITLE, LINK]})
        for number in range(COUNT):
            link: list[Json] = (
                [{"uid": uid("note", number), "_content_type_uid": "note"}] if kind == "page" else []
            )
            row: JsonObject = {"uid": uid(kind, number), "title": f"{kind} {number}", "link": link}
            stamps: JsonObject = {
                "_version": 1,
                "created_at": "2026-01-01T00:00:00.000Z",
                "publish_details": [],
            }
            stack.main.put_entry_version(kind, "en-us", {**row, **stamps, "updated_at": stamps["created_at"]})


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        made = make_workbench(root, fill)
        main = Editors(made, key=SOURCE)
        assert main.call(
            "POST", "/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}}
        ).is_success
        yield made


def promote(bench: Workbench, name: str, query: str) -> tuple[ImportResult, list[str]]:
    """One narrowed promotion from dev into main, and the listings of entries that it sent."""
    snapshot = bench.export(name, branch="dev")
    transport = RecordingTransport(bench.emulator)
    done = bench.import_snapshot(
        snapshot,
        f"state {name}",
        key=SOURCE,
        selection=Selection(query=query),
        on_conflict="update",
        transport=transport,
    )
    return done, [call for call in transport.log if re.match(r"GET /v3/content_types/\w+/entries\?", call)]


def latest(bench: Workbench, kind: str, number: int) -> Any:
    return bench.source.main.entries[kind][uid(kind, number)].documents["en-us"].latest


def test_one_entry_takes_a_request_for_its_type_and_one_for_what_it_refers_to(bench: Workbench) -> None:
    Editors(bench, key=SOURCE, branch="dev").save("page", uid("page", 7), title="Page 7, edited")
    done, reads = promote(bench, "one", f'{{"uid": "{uid("page", 7)}"}}')
    assert (done.gaps, len(reads)) == ([], 2)
    assert latest(bench, "page", 7)["title"] == "Page 7, edited"
    assert latest(bench, "page", 7)["link"][0]["uid"] == uid("note", 7)


def test_a_new_entry_is_looked_for_by_its_title(bench: Workbench) -> None:
    """By uid, which is new, and by what else could name it; then it is made."""
    dev = Editors(bench, key=SOURCE, branch="dev")
    made = dev.call(
        "POST",
        "/content_types/page/entries",
        params={"locale": "en-us"},
        json={
            "entry": {"title": "Brand new", "link": [{"uid": uid("note", 3), "_content_type_uid": "note"}]}
        },
    ).json()["entry"]["uid"]
    done, reads = promote(bench, "new", f'{{"uid": "{made}"}}')
    assert (done.gaps, len(reads)) == ([], 3)
    held: Any = [one.documents["en-us"].latest for one in bench.source.main.entries["page"].values()]
    assert [one["link"][0]["uid"] for one in held if one["title"] == "Brand new"] == [uid("note", 3)]


def test_of_one_that_was_deleted_in_the_target_everything_is_listed(bench: Workbench) -> None:
    """Others may still refer to it under its old uid."""
    main = Editors(bench, key=SOURCE)
    assert main.call("DELETE", f"/content_types/note/entries/{uid('note', 9)}").is_success
    Editors(bench, key=SOURCE, branch="dev").save("note", uid("note", 9), title="Note 9, edited")
    done, reads = promote(bench, "deleted", f'{{"uid": "{uid("note", 9)}"}}')
    assert done.gaps == []
    assert len(reads) > 9
    assert latest(bench, "note", 9)["title"] == "Note 9, edited"


def test_of_one_that_stays_deleted_little_is_read(bench: Workbench) -> None:
    """By uid, by its title, and what it refers to: nothing is to be re-pointed."""
    main = Editors(bench, key=SOURCE)
    assert main.call("DELETE", f"/content_types/note/entries/{uid('note', 11)}").is_success
    done, reads = promote(bench, "stays", f'{{"uid": "{uid("note", 11)}"}}')
    assert [row["uids"] for row in done.left if row["kind"] == "deleted"] == [[uid("note", 11)]]
    assert len(reads) == 2


def test_many_entries_are_listed_as_a_whole(bench: Workbench) -> None:
    _, reads = promote(bench, "many", '{"title": {"$exists": true}}')
    assert len(reads) >= 3 * 3
