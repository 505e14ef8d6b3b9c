"""What jobs of a plan may say: pages that lead on, objects that are gone, bytes that are checked, tokens that end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import anyio
import httpx
import pytest
from note_service import API, NoteService
from note_system import NOTES, NoteExport, Notes, get, rows_of
from test_second_system import SOURCE, NoteWorkbench

from stackferry.errors import AccessError, BadAnswer, NoSuchPlace, NotOffered, NotSignedIn
from stackferry.model import Gap, Record, Stream, integer_key
from stackferry.providers.source import CursorListing, Download, Fetch, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.model import JsonObject, Place
    from stackferry.providers.source import ExportStage, GrowingStore, Job, ReadOptions


class PoliteService(NoteService):
    """As over a socket, other tasks have their turn while an answer is awaited."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        return await super().handle_async_request(request)


ROOT, WHOLE, GONE = f"/{SOURCE}", Stream("whole"), Stream(".gone")


@dataclass
class OtherNotes(Notes):
    """The same system with a plan of the test."""

    stages: tuple[ExportStage, ...] = ()
    error: Callable[..., Exception] | None = None

    def export_plan(self, place: Place) -> NoteExport:
        del place
        plan = _Plan(ROOT)
        plan.given, plan.refusal = self.stages, self.error
        return plan


class _Plan(NoteExport):
    given: tuple[ExportStage, ...] = ()
    refusal: Callable[..., Exception] | None = None

    @property
    def stages(self) -> list[ExportStage]:
        return [*self.given]

    def error(self, *about: Any) -> Exception:
        return self.refusal(*about) if self.refusal else super().error(*about)


def bench(root: Path, *stages: ExportStage, error: Any = None, notes: int = 6) -> NoteWorkbench:
    made = NoteWorkbench(root / "workbench", OtherNotes(stages, error))
    made.service = PoliteService(made.service.projects)
    for number in range(1, notes + 1):
        made.source.add_note(f"note {number}")
    return made


