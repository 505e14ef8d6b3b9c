"""The HTTP front by itself, under a small emulator that is not Contentstack's."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from stackferry import emulators
from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest
from stackferry.emulators.faults import Fault
from stackferry.emulators.http_server import serve
from stackferry.emulators.rate_limits import LimitReached, RequestWindow
from stackferry.emulators.routing import Route, RouteTable
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

Call = tuple[HttpRequest, dict[str, str]]


def read_note(call: Call) -> Answer:
    return Answer({"note": call[1]["note"], "title": call[0].param("title")})


def read_all(call: Call) -> Answer:
    return Answer(b"all notes", headers={"content-type": "text/plain", "x-host": call[0].origin})


def break_down(_call: Call) -> Answer:
    raise ZeroDivisionError


ROUTES: RouteTable[Call] = RouteTable(
    [
        Route("GET", "/notes/{note}", read_note),
        Route("GET", "/notes/all", read_all),
        Route("POST", "/notes", break_down),
        Route("POST", "/exports", break_down, Budget.BULK),
    ]
)


class Notes(EmulatorApplication):
    """A store of notes that echoes what it is asked for."""

    def budget_of(self, method: str, path: str) -> Budget:
        found = ROUTES.find(method, path)
        return found[0].counted_budget if found else Budget.READ

    def defect_body(self, defect: Exception) -> JsonObject:
        return {"defect": type(defect).__name__}

    def handle(self, request: HttpRequest) -> Answer:
        found = ROUTES.find(request.method, request.path)
        return found[0].handler((request, found[1])) if found else Answer({"message": "no such page"}, 404)


@contextmanager
def open_notes() -> Iterator[tuple[Notes, httpx.Client]]:
    notes = Notes()
    with serve(notes) as origin, httpx.Client(base_url=origin) as http:
        yield notes, http


def test_variable_parts_of_a_path_are_decoded_after_it_was_split() -> None:
    """An encoded slash is no separator, and the last of repeated parameters counts."""
    with open_notes() as (_, http):
        answer = http.get("/notes/a%2Fb%20c?title=x&title=y")
        assert answer.json() == {"note": "a/b c", "title": "y"}
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_a_path_without_variable_parts_goes_first() -> None:
    with open_notes() as (_, http):
        answer = http.get("/notes/all")
        assert (answer.text, answer.headers["content-type"]) == ("all notes", "text/plain")
        assert answer.headers["x-host"] == str(http.base_url).rstrip("/")


def test_head_is_answered_as_get_without_its_body() -> None:
    with open_notes() as (notes, http):
        answer = http.head("/notes/all")
        assert (answer.content, answer.headers["content-length"]) == (b"", "9")
        assert [tuple(handled) for handled in notes.log] == [("GET", "/notes/all", 200, "read")]


def test_a_defect_is_answered_in_the_words_of_the_system() -> None:
    with open_notes() as (notes, http):
        answer = http.post("/notes")
        assert (answer.status_code, answer.json()) == (500, {"defect": "ZeroDivisionError"})
        assert [type(defect) for defect in notes.defects] == [ZeroDivisionError]


def test_requests_are_counted_by_budget() -> None:
    """A request that a fault keeps from the service counts too."""
    with open_notes() as (notes, http):
        notes.faults.add(Fault(method="POST", status=503, carried_out=False))
        assert http.post("/exports").status_code == 503
        http.get("/notes/1")
        http.get("/nowhere")
        assert {budget: notes.count(budget) for budget in ("read", "write", "bulk")} == {
            "read": 2,
            "write": 0,
            "bulk": 1,
        }
        assert notes.defects == []


@pytest.mark.parametrize(("limit", "times"), [(2, [0.0, 0.5, 1.0, 1.5]), (0.5, [0.0, 2.0, 4.0])])
def test_a_window_allows_so_many_requests(limit: float, times: list[float]) -> None:
    """Two a second; one in two seconds."""
    window = RequestWindow()
    for now in times:
        window.take(now, limit)
    with pytest.raises(LimitReached) as reached:
        window.take(times[-1] + 0.25, limit)
    assert reached.value.wait == pytest.approx(1 / limit - 0.25 if limit < 1 else 0.25)


def test_the_front_imports_no_emulator() -> None:
    """What all emulators share names none of them."""
    front = [path for path in Path(str(emulators.__file__)).parent.glob("*.py") if path.name != "__init__.py"]
    systems = [path.parent.name for path in Path(str(emulators.__file__)).parent.glob("*/__init__.py")]
    assert front
    assert systems
    named = [
        (path.name, name) for path in front for name in systems if name in path.read_text("utf-8").lower()
    ]
    assert named == []


def test_an_answer_without_a_length_comes_in_chunks(tmp_path: Path) -> None:
    """Bytes and files alike; a file is never read whole."""
    content = bytes(range(256)) * 1_000
    (tmp_path / "file").write_bytes(content)
    for body in (content, tmp_path / "file"):

        class Chunks(Notes):
            def handle(self, request: HttpRequest, body: bytes | Path = body) -> Answer:
                del request
                return Answer(body, chunked=True)

        with serve(Chunks()) as origin, httpx.stream("GET", origin) as answer:
            assert answer.headers["transfer-encoding"] == "chunked"
            assert "content-length" not in answer.headers
            assert b"".join(answer.iter_raw()) == content
