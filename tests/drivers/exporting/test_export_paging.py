"""Listings that change while they are read, and servers whose pages are not what the API documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS, TITLE
from workbench import Cut, RecordingTransport, make_workbench, memory_directory, serve_emulator

from stackferry.emulators.contentstack import Emulator, Fault
from stackferry.errors import AccessError, BadAnswer
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx
    from random_fields import Row
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

ENTRIES = r"^/v3/content_types/note/entries\?"


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as directory:
        yield directory


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


class Meddler:
    """Acts on the source when the n-th page of the entries has been served."""

    def __init__(self, one: Workbench, act: Callable[[int], None]) -> None:
        self._one, self._act, self.pages = one, act, 0

    def __call__(self, _: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.url.path == "/v3/content_types/note/entries":
            self.pages += 1
            self._act(self.pages)

    def transport(self) -> RecordingTransport:
        return RecordingTransport(self._one.emulator, self)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_all_rows_are_read_in_the_fewest_pages(root: Path, count: int) -> None:
    """Sorted, each once."""
    one = make_workbench(root, notes(count))
    transport = RecordingTransport(one.emulator)
    assert uids(one.export(transport=transport)) == [note(number) for number in range(count)]
    pages = [call for call in transport.log if "/entries?" in call]
    assert len(pages) == max(1, -(-count // 100))


@pytest.mark.parametrize("place", [-5, 1505, 99999])
def test_a_row_inserted_between_pages_loses_and_doubles_none(root: Path, place: int) -> None:
    """B3: at the start, in the middle or at the end."""
    one = make_workbench(root, notes(250))

    def insert(page: int) -> None:
        if page == 1:
            row: Row = {"uid": f"blt{place:016d}", "title": "New", "tags": [], "_version": 1}
            one.source.main.put_entry_version("note", "en-us", {**row, **STAMPS})

    found = uids(one.export(transport=Meddler(one, insert).transport()))
    assert sorted(found) == sorted(one.source.main.entries["note"])
    assert len(found) == 251


@pytest.mark.parametrize("number", [0, 120, 249])
def test_a_row_deleted_between_pages_loses_no_other(root: Path, number: int) -> None:
    """B3."""
    one = make_workbench(root, notes(250))

    def delete(page: int) -> None:
        if page == 1:
            del one.source.main.entries["note"][note(number)]
            one.source.main.changed()

    meddler = Meddler(one, delete)
    found = uids(one.export(transport=meddler.transport()))
    assert found == sorted(one.source.main.entries["note"])
    assert len(found) == 249


def test_a_row_replaced_between_pages_is_noticed(root: Path) -> None:
    """B3: the count stays the same, but one row comes twice."""
    one = make_workbench(root, notes(250))

    def swap(page: int) -> None:
        if page == 1:
            del one.source.main.entries["note"][note(249)]
            put_note(one.source, -1)
            row = one.source.main.entries["note"]
            one.source.main.entries["note"] = dict(sorted(row.items()))

    assert uids(one.export(transport=Meddler(one, swap).transport())) == sorted(
        one.source.main.entries["note"]
    )


def test_a_listing_that_changes_at_every_page_is_a_gap(root: Path) -> None:
    """B2: it is kept as it was last read."""
    one = make_workbench(root, notes(150))
    meddler = Meddler(one, lambda page: put_note(one.source, 1000 + page))
    snapshot = one.export(transport=meddler.transport())
    assert meddler.pages <= 14
    assert [(gap["kind"], "did not add up" in str(gap["reason"])) for gap in snapshot.gaps()] == [
        ("entries/note/en-us", True)
    ]
    assert uids(one.export("quieter")) == sorted(one.source.main.entries["note"])


class Bent:
    """The emulator behind a proxy that rewrites the answers to some requests."""

    def __init__(self, emulator: Emulator, path: str, bend: Callable[[Row, dict[str, str]], None]) -> None:
        self._emulator, self._path, self._bend = emulator, path, bend

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != self._path:
            await self._emulator(scope, receive, send)
            return
        answer = self._emulator.answer(scope, b"")
        assert isinstance(answer.body, dict)
        body: Row = dict(answer.body)
        pairs = [pair.partition("=")[::2] for pair in scope["query_string"].decode().split("&")]
        self._bend(body, dict(pairs))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_a_listing_without_a_count_is_read_until_a_page_is_not_full(root: Path, count: int) -> None:
    """B2."""
    one = make_workbench(root, notes(count))
    bent = Bent(one.emulator, "/v3/content_types/note/entries", lambda body, _: body.pop("count", None))
    assert uids(one.export(transport=RecordingTransport(bent))) == [note(number) for number in range(count)]


def test_a_server_with_shorter_pages_loses_no_row(root: Path) -> None:
    """B2: it gives at most 30 rows a page."""
    one = make_workbench(root, notes(100))

    def bend(body: Row, query: dict[str, str]) -> None:
        rows = sorted(one.source.main.entries["note"])
        start = int(query["skip"])
        full = {row["uid"]: row for row in everything}
        body["entries"] = [full[uid] for uid in rows[start : start + 30]]

    everything = [entry.documents["en-us"].latest for entry in one.source.main.entries["note"].values()]
    bent = Bent(one.emulator, "/v3/content_types/note/entries", bend)
    assert uids(one.export(transport=RecordingTransport(bent))) == [note(number) for number in range(100)]


def test_an_export_cut_between_short_pages_resumes(root: Path) -> None:
    """I5, B2: the rows read so far are not taken for the whole listing."""
    one = make_workbench(root, notes(100))
    everything = [entry.documents["en-us"].latest for entry in one.source.main.entries["note"].values()]

    def bend(body: Row, query: dict[str, str]) -> None:
        start = int(query["skip"])
        body["entries"] = everything[start : start + 30]

    bent = Bent(one.emulator, "/v3/content_types/note/entries", bend)
    for page in (2, 3, 4):
        meddler = Meddler(one, lambda seen, page=page: cut(seen == page))  # type: ignore[misc]  # bound per page
        with pytest.raises(Cut):
            one.export(transport=RecordingTransport(bent, meddler))
    assert uids(one.export(transport=RecordingTransport(bent))) == [note(number) for number in range(100)]


def cut(now: bool) -> None:
    if now:
        raise Cut


def test_an_empty_page_before_the_announced_end_is_a_gap(root: Path) -> None:
    """B2: it is not taken for the end of the listing."""
    one = make_workbench(root, notes(150))
    bent = Bent(one.emulator, "/v3/content_types/note/entries", lambda body, _: body.update(entries=[]))
    assert [gap["kind"] for gap in one.export(transport=RecordingTransport(bent)).gaps()] == [
        "entries/note/en-us"
    ]


def test_a_server_that_ignores_paging_doubles_no_row(root: Path) -> None:
    """B2."""
    one = make_workbench(root, notes(150))
    everything = [entry.documents["en-us"].latest for entry in one.source.main.entries["note"].values()]
    bent = Bent(
        one.emulator, "/v3/content_types/note/entries", lambda body, _: body.update(entries=everything)
    )
    assert uids(one.export(transport=RecordingTransport(bent))) == [note(number) for number in range(150)]


def test_a_repeated_first_page_is_a_gap(root: Path) -> None:
    """B2, B7: rows may be missing."""
    one = make_workbench(root, notes(200))
    first = [one.source.main.entries["note"][note(number)].documents["en-us"].latest for number in range(100)]
    bent = Bent(one.emulator, "/v3/content_types/note/entries", lambda body, _: body.update(entries=first))
    snapshot = one.export(transport=RecordingTransport(bent))
    assert len(uids(snapshot)) == 100
    assert [(gap["kind"], gap["uid"]) for gap in snapshot.gaps()] == [("entries/note/en-us", "*")]


def test_a_fallback_is_not_taken_for_a_document_of_the_language(root: Path) -> None:
    """B7, D7: the server ignores the language that was asked for."""
    one = make_workbench(root, notes(3))
    one.source.main.put_locale(
        {"code": "fr-fr", "uid": "bltfr", "name": "French", "fallback_locale": "en-us"}
    )
    everything = [entry.documents["en-us"].latest for entry in one.source.main.entries["note"].values()]
    bent = Bent(
        one.emulator, "/v3/content_types/note/entries", lambda body, _: body.update(entries=everything)
    )
    snapshot = one.export(transport=RecordingTransport(bent))
    assert [stream.locale for stream, _ in snapshot.stream_files() if stream.kind == "entries"] == ["en-us"]


@pytest.mark.parametrize(("status", "gaps"), [(404, 0), (422, 1), (403, 1)])
def test_a_refused_optional_kind_is_a_gap_and_a_missing_one_is_empty(
    root: Path, status: int, gaps: int
) -> None:
    """B5."""
    one = make_workbench(root, notes(1))
    body = b'{"error_message": "No.", "error_code": 1, "errors": {}}'
    one.emulator.faults.add(Fault(path="^/v3/labels", status=status, body=body, times=9))
    found = one.export().gaps()
    assert [gap["kind"] for gap in found] == ["labels"] * gaps
    assert all("No." in str(gap["reason"]) for gap in found)


def test_a_refused_required_kind_ends_the_export(root: Path) -> None:
    """B5."""
    one = make_workbench(root, notes(1))
    one.emulator.faults.add(Fault(path="^/v3/content_types", status=403, body=b"{}", times=9))
    with pytest.raises(AccessError):
        one.export()


@pytest.mark.parametrize("answer", [b"[]", b'{"entries": ', b'{"a": 1, "a": 2}', b"null", b"\xff"])
def test_an_answer_that_is_not_valid_json_ends_the_export(root: Path, answer: bytes) -> None:
    """B1, D5: it is never taken for an empty listing."""
    one = make_workbench(root, notes(1))
    one.emulator.faults.add(Fault(path=ENTRIES, status=200, body=answer, times=99))
    with pytest.raises(BadAnswer):
        one.export()


@pytest.mark.parametrize("keep", [0, 1, 400, 800])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_truncated_page_is_asked_for_again(root: Path, keep: int, *, chunked: bool) -> None:
    """B1: it is never parsed as a shorter list."""
    one = make_workbench(root, notes(5))
    one.emulator.faults.add(Fault(path=ENTRIES, keep=keep, chunked=chunked))
    with serve_emulator(one):
        assert len(uids(one.export())) == 5
    assert one.counts.retried == 1
