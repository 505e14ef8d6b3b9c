"""Listings that change while they are read, and servers whose pages are not what the API documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS, TITLE
from workbench import Cut, RecordingTransport, make_workbench, serve_emulator

from stackferry.emulators.contentstack import Emulator, Fault, Switches
from stackferry.errors import AccessError, BadAnswer
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from random_fields import Row
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

ENTRIES = r"^/v3/content_types/note/entries\?"


def notes(count: int) -> Callable[[Stack], None]:
    def fill(stack: Stack) -> None:
        options: Row = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
        kind: Row = {"uid": "note", "title": "Note", "description": "", "schema": [TITLE], "options": options}
        stack.main.put_content_type({**kind, **STAMPS})
        for number in range(count):
            put_note(stack, number)

    return fill


def put_note(stack: Stack, number: int) -> None:
    row: Row = {"uid": note(number), "title": f"Note {number}", "tags": [], "_version": 1}
    stack.main.put_entry_version("note", "en-us", {**row, **STAMPS})


def note(number: int) -> str:
    return f"blt{number * 10:016d}"


def uids(snapshot: Snapshot) -> list[str]:
    """The entries of a snapshot, in the order of its file."""
    names = dict(snapshot.stream_files())
    stream = Stream("entries", "note", "en-us")
    if stream not in names:
        return []
    return [json.loads(line)["uid"] for line in snapshot.files.lines(names[stream])]


class EditBetweenPages:
    """Edits the source after a page of entries was served; `act` gets the number of the page, from 1."""

    def __init__(self, workbench: Workbench, act: Callable[[int], None]) -> None:
        self._one, self._act, self.pages = workbench, act, 0

    def __call__(self, _: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.url.path == "/v3/content_types/note/entries":
            self.pages += 1
            self._act(self.pages)

    def transport(self) -> RecordingTransport:
        return RecordingTransport(self._one.emulator, self)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_all_rows_are_read_in_the_fewest_pages(root: Path, count: int) -> None:
    """Sorted, each once; and one second look."""
    workbench = make_workbench(root, notes(count))
    transport = RecordingTransport(workbench.emulator)
    assert uids(workbench.export(transport=transport)) == [note(number) for number in range(count)]
    pages = [call for call in transport.log if "/entries?" in call]
    assert len(pages) == max(1, -(-count // 100)) + 1


@pytest.mark.parametrize("place", [-5, 1505, 99999])
def test_a_row_inserted_between_pages_loses_and_doubles_none(root: Path, place: int) -> None:
    """B3: at the start, in the middle or at the end."""
    workbench = make_workbench(root, notes(250))

    def insert(page: int) -> None:
        if page == 1:
            row: Row = {"uid": f"blt{place:016d}", "title": "New", "tags": [], "_version": 1}
            workbench.source.main.put_entry_version("note", "en-us", {**row, **STAMPS})

    found = uids(workbench.export(transport=EditBetweenPages(workbench, insert).transport()))
    assert sorted(found) == sorted(workbench.source.main.entries["note"])
    assert len(found) == 251


@pytest.mark.parametrize("number", [0, 120, 249])
def test_a_row_deleted_between_pages_loses_no_other(root: Path, number: int) -> None:
    """B3."""
    workbench = make_workbench(root, notes(250))

    def delete(page: int) -> None:
        if page == 1:
            del workbench.source.main.entries["note"][note(number)]
            workbench.source.main.changed()

    edits = EditBetweenPages(workbench, delete)
    found = uids(workbench.export(transport=edits.transport()))
    assert found == sorted(workbench.source.main.entries["note"])
    assert len(found) == 249


def test_a_row_replaced_between_pages_is_noticed(root: Path) -> None:
    """B3: the count stays the same, but one row comes twice."""
    workbench = make_workbench(root, notes(250))

    def swap(page: int) -> None:
        if page == 1:
            del workbench.source.main.entries["note"][note(249)]
            put_note(workbench.source, -1)
            row = workbench.source.main.entries["note"]
            workbench.source.main.entries["note"] = dict(sorted(row.items()))

    assert uids(workbench.export(transport=EditBetweenPages(workbench, swap).transport())) == sorted(
        workbench.source.main.entries["note"]
    )


def test_a_listing_that_changes_at_every_page_is_a_gap(root: Path) -> None:
    """B2: it is kept as it was last read."""
    workbench = make_workbench(root, notes(150))
    edits = EditBetweenPages(workbench, lambda page: put_note(workbench.source, 1000 + page))
    snapshot = workbench.export(transport=edits.transport())
    assert edits.pages <= 14
    assert [(gap["kind"], "did not add up" in str(gap["reason"])) for gap in snapshot.gaps()] == [
        ("entries/note/en-us", True)
    ]
    assert uids(workbench.export("quieter")) == sorted(workbench.source.main.entries["note"])


class RewritingProxy:
    """The emulator behind a proxy that rewrites the answers to one path."""

    def __init__(self, emulator: Emulator, path: str, rewrite: Callable[[Row, dict[str, str]], None]) -> None:
        self._emulator, self._path, self._rewrite = emulator, path, rewrite

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != self._path:
            await self._emulator(scope, receive, send)
            return
        answer = self._emulator.answer(scope, b"")
        assert isinstance(answer.body, dict)
        body: Row = dict(answer.body)
        pairs = [pair.partition("=")[::2] for pair in scope["query_string"].decode().split("&")]
        self._rewrite(body, dict(pairs))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_a_listing_without_a_count_is_read_until_a_page_is_not_full(root: Path, count: int) -> None:
    """B2."""
    workbench = make_workbench(root, notes(count))
    proxy = RewritingProxy(
        workbench.emulator, "/v3/content_types/note/entries", lambda body, _: body.pop("count", None)
    )
    assert uids(workbench.export(transport=RecordingTransport(proxy))) == [
        note(number) for number in range(count)
    ]


@pytest.mark.parametrize(("count", "rows"), [(25, 10), (7, 3), (30, 30), (230, 100)])
def test_short_pages_without_a_count_are_read_to_their_end(root: Path, count: int, rows: int) -> None:
    """B2: a page that is not full need not be the last."""
    workbench = make_workbench(root, notes(count), switches=Switches(counts=False, page_rows=rows))
    snapshot = workbench.export()
    assert uids(snapshot) == [note(number) for number in range(count)]
    assert [*snapshot.gaps()] == []


def test_no_row_beyond_the_limit_is_taken_where_there_is_no_count(root: Path) -> None:
    workbench = make_workbench(root, notes(30), switches=Switches(counts=False, page_rows=10))
    assert uids(workbench.export(limit=15)) == [note(number) for number in range(15)]


def test_pages_of_another_language_do_not_end_a_listing_without_a_count(root: Path) -> None:
    """B2, D7: the service also gives fallbacks, which are no documents of the language."""
    workbench = make_workbench(root, notes(25), switches=Switches(counts=False, page_rows=10))

    def rewrite(body: Row, query: dict[str, str]) -> None:
        if query["skip"] == "0":
            body["entries"] = [{**row, "locale": "de-de"} for row in body["entries"]]

    proxy = RewritingProxy(workbench.emulator, "/v3/content_types/note/entries", rewrite)
    read = uids(workbench.export(transport=RecordingTransport(proxy)))
    assert read == [note(number) for number in range(10, 25)]


def test_a_server_with_shorter_pages_loses_no_row(root: Path) -> None:
    """B2: it gives at most 30 rows a page."""
    workbench = make_workbench(root, notes(100))

    def rewrite(body: Row, query: dict[str, str]) -> None:
        rows = sorted(workbench.source.main.entries["note"])
        start = int(query["skip"])
        full = {row["uid"]: row for row in rows_of_source}
        body["entries"] = [full[uid] for uid in rows[start : start + 30]]

    rows_of_source = [
        entry.documents["en-us"].latest for entry in workbench.source.main.entries["note"].values()
    ]
    proxy = RewritingProxy(workbench.emulator, "/v3/content_types/note/entries", rewrite)
    assert uids(workbench.export(transport=RecordingTransport(proxy))) == [
        note(number) for number in range(100)
    ]


def test_an_export_cut_between_short_pages_resumes(root: Path) -> None:
    """I5, B2: the rows read so far are not taken for the whole listing."""
    workbench = make_workbench(root, notes(100))
    rows_of_source = [
        entry.documents["en-us"].latest for entry in workbench.source.main.entries["note"].values()
    ]

    def rewrite(body: Row, query: dict[str, str]) -> None:
        start = int(query["skip"])
        body["entries"] = rows_of_source[start : start + 30]

    proxy = RewritingProxy(workbench.emulator, "/v3/content_types/note/entries", rewrite)
    for page in (2, 3, 4):
        edits = EditBetweenPages(workbench, lambda seen, page=page: cut_if(seen == page))  # type: ignore[misc]  # bound per page
        with pytest.raises(Cut):
            workbench.export(transport=RecordingTransport(proxy, edits))
    assert uids(workbench.export(transport=RecordingTransport(proxy))) == [
        note(number) for number in range(100)
    ]


def cut_if(now: bool) -> None:
    if now:
        raise Cut


def test_an_empty_page_before_the_announced_end_is_a_gap(root: Path) -> None:
    """B2: it is not taken for the end of the listing."""
    workbench = make_workbench(root, notes(150))
    proxy = RewritingProxy(
        workbench.emulator, "/v3/content_types/note/entries", lambda body, _: body.update(entries=[])
    )
    assert [gap["kind"] for gap in workbench.export(transport=RecordingTransport(proxy)).gaps()] == [
        "entries/note/en-us"
    ]


def test_a_server_that_ignores_paging_doubles_no_row(root: Path) -> None:
    """B2."""
    workbench = make_workbench(root, notes(150))
    rows_of_source = [
        entry.documents["en-us"].latest for entry in workbench.source.main.entries["note"].values()
    ]
    proxy = RewritingProxy(
        workbench.emulator,
        "/v3/content_types/note/entries",
        lambda body, _: body.update(entries=rows_of_source),
    )
    assert uids(workbench.export(transport=RecordingTransport(proxy))) == [
        note(number) for number in range(150)
    ]


def test_a_repeated_first_page_is_a_gap(root: Path) -> None:
    """B2, B7: rows may be missing."""
    workbench = make_workbench(root, notes(200))
    first = [
        workbench.source.main.entries["note"][note(number)].documents["en-us"].latest for number in range(100)
    ]
    proxy = RewritingProxy(
        workbench.emulator, "/v3/content_types/note/entries", lambda body, _: body.update(entries=first)
    )
    snapshot = workbench.export(transport=RecordingTransport(proxy))
    assert len(uids(snapshot)) == 100
    assert [(gap["kind"], gap["uid"]) for gap in snapshot.gaps()] == [("entries/note/en-us", "*")]


def test_a_fallback_is_not_taken_for_a_document_of_the_language(root: Path) -> None:
    """B7, D7: the server ignores the language that was asked for."""
    workbench = make_workbench(root, notes(3))
    workbench.source.main.put_locale(
        {"code": "fr-fr", "uid": "bltfr", "name": "French", "fallback_locale": "en-us"}
    )
    rows_of_source = [
        entry.documents["en-us"].latest for entry in workbench.source.main.entries["note"].values()
    ]
    proxy = RewritingProxy(
        workbench.emulator,
        "/v3/content_types/note/entries",
        lambda body, _: body.update(entries=rows_of_source),
    )
    snapshot = workbench.export(transport=RecordingTransport(proxy))
    assert [stream.locale for stream, _ in snapshot.stream_files() if stream.kind == "entries"] == ["en-us"]


@pytest.mark.parametrize(("status", "gaps"), [(404, 0), (422, 1), (403, 1)])
def test_a_refused_optional_kind_is_a_gap_and_a_missing_one_is_empty(
    root: Path, status: int, gaps: int
) -> None:
    """B5."""
    workbench = make_workbench(root, notes(1))
    body = b'{"error_message": "No.", "error_code": 1, "errors": {}}'
    workbench.emulator.faults.add(Fault(path="^/v3/labels", status=status, body=body, times=9))
    found = workbench.export().gaps()
    assert [gap["kind"] for gap in found] == ["labels"] * gaps
    assert all("No." in str(gap["reason"]) for gap in found)


def test_a_refused_required_kind_ends_the_export(root: Path) -> None:
    """B5."""
    workbench = make_workbench(root, notes(1))
    workbench.emulator.faults.add(Fault(path="^/v3/content_types", status=403, body=b"{}", times=9))
    with pytest.raises(AccessError):
        workbench.export()


@pytest.mark.parametrize("answer", [b"[]", b'{"entries": ', b'{"a": 1, "a": 2}', b"null", b"\xff"])
def test_an_answer_that_is_not_valid_json_ends_the_export(root: Path, answer: bytes) -> None:
    """B1, D5: it is never taken for an empty listing."""
    workbench = make_workbench(root, notes(1))
    workbench.emulator.faults.add(Fault(path=ENTRIES, status=200, body=answer, times=99))
    with pytest.raises(BadAnswer):
        workbench.export()


@pytest.mark.parametrize("keep", [0, 1, 400, 800])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_truncated_page_is_asked_for_again(root: Path, keep: int, *, chunked: bool) -> None:
    """B1: it is never parsed as a shorter list."""
    workbench = make_workbench(root, notes(5))
    workbench.emulator.faults.add(Fault(path=ENTRIES, keep=keep, chunked=chunked))
    with serve_emulator(workbench):
        assert len(uids(workbench.export())) == 5
    assert workbench.counts.retried == 1
