"""A second system goes through the same drivers: export, verify, import, compare, copy; with kills and faults."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from note_service import API, TOKEN, UPLOADS, NoteService, Project
from note_system import NOTES, Notes
from workbench import Cut, InstantClock, file_digests, no_wait, run_async

from stackferry.drivers.copy_run import copy
from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import FinishedDryRun, dry_run, import_snapshot
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import diff_snapshots, verify_target
from stackferry.errors import Refused
from stackferry.io.http.session import open_session
from stackferry.io.storage.snapshot import Snapshot
from stackferry.model import Place, Secret, integer_key
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from note_service import Hook, Row

    from stackferry.drivers.import_outcome import ImportResult

SOURCE, TARGET = "team/from", "team/to"


class NoteWorkbench:
    """The note service with a filled project and an empty one; all that runs write to disk is below `root`."""

    def __init__(self, root: Path, system: Notes | None = None) -> None:
        root.mkdir()
        self.system = system or Notes()
        self.root = root
        self.service = NoteService({SOURCE: Project(), TARGET: Project(first_id=500)})
        self.source, self.target = self.service.projects.values()

    @asynccontextmanager
    async def run(self, project: str) -> AsyncIterator[Run]:
        key, _, name = project.partition("/")
        place = Place(system="notes", key=key, host=API, name=name)
        system = self.system
        opened = open_session(
            place.origin,
            system.headers(place, ("token", Secret(TOKEN))),
            origins=system.origins(place),
            rates=system.rates,
            rules=system.answer_rules,
            transport=self.service,
            clock=InstantClock(),
        )
        async with opened as session:
            yield Run(system, session, place, sleep=no_wait)

    def do(self, project: str, work: Callable[[Run], Awaitable[Any]]) -> Any:
        async def opened() -> Any:
            async with self.run(project) as run:
                return await work(run)

        return run_async(opened)

    def export(self, name: str = "snapshot", project: str = SOURCE) -> Snapshot:
        snapshot: Snapshot = self.do(project, lambda run: export(run, self.root / name, ReadOptions()))
        return snapshot

    def import_snapshot(self, snapshot: Snapshot) -> ImportResult:
        state, options = self.root / "state", WriteOptions()
        result: ImportResult = self.do(TARGET, lambda run: import_snapshot(run, snapshot, state, options))
        return result

    def differences(self, snapshot: Snapshot) -> list[Any]:
        state = self.root / "state"
        found: list[Any] = self.do(TARGET, lambda run: verify_target(run, snapshot, state)).differences
        return found

    def contents(self, project: Project) -> list[tuple[Any, ...]]:
        """The notes of a project, with texts in place of ids."""
        texts = {number: note["text"] for number, note in project.notes.items()}
        return sorted(
            (
                note["text"],
                note.get("pinned", False),
                texts.get(note.get("reply_to", 0)),
                project.files.get(note.get("file", 0)),
            )
            for note in project.notes.values()
        )


@pytest.fixture
def workbench(root: Path) -> NoteWorkbench:
    """Twelve notes, so that 2 and 10 are among the ids, with replies, pins, and three files of which two are equal."""
    workbench = NoteWorkbench(root / "workbench")
    files = [
        workbench.source.add_file(content) for content in (b"a picture", b"a longer picture", b"a picture")
    ]
    for number in range(1, 13):
        facts: dict[str, Any] = {"reply_to": number - 1} if number % 3 == 0 else {}
        facts |= {"file": files[number % 3]} if number % 4 == 0 else {}
        facts |= {"pinned": True} if number % 5 == 0 else {}
        workbench.source.add_note(f"note {number}", **facts)
    return workbench


def test_a_project_goes_there_and_back(workbench: NoteWorkbench) -> None:
    snapshot = workbench.export()
    snapshot.check()
    assert [row["id"] for row in snapshot.objects(NOTES)] == [*range(1, 13)], "2 comes before 10"
    assert workbench.import_snapshot(snapshot).gaps == []
    assert workbench.contents(workbench.target) == workbench.contents(workbench.source)
    assert workbench.differences(snapshot) == []
    writes = [line for line in workbench.service.log if not line.startswith("GET")]
    assert len(writes) == 3 + 12 + 2  # uploads, notes, pins
    assert {line.split()[1].split("/")[0] for line in writes} == {API, UPLOADS}


def test_the_same_project_gives_the_same_bytes(workbench: NoteWorkbench) -> None:
    assert file_digests(workbench.export("one").root) == file_digests(workbench.export("two").root)


def test_a_finished_import_sends_no_write(workbench: NoteWorkbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    workbench.service.log.clear()
    workbench.import_snapshot(snapshot)
    assert [line for line in workbench.service.log if not line.startswith("GET")] == []


def test_a_dry_run_counts_what_an_import_sends(workbench: NoteWorkbench) -> None:
    snapshot = workbench.export()

    async def count(run: Run) -> FinishedDryRun:
        async with dry_run(run, snapshot, workbench.root / "state", WriteOptions()) as done:
            return done

    done = workbench.do(TARGET, count)
    # The read looks for an effect of the writes.
    assert (done.writes.requests, done.gaps) == ({"write": 3 + 12 + 2, "read": 1}, [])
    assert workbench.target.notes == {}


def test_a_changed_target_is_seen(workbench: NoteWorkbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    note = workbench.target.notes[501]
    note["text"] = "edited"
    (found,) = workbench.differences(snapshot)
    assert (found["left"], found["right"]) == ("note 2", "edited")


def test_snapshots_of_both_sides_are_equal(workbench: NoteWorkbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    found = diff_snapshots(Notes(), snapshot, workbench.export("there", TARGET))
    assert (found.differences, found.compared) == ([], {"notes": 12})


def test_a_copy_writes_what_has_arrived(workbench: NoteWorkbench) -> None:
    async def both() -> None:
        async with workbench.run(SOURCE) as source, workbench.run(TARGET) as target:
            places = (workbench.root / "snapshot", workbench.root / "state")
            await copy(source, target, *places, ReadOptions(), WriteOptions())

    run_async(both)
    assert workbench.contents(workbench.target) == workbench.contents(workbench.source)
    assert workbench.differences(Snapshot(workbench.root / "snapshot")) == []


def test_a_429_that_is_no_throttling_pauses_nobody_and_is_a_gap(workbench: NoteWorkbench) -> None:
    """The twelfth note does not fit into the project: it is refused once, and named."""
    workbench.target.room = 11
    snapshot = workbench.export()
    (gap,) = workbench.import_snapshot(snapshot).gaps
    assert (gap["uid"], len(workbench.target.notes)) == (integer_key(12), 11)
    assert workbench.service.log.count(f"POST {API}/team/to/notes") == 12
    assert workbench.differences(snapshot) == []  # the gap explains it


def test_a_throttled_request_is_sent_again(workbench: NoteWorkbench) -> None:
    """A 429 that asks for a pause is the service's rate limit, on listings, uploads and writes alike."""
    seen: set[str] = set()

    def throttle(_: NoteService, request: httpx.Request, done: bool) -> httpx.Response | None:
        name = f"{request.method} {request.url}"
        if done or name in seen:
            return None
        seen.add(name)
        return httpx.Response(429, headers={"retry-after": "0"}, json={"error": "slow down"})

    workbench.service.hook = throttle
    assert workbench.import_snapshot(workbench.export()).gaps == []
    assert workbench.contents(workbench.target) == workbench.contents(workbench.source)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"", b'{"notice": "all is well"}'], ids=repr)
