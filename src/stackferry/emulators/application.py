"""The ASGI application that every emulator is: it reads requests, applies faults, sends answers and logs them."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

import anyio

from stackferry import exact_json
from stackferry.emulators.faults import Fault, FaultScript, Message, Send, send_with_fault

if TYPE_CHECKING:
    from stackferry.model import Budget, JsonObject

Scope = Message
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application."""

_JSON = {"content-type": "application/json; charset=utf-8"}
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """A status and a body: JSON, bytes, or a file to send. Its headers replace the usual ones.

    It is sent `wait` seconds later than others. `chunked`: without a length, in chunks.
    """

    body: JsonObject | bytes | Path
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    chunked: bool = False


_PIECE = 1 << 16  # bytes: of a file, or of an answer in chunks
_LONG = 1 << 20  # bytes: the head of a longer request is looked at before its body is read
_TOO_LARGE = Answer({"error_message": "The request is too large.", "error_code": 413, "errors": {}}, 413)


@dataclass(slots=True, kw_only=True)
class HttpRequest:
    """A request as it came: `path` still percent-encoded, header names in lower case, `query` in its order."""

    method: str = ""
    path: str = ""
    origin: str = ""  # scheme and host, as the client wrote them
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        """A query parameter; the last one wins."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def flag(self, name: str) -> bool:
        """Whether a query parameter is "true"."""
        return self.param(name).lower() == "true"


Watcher = Callable[[HttpRequest, Answer | None], object]


class LoggedRequest(NamedTuple):
    """A request that was answered, for counting. A status of 0: a fault kept it from the service."""

    method: str
    path: str
    status: int
    budget: Budget


class EmulatorApplication(ABC):
    """What all emulators do alike. A handler runs to its end without waiting for anything: so a request sees
    the state before or after another request, never in between.

    `latency` is waited before every answer, in seconds. `log` has every request, `defects` every exception of
    a handler: such a request is answered with 500, and the service goes on.

    Each of the `watchers` is called with a request before it is carried out, and with its answer afterwards. It may
    change the state, by `handle` too: what it sends itself is neither logged nor watched.
    """

    max_body = 1 << 30  # bytes; a longer request is refused unread

    def __init__(self, *, latency: float = 0.0) -> None:
        self.latency = latency
        self.faults = FaultScript()
        self.log: list[LoggedRequest] = []
        self.defects: list[Exception] = []
        self.watchers: list[Watcher] = []

    def serves(self, path: str) -> bool:
        """Whether a path is this system's, where several are served on one port."""
        del path
        return True

    @abstractmethod
    def budget_of(self, method: str, path: str) -> Budget:
        """The budget that a request counts against, for the log."""

    @abstractmethod
    def handle(self, request: HttpRequest) -> Answer:
        """Carry out a request, or word a refusal. An exception is a defect of the emulator."""

    def refused_unread(self, request: HttpRequest) -> Answer | None:
        """The refusal that a request's head deserves, before its body is read."""
        del request
        return None

    @abstractmethod
    def defect_body(self, defect: Exception) -> JsonObject:
        """The answer for a defect, in the shape of the service's errors."""

    def count(self, budget: str) -> int:
        """How many requests were handled for a budget: "read", "write", "bulk" or "asset"."""
        return sum(handled.budget == budget for handled in self.log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _acknowledge_lifespan(receive, send)
            return
        body = b""
        if (refused := self._refused_by_size(scope)) is None:
            try:
                body = await _read_body(receive, self.max_body)
            except OverflowError:
                refused = _TOO_LARGE
        if refused is not None:
            self._log(scope, refused.status)
            # What is left of the body is not read: no other request can follow on this connection.
            closed = replace(refused, headers={**refused.headers, "connection": "close"})
            await _send_answer(closed, send, None, head=False)
            return
        query: bytes = scope.get("query_string", b"")
        target = f"{_path(scope)}?{query.decode('latin-1')}" if query else _path(scope)
        fault = self.faults.take(scope["method"], target)
        if fault and not fault.carried_out:
            # The service never sees the request. It is logged all the same: the client has sent it.
            self._log(scope, 0)
            # As a gateway does. A fault with a status, or one that breaks the connection, replaces it.
            answer = Answer(b"", 502)
        else:
            answer = self.answer(scope, body)
        # Only now: a request counts when it arrives, not when this machine finds time to go on.
        if self.latency or answer.wait:
            await anyio.sleep(self.latency + answer.wait)
        await _send_answer(answer, send, fault, head=scope["method"] == "HEAD")

    def _refused_by_size(self, scope: Scope) -> Answer | None:
        """The refusal of a long request, or of one of unknown length, that is told from its head."""
        headers = _headers(scope)
        announced = headers.get("content-length", "0")
        if "transfer-encoding" not in headers and announced.isdigit() and int(announced) < _LONG:
            return None
        refused = self.refused_unread(_request(scope, b""))
        is_too_large = announced.isdigit() and int(announced) > self.max_body
        return refused or (_TOO_LARGE if is_too_large else None)

    def _log(self, scope: Scope, status: int) -> None:
        method, path = str(scope["method"]), _path(scope)
        self.log.append(LoggedRequest(method, path, status, self.budget_of(method, path)))

    def answer(self, scope: Scope, body: bytes) -> Answer:
        """Handle one request and log it. A HEAD request is answered as its GET, without the body."""
        request = _request(scope, body)
        method = request.method
        budget = self.budget_of(method, request.path)
        try:
            for watcher in self.watchers:
                watcher(request, None)
            answer = self.handle(request)
            for watcher in self.watchers:
                watcher(request, answer)
        except Exception as defect:  # noqa: BLE001 - the tests look at `defects`, and other requests go on
            _LOG.error("the emulator failed at %s %s", method, request.path, exc_info=defect)
            self.defects.append(defect)
            answer = Answer(self.defect_body(defect), 500)
        self.log.append(LoggedRequest(method, request.path, answer.status, budget))
        return answer


def _request(scope: Scope, body: bytes) -> HttpRequest:
    headers = _headers(scope)
    query: bytes = scope.get("query_string", b"")
    return HttpRequest(
        method="GET" if scope["method"] == "HEAD" else str(scope["method"]),
        path=_path(scope),
        origin=f"{scope.get('scheme', 'http')}://{headers.get('host', '')}",
        query=parse_qsl(query.decode("latin-1"), keep_blank_values=True),
        headers=headers,
        body=body,
    )


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _path(scope: Scope) -> str:
    """The path as it was sent: a decoded one could not tell `%2F` in a file name from a separator."""
    raw: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    return raw.decode("latin-1").partition("?")[0]  # some ASGI clients leave the query in raw_path


async def _acknowledge_lifespan(receive: Receive, send: Send) -> None:
    """Answer the start and stop messages that ASGI servers send."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read_body(receive: Receive, most: int) -> bytes:
    """The whole body. Raises OverflowError as soon as it has more bytes than `most`."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > most:
            raise OverflowError
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send_answer(answer: Answer, send: Send, fault: Fault | None, *, head: bool) -> None:
    if fault and fault.status:
        answer = Answer(fault.body, fault.status, dict(fault.headers))
    if isinstance(answer.body, Path) and fault is None and not head:
        await _send_file(answer, answer.body, send)
        return
    body, headers = await _body_and_headers(answer)
    length = {} if answer.chunked else {"content-length": str(len(body))}
    headers = {"server": "stackferry-emulator", **length, **headers}
    if fault:
        await send_with_fault(fault, send, answer.status, headers, body)
        return
    await _send_head(answer.status, headers, send)
    if answer.chunked and not head:
        for start in range(0, len(body), _PIECE):
            part = body[start : start + _PIECE]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": b"" if head else body})  # its length is in the head


async def _body_and_headers(answer: Answer) -> tuple[bytes, Mapping[str, str]]:
    if isinstance(answer.body, dict):
        return exact_json.dumps(answer.body), {**_JSON, **answer.headers}
    if isinstance(answer.body, Path):
        return await anyio.Path(answer.body).read_bytes(), answer.headers
    return answer.body, answer.headers


async def _send_head(status: int, headers: dict[str, str], send: Send) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def _send_file(answer: Answer, path: Path, send: Send) -> None:
    """Send a file piece by piece: it may be larger than the memory."""
    async with await anyio.open_file(path, "rb") as file:
        size = (await anyio.Path(path).stat()).st_size
        length = {} if answer.chunked else {"content-length": str(size)}
        await _send_head(answer.status, {"server": "stackferry-emulator", **length, **answer.headers}, send)
        while part := await file.read(_PIECE):
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
