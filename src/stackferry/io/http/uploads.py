"""Request bodies that are streamed from disk: a file as it is, or a multipart form (RFC 7578) with files in it.

The length is known before a byte is read. A body can be sent again, for a second attempt: its files are opened anew and
read in pieces on a thread, so that an upload neither holds a file in memory nor blocks the event loop.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from stackferry.errors import SnapshotCorrupt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from stackferry.model import FormPart, Request

PIECE = 1 << 18  # bytes read at a time

# The characters that would end a quoted name, written as browsers do (WHATWG HTML, multipart form data).
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class FileBody:
    """A file as the whole body."""

    def __init__(self, path: Path, media_type: str) -> None:
        self._path = path
        self.media_type = media_type
        self.length = _size(path)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in _read(self._path, self.length):
            yield piece


class Form:
    """A multipart form."""

    def __init__(self, parts: Sequence[FormPart]) -> None:
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

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The form in few pieces: between two of them other tasks may take their time."""
        ready = bytearray()
        async for piece in self._pieces():
            ready += piece
            if len(ready) >= PIECE:
                yield bytes(ready)
                ready.clear()
        yield bytes(ready)

    async def _pieces(self) -> AsyncIterator[bytes]:
        for head, content, size in self._parts:
            yield head
            if isinstance(content, Path):
                async for piece in _read(content, size):
                    yield piece
            else:
                yield content
            yield b"\r\n"
        yield self._tail


def streamed_body(request: Request) -> FileBody | Form | None:
    """The body of a request that is streamed; None if it has none, or has its bytes at hand.

    Raises SnapshotCorrupt if a file cannot be read. So does iterating a body, also if a file has changed.
    """
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


async def _read(path: Path, size: int) -> AsyncIterator[bytes]:
    """The file's bytes. A file that changes while it is read is reported, never sent as if it were complete."""
    sent = 0
    try:
        async with await anyio.open_file(path, "rb") as file:
            while piece := await file.read(PIECE):
                sent += len(piece)
                if sent > size:
                    break
                yield piece
    except OSError as error:
        raise SnapshotCorrupt(f"cannot read {path}: {error.strerror}") from error
    if sent != size:
        raise SnapshotCorrupt(f"{path} changed while it was sent: verify the snapshot, then run again")
