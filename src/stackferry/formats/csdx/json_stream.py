"""JSON objects read member by member: those that repeat a key, and those that are too large for memory.

The vendor's CLI appends pages to a file without looking what is in it, so the outermost object may repeat a key.
Nothing inside may: each value is read by `exact_json`, to the digit.
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


def stream_members(chunks: Iterator[bytes]) -> Iterator[tuple[str, Json]]:
    """The members of a JSON object that is read in chunks, one at a time.

    Raises ValueError, RecursionError or JsonRefused at the first error, after the members that precede it.
    """
    text = _TextReader(chunks)
    mark = text.peek()
    if mark == _BOM:
        mark = text.peek(skip=1)
    if mark != "{":
        raise ValueError("not a JSON object")
    if text.peek(skip=1) == "}":
        mark = "}"
    while mark != "}":
        key = json.loads(text.value())
        if not isinstance(key, str) or text.peek() != ":":
            raise ValueError("not a member of an object")
        text.peek(skip=1)
        value, mark = exact_json.loads(text.value().encode()), text.peek()
        if mark not in (",", "}"):
            raise ValueError("not a JSON object")
        yield key, value
        if mark == ",":
            text.peek(skip=1)
    if text.peek(skip=1):
        raise ValueError("something follows the object")


def all_members(data: bytes) -> list[tuple[str, Json]] | None:
    """The members of a JSON object in their order, repeated keys included; None if it is not a JSON object."""
    try:
        return [*stream_members(iter([data]))]
    except (ValueError, RecursionError, JsonRefused):
        return None


class _TextReader:
    """UTF-8 text that arrives in chunks of any size; holds what was not consumed yet."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._at = "", 0

    def peek(self, *, skip: int = 0) -> str:
        """Consume `skip` characters and all white space; return the next character, which stays, or "" at the end."""
        self._at += skip
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def value(self) -> str:
        """Consume the next JSON value and return its text."""
        while True:
            try:
                end = self._scan(self._text, self._at)[1]
            except ValueError:
                if not self._more():
                    raise
                continue
            # A value that ends with the text may be the first digits of a longer number.
            if end < len(self._text) or not self._more():
                break
        found, self._at = self._text[self._at : end], end
        return found

    def _more(self) -> bool:
        """Read on; False at the end. Each call doubles the text, so that a long value is scanned few times."""
        pieces: list[str] = []
        wanted = max(1, len(self._text) - self._at)  # characters
        while wanted > 0 and (chunk := next(self._chunks, None)) is not None:
            pieces.append(self._decoder.decode(chunk))
            wanted -= len(pieces[-1])
        if not any(pieces):
            self._decoder.decode(b"", final=True)  # raises where the last character is cut off
            return False
        self._text, self._at = self._text[self._at :] + "".join(pieces), 0
        return True
