"""Two places side by side: what differs is told in the same words as between two nights of one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from editors import Editors
from every_kind_stack import SUMMER, fill_every_kind
from small_stack import EGG, HEN, LIVE, fill_small, page
from story_stack import fill_story
from two_nights import line
from workbench import SOURCE, SYSTEM, TARGET, make_workbench, memory_directory

from stackferry.drivers.verify_run import diff_snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Workbench

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.contentstack import Stack

LOST = "bltlost000000001"


def compared(bench: Workbench, edit: Callable[[Stack], object]) -> VerifyResult:
    """The source, and its copy after an edit."""
    snapshot = bench.export(versions="latest")
    bench.import_snapshot(snapshot, versions="latest", publish="none")
    edit(bench.target)
    return diff_snapshots(SYSTEM, snapshot, bench.export("there", key=TARGET, versions="latest"))


def test_a_move_in_a_copy_is_one_line_with_its_title() -> None:
    def edit(stack: Stack) -> None:
        for entry in stack.main.entries["story"].values():
            latest: Any = entry.documents["en-us"].latest
            if latest["title"] == "Harbour en":
                latest["sections"].insert(0, latest["sections"].pop())

    with memory_directory() as root:
        found = compared(make_workbench(root, fill_story), edit)
    told = [line(row) for row in found.differences if row["kind"] == "entries"]
    assert told == ["moved entries Harbour en en-us /sections/0 /sections/2"]


def test_publications_go_by_the_name_of_the_environment() -> None:
    with memory_directory() as root:
        found = compared(make_workbench(root, fill_small), lambda _: None)
    rows = [row for row in found.differences if row["kind"] == "publications"]
    assert {(row["change"], row["path"], row["environment"]) for row in rows} == {
        ("removed", "/publish_details/live", "live")
    }
    assert LIVE not in str(found.differences)
    assert all(row["title"] for row in rows)


def test_another_version_that_is_live_is_one_line() -> None:
    """Not one that is gone and one that came."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        editors = Editors(bench, 1)
        body: dict[str, Any] = {"branch": {"uid": "fork", "source": "main"}}
        assert editors.call("POST", "/stacks/branches", json=body).status_code < 300
        path = f"/content_types/page/entries/{HEN}/publish"
        for number, branch in ((1, "fork"), (2, "main")):
            where = {"environments": ["live"], "locales": ["en-us"]}
            sent: dict[str, Any] = {"entry": where, "locale": "en-us", "version": number}
            assert Editors(bench, branch=branch).call("POST", path, json=sent).status_code < 300
        main, fork = bench.export("main"), bench.export("fork", branch="fork")
        found = diff_snapshots(SYSTEM, main, fork)
    told = [line(row) for row in found.differences if row["kind"] == "publications"]
    assert told == ["changed publications Hen, revised en-us /publish_details/live live 2->1"]


def test_a_link_to_what_only_one_branch_has_is_an_edit() -> None:
    """It is part of what the entry says: no gap, and nothing that was left out."""

    def fill(stack: Stack) -> None:
        fill_small(stack)
        stack.main.put_entry_version("page", "en-us", page(LOST, 1, "Linked", EGG))

    with memory_directory() as root:
        bench = make_workbench(root, fill)
        editors = Editors(bench, 1)
        body: dict[str, Any] = {"branch": {"uid": "fork", "source": "main"}}
        assert editors.call("POST", "/stacks/branches", json=body).status_code < 300
        bench.source.main.put_entry_version("page", "en-us", page("bltnew0000000001", 1, "New", EGG))
        editors.save("page", LOST, partner=[{"uid": "bltnew0000000001", "_content_type_uid": "page"}])
        found = diff_snapshots(SYSTEM, bench.export("main"), bench.export("fork", branch="fork"))
    assert found.gaps == []
    told = [line(row) for row in found.differences if row["kind"] == "entries" and row["title"] == "Linked"]
    assert told
    assert all("/partner/0" in one for one in told)


def linked_variant(bench: Workbench) -> list[VerifyResult]:
    """Two branches, of which one's variant of Hen was given a link; both ways round."""
    body: dict[str, Any] = {"branch": {"uid": "fork", "source": "main"}}
    assert Editors(bench, 1).call("POST", "/stacks/branches", json=body).status_code < 300
    bench.source.main.put_entry_version("page", "en-us", page("bltnew0000000001", 1, "New", EGG))
    link = [{"uid": "bltnew0000000001", "_content_type_uid": "page"}]
    entry = {"partner": link, "_variant": {"_change_set": ["partner"], "_order": []}}
    path = f"/content_types/page/entries/{HEN}/variants/{SUMMER}"
    Editors(bench, 1).call("PUT", path, json={"entry": entry}).raise_for_status()
    main, fork = bench.export("main"), bench.export("fork", branch="fork")
    return [diff_snapshots(SYSTEM, *pair) for pair in ((main, fork), (fork, main))]


