"""Bodies of requests that are streamed from disk, and bodies of answers: complete, decoded and bounded, or not at all.

A request's body is a file as it is, or a multipart form (RFC 7578) with files in it. Its length is known before a byte
is read. It can be sent again, for a second attempt: its files are opened anew and read in pieces on a thread, so that
an upload neither holds a file in memory nor blocks the event loop. A file that cannot be read, or that changes
meanwhile, is a SnapshotCorrupt.

The client accepts gzip only, and unpacks it here in small pieces: a few kilobytes can unpack to gigabytes, and a gzip
stream that just stops is not an error to the usual decoders. Never more of an answer in memory than one piece.
"""

from __future__ import annotations

import re
import secrets
import zlib
from abc import ABC, abstractmethod
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
import orjson

from stackferry.errors import SnapshotCorrupt
from stackferry.io.http.attempt_errors import CONNECTION_ERRORS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
    from typing import Self

    from stackferry.model import FormPart, Request

PIECE = 1 << 20  # bytes unpacked at a time
_BUFFERED_CHUNKS = 1000  # at most so many may be left in the buffer of a closed connection
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)  # possessive: linear on any input
_GZIP = zlib.MAX_WBITS | 16


class BodyBroken(Exception):
    """The body is not what its headers announce; the text is the reason."""


class BodyTooBig(Exception):
    """The body is larger than the caller allows."""


class _Inflater:
    """Unpacks gzip, of one member or several, a bounded piece at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            self._begun = True
            try:
                piece = self._member.decompress(data, PIECE)
            except zlib.error as error:
                raise BodyBroken(f"its gzip encoding is damaged ({error})") from None
            if piece:
                yield piece
            data = self._member.unconsumed_tail or self._member.unused_data

    def finish(self) -> None:
        if self._begun and not self._member.eof:
            raise BodyBroken("its gzip encoding stops before the end")


class Decoder:
    """Turns the bytes on the wire into the body: `feed` them as they come, then `finish`.

    Both raise BodyBroken when the bytes are not as many as `announced` (Content-Length) or the encoding is
    damaged or unknown, and BodyTooBig as soon as there are more than `max_size` decoded bytes.
    """

    def __init__(self, *, encoding: str, announced: str | None, max_size: int | None) -> None:
        self._inflater = _inflater(encoding)
        self._length = _length(announced)
        self._max_size = max_size
        self._received = self._decoded = 0
        if max_size is not None and self._length is not None and self._length > max_size:
            raise BodyTooBig(f"{self._length} bytes are announced and {max_size} allowed")

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode some bytes, a bounded piece at a time; iterate it to the end before the next call."""
        self._received += len(data)
        for piece in self._inflater.feed(data) if self._inflater else (data,):
            self._decoded += len(piece)
            if self._max_size is not None and self._decoded > self._max_size:
                raise BodyTooBig(f"more than {self._max_size} bytes came")
            yield piece

    def finish(self) -> None:
        """No more bytes will come."""
        # The length first: it says best what is wrong where both are.
        if self._length is not None and self._received != self._length:
            raise BodyBroken(f"{self._received} of {self._length} announced bytes came")
        if self._inflater:
            self._inflater.finish()


def _inflater(encoding: str) -> _Inflater | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Inflater()
        case other:
            raise BodyBroken(f"it is encoded as {other!r}, which was not asked for")


def _length(announced: str | None) -> int | None:
    if announced is None:
        return None
    if not (announced.isascii() and announced.isdigit()):
        raise BodyBroken(f"its Content-Length is {announced!r}")
    return int(announced)


