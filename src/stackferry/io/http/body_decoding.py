"""Bodies of answers: complete, decoded and bounded, or not at all.

The client accepts gzip only, and unpacks it here in small pieces: a few kilobytes can unpack to gigabytes, and a gzip
stream that just stops is not an error to the usual decoders. No I/O here, and never more of a body in memory than one
piece.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1 << 20  # bytes unpacked at a time
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


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        pass


class Decoder:
    """Turns the bytes on the wire into the body: `feed` them as they come, then `finish`.

    Both raise BodyBroken when the bytes are not as many as `announced` (Content-Length) or the encoding is
    damaged or unknown, and BodyTooBig as soon as there are more than `max_size` decoded bytes.
    """

    def __init__(self, *, encoding: str, announced: str | None, max_size: int | None) -> None:
        self._encoding = _coding(encoding)
        self._length = _length(announced)
        self._max_size = max_size
        self._received = self._decoded = 0
        if max_size is not None and self._length is not None and self._length > max_size:
            raise BodyTooBig(f"{self._length} bytes are announced and {max_size} allowed")

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode some bytes, a bounded piece at a time; iterate it to the end before the next call."""
        self._received += len(data)
        for piece in self._encoding.feed(data):
            self._decoded += len(piece)
            if self._max_size is not None and self._decoded > self._max_size:
                raise BodyTooBig(f"more than {self._max_size} bytes came")
            yield piece

    def finish(self) -> None:
        """No more bytes will come."""
        if self._length is not None and self._received != self._length:
            raise BodyBroken(f"{self._received} of {self._length} announced bytes came")
        self._encoding.finish()


def _coding(encoding: str) -> _Inflater | _Plain:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
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
