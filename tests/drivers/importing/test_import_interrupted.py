"""Imports that are cut at any request and resumed: the same target, and no write twice."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

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

from sampling import sampled
from stackferry.emulators.contentstack import Fault
from stackferry.errors import ServiceError
from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx
    from random_fields import Row
    from workbench import Workbench

    from oracle import Dump
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

STRANGER = "bltbbbbbbbbbbbbbbbb"  # the uid of what somebody else made
SHARES = 4  # each test cuts at every fourth request, so that no single one takes long


@pytest.fixture
def exported() -> Iterator[tuple[Workbench, Snapshot]]:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        yield workbench, workbench.export()


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Snapshot, Dump]]:
    """The snapshot of the small stack and what its source holds, once: no import changes them."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        yield workbench.export(), workbench.dump(SOURCE)


def resume_and_check(workbench: Workbench, snapshot: Snapshot, source: Dump | None = None) -> None:
    """Resume the import: the target equals the source, and another run writes nothing."""
    imported = workbench.import_snapshot(snapshot)
    assert not imported.gaps, "\n".join(map(str, imported.gaps))
    source = source or workbench.dump(SOURCE)
    assert explain_differences(source, workbench.dump(TARGET), imported.gaps).unexplained == []
    sent = workbench.writes()
    workbench.import_snapshot(snapshot)
    assert workbench.writes() == sent
    assert workbench.emulator.defects == []


