"""Maps that are read member by member: those in which a key stands twice, and those too large for memory.

The vendor's CLI appends pages to a file and checks nothing. Only the outermost map may repeat a key here; each value
is read exactly, by `exact_json`.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_BOM: Final = "\ufeff"


def members(data: bytes) -> list[tuple[str, Json]] | None:
    """The members of a JSON object in their order, a repeated key each time; None if it is nothing like it."""
    text = data.decode().removeprefix(_BOM)
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        return None
    found: list[tuple[str, Json]] = []
    try:
        while text[at] != "}":
            at = _member(text, _skip(text, at + 1), found)
            if text[at] not in ",}":
                return None
    except (ValueError, IndexError, RecursionError, JsonRefused):
        return None
    return found if _skip(text, at + 1) == len(text) else None


def _member(text: str, at: int, found: list[tuple[str, Json]]) -> int:
    """Read one member and tell where what follows it begins."""
    decoder = json.JSONDecoder()
    key, at = decoder.raw_decode(text, at)
    at = _skip(text, at)
    if not isinstance(key, str) or text[at] != ":":
        raise ValueError("not a member of an object")
    start = _skip(text, at + 1)
    end = decoder.raw_decode(text, start)[1]
    found.append((key, exact_json.loads(text[start:end].encode())))
    return _skip(text, end)


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def streamed(chunks: Iterator[bytes]) -> Iterator[tuple[str, Json]]:
    """The same, one member at a time, of a map that comes in pieces.

    Raises ValueError, RecursionError or JsonRefused, after the members before it, where it is nothing like a map.
    """
    text = _Text(chunks)
    sign = text.sign()
    if sign == _BOM:
        sign = text.sign(after=1)
    if sign != "{":
        raise ValueError("not a map")
    if text.sign(after=1) == "}":
        sign = "}"
    while sign != "}":
        key = json.loads(text.value())
        if not isinstance(key, str) or text.sign() != ":":
            raise ValueError("not a member of an object")
        text.sign(after=1)
        value, sign = exact_json.loads(text.value().encode()), text.sign()
        if sign not in (",", "}"):
            raise ValueError("not a map")
        yield key, value
        if sign == ",":
            text.sign(after=1)
    if text.sign(after=1):
        raise ValueError("something follows the map")


class _Text:
    """Text that comes in pieces, and what of it was not taken yet."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._at = "", 0

    def sign(self, *, after: int = 0) -> str:
        """Pass over so many signs and all blanks; tell the sign that comes then, "" at the end."""
        self._at += after
        while True:
            self._at = _skip(self._text, self._at)
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def value(self) -> str:
        """Take the JSON value that comes next."""
        while True:
            try:
                end = self._scan(self._text, self._at)[1]
            except ValueError:
                if not self._more():
                    raise
                continue
            if end < len(self._text) or not self._more():  # else a number may go on
                break
        found, self._at = self._text[self._at : end], end
        return found

    def _more(self) -> bool:
        """Read as much again as is at hand; False where nothing is left."""
        pieces: list[str] = []
        wanted = max(1, len(self._text) - self._at)
        while wanted > 0 and (chunk := next(self._chunks, None)) is not None:
            pieces.append(self._decoder.decode(chunk))
            wanted -= len(pieces[-1])
        if not any(pieces):
            self._decoder.decode(b"", final=True)  # raises where the last sign is cut off
            return False
        self._text, self._at = self._text[self._at :] + "".join(pieces), 0
        return True
