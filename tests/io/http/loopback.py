"""A server on loopback that sends raw bytes, so that it can break every rule of HTTP."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat

import anyio
from anyio.abc import SocketAttribute, SocketStream

Behaviour = Callable[[SocketStream], Awaitable[None]]


def answer(
    body: bytes = b'{"ok":true}', *, status: str = "200 OK", length: int | None = None, headers: str = ""
) -> bytes:
    """A whole HTTP/1.1 answer in JSON, with any announced length."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n{headers}\r\n"
    return head.encode() + body


def sends(*pieces: bytes, pause: float = 0.0) -> Behaviour:
    """Write the pieces, then close the connection."""

    async def behave(stream: SocketStream) -> None:
        for piece in pieces:
            await stream.send(piece)
            await anyio.sleep(pause)

    return behave


async def keeps_alive(stream: SocketStream) -> None:
    """Answer one request after the other on the same connection, each a moment later."""
    while True:
        await anyio.sleep(0.005)
        await stream.send(answer())
        await _request(stream)


async def resets(stream: SocketStream) -> None:
    """Reset the connection instead of closing it."""
    raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - not a database
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def stalls(_stream: SocketStream) -> None:
    """Never answer."""
    await anyio.sleep_forever()


@dataclass
class Server:
    """The requests that it received, byte by byte; `origin` is where it listens."""

    origin: str
    requests: list[bytes] = field(default_factory=list)

    @property
    def heads(self) -> list[str]:
        return [request.partition(b"\r\n\r\n")[0].decode() for request in self.requests]


@asynccontextmanager
async def serving(behaviours: Iterable[Behaviour]) -> AsyncIterator[Server]:
    """Serve one connection after the other, each with the next behaviour; the last one goes on for ever."""
    listed = list(behaviours)
    turns = chain(listed, repeat(listed[-1]))
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - not a database
    server = Server(f"http://127.0.0.1:{port}")

    async def handle(stream: SocketStream) -> None:
        async with stream:
            try:
                server.requests.append(await _request(stream))
                await next(turns)(stream)
            except (anyio.BrokenResourceError, anyio.EndOfStream):
                return

    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        yield server
        group.cancel_scope.cancel()


async def _request(stream: SocketStream) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += await stream.receive()
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += await stream.receive()
    return head + b"\r\n\r\n" + body