def test_a_link_of_a_variant_to_what_only_one_branch_has_is_an_edit() -> None:
    with memory_directory() as root:
        for found in linked_variant(make_workbench(root, fill_every_kind)):
            assert [gap for gap in found.gaps if gap["uid"] == HEN] == []
            told = [line(row) for row in found.differences if row["kind"] == "variants"]
            assert any("/partner" in one for one in told), told


def test_a_link_of_a_variant_that_leads_nowhere_on_both_branches_is_equal() -> None:
    def fill(stack: Stack) -> None:
        fill_every_kind(stack)
        variant: Any = stack.main.entries["page"][HEN].variants[SUMMER, "en-us"]
        variant.latest["partner"] = [{"uid": "bltnobody0000001", "_content_type_uid": "page"}]
        variant.latest["_variant"]["_change_set"].append("partner")

    with memory_directory() as root:
        bench = make_workbench(root, fill)
        body: dict[str, Any] = {"branch": {"uid": "fork", "source": "main"}}
        assert Editors(bench, 1).call("POST", "/stacks/branches", json=body).status_code < 300
        found = diff_snapshots(SYSTEM, bench.export("main"), bench.export("fork", branch="fork"))
    assert [gap for gap in found.gaps if gap["uid"] == HEN] == []
    assert [row for row in found.differences if row["kind"] == "variants"] == []


def test_a_link_that_leads_nowhere_on_both_branches_is_equal() -> None:
    """A fork shares the uids of its source, those of what was deleted too."""

    def fill(stack: Stack) -> None:
        fill_small(stack)
        stack.main.put_entry_version("page", "en-us", page(LOST, 1, "Lost", "bltnobody0000001"))

    with memory_directory() as root:
        bench = make_workbench(root, fill)
        forked = Editors(bench, 1).call(
            "POST", "/stacks/branches", json={"branch": {"uid": "fork", "source": "main"}}
        )
        assert forked.status_code < 300
        main, fork = bench.export("main"), bench.export("fork", branch="fork")
        found = diff_snapshots(SYSTEM, main, fork)
    assert found.gaps == []
    # A fork has neither the queue of its source nor roles and workflows of its own.
    assert {row["kind"] for row in found.differences} <= {"schedules"}


def test_two_stacks_that_hold_the_same_uids_are_two_places() -> None:
    """An entry that only one of them has is told with its title; the keys of the places decide, not the uids."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        fill_small(bench.target)
        del bench.target.main.entries["page"][EGG]
        found = diff_snapshots(SYSTEM, bench.export("here", key=SOURCE), bench.export("there", key=TARGET))
    told = {line(row) for row in found.differences if row["kind"] == "entries" and row["uid"] == EGG}
    assert told == {"removed entries Egg en-us Egg->-", "removed entries Œuf fr-fr Œuf->-"}
    assert HEN not in {row["uid"] for row in found.differences if row["change"] == "removed"}


def test_a_narrowed_snapshot_tells_nothing_of_what_it_leaves_out() -> None:
    """What both places have is compared; what the snapshot was not asked for is not called missing."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_story)
        bench.import_snapshot(bench.export(versions="latest"), versions="latest")
        pages, whole = bench.export("pages", types=frozenset({"page"})), bench.export("there", key=TARGET)
        for pair in ((pages, whole), (whole, pages)):
            told = diff_snapshots(SYSTEM, *pair)
            kinds = {row["kind"] for row in told.differences if row["change"] in ("added", "removed")}
            assert kinds & {"entries", "content_types", "assets", "roles", "terms"} == set()
            assert any("narrowed" in reason for _, _, reason in told.not_compared)


def test_an_entry_that_only_one_place_has_is_told_without_its_publications() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        fill_small(bench.target)
        del bench.source.main.entries["page"][EGG]
        found = diff_snapshots(SYSTEM, bench.export("here"), bench.export("there", key=TARGET))
    assert {row["kind"] for row in found.differences if row["uid"] == EGG} == {"entries"}
