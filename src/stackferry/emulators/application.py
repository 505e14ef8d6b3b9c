"""The ASGI application that every emulator is: it reads requests, applies faults, sends answers and logs them."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
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
    """A status and a body: JSON, bytes, or a file to send. Its headers replace the usual ones."""

    body: JsonObject | bytes | Path
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


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
    """

    def __init__(self, *, latency: float = 0.0) -> None:
        self.latency = latency
        self.faults = FaultScript()
        self.log: list[LoggedRequest] = []
        self.defects: list[Exception] = []

    @abstractmethod
    def budget_of(self, method: str, path: str) -> Budget:
        """The budget that a request counts against, for the log."""

    @abstractmethod
    def handle(self, request: HttpRequest) -> Answer:
        """Carry out a request, or word a refusal. An exception is a defect of the emulator."""

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
        body = await _read_body(receive)
        query: bytes = scope.get("query_string", b"")
        target = f"{_path(scope)}?{query.decode('latin-1')}" if query else _path(scope)
        fault = self.faults.take(scope["method"], target)
        if fault and not fault.carried_out:
            # The service never sees the request. It is logged all the same: the client has sent it.
            method, path = str(scope["method"]), _path(scope)
            self.log.append(LoggedRequest(method, path, 0, self.budget_of(method, path)))
            # As a gateway does. A fault with a status, or one that breaks the connection, replaces it.
            answer = Answer(b"", 502)
        else:
            answer = self.answer(scope, body)
        # Only now: a request counts when it arrives, not when this machine finds time to go on.
        if self.latency:
            await anyio.sleep(self.latency)
        await _send_answer(answer, send, fault, head=scope["method"] == "HEAD")

    def answer(self, scope: Scope, body: bytes) -> Answer:
        """Handle one request and log it. A HEAD request is answered as its GET, without the body."""
        method = "GET" if scope["method"] == "HEAD" else str(scope["method"])
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        query: bytes = scope.get("query_string", b"")
        request = HttpRequest(
            method=method,
            path=_path(scope),
            origin=f"{scope.get('scheme', 'http')}://{headers.get('host', '')}",
            query=parse_qsl(query.decode("latin-1"), keep_blank_values=True),
            headers=headers,
            body=body,
        )
        budget = self.budget_of(method, request.path)
        try:
            answer = self.handle(request)
        except Exception as defect:  # noqa: BLE001 - the tests look at `defects`, and other requests go on
            _LOG.error("the emulator failed at %s %s", method, request.path, exc_info=defect)
            self.defects.append(defect)
            answer = Answer(self.defect_body(defect), 500)
        self.log.append(LoggedRequest(method, request.path, answer.status, budget))
        return answer


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


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send_answer(answer: Answer, send: Send, fault: Fault | None, *, head: bool) -> None:
    if fault and fault.status:
        answer = Answer(fault.body, fault.status, dict(fault.headers))
    if isinstance(answer.body, dict):
        body, headers = exact_json.dumps(answer.body), {**_JSON, **answer.headers}
    else:
        body = await anyio.Path(answer.body).read_bytes() if isinstance(answer.body, Path) else answer.body
        headers = answer.headers
    headers = {"server": "stackferry-emulator", "content-length": str(len(body)), **headers}
    if fault:
        await send_with_fault(fault, send, answer.status, headers, body)
        return
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if head else body})  # its length is in the head