@cache
def undisturbed_counts() -> tuple[int, int, int]:
    """The number of requests, of writes, and of writes and bulk calls of an undisturbed import."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        transport = RecordingTransport(workbench.emulator)
        workbench.import_snapshot(workbench.export(), transport=transport)
        return transport.sent, workbench.counts.write, workbench.counts.write + workbench.counts.bulk


@pytest.mark.parametrize("share", sampled(range(SHARES), 1))
def test_an_import_cut_before_any_request_resumes(small: tuple[Snapshot, Dump], share: int) -> None:
    """A2, C1, C2, C9, C10, I3-I5: cut before a request is sent."""
    for number in range(1 + share, undisturbed_counts()[0] + 1, SHARES):
        cut_and_check(small, cut_at(number, after=False))


@pytest.mark.parametrize("share", sampled(range(SHARES), 2))
def test_an_import_cut_after_any_write_resumes(small: tuple[Snapshot, Dump], share: int) -> None:
    """The same after the service has carried a write out.

    A read whose answer is lost leaves what a cut before the next request leaves.
    """
    for number in range(1 + share, undisturbed_counts()[2] + 1, SHARES):
        cut_and_check(small, cut_at(number, after=True, only="write"))


def cut_and_check(small: tuple[Snapshot, Dump], hook: Hook) -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        with pytest.raises(Cut):
            workbench.import_snapshot(small[0], transport=RecordingTransport(workbench.emulator, hook))
        resume_and_check(workbench, *small)


@pytest.mark.parametrize("number", [4, 5, 7])
def test_an_import_that_dies_every_few_writes_ends(exported: tuple[Workbench, Snapshot], number: int) -> None:
    """C2: each time after the service has acted."""
    workbench, snapshot = exported
    for _ in range(60):
        try:
            workbench.import_snapshot(
                snapshot,
                transport=RecordingTransport(workbench.emulator, cut_at(number, after=True, only="write")),
            )
        except Cut:
            continue
        break
    else:
        pytest.fail("the import makes no progress")
    resume_and_check(workbench, snapshot)


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
    exported: tuple[Workbench, Snapshot], path: str, status: int
) -> None:
    """C1: a write that was carried out is found, and not sent a second time."""
    workbench, snapshot = exported
    fault = Fault(method="POST", path=path, status=status, reset=not status)
    workbench.emulator.faults.add(fault)
    with serve_emulator(workbench):
        workbench.import_snapshot(snapshot)
        assert workbench.counts.write == undisturbed_counts()[1]
        resume_and_check(workbench, snapshot)


@pytest.mark.parametrize(
    "path", ["/locales", "/content_types$", "/assets$", "/import", "/releases$", "/items"]
)
def test_a_write_that_never_arrived_is_sent_again(exported: tuple[Workbench, Snapshot], path: str) -> None:
    """C1: the probe finds nothing."""
    workbench, snapshot = exported
    workbench.emulator.faults.add(Fault(method="POST", path=path, status=502, carried_out=False))
    workbench.import_snapshot(snapshot)
    assert workbench.counts.write == undisturbed_counts()[1] + 1
    resume_and_check(workbench, snapshot)


def test_a_write_that_is_always_lost_ends_the_run(exported: tuple[Workbench, Snapshot]) -> None:
    """C1: the error names the write; the run can be resumed."""
    workbench, snapshot = exported
    workbench.emulator.faults.add(
        Fault(method="POST", path="/locales", status=502, carried_out=False, times=100)
    )
    with pytest.raises(ServiceError, match=r"locales/fr-fr.*run the same command again to resume"):
        workbench.import_snapshot(snapshot)
    workbench.emulator.faults.clear()
    resume_and_check(workbench, snapshot)


def test_two_candidates_for_a_lost_write_stop_the_import(exported: tuple[Workbench, Snapshot]) -> None:
    """C3, C4: the error names both objects."""
    workbench, snapshot = exported

    def twice(
        _: RecordingTransport, request: httpx.Request, done: bool
    ) -> None:  # a proxy delivers one POST two times
        if done and request.method == "POST" and request.url.path == "/v3/environments":
            twin = next(iter(workbench.target.environments.values()))
            workbench.target.put("environments", {**twin, "uid": STRANGER})
            raise Cut

    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, twice))
    uids = sorted(workbench.target.environments)
    with pytest.raises(ServiceError, match="2 objects in the target could be its result") as stopped:
        workbench.import_snapshot(snapshot)
    assert all(uid in str(stopped.value) for uid in uids)
    assert sorted(workbench.target.environments) == uids
    del workbench.target.environments[STRANGER]
    resume_and_check(workbench, snapshot)


def fill_with_like_titles(stack: Stack) -> None:
    """The small stack, in which two entries may have one title."""
    fill_small(stack)
    page: Row = stack.main.content_types["page"]
    for field in page["schema"]:
        field["unique"] = False


def put_other_environment(stack: Stack) -> None:
    made = next(iter(stack.environments.values()))
    stack.put(
        "environments", {**made, "uid": STRANGER, "urls": [{"name": "en-us", "url": "https://else.invented"}]}
    )


def put_other_entry(stack: Stack) -> None:
    (entry,) = stack.main.entries["page"].values()
    ((locale, made),) = entry.documents.items()
    stack.main.put_entry_version("page", locale, {**made.latest, "uid": STRANGER, "tags": ["an editor's"]})


@pytest.mark.parametrize(
    ("path", "put"), [("/environments", put_other_environment), ("/entries/import", put_other_entry)]
)
def test_of_two_candidates_the_one_that_is_as_it_was_sent_is_taken(
    tmp_path: Path, path: str, put: Callable[[Stack], None]
) -> None:
    """C3: somebody made one of the same name while the run was stopped; it stays as it is."""
    workbench = make_workbench(tmp_path, fill_with_like_titles)
    snapshot = workbench.export()
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot, transport=RecordingTransport(workbench.emulator, cut_at_path(path, after=True))
        )
    put(workbench.target)
    tables: list[dict[str, Any]] = [
        workbench.target.environments,
        *workbench.target.main.entries.values(),
    ]
    (held,) = (table for table in tables if STRANGER in table)
    before = deepcopy(held[STRANGER])
    imported = workbench.import_snapshot(snapshot)
    assert not imported.gaps, "\n".join(map(str, imported.gaps))
    assert imported.resumed["sent"] == 0
    assert held.pop(STRANGER) == before
    resume_and_check(workbench, snapshot)


def test_a_refused_write_is_a_gap_and_the_rest_is_imported(exported: tuple[Workbench, Snapshot]) -> None:
    """C6: references to the refused object are gaps too."""
    workbench, snapshot = exported
    body = b'{"error_message": "Not today.", "error_code": 119, "errors": {"title": ["is cursed."]}}'
    workbench.emulator.faults.add(
        Fault(method="POST", path="/assets$", status=422, body=body, carried_out=False, times=9)
    )
    imported = workbench.import_snapshot(snapshot)
    refused = [gap for gap in imported.gaps if "Not today" in str(gap["reason"])]
    assert {(gap["kind"], gap["uid"]) for gap in refused} == {("assets", PICTURE)}
    assert "is cursed" in str(refused[0]["reason"])
    entries = workbench.target.main.entries["page"]
    assert len(entries) == 3
    lost = {gap["uid"] for gap in imported.gaps if gap["kind"] == "references"}
    assert lost == {HEN, EGG, ABROAD}
    assert workbench.target.main.releases


def cut_at_path(end: str, *, after: bool) -> Hook:
    """A hook that cuts at every write whose path ends with `end`."""

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done is after and request.method != "GET" and request.url.path.endswith(end):
            raise Cut

    return hook


def stop_while_relaxed(workbench: Workbench, snapshot: Snapshot) -> None:
    """Run an import that dies after it relaxed a type and before it writes an entry."""
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot,
            transport=RecordingTransport(workbench.emulator, cut_at_path("/entries/import", after=False)),
        )
    assert not has_mandatory_partner(workbench)
    workbench.emulator.log.clear()


def type_writes(workbench: Workbench) -> list[tuple[str, str]]:
    calls = [
        call for call in workbench.emulator.log if call.budget == "write" and "/content_types/" in call.path
    ]
    return [(call.method, call.path) for call in calls if call.path.count("/") == 3]


def test_a_resumed_import_does_not_relax_a_type_again(exported: tuple[Workbench, Snapshot]) -> None:
    """C10, I5: it looks whether the type is still relaxed, and restores it at the end."""
    workbench, snapshot = exported
    stop_while_relaxed(workbench, snapshot)
    imported = workbench.import_snapshot(snapshot)
    assert type_writes(workbench) == [("PUT", "/v3/content_types/page")]
    in_doubt = {
        "in_doubt": 2,
        "found": 1,
        "sent": 1,
        "taken_back": 0,
        "made_anew": 0,
    }  # the type, and the cut entry
    assert imported.resumed == in_doubt
    assert has_mandatory_partner(workbench)
    resume_and_check(workbench, snapshot)


def test_a_relaxed_type_is_restored_first_if_the_options_changed(
    exported: tuple[Workbench, Snapshot],
) -> None:
    """C10: before anything else is written."""
    workbench, snapshot = exported
    stop_while_relaxed(workbench, snapshot)
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot,
            publish="none",
            transport=RecordingTransport(workbench.emulator, cut_at(1, after=True, only="write")),
        )
    assert type_writes(workbench) == [("PUT", "/v3/content_types/page")]
    assert workbench.writes() == 1
    assert has_mandatory_partner(workbench)
    resume_and_check(workbench, snapshot)
    assert has_mandatory_partner(workbench)


def test_a_type_restored_by_somebody_else_is_relaxed_again(exported: tuple[Workbench, Snapshot]) -> None:
    """C10, C5: otherwise the resumed import would lose entries."""
    workbench, snapshot = exported
    whole = dict(workbench.source.main.content_types["page"])
    stop_while_relaxed(workbench, snapshot)
    workbench.target.main.put_content_type(whole)
    imported = workbench.import_snapshot(snapshot)
    assert not imported.gaps, "\n".join(map(str, imported.gaps))
    assert imported.resumed["sent"] == 2
    assert has_mandatory_partner(workbench)
    resume_and_check(workbench, snapshot)


def test_an_import_that_died_while_restoring_a_type_only_restores_it(
    exported: tuple[Workbench, Snapshot],
) -> None:
    """C10, I5."""
    workbench, snapshot = exported
    relaxed = False

    def cut(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        nonlocal relaxed
        if done and "/entries" in request.url.path:
            relaxed = relaxed or not has_mandatory_partner(workbench)
        if relaxed and has_mandatory_partner(workbench):
            raise Cut

    with pytest.raises(Cut):
        workbench.import_snapshot(snapshot, transport=RecordingTransport(workbench.emulator, cut))
    assert has_mandatory_partner(workbench)
    workbench.emulator.log.clear()
    imported = workbench.import_snapshot(snapshot)
    assert type_writes(workbench) == [("PUT", "/v3/content_types/page")]
    assert imported.resumed["taken_back"] == 0
    resume_and_check(workbench, snapshot)


def test_an_undo_that_no_step_of_the_plan_carries_out_is_done_at_the_end(
    exported: tuple[Workbench, Snapshot],
) -> None:
    """C10: for example one that another version of this program recorded."""
    workbench, snapshot = exported
    stop_while_relaxed(workbench, snapshot)
    checkpoint = Checkpoint(workbench.root / "state" / "checkpoint.sqlite")
    ((_, body),) = checkpoint.pending_undos()
    checkpoint.add_undo("soften/of/another/version", body)
    checkpoint.close()
    assert workbench.import_snapshot(snapshot).resumed["taken_back"] == 1
    assert has_mandatory_partner(workbench)


def has_mandatory_partner(workbench: Workbench) -> bool:
    schema = workbench.target.main.content_types["page"]["schema"]
    assert isinstance(schema, list)
    return any(
        isinstance(row, dict) and row["uid"] == "partner" and row["mandatory"] is True for row in schema
    )


def test_entries_and_assets_with_equal_names_are_not_confused() -> None:
    """C9: whichever write the run is cut after."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_namesakes)
        snapshot = workbench.export()
        workbench.import_snapshot(snapshot, state="whole")
        source = workbench.dump(SOURCE)
        for number in range(1, workbench.counts.write + workbench.counts.bulk + 1):
            one = make_workbench(root / f"{number}", fill_namesakes)
            hook = cut_at(number, after=True, only="write")
            with pytest.raises(Cut):
                one.import_snapshot(snapshot, transport=RecordingTransport(one.emulator, hook))
            resume_and_check(one, snapshot, source)


def fill_namesakes(stack: Stack) -> None:
    """Three entries with one title and three assets with one name, all of different content."""
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
