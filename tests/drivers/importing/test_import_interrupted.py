"""Imports that are cut at any request and resumed: the same target, and no write twice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from random_stack import STAMPS, TITLE
from round_trip import explain_differences
from small_stack import ABROAD, EGG, HEN, PICTURE, fill_small
from workbench import (
    SOURCE,
    TARGET,
    Cut,
    RecordingTransport,
    cut_at,
    make_workbench,
    memory_directory,
    serve_emulator,
)

from stackferry.emulators.contentstack import Fault
from stackferry.errors import ServiceError
from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from random_fields import Row
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

SHARES = 4  # the storm of cuts, in parts that end soon


@pytest.fixture
def desk() -> Iterator[tuple[Workbench, Snapshot]]:
    with memory_directory() as root:
        one = make_workbench(root, fill_small)
        yield one, one.export()


def settled(one: Workbench, snapshot: Snapshot) -> None:
    """The import, run again, ends; the target is the source, and one more run writes nothing."""
    imported = one.import_snapshot(snapshot)
    assert imported.gaps == []
    assert explain_differences(one.dump(SOURCE), one.dump(TARGET), imported.gaps).unexplained == []
    sent = one.writes()
    one.import_snapshot(snapshot)
    assert one.writes() == sent
    assert one.emulator.defects == []


@cache
def clean() -> tuple[int, int]:
    """How many requests, and how many writes, an import takes that nothing disturbs."""
    with memory_directory() as root:
        one = make_workbench(root, fill_small)
        transport = RecordingTransport(one.emulator)
        one.import_snapshot(one.export(), transport=transport)
        return transport.sent, one.counts.write


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", range(SHARES))
def test_an_import_cut_at_any_request_resumes(share: int, *, after: bool) -> None:
    """A2, C1, C2, C9, C10, I3-I5: cut before a request is sent, or after the service has carried it out."""
    for number in range(1 + share, clean()[0] + 1, SHARES):
        with memory_directory() as root:
            one = make_workbench(root, fill_small)
            snapshot = one.export()
            with pytest.raises(Cut):
                one.import_snapshot(
                    snapshot, transport=RecordingTransport(one.emulator, cut_at(number, after=after))
                )
            settled(one, snapshot)


@pytest.mark.parametrize("number", [4, 5, 7])
def test_an_import_that_dies_every_few_writes_ends(desk: tuple[Workbench, Snapshot], number: int) -> None:
    """C2: each time after the service has acted."""
    one, snapshot = desk
    for _ in range(60):
        try:
            one.import_snapshot(
                snapshot, transport=RecordingTransport(one.emulator, cut_at(number, after=True, only="write"))
            )
        except Cut:
            continue
        break
    else:
        pytest.fail("the import makes no way")
    settled(one, snapshot)


@pytest.mark.parametrize(
    "path",
    [
        "/locales",
        "/environments",
        "/content_types$",
        "/folders",
        "/assets$",
        "/import",
        "/releases$",
        "/items",
    ],
)
@pytest.mark.parametrize("status", [502, 0], ids=["error", "reset"])
def test_a_lost_answer_is_probed_before_the_write_is_repeated(
    desk: tuple[Workbench, Snapshot], path: str, status: int
) -> None:
    """C1: a write that was carried out is found, and not sent a second time."""
    one, snapshot = desk
    fault = Fault(method="POST", path=path, status=status, reset=not status)
    one.emulator.faults.add(fault)
    with serve_emulator(one):
        one.import_snapshot(snapshot)
        assert one.counts.write == clean()[1]
        settled(one, snapshot)


@pytest.mark.parametrize(
    "path", ["/locales", "/content_types$", "/assets$", "/import", "/releases$", "/items"]
)
def test_a_write_that_never_arrived_is_sent_again(desk: tuple[Workbench, Snapshot], path: str) -> None:
    """C1: the probe finds nothing."""
    one, snapshot = desk
    one.emulator.faults.add(Fault(method="POST", path=path, status=502, carried_out=False))
    one.import_snapshot(snapshot)
    assert one.counts.write == clean()[1] + 1
    settled(one, snapshot)


def test_a_write_that_is_always_lost_ends_the_run(desk: tuple[Workbench, Snapshot]) -> None:
    """C1: the error names the write; the run can be resumed."""
    one, snapshot = desk
    one.emulator.faults.add(Fault(method="POST", path="/locales", status=502, carried_out=False, times=100))
    with pytest.raises(ServiceError, match=r"locales/fr-fr.*run the same command again to resume"):
        one.import_snapshot(snapshot)
    one.emulator.faults.clear()
    settled(one, snapshot)


def test_two_candidates_for_a_lost_write_stop_the_import(desk: tuple[Workbench, Snapshot]) -> None:
    """C3, C4: the error names both objects."""
    one, snapshot = desk

    def twice(
        _: RecordingTransport, request: httpx.Request, done: bool
    ) -> None:  # a proxy delivers one POST two times
        if done and request.method == "POST" and request.url.path == "/v3/environments":
            twin = next(iter(one.target.environments.values()))
            one.target.put("environments", {**twin, "uid": "bltbbbbbbbbbbbbbbbb"})
            raise Cut

    with pytest.raises(Cut):
        one.import_snapshot(snapshot, transport=RecordingTransport(one.emulator, twice))
    uids = sorted(one.target.environments)
    with pytest.raises(ServiceError, match="2 objects in the target could be its result") as stopped:
        one.import_snapshot(snapshot)
    assert all(uid in str(stopped.value) for uid in uids)
    assert sorted(one.target.environments) == uids
    del one.target.environments["bltbbbbbbbbbbbbbbbb"]
    settled(one, snapshot)


def test_a_refused_write_is_a_gap_and_the_rest_is_imported(desk: tuple[Workbench, Snapshot]) -> None:
    """C6: references to the refused object are gaps too."""
    one, snapshot = desk
    body = b'{"error_message": "Not today.", "error_code": 119, "errors": {"title": ["is cursed."]}}'
    one.emulator.faults.add(
        Fault(method="POST", path="/assets$", status=422, body=body, carried_out=False, times=9)
    )
    imported = one.import_snapshot(snapshot)
    refused = [gap for gap in imported.gaps if "Not today" in str(gap["reason"])]
    assert {(gap["kind"], gap["uid"]) for gap in refused} == {("assets", PICTURE)}
    assert "is cursed" in str(refused[0]["reason"])
    entries = one.target.main.entries["page"]
    assert len(entries) == 3
    lost = {gap["uid"] for gap in imported.gaps if gap["kind"] == "references"}
    assert lost == {HEN, EGG, ABROAD}
    assert one.target.main.releases


def cut_at_path(end: str, *, after: bool) -> Hook:
    """Cut at every request whose path ends so."""

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done is after and request.method != "GET" and request.url.path.endswith(end):
            raise Cut

    return hook


def stopped_while_relaxed(one: Workbench, snapshot: Snapshot) -> None:
    """An import that dies when it has relaxed a type and written no entry."""
    with pytest.raises(Cut):
        one.import_snapshot(
            snapshot, transport=RecordingTransport(one.emulator, cut_at_path("/entries/import", after=False))
        )
    assert not mandatory(one)
    one.emulator.log.clear()


def type_writes(one: Workbench) -> list[tuple[str, str]]:
    calls = [call for call in one.emulator.log if call.budget == "write" and "/content_types/" in call.path]
    return [(call.method, call.path) for call in calls if call.path.count("/") == 3]


def test_a_resumed_import_does_not_relax_a_type_again(desk: tuple[Workbench, Snapshot]) -> None:
    """C10, I5: it looks whether the type is still relaxed, and restores it at the end."""
    one, snapshot = desk
    stopped_while_relaxed(one, snapshot)
    imported = one.import_snapshot(snapshot)
    assert type_writes(one) == [("PUT", "/v3/content_types/page")]
    in_doubt = {"in_doubt": 2, "found": 1, "sent": 1, "taken_back": 0}  # the type, and the cut entry
    assert imported.resumed == in_doubt
    assert mandatory(one)
    settled(one, snapshot)


def test_a_relaxed_type_is_restored_first_if_the_options_changed(desk: tuple[Workbench, Snapshot]) -> None:
    """C10: before anything else is written."""
    one, snapshot = desk
    stopped_while_relaxed(one, snapshot)
    with pytest.raises(Cut):
        one.import_snapshot(
            snapshot,
            publish="none",
            transport=RecordingTransport(one.emulator, cut_at(1, after=True, only="write")),
        )
    assert type_writes(one) == [("PUT", "/v3/content_types/page")]
    assert one.writes() == 1
    assert mandatory(one)
    settled(one, snapshot)
    assert mandatory(one)


def test_a_type_restored_by_somebody_else_is_relaxed_again(desk: tuple[Workbench, Snapshot]) -> None:
    """C10, C5: otherwise the resumed import would lose entries."""
    one, snapshot = desk
    whole = dict(one.source.main.content_types["page"])
    stopped_while_relaxed(one, snapshot)
    one.target.main.put_content_type(whole)
    imported = one.import_snapshot(snapshot)
    assert imported.gaps == []
    assert imported.resumed["sent"] == 2
    assert mandatory(one)
    settled(one, snapshot)


def test_an_import_that_died_while_restoring_a_type_only_restores_it(
    desk: tuple[Workbench, Snapshot],
) -> None:
    """C10, I5."""
    one, snapshot = desk
    relaxed = False

    def cut(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal relaxed
        if done and "/entries" in request.url.path:
            relaxed = relaxed or not mandatory(one)
        if relaxed and mandatory(one):
            raise Cut

    with pytest.raises(Cut):
        one.import_snapshot(snapshot, transport=RecordingTransport(one.emulator, cut))
    assert mandatory(one)
    one.emulator.log.clear()
    imported = one.import_snapshot(snapshot)
    assert type_writes(one) == [("PUT", "/v3/content_types/page")]
    assert imported.resumed["taken_back"] == 0
    settled(one, snapshot)


def test_an_undo_that_no_step_of_the_plan_carries_out_is_done_at_the_end(
    desk: tuple[Workbench, Snapshot],
) -> None:
    """C10: for example one that another version of this program recorded."""
    one, snapshot = desk
    stopped_while_relaxed(one, snapshot)
    checkpoint = Checkpoint(one.root / "state" / "checkpoint.sqlite")
    ((_, body),) = checkpoint.pending_undos()
    checkpoint.add_undo("soften/of/another/version", body)
    checkpoint.close()
    assert one.import_snapshot(snapshot).resumed["taken_back"] == 1
    assert mandatory(one)


def mandatory(one: Workbench) -> bool:
    schema = one.target.main.content_types["page"]["schema"]
    assert isinstance(schema, list)
    return any(
        isinstance(row, dict) and row["uid"] == "partner" and row["mandatory"] is True for row in schema
    )


def test_entries_and_assets_with_equal_names_are_not_confused() -> None:
    """C9: wherever the run is cut."""
    with memory_directory() as root:
        one = make_workbench(root, fill_namesakes)
        snapshot = one.export()
        transport = RecordingTransport(one.emulator)
        one.import_snapshot(snapshot, transport=transport, state="whole")
    for number in range(1, transport.sent + 1):
        with memory_directory() as root:
            one = make_workbench(root, fill_namesakes)
            snapshot = one.export()
            with pytest.raises(Cut):
                one.import_snapshot(
                    snapshot, transport=RecordingTransport(one.emulator, cut_at(number, after=True))
                )
            settled(one, snapshot)


def fill_namesakes(stack: Stack) -> None:
    """Three entries of one title and three assets of one name, each with something else in it."""
    text: Row = {"uid": "text", "display_name": "Text", "data_type": "text", "mandatory": False, "multiple": False,
                 "unique": False}  # fmt: skip
    kind: Row = {
        "uid": "note",
        "title": "Note",
        "description": "",
        "schema": [{**TITLE, "unique": False}, text],
    }
    options: Row = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    stack.main.put_content_type({**kind, "options": options, **STAMPS})
    for number in range(3):
        row: Row = {
            "uid": f"bltcccccccccccccc0{number}",
            "title": "Same",
            "text": f"not the same: {number}",
            "tags": [],
        }
        stack.main.put_entry_version("note", "en-us", {**row, "_version": 1, **STAMPS})
        facts: Row = {
            "uid": f"bltdddddddddddddd0{number}",
            "filename": "same.txt",
            "title": "Same",
            "tags": [],
        }
        more: Row = {"parent_uid": None, "is_dir": False, "content_type": "text/plain", "file_size": "4"}
        stack.main.put_asset({**facts, **more, "description": "", "_version": 1, **STAMPS}, b"no %d" % number)