class AnswerBody:
    """The decoded body of an answer. It reads the raw stream, because the library unpacks without bounds.

    It is an iterator and not a generator, so that leaving it in the middle leaves nothing unfinished.
    """

    def __init__(self, answer: httpx.Response, *, max_size: int | None) -> None:
        if not isinstance(answer.stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous client answers with asynchronous streams")
        headers = answer.headers
        announced = None if "transfer-encoding" in headers else headers.get("content-length")
        self._answer = answer
        self._raw = aiter(answer.stream)
        encoding = headers.get("content-encoding", "")
        self._decoder = Decoder(encoding=encoding, announced=announced, max_size=max_size)
        self._ready: Iterator[bytes] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while (piece := next(self._ready, None)) is None:
            try:
                data = await anext(self._raw)
            except StopAsyncIteration:
                self._decoder.finish()
                raise
            self._ready = self._decoder.feed(data)
        return piece

    async def aclose(self) -> None:
        """Close the connection, then read what is left in its buffer: that ends the library's generators."""
        await self._answer.aclose()
        with suppress(StopAsyncIteration, *CONNECTION_ERRORS):
            for _ in range(_BUFFERED_CHUNKS):
                await anext(self._raw)


def closes(body: bytes | bytearray) -> bool:
    """Whether every string and bracket of a JSON text is closed.

    Of a body without a length, or with a wrong one, nothing else shows that it was not cut short.
    """
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        # It also refuses JSON that is complete, such as numbers that it cannot hold.
        return _all_closed(body)
    return True


def _all_closed(body: bytes | bytearray) -> bool:
    rest = _STRING.sub(b"", body)
    return (
        bool(body.strip())
        and b'"' not in rest
        and rest.count(b"{") == rest.count(b"}")
        and rest.count(b"[") == rest.count(b"]")
    )


READ_PIECE = 1 << 18  # bytes read at a time

# The characters that would end a quoted name, written as browsers do (WHATWG HTML, multipart form data).
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class WholeBody(httpx.ByteStream):
    """Bytes as the whole body. Unlike httpx's own it is no generator: trio reports one that is not read to its end."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Single(self._body)


class _Single:
    """An iterator of one piece."""

    def __init__(self, piece: bytes) -> None:
        self._left = [piece]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


class Upload(httpx.AsyncByteStream, ABC):
    """A body that is read while it is sent. Whoever sends it closes it: an exchange may end before its last piece."""

    media_type: str
    length: int

    def __init__(self) -> None:
        self._reading: AsyncGenerator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._reading = self._pieces()
        return self._reading

    @abstractmethod
    def _pieces(self) -> AsyncGenerator[bytes]:
        """The body from its beginning."""

    async def aclose(self) -> None:
        """Close the file that is being read, also where the exchange was cancelled."""
        if self._reading is not None:
            with anyio.CancelScope(shield=True):
                await self._reading.aclose()


class FileBody(Upload):
    """A file as the whole body."""

    def __init__(self, path: Path, media_type: str) -> None:
        super().__init__()
        self._path = path
        self.media_type = media_type
        self.length = _size(path)

    def _pieces(self) -> AsyncGenerator[bytes]:
        return _read(self._path, self.length)


class Form(Upload):
    """A multipart form."""

    def __init__(self, parts: Sequence[FormPart]) -> None:
        super().__init__()
        self._boundary = secrets.token_hex(16)
        self._parts = [(self._head(part), part.content, _size(part.content)) for part in parts]
        self._tail = f"--{self._boundary}--\r\n".encode()
        self.media_type = f"multipart/form-data; boundary={self._boundary}"
        self.length = sum(len(head) + size + 2 for head, _, size in self._parts) + len(self._tail)

    def _head(self, part: FormPart) -> bytes:
        disposition = f'form-data; name="{part.name.translate(_QUOTED)}"'
        if part.filename is not None:
            disposition += f'; filename="{part.filename.translate(_QUOTED)}"'
        lines = [f"--{self._boundary}", f"Content-Disposition: {disposition}"]
        if part.media_type:
            # A media type comes from content: one with line breaks in it could add headers.
            kind = part.media_type if part.media_type.isprintable() else "application/octet-stream"
            lines.append(f"Content-Type: {kind}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        """In few pieces: between two of them other tasks may take their time."""
        ready = bytearray()
        async with aclosing(self._small_pieces()) as pieces:
            async for piece in pieces:
                ready += piece
                if len(ready) >= READ_PIECE:
                    yield bytes(ready)
                    ready.clear()
        yield bytes(ready)

    async def _small_pieces(self) -> AsyncGenerator[bytes]:
        for head, content, size in self._parts:
            yield head
            if isinstance(content, Path):
                async with aclosing(_read(content, size)) as pieces:
                    async for piece in pieces:
                        yield piece
            else:
                yield content
            yield b"\r\n"
        yield self._tail


def upload_of(request: Request) -> Upload | None:
    """What is read from disk while a request is sent. Raises SnapshotCorrupt for a file that cannot be read."""
    if request.file is not None:
        return FileBody(request.file, request.media_type)
    return Form(request.parts) if request.parts else None


def _size(content: bytes | Path) -> int:
    if isinstance(content, bytes):
        return len(content)
    try:
        return content.stat().st_size
    except OSError as error:
        raise SnapshotCorrupt(f"cannot read {content}: {error.strerror}") from error


async def _read(path: Path, size: int) -> AsyncGenerator[bytes]:
    """The file's bytes. A file that changes while it is read is reported, never sent as if it were complete."""
    sent = 0
    try:
        async with await anyio.open_file(path, "rb") as file:
            while piece := await file.read(READ_PIECE):
                sent += len(piece)
                if sent > size:
                    break
                yield piece
    except OSError as error:
        raise SnapshotCorrupt(f"cannot read {path}: {error.strerror}") from error
    if sent != size:
        raise SnapshotCorrupt(f"{path} changed while it was sent: verify the snapshot, then run again")