def notes(_: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """A thin list, of which each row leads to the note itself."""
    del options
    yield listing(leads_to=lambda page: [whole(int(record.uid)) for _, record in page.records])


def details(staged: GrowingStore, _: ReadOptions) -> Iterator[Job]:
    for row in staged.objects(NOTES):
        yield whole(row["id"])


def listing(**more: Any) -> CursorListing:
    def read(answer: JsonObject, headers: Any) -> Page:
        rows = rows_of(answer, "notes")
        records = [(NOTES, Record(integer_key(row["id"]), row)) for row in rows]
        return Page(records, len(rows), next=headers.get("x-next", ""))

    def request(cursor: str, _: int) -> Any:
        return get(f"{ROOT}/notes", ("size", "2"), *([("cursor", cursor)] if cursor else []))

    return CursorListing(name="notes", request=request, read=read, **more)


def whole(number: Any) -> Fetch:
    def read(answer: JsonObject) -> Page:
        (row,) = rows_of(answer, "notes")
        return Page([(WHOLE, Record(integer_key(number), row))], 1, redacted=[f"whole {number} /text"])

    return Fetch(
        name=f"whole/{number}",
        request=get(f"{ROOT}/notes", ("text", f"note {number}")),
        read=read,
        gap=Gap(kind="whole", uid=str(number), reason="not to be had"),
        if_gone=Page([(GONE, Record(integer_key(number), {"id": number}))], 0),
    )


def test_what_a_page_leads_to_is_read_before_the_last_page(root: Path) -> None:
    order: list[str] = []

    def watch(_: NoteService, request: httpx.Request, done: bool) -> None:
        if not done:
            order.append("whole" if "text" in request.url.params else "page")

    made = bench(root, notes, details, notes=40)
    made.service.hook = watch
    snapshot = made.export()
    assert [row["id"] for row in snapshot.objects(WHOLE)] == [*range(1, 41)]
    assert (order.count("page"), order.count("whole")) == (20, 40), "nothing is asked for twice"
    assert "page" in order[order.index("whole") :]
    assert snapshot.manifest["redacted"] == sorted(f"whole {number} /text" for number in range(1, 41))


def test_what_is_gone_is_recorded_as_the_plan_says(root: Path) -> None:
    def refusal(_: Any, response: Any) -> Exception:
        return NotOffered("no such note", status=response.status)

    made = bench(root, notes, details, error=refusal)
    made.service.hook = lambda _, request, done: (
        httpx.Response(404) if not done and request.url.params.get("text") == "note 3" else None
    )
    snapshot = made.export()
    assert [row["id"] for row in snapshot.objects(WHOLE)] == [1, 2, 4, 5, 6]
    assert snapshot.gaps() == []


@pytest.mark.parametrize("cursors", ["new each time", "the same"])
def test_a_list_that_never_ends_is_told(root: Path, cursors: str) -> None:
    seen = 0

    def endless(_: NoteService, __: httpx.Request, done: bool) -> httpx.Response | None:
        nonlocal seen
        seen += not done
        if done:
            return None
        cursor = {"x-next": str(seen) if cursors == "new each time" else "1"}
        return httpx.Response(200, json={"notes": [{"id": 1, "text": "note 1"}]}, headers=cursor)

    made = bench(root, lambda *_: iter([listing()]))
    made.service.hook = endless
    with pytest.raises(BadAnswer, match=r"no last one|same page again"):
        made.export()
    assert seen < 40


def bytes_of_file(**more: Any) -> ExportStage:
    def stage(staged: GrowingStore, _: ReadOptions) -> Iterator[Job]:
        del staged
        gap = Gap(kind="files", uid="1", reason="")
        yield Download(
            name="bytes", request=get(f"{ROOT}/files/1"), uid=integer_key(1), version=3, gap=gap, **more
        )

    return stage


def test_bytes_that_their_format_shows_to_be_cut_are_asked_for_again(root: Path) -> None:
    def is_whole(file: BinaryIO) -> None:
        if not file.read().endswith(b"end"):
            raise BadAnswer("cut")

    facts: JsonObject = {"uid": 1, "of": "logs"}
    made = bench(root, bytes_of_file(check=is_whole, facts=facts))
    made.source.add_file(b"all of it, to the end")
    answers = [httpx.Response(200, content=b"all of it")]
    made.service.hook = lambda *about: None if about[2] or not answers else answers.pop()
    snapshot = made.export()
    (file,) = snapshot.objects(Stream("files"))
    assert (file["uid"], file["of"], file["size"]) == (1, "logs", 21)
    assert snapshot.bytes_of(str(file["sha256"])).read_bytes().endswith(b"end")
    assert [*snapshot.verify()] == []


@pytest.mark.parametrize("status", [204, 404])
def test_a_status_may_say_that_there_are_no_bytes(root: Path, status: int) -> None:
    made = bench(root, bytes_of_file(absent=frozenset({204, 404})))
    made.service.hook = lambda *about: None if about[2] else httpx.Response(status)
    snapshot = made.export()
    assert (snapshot.gaps(), [*snapshot.objects(Stream("files"))]) == ([], [])


def test_a_refusal_of_bytes_by_the_api_itself_ends_the_run(root: Path) -> None:
    """A host of files refuses a file; the API refuses a token."""
    made = bench(root, lambda *_: iter([listing()]), bytes_of_file())
    made.service.hook = lambda *about: None if about[2] else httpx.Response(401, json={})
    with pytest.raises(AccessError):
        made.export()


def test_a_sign_in_page_ends_the_run_within_one_request(root: Path) -> None:
    def refusal(_: Any, response: Any) -> Exception:
        return NotSignedIn(f"status {response.status}")

    made = bench(root, notes, details, error=refusal, notes=1)
    made.service.hook = lambda _, request, done: (
        httpx.Response(401, json={}) if not done and "text" in request.url.params else None
    )
    with pytest.raises(NotSignedIn):
        made.export()
    assert made.service.log == [f"GET {API}/team/from/notes"] * 2, "the page, and one refusal"


def test_a_place_that_is_gone_in_the_middle_is_resumed(root: Path) -> None:
    def refusal(*_: Any) -> Exception:
        return NoSuchPlace("there is no such project")

    made = bench(root, notes, details, error=refusal)
    made.service.hook = lambda _, request, done: (
        httpx.Response(404) if not done and request.url.params.get("text") == "note 5" else None
    )
    with pytest.raises(NoSuchPlace):
        made.export()
    made.service.hook = None
    made.service.log.clear()
    assert len([*made.export().objects(WHOLE)]) == 6
    assert len(made.service.log) < 9, "what was read is kept"


def test_of_a_place_that_is_not_there_nothing_is_left(root: Path) -> None:
    made = bench(root, notes, error=lambda *_: NoSuchPlace("there is no such project"))
    made.service.hook = lambda *about: None if about[2] else httpx.Response(404)
    with pytest.raises(NoSuchPlace):
        made.export()
    assert not (made.root / "snapshot").exists()
