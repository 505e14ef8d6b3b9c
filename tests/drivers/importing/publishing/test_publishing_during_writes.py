"""Publishing while entries are still written: early, never too early, in as few requests as afterwards."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from round_trip import explain_differences
from small_stack import fill_small
from uniform_stack import fill_uniform
from workbench import SOURCE, TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from stackferry import exact_json
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

fill = partial(fill_uniform, entries=24, assets=12)
BULK = (
    4 + 3
)  # twelve assets and twenty-four documents in one language, as many documents in the other: ten a call


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)


def count_bulk_calls(workbench: Workbench) -> int:
    return workbench.emulator.count("bulk")


def check_target(workbench: Workbench, gaps: list[Any]) -> None:
    assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), gaps).unexplained == []
    assert workbench.emulator.defects == []


def test_publishing_begins_before_the_last_entry_is_written(workbench: Workbench) -> None:
    """There are as few bulk calls as ten items a call allow."""
    transport = RecordingTransport(workbench.emulator)
    imported = workbench.import_snapshot(workbench.export(), transport=transport)
    bulk = [place for place, call in enumerate(transport.log) if "/bulk/publish" in call]
    writes = [
        place for place, call in enumerate(transport.log) if "/entries" in call and not call.startswith("G")
    ]
    assert bulk[0] < writes[len(writes) // 2]
    assert sum(place < writes[-1] for place in bulk) > BULK / 2
    assert len(bulk) == imported.minimum["bulk"] == BULK
    check_target(workbench, imported.gaps)


@pytest.mark.parametrize("rows", [7, 1])
def test_what_is_published_is_found_however_long_a_page_is(workbench: Workbench, rows: int) -> None:
    """Nothing is published twice because it stands on another page."""
    snapshot = workbench.export()
    workbench.emulator.switches = Switches(page_rows=rows)
    transport = RecordingTransport(workbench.emulator)
    imported = workbench.import_snapshot(snapshot, transport=transport)
    published = [call for call in transport.log if call.startswith("POST") and "/publish" in call]
    assert len(published) == BULK
    workbench.emulator.switches = Switches()  # the oracle reads pages of a hundred
    check_target(workbench, imported.gaps)


def test_no_bulk_call_names_a_version_that_is_not_written_yet(workbench: Workbench) -> None:
    snapshot, seen = workbench.export(), 0

    def look(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal seen
        if done or "/bulk/publish" not in request.url.path:
            return
        body: Any = exact_json.loads(request.content)
        branch = workbench.target.main
        for item in body.get("entries", []):
            assert item["version"] in branch.entries["page"][item["uid"]].documents[item["locale"]].versions
        for item in body.get("assets", []):
            assert item["version"] in branch.assets[item["uid"]].versions
        seen += 1

    workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, look))
    assert seen == BULK


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_import_cut_while_it_writes_and_publishes_resumes(after: bool) -> None:
    """C1, I5: everything arrives, and few bulk calls are repeated."""
    for number in range(24, 88, 20):
        with memory_directory() as root:
            workbench = make_workbench(root, fill)
            snapshot = workbench.export()
            with pytest.raises(Cut):
                workbench.import_snapshot(
                    snapshot, transport=RecordingTransport(workbench.emulator, cut_at(number, after=after))
                )
            imported = workbench.import_snapshot(snapshot)
            assert imported.gaps == []
            assert count_bulk_calls(workbench) <= BULK + 4  # those under way when it was cut
            check_target(workbench, imported.gaps)
            sent = workbench.writes()
            workbench.import_snapshot(snapshot)
            assert workbench.writes() == sent


def _fill_without_french_links(stack: Stack) -> None:
    fill(stack)
    for entry in stack.main.entries["page"].values():
        entry.documents["fr-fr"].latest.pop("link", None)


def test_a_document_that_the_service_added_to_is_published_once() -> None:
    """It is written a second time without what the service copied in, and only that version is published."""
    with memory_directory() as root:
        workbench = make_workbench(
            root, _fill_without_french_links, switches=Switches(localize_copies_fallback=True)
        )
        transport = RecordingTransport(workbench.emulator)
        imported = workbench.import_snapshot(workbench.export(), transport=transport)
        assert (
            explain_differences(
                workbench.dump(SOURCE), workbench.dump(TARGET), imported.gaps, fills=True
            ).unexplained
            == []
        )
    written_twice = [
        entry
        for entry in workbench.target.main.entries["page"].values()
        if entry.documents["fr-fr"].version == 2
    ]
    assert written_twice
    shown = [call for call in transport.log if call.startswith("POST") and "/publish" in call]
    assert all("/bulk/publish" in call for call in shown)
    assert len(shown) == BULK + 1


def test_with_publish_rules_in_the_target_publishing_comes_last() -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        snapshot = workbench.export()
        workbench.target.publish_rules["blt_rule"] = {
            "uid": "blt_rule",
            "environment": "blt_other",
            "actions": [],
        }
        transport = RecordingTransport(workbench.emulator)
        imported = workbench.import_snapshot(snapshot, transport=transport)
    first = next(place for place, call in enumerate(transport.log) if "/bulk/publish" in call)
    assert not any(
        "/entries" in call and "/publish" not in call and not call.startswith("GET")
        for call in transport.log[first:]
    )
    assert imported.gaps == []


def _fill_without_masters(stack: Stack) -> None:
    fill(stack)
    for entry in stack.main.entries["page"].values():
        del entry.documents["en-us"]


def test_entries_without_a_master_are_published_after_their_temporary_master_is_deleted() -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, _fill_without_masters)
        transport = RecordingTransport(workbench.emulator)
        imported = workbench.import_snapshot(workbench.export(), transport=transport)
        removed = [place for place, call in enumerate(transport.log) if call.startswith("DELETE")]
        shown = [place for place, call in enumerate(transport.log) if "/bulk/publish" in call]
        assert len(removed) == 24
        assert sum(place > removed[-1] for place in shown) == 3
        check_target(workbench, imported.gaps)


def test_a_bulk_call_does_not_publish_references(workbench: Workbench) -> None:
    """With `api_version` 3.2 the service would publish the newest version of all that is referred to."""
    seen: list[tuple[str | None, bool]] = []

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if not done and "/bulk/publish" in request.url.path:
            seen.append((request.headers.get("api_version"), b"publish_with_reference" in request.content))

    workbench.import_snapshot(workbench.export(), transport=RecordingTransport(workbench.emulator, hook=hook))
    assert seen == [(None, False)] * BULK
