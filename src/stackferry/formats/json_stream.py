"""JSON objects read member by member, or item by item: those that repeat a key, and those too large for memory.

Some tools append pages to a file without looking what is in it, so the outermost object may repeat a key. Nothing
inside may: each value is read by `exact_json`, to the digit.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_BOM: Final = "\ufeff"
_OPEN: Final = "Unterminated string"  # how the message begins where a text has no end
# What may be the beginning of something that was cut off: a word, a number, an escaped sign.
_BEGUN: Final = re.compile(r"\s*(-|t(ru?)?|f(a(ls?)?)?|n(ul?)?|\\(u[0-9A-Fa-f]{0,3})?)?")
_LONGEST_WORD: Final = 16  # characters that could be the beginning of a word, a number or an escaped sign


class CutShortError(ValueError):
    """The text ends before the object does."""


def stream_members(chunks: Iterator[bytes]) -> Iterator[tuple[str, Json]]:
    """The members of a JSON object that is read in chunks, one at a time.

    Raises ValueError, RecursionError or JsonRefused at the first error, after the members that precede it.
    """
    text = _TextReader(chunks)
    for key in _keys(text):
        yield key, _value(text, ",}")


class Item(NamedTuple):
    """A part of a JSON object. Of a list `number` counts its items from 1; 0 tells that it begins.

    Of any other member `number` is None, and `value` is all of it.
    """

    key: str
    value: Json
    number: int | None


def stream_items(chunks: Iterator[bytes]) -> Iterator[Item]:
    """The members of a JSON object that is read in chunks; of its lists one item at a time.

    Raises ValueError, RecursionError or JsonRefused at the first error, after the items that precede it.
    """
    text = _TextReader(chunks)
    for key in _keys(text):
        if text.peek() == "[":
            yield from _items(text, key)
        else:
            yield Item(key, _value(text, ",}"), None)


def _keys(text: _TextReader) -> Iterator[str]:
    """The keys of the object, each when its value comes next."""
    if text.peek() == _BOM:
        text.peek(skip=1)
    text.expect("{")
    if text.peek(skip=1) == "}":
        text.peek(skip=1)
    else:
        yield from _keys_of_members(text)
    if text.peek():
        raise ValueError("something follows the object")


def _keys_of_members(text: _TextReader) -> Iterator[str]:
    mark = ","
    while mark == ",":
        key = json.loads(text.value())
        if not isinstance(key, str):
            raise ValueError("not a member of an object")  # noqa: TRY004 - a damaged file, no mistake of ours
        text.expect(":")
        text.peek(skip=1)
        yield key
        mark = text.expect(",}")
        text.peek(skip=1)


def _items(text: _TextReader, key: str) -> Iterator[Item]:
    yield Item(key, None, 0)
    number, mark = 0, text.peek(skip=1)
    while mark != "]":
        number += 1
        yield Item(key, _value(text, ",]"), number)
        mark = text.peek()
        if mark == "," and text.peek(skip=1) == "]":
            raise ValueError("a comma before the end of a list")
    text.peek(skip=1)


def _value(text: _TextReader, ends: str) -> Json:
    """The next value, where one of these signs follows it.

    Where it is indented, all of it is moved to the left: `exact_json` reads that layout fast.
    """
    indent = text.indent
    written = text.value()
    found = exact_json.loads((written.replace(f"\n{indent}", "\n") if indent else written).encode())
    text.expect(ends)
    return found


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
        self._text, self._at, self._blanks = "", 0, ""

    @property
    def indent(self) -> str:
        """The blanks before what comes next, if a line begins with them."""
        before = self._blanks.rpartition("\n")
        return before[2] if before[1] else ""

    def peek(self, *, skip: int = 0) -> str:
        """Consume `skip` characters and all white space; return the next character, which stays, or "" at the end."""
        self._at += skip
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            if blanks and blanks.end() > self._at:
                self._blanks, self._at = blanks.group(), blanks.end()
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def expect(self, signs: str) -> str:
        """The next character, which stays. Raises where it is none of these, CutShortError at the end."""
        mark = self.peek()
        if not mark:
            raise CutShortError("it ends before the object does")
        if mark not in signs:
            raise ValueError(f"{mark!r} where one of {' '.join(signs)} belongs")
        return mark

    def value(self) -> str:
        """Consume the next JSON value and return its text."""
        while True:
            try:
                end = self._scan(self._text, self._at)[1]
            except json.JSONDecodeError as error:
                if self._is_wrong(error):
                    raise
                if self._more():
                    continue
                if _BEGUN.fullmatch(self._text, error.pos) or error.msg.startswith(_OPEN):
                    raise CutShortError(str(error)) from error
                raise
            # A value that ends with the text may be the first digits of a longer number.
            if end < len(self._text) or not self._more():
                break
        found, self._at = self._text[self._at : end], end
        return found

    def _is_wrong(self, error: json.JSONDecodeError) -> bool:
        """Whether more text would not make it right: what is wrong stands before the end of what was read."""
        return not error.msg.startswith(_OPEN) and error.pos < len(self._text) - _LONGEST_WORD

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
