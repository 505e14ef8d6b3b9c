"""Imports while an editor works in the target, or while the service does only part of a bulk job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from editors import Editors, edit_page
from meanwhile import before, every, meanwhile
from random_stack import STAMPS
from round_trip import explain_differences
from small_stack import EGG, HEN, fill_small
from workbench import (
    SOURCE,
    TARGET,
    RecordingTransport,
    make_workbench,
    memory_directory,
    serve_emulator,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from workbench import Workbench

    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import JsonObject

CREATED_BY_EDITOR = "bltbbbbbbbbbbbbbbbb"


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def is_revision(request: httpx.Request) -> bool:
    """Whether this is the update that writes the hen's second version."""
    is_update = request.method == "PUT" and "/entries/" in request.url.path
    return is_update and b"Hen, revised" in request.content


def entry(workbench: Workbench, title: str) -> tuple[str, Entry]:
    """The target's entry that has, or had, an English title."""
    entries = workbench.target.main.entries["page"].items()
    (found,) = [(uid, entry) for uid, entry in entries if title in titles(entry)]
    return found


def titles(entry: Entry) -> list[object]:
    """What an entry was called in English, version by version."""
    document = entry.documents.get("en-us")
    return [row.get("title") for row in document.versions.values()] if document else []


def test_a_version_saved_by_an_editor_meanwhile_stays_in_the_history(workbench: Workbench) -> None:
    """C5: the API has no conditional writes, so the import's version follows the editor's, and neither is lost."""
    snapshot, editors = workbench.export(versions="all"), Editors(workbench, key=TARGET)
    revision = before(match="^PUT .*/entries/", holds=b"Hen, revised")
    with meanwhile(
        workbench.emulator,
        (revision, lambda: editors.save("page", entry(workbench, "Hen")[0], title="By hand")),
    ):
        imported = workbench.import_snapshot(snapshot, versions="all")
    assert [gap["kind"] for gap in imported.gaps] == ["entries"]
    assert [row["title"] for row in imported.remarks["meanwhile"]] == ["Hen, revised"]
    found_titles = titles(entry(workbench, "By hand")[1])
    assert found_titles.count("By hand") == 1
    assert found_titles[-1] == "Hen, revised"


@pytest.mark.parametrize("period", [1, 3])
def test_an_editor_who_saves_all_the_time_loses_no_version(workbench: Workbench, period: int) -> None:
    """C5: each save is a version of its own, in the order of the saves, between those of the import."""
    snapshot, editors = workbench.export(versions="all"), Editors(workbench, key=TARGET)
    saved: list[str] = []

    def save() -> None:
        made = [
            uid for uid, one in workbench.target.main.entries.get("page", {}).items() if "Hen" in titles(one)
        ]
        for uid in made:
            saved.append(f"Save {len(saved)}")
            editors.save("page", uid, title=saved[-1])

    with serve_emulator(workbench), meanwhile(workbench.emulator, (every(period), save)):
        workbench.import_snapshot(snapshot, versions="all")
    found = titles(entry(workbench, "Hen")[1])
    assert len(saved) > 2
    assert [title for title in found if title in saved] == saved
    assert found[0] == "Hen"
    assert "Hen, revised" in found


def test_a_version_saved_by_an_editor_is_not_taken_for_a_lost_write(workbench: Workbench) -> None:
    """C3, C5: the import's write is lost and the editor's version takes its number: the write is sent again."""
    lost = False

    def lose(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal lost
        if not done and not lost and is_revision(request):
            lost = True
            edit_page(workbench.target.main, entry(workbench, "Hen")[0], title="By hand")
            raise httpx_error(request)

    imported = workbench.import_snapshot(
        workbench.export(versions="all"),
        versions="all",
        transport=RecordingTransport(workbench.emulator, lose),
    )
    assert lost
    assert len(imported.gaps) == len(imported.remarks["meanwhile"]) == 1
    document = entry(workbench, "By hand")[1].documents["en-us"]
    assert document.latest["title"] == "Hen, revised"


def httpx_error(request: httpx.Request) -> Exception:
    import httpx

    return httpx.ReadError("invented: the connection broke", request=request)


def test_an_entry_created_by_an_editor_meanwhile_is_left_alone(workbench: Workbench) -> None:
    """C5: it is neither changed nor matched."""

    def create(transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if (
            done
            and request.url.path.endswith("/import")
            and CREATED_BY_EDITOR not in workbench.target.main.entries["page"]
        ):
            row: JsonObject = {
                "uid": CREATED_BY_EDITOR,
                "title": "By hand",
                "_version": 1,
                "tags": [],
                **STAMPS,
            }
            workbench.target.main.put_entry_version("page", "en-us", row)
        del transport

    assert (
        workbench.import_snapshot(
            workbench.export(), transport=RecordingTransport(workbench.emulator, create)
        ).gaps
        == []
    )
    created = workbench.target.main.entries["page"].pop(CREATED_BY_EDITOR)
    assert titles(created) == ["By hand"]
    assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), []).unexplained == []


def test_items_that_a_bulk_job_left_out_are_published_singly(workbench: Workbench) -> None:
    """C7: nothing is lost, and no gap is reported."""
    removed = 0

    def unpublish(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal removed
        if done and request.url.path.endswith("/bulk/publish"):
            uid = entry(workbench, "Egg")[0]
            removed += len(workbench.target.main.entries["page"][uid].live)
            workbench.target.main.entries["page"][uid].live.clear()

    imported = workbench.import_snapshot(
        workbench.export(), transport=RecordingTransport(workbench.emulator, unpublish)
    )
    assert removed > 0
    assert imported.gaps == []
    assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), []).unexplained == []


def test_an_item_that_a_bulk_job_cannot_publish_is_a_gap(workbench: Workbench) -> None:
    """C7: the entry was deleted before the job ran. The others are published."""

    def remove(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if (
            not done
            and request.url.path.endswith("/bulk/publish")
            and len(workbench.target.main.entries["page"]) == 3
        ):
            del workbench.target.main.entries["page"][entry(workbench, "Egg")[0]]

    imported = workbench.import_snapshot(
        workbench.export(), transport=RecordingTransport(workbench.emulator, remove)
    )
    gone = [gap for gap in imported.gaps if gap["kind"] == "publications"]
    assert {gap["uid"] for gap in gone} == {EGG}
    assert HEN not in {gap["uid"] for gap in imported.gaps}
    assert entry(workbench, "Hen")[1].live