def test_an_answer_that_names_nothing_is_a_lost_one(workbench: NoteWorkbench, body: bytes) -> None:
    """Each route answers so once after it did its work: reads are asked for again, writes are probed."""
    seen: set[str] = set()

    def blank(_: NoteService, request: httpx.Request, done: bool) -> httpx.Response | None:
        name = f"{request.method} {request.url.host}{request.url.path}"
        if not done or name in seen or "/files/" in name:
            return None
        seen.add(name)
        return httpx.Response(200, content=body)

    workbench.service.hook = blank
    assert workbench.import_snapshot(workbench.export()).gaps == []
    assert workbench.contents(workbench.target) == workbench.contents(workbench.source)
    listings, uploads, notes, pins = 2 + 2, 2, 1, 2
    assert len(seen) == listings + uploads + notes + pins


def test_a_write_that_names_an_old_version_is_refused(workbench: NoteWorkbench) -> None:
    """An editor changes a note between its creation and its pin: the edit is not overwritten, and a gap is recorded."""

    def edit(service: NoteService, request: httpx.Request, done: bool) -> None:
        if not done and request.method == "PUT":
            service.projects[TARGET].notes[int(request.url.path.split("/")[-1])]["version"] = 7

    workbench.service.hook = edit
    done = workbench.import_snapshot(workbench.export())
    assert [gap["kind"] for gap in done.gaps] == ["pins", "pins"]
    assert [row["reason"] for row in done.remarks["meanwhile"]] == ["409", "409"]
    assert {note["version"] for note in workbench.target.notes.values() if "pinned" not in note} >= {7}


