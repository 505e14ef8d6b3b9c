"""An invented note service in memory, different from Contentstack wherever a system may differ.

Ids are integers. Listings give the next cursor in a header and no total, and refuse pages that are too large. An update
of a note must name its current version. Files are uploaded raw to a second host, processed later, and read from
the API host without a length. One of its 429 is a full project and not a request to slow down.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

API, UPLOADS, TOKEN = "api.notes.invented", "upload.notes.invented", "notes-invented-token"
LARGEST_PAGE = 3
Row = dict[str, Any]
Hook = Callable[["NoteService", httpx.Request, bool], httpx.Response | None]


@dataclass
class Project:
    """One project. Ids count from `first_id`, so that projects have different ids; at most `room` notes fit in."""

    first_id: int = 1
    room: int = 1000
    notes: dict[int, Row] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    uploads: list[Row] = field(default_factory=list)

    def add_note(self, text: str, **facts: Any) -> int:
        number = self.first_id + len(self.notes)
        self.notes[number] = {"id": number, "version": 1, "text": text, **facts}
        return number

    def add_file(self, content: bytes) -> int:
        number = self.first_id + len(self.files)
        self.files[number] = content
        return number


@dataclass
class NoteService(httpx.AsyncBaseTransport):
    """The service, as a transport. `hook` may act before and after each request, or answer in its place."""

    projects: dict[str, Project] = field(default_factory=dict)
    hook: Hook | None = None
    log: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = b"".join([piece async for piece in request.stream])  # type: ignore[union-attr]  # always async here
        self.log.append(f"{request.method} {request.url.host}{request.url.path}")
        answer = self.hook(self, request, False) if self.hook else None
        if answer is None:
            answer = self._answer(request, content)
            answer = (self.hook(self, request, True) if self.hook else None) or answer
        return answer

    def _answer(self, request: httpx.Request, content: bytes) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"error": "who are you?"})
        _, key, name, collection, *rest = request.url.path.split("/")
        project = self.projects.get(f"{key}/{name}")
        if project is None:
            return httpx.Response(404, json={"error": "no such project"})
        if request.url.host == UPLOADS:
            return _upload(project, content)
        answer: httpx.Response = getattr(self, f"_{collection}")(project, request, rest, content)
        return answer

    def _notes(
        self, project: Project, request: httpx.Request, rest: list[str], content: bytes
    ) -> httpx.Response:
        if request.method == "GET":
            text = request.url.params.get("text")
            rows = [row for row in project.notes.values() if text in (None, row["text"])]
            return _page("notes", rows, request)
        body = json.loads(content)
        if request.method == "POST":
            if len(project.notes) >= project.room:
                return httpx.Response(429, json={"error": "the project is full"})
            number = project.add_note(**body)
            return httpx.Response(201, json={"note": project.notes[number]})
        note = project.notes[int(rest[0])]
        if request.headers.get("if-match") != str(note["version"]):
            return httpx.Response(409, json={"error": "another version is current"})
        note |= {**body, "version": note["version"] + 1}
        return httpx.Response(200, json={"note": note})

    def _files(self, project: Project, request: httpx.Request, rest: list[str], _: bytes) -> httpx.Response:
        if rest:
            return httpx.Response(200, stream=_Pieces(project.files[int(rest[0])]))
        return _page("files", [{"id": number} for number in project.files], request)

    def _uploads(self, project: Project, *_: Any) -> httpx.Response:
        """Each request for the list processes one more upload."""
        waiting = next((row for row in project.uploads if row["state"] == "processing"), None)
        if waiting is not None:
            waiting |= {"state": "done", "file": project.add_file(waiting["content"])}
        shown = [{name: value for name, value in row.items() if name != "content"} for row in project.uploads]
        return httpx.Response(200, json={"uploads": shown})


def _page(name: str, rows: list[Row], request: httpx.Request) -> httpx.Response:
    size, start = int(request.url.params.get("size", "1")), int(request.url.params.get("cursor") or "0")
    if size > LARGEST_PAGE:
        return httpx.Response(400, json={"error": "this page is too large"})
    headers = {"x-next": str(start + size)} if start + size < len(rows) else {}
    return httpx.Response(200, json={name: rows[start : start + size]}, headers=headers)


def _upload(project: Project, content: bytes) -> httpx.Response:
    row = {
        "id": f"u{len(project.uploads)}",
        "state": "processing",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    project.uploads.append({**row, "content": content})
    return httpx.Response(200, json={"upload": row})


class _Pieces(httpx.AsyncByteStream):
    """Bytes without a length."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces():
            yield piece

    def _pieces(self) -> Iterator[bytes]:
        return (self._content[at : at + 5] for at in range(0, len(self._content), 5))
