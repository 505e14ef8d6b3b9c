"""Bodies of answers: complete, decoded and bounded, or not at all.

The client asks for gzip only, and unpacks it here in small pieces: a few kilobytes can unpack to
gigabytes, and a gzip stream that just stops is not an error to the usual decoders.
This module must never hold more of a body than one piece.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterator

PIECE = 1 << 20  # bytes unpacked at a time
_GZIP = zlib.MAX_WBITS | 16


class BodyBroken(Exception):  # noqa: N818 - named for the condition, as in errors.py
    """The body is not what its headers announce. The text says how."""


class BodyTooBig(Exception):  # noqa: N818 - named for the condition, as in errors.py
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


async def pieces(
    raw: AsyncIterable[bytes], *, encoding: str, announced: str | None, most: int | None
) -> AsyncIterator[bytes]:
    """The decoded body, piece by piece.

    Raises BodyBroken when the bytes on the wire are not as many as `announced` (Content-Length) or the
    encoding is damaged or unknown, and BodyTooBig as soon as more than `most` decoded bytes came.
    """
    decoder = _decoder(encoding)
    length = _length(announced)
    if most is not None and length is not None and length > most:
        raise BodyTooBig(f"{length} bytes are announced and {most} allowed")
    received = decoded = 0
    async for data in raw:
        received += len(data)
        for piece in decoder.feed(data):
            decoded += len(piece)
            if most is not None and decoded > most:
                raise BodyTooBig(f"more than {most} bytes came")
            yield piece
    if length is not None and received != length:
        raise BodyBroken(f"{received} of {length} announced bytes came")
    decoder.finish()


def _decoder(encoding: str) -> _Inflater | _Plain:
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
