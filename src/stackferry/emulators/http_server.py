"""Serves an ASGI application on a socket: HTTP/1.1 by h11, connections by anyio.

It is our own because it does what a good server does not: it passes paths on undecoded, and breaks connections
off when a scripted fault asks for it. `serve` runs it in a thread of its own, `run` in the loop of the caller.
"""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import anyio
import h11
from anyio.abc import SocketAttribute, TaskStatus
from anyio.from_thread import start_blocking_portal
from anyio.streams.tls import TLSListener

from stackferry.emulators.faults import DISCONNECT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from anyio.abc import ByteStream, Listener

    from stackferry.emulators.application import App
    from stackferry.emulators.faults import Message

_CHUNK = 65_536  # bytes to read at once, and the most that the head of a request may have
_LINGER = 2.0  # seconds in which the rest of a refused request is received and dropped
_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)


@contextmanager
def serve(
    app: App, port: int = 0, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve from a background thread; yields the origin, such as `http://127.0.0.1:8777`."""
    with start_blocking_portal() as portal:
        running, origin = portal.start_task(run, app, host, port, tls)
        try:
            yield origin
        finally:
            running.cancel()


async def run(
    app: App,
    host: str = "127.0.0.1",
    port: int = 8777,
    tls: ssl.SSLContext | None = None,
    *,
    task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled. The origin is reported to `task_status` once the socket listens."""
    scheme = "https" if tls else "http"

    async def accept(stream: ByteStream) -> None:
        async with stream:
            await Connection(app, stream, (host, bound), scheme).serve_all()

    sockets = await anyio.create_tcp_listener(local_host=host, local_port=port)
    bound = int(sockets.extra(SocketAttribute.local_port))  # noqa: S610 - no Django here
    listener: Listener[Any] = TLSListener(sockets, tls, standard_compatible=False) if tls else sockets
    async with listener:
        task_status.started(f"{scheme}://{host}:{bound}")
        await listener.serve(accept)


class Connection:
    """One keep-alive connection: requests in turn, until either side closes."""

    def __init__(self, app: App, stream: ByteStream, server: tuple[str, int], scheme: str = "http") -> None:
        self._app = app
        self._stream = stream
        self._server = server
        self._scheme = scheme
        self._head = b""
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_CHUNK)

    async def serve_all(self) -> None:
        """Serve requests until the connection ends. A peer that goes away is no error."""
        try:
            while await self._serve_one():
                self._http.start_next_cycle()
        except _BROKEN:
            return  # the peer is gone; there is nobody left to answer
        except h11.RemoteProtocolError as error:
            await self._refuse(error.error_status_hint)

    async def _serve_one(self) -> bool:
        """Serve one request. False when the connection is to be closed."""
        request = await self._next_event()
        if not isinstance(request, h11.Request):
            return False
        await self._app(self._scope(request), self._receive, self._send)
        if self._http.our_state is h11.MUST_CLOSE:  # refused before its body was read
            with suppress(NotImplementedError):  # TLS cannot close one direction alone
                await self._stream.send_eof()
            # A connection that is closed with bytes unread is reset, and the client may never see the answer.
            with anyio.move_on_after(_LINGER):
                while True:
                    await self._stream.receive(_CHUNK)
        if self._http.their_state is h11.SEND_BODY:  # h11 begins the next request only after all of this one
            while isinstance(await self._next_event(), h11.Data):
                pass
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # h11 types NEED_DATA and PAUSED as one class
            # Clients that send large files wait for this before the body.
            if self._http.they_are_waiting_for_100_continue:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            try:
                self._http.receive_data(await self._stream.receive(_CHUNK))
            except anyio.EndOfStream:
                self._http.receive_data(b"")

    async def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            await self._stream.send(data)

    def _scope(self, request: h11.Request) -> Message:
        target = bytes(request.target)
        path, _, query = target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode(),
            "scheme": self._scheme,
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": list(request.headers),
            "server": self._server,
        }

    async def _receive(self) -> Message:
        event = await self._next_event()
        if isinstance(event, h11.Data):
            return {"type": "http.request", "body": bytes(event.data), "more_body": True}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        """Send a part of the answer. The head waits for the body's first bytes: a small answer is one packet."""
        if message["type"] == DISCONNECT:
            await self._disconnect(reset=message["reset"])
        if message["type"] == "http.response.start":
            start = h11.Response(status_code=message["status"], headers=message["headers"])
            self._head = self._http.send(start) or b""
            return
        # The head was kept back for this moment.
        data, self._head = self._head, b""
        body, ends = message.get("body", b""), not message.get("more_body")
        try:
            data += self._http.send(h11.Data(data=body)) or b""
            data += (self._http.send(h11.EndOfMessage()) or b"") if ends else b""
        except h11.LocalProtocolError:
            # A fault announced another length, which h11 does not send: the bytes go out past it, and no request
            # can follow on this connection.
            await self._stream.send(data + body)
            await self._disconnect(reset=False)
        if data:
            await self._stream.send(data)

    async def _disconnect(self, *, reset: bool) -> None:
        """End the connection within an answer, as a scripted fault asks; `reset` ends it without a FIN.

        Raises `ClosedResourceError`, which leaves the application and ends `serve_all`.
        """
        if reset:  # a socket that lingers for 0 seconds is closed with RST
            raw = self._stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - no Django here
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._stream.aclose()
        raise anyio.ClosedResourceError

    async def _refuse(self, status: int) -> None:
        """Answer what is not HTTP, when no answer has begun yet."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [("content-length", "0"), ("connection", "close")]
            await self._write(h11.Response(status_code=status, headers=headers))
            await self._write(h11.EndOfMessage())