def test_a_write_that_arrives_after_its_second_sending_is_found(workbench: NoteWorkbench) -> None:
    """The second sending names an old version by then: its refusal says that the first one was carried out."""
    held: list[Row] = []

    def late(service: NoteService, request: httpx.Request, done: bool) -> None:
        if done or request.method != "PUT":
            return
        note = service.projects[TARGET].notes[int(request.url.path.split("/")[-1])]
        if note["id"] not in [row["id"] for row in held]:
            held.append(note)
            raise httpx.ReadTimeout("no answer", request=request)
        note |= {"pinned": True, "version": note["version"] + 1}

    workbench.service.hook = late
    assert workbench.import_snapshot(workbench.export()).gaps == []
    assert workbench.contents(workbench.target) == workbench.contents(workbench.source)
    assert len(held) == 2


def test_a_write_that_is_refused_for_a_while_is_sent_again(workbench: NoteWorkbench) -> None:
    busy = [httpx.Response(423, json={"error": "somebody has it open"}) for _ in range(5)]

    def refuse(_: NoteService, request: httpx.Request, done: bool) -> httpx.Response | None:
        return busy.pop() if busy and not done and request.method == "PUT" else None

    workbench.service.hook = refuse
    assert workbench.import_snapshot(workbench.export()).gaps == []
    assert (busy, workbench.contents(workbench.target)) == ([], workbench.contents(workbench.source))


def cut(number: int, *, after: bool) -> Hook:
    """The process dies at the `number`-th request: before it arrives, or before its answer does."""
    count = 0

    def hook(_: NoteService, __: httpx.Request, done: bool) -> None:
        nonlocal count
        count += not done
        if count >= number and done is after:
            raise Cut

    return hook


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_runs_that_are_killed_at_any_request_resume(
    root: Path, workbench: NoteWorkbench, after: bool
) -> None:
    """Nothing is lost and nothing doubled, whichever request of export or import was the last."""
    whole = workbench.export("whole")
    reads, before = len(workbench.service.log), file_digests(whole.root)
    wanted = workbench.contents(workbench.source)
    workbench.import_snapshot(whole)
    requests = len(workbench.service.log) - reads
    for number in range(1, max(reads, requests) + 1):
        one = NoteWorkbench(root / f"{number}")
        one.service.projects[SOURCE] = one.source = workbench.source
        one.service.hook = cut(number, after=after)
        if number <= reads:
            with pytest.raises(Cut):
                one.export()
        one.service.hook = None
        snapshot = one.export()
        assert file_digests(snapshot.root) == before
        if number <= requests:
            one.service.hook = cut(number, after=after)
            with pytest.raises(Cut):
                one.import_snapshot(snapshot)
            one.service.hook = None
        assert one.import_snapshot(snapshot).gaps == []
        assert one.contents(one.target) == wanted
        assert len(one.target.uploads) == 3


def test_a_cursor_that_is_no_longer_taken_begins_the_listing_again(workbench: NoteWorkbench) -> None:
    """The run stops in the middle of a listing; when it goes on the service has forgotten the cursor."""
    whole = file_digests(workbench.export("whole").root)
    workbench.service.hook = cut(5, after=False)
    with pytest.raises(Cut):
        workbench.export()
    forgotten: list[str] = []

    def forget(_: NoteService, request: httpx.Request, done: bool) -> httpx.Response | None:
        if done or forgotten or "cursor" not in request.url.params:
            return None
        forgotten.append(str(request.url))
        return httpx.Response(400, json={"error": "this cursor has expired"})

    workbench.service.hook = forget
    assert file_digests(workbench.export().root) == whole
    assert forgotten


def test_the_credential_goes_to_both_hosts_and_a_missing_project_is_an_error(
    workbench: NoteWorkbench,
) -> None:
    with pytest.raises(Refused, match="no such project"):
        workbench.export(project="team/nowhere")
    assert not (workbench.root / "snapshot").exists()
