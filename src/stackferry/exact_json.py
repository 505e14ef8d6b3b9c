"""JSON that is read and written without loss: a document that is read and written again has the same values.

`loads` gives plain Python values. A number that a plain `int` or `float` would write in another way than it
was written (`1E2`, `0.1000`, `-0`, `1e400`) becomes an `ExactFloat`, a float that keeps its text.
`dumps` gives the canonical form: keys sorted by code point, UTF-8, no blanks, no newline. Strings are kept by
value (`"\\u00e9"` is written `é`), half a surrogate pair is kept as its escape, numbers are kept by text.

A document that cannot be kept exactly raises `JsonRefused`, with the reason and the path: a key given twice, `NaN`,
bytes that are not UTF-8, a document cut short or followed by something, more than `MAX_DEPTH` levels.

`loads` tries three readers, each slower and more exact than the one before. orjson is fast but rounds numbers and
drops repeated keys silently, so its result is used only where writing it again gives the same bytes: that proves that
nothing was lost. Else the standard library reads, with hooks for every number and key. What it cannot read goes to
`_Reader`, which needs no call stack and knows the path of every value: it reads the document or says what is wrong.

This module must never repair a document, and never interpret one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

import orjson

from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from stackferry.model import Json

    # A generator that yields the generators whose results it needs: recursion without the call stack.
    Steps: TypeAlias = Generator["Steps", Json, Json]

MAX_DEPTH: Final = 1024
"""How deep arrays and objects may be nested. The limit of orjson."""

_MAX_DIGITS: Final = 4_000  # Python refuses to convert more than 4,300, because that takes quadratic time
_BOM: Final = b"\xef\xbb\xbf"
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NUMBER_TEXT: Final = re.compile(_NUMBER)
_STRING: Final = r'"[^"\\\x00-\x1f]*+(?:\\["\\/bfnrtu][^"\\\x00-\x1f]*+)*+"'
_LEXEME: Final = re.compile(rf"[\[\]{{}}:,]|{_STRING}|{_NUMBER}(?![0-9.eE+-])|true|false|null")
_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_NOT_JSON: Final = re.compile(r"-?Infinity|NaN|[+-]?[0-9.][0-9.eE+-]*")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_WORDS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None}
_STRICT: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


class ExactFloat(float):
    """A number that keeps the text it was written with, where Python would write another.

    It computes as a float does. It equals a number that is written with the same text and no other: `1E2` is
    neither `100.0` nor `1e2` here, because writing one for the other would change the document. Equal numbers
    have equal hashes. Raises `ValueError` for a text that is not a JSON number.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> ExactFloat:
        if not _NUMBER_TEXT.fullmatch(text):
            raise ValueError(f"not a JSON number: {text[:40]!r}")
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool) or not isinstance(other, int | float):
            return NotImplemented
        # Values first, because that is cheap and avoids making a text of a huge integer.
        return float.__eq__(self, other) is True and self.text == _number_text(other)

    def __ne__(self, other: object) -> bool:
        return not self == other  # float has a "!=" of its own, which compares values only

    __hash__ = float.__hash__

    def __repr__(self) -> str:
        return f"ExactFloat({self.text!r})"

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]  # float is copied by its value, this one by text
        return (self.text,)


def loads(data: bytes) -> Json:
    """Read one JSON document. One byte-order mark at its start is ignored.

    Raises `JsonRefused` when its values cannot all be kept exactly.
    """
    document = data.removeprefix(_BOM)
    try:
        value: Json = orjson.loads(document)
        # Many files are indented by two: written in the same layout they can be compared as well.
        layout = orjson.OPT_INDENT_2 if document[1:2] == b"\n" else 0
        if orjson.dumps(value, option=layout) == document.strip():
            return value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return _loads_slowly(document)


def dumps(value: Json) -> bytes:
    """Write a value in the canonical form: equal documents give equal bytes.

    Raises `JsonRefused` for what JSON cannot hold: a float that is not finite, a key that is not a text, a
    Python object, two halves of a surrogate pair that were kept apart, more than `MAX_DEPTH` levels.
    """
    try:
        data = orjson.dumps(value, default=_fragment, option=_STRICT)
        # orjson writes NaN and infinity as null; reading back shows whether each null was a None.
        if b"null" not in data or loads(data) == value:
            return data
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return _Writer().write(value)


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, ExactFloat):
        return orjson.Fragment(value.text)
    raise TypeError(type(value).__name__)


def _number_text(number: float) -> str:
    if isinstance(number, ExactFloat):
        return number.text
    return str(int(number)) if isinstance(number, int) else orjson.dumps(float(number)).decode()


def _exact_float(text: str) -> float:
    number = float(text)
    return number if orjson.dumps(number).decode() == text else ExactFloat(text)


def _exact_int(text: str) -> float:
    # An int has no minus zero.
    if text == "-0" or len(text) > _MAX_DIGITS:
        return ExactFloat(text)
    return int(text)


def _loads_slowly(document: bytes) -> Json:
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        raise JsonRefused(f"not UTF-8: byte {error.start} is 0x{document[error.start]:02x}") from None
    try:
        value: Json = _HOOKED.decode(text)
        if _is_shallow(value):
            return value
    except (ValueError, RecursionError):
        pass  # `_Reader` reads it, or reports what is wrong and where
    return _Reader(text).read()


def _dict_of_pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # orjson keeps the last of several values silently, and so would a plain dict.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is given twice")
    return result


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(text)


_HOOKED: Final = json.JSONDecoder(
    object_pairs_hook=_dict_of_pairs,
    parse_int=_exact_int,
    parse_float=_exact_float,
    parse_constant=_not_a_number,
)


def _is_shallow(value: Json) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return True
        level = [child for container in level for child in _children(container)]
    return not level


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _on_heap(steps: Steps) -> Json:
    """Run steps to their end, with those that wait for another in a list instead of on the call stack."""
    waiting = [steps]
    value: Json = None
    while waiting:
        try:
            waiting.append(waiting[-1].send(value))
            value = None
        except StopIteration as done:
            waiting.pop()
            value = done.value
    return value


class _Walk:
    """The current path in a document, for the message of a refusal (a JSON pointer, RFC 6901)."""

    def __init__(self) -> None:
        self._path: list[str | int] = []

    def _refuse(self, reason: str) -> NoReturn:
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in self._path)
        raise JsonRefused(reason, "".join(f"/{step}" for step in steps))

    def _enter(self) -> None:
        if len(self._path) >= MAX_DEPTH:
            self._refuse(f"more than {MAX_DEPTH:,} levels of nesting")
        self._path.append(0)


class _Reader(_Walk):
    """Reads any document that JSON allows, token by token in Python: slow, and used only where the others fail."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._at = 0

    def read(self) -> Json:
        value = _on_heap(self._value(self._next()))
        if self._skip_blanks() < len(self._text):
            self._refuse(f"something follows the document, from character {self._at}")
        return value

    def _skip_blanks(self) -> int:
        blanks = _BLANKS.match(self._text, self._at)
        self._at = blanks.end() if blanks else self._at
        return self._at

    def _next(self) -> str:
        match = _LEXEME.match(self._text, self._skip_blanks())
        if not match:
            self._refuse(self._what_is_wrong())
        self._at = match.end()
        return match.group()

    def _what_is_wrong(self) -> str:
        rest = self._text[self._at : self._at + 40]
        if odd := _NOT_JSON.match(rest):
            return f"{odd.group()} is not a JSON number"
        if not rest or (rest[0] == '"' and '"' not in self._text[self._at + 1 :]):
            return f"the document is cut short after {len(self._text):,} characters"
        if any(word.startswith(self._text[self._at :]) for word in _WORDS):
            return f"the document is cut short after {len(self._text):,} characters"
        return f"not JSON from character {self._at}: {rest[:20]!r}"

    def _value(self, lexeme: str) -> Steps:
        if lexeme == "{":
            return (yield self._object())
        if lexeme == "[":
            return (yield self._array())
        return self._scalar(lexeme)

    def _scalar(self, lexeme: str) -> Json:
        if lexeme[0] == '"':
            return self._string(lexeme)
        if lexeme in _WORDS:
            return _WORDS[lexeme]
        if lexeme in "]}:,":
            self._refuse(f"not JSON: {lexeme!r} at character {self._at - 1}")
        return _exact_float(lexeme) if set(lexeme) & set(".eE") else _exact_int(lexeme)

    def _string(self, lexeme: str) -> str:
        try:
            text: str = json.loads(lexeme)
        except ValueError:
            self._refuse(f"not a JSON text before character {self._at}: {lexeme[:20]!r}")
        return text

    def _array(self) -> Steps:
        items: list[Json] = []
        self._enter()
        lexeme = self._next()
        while lexeme != "]":
            items.append((yield self._value(lexeme)))
            self._path[-1] = len(items)
            lexeme = self._separator("]")
        self._path.pop()
        return items

    def _object(self) -> Steps:
        members: dict[str, Json] = {}
        self._enter()
        lexeme = self._next()
        while lexeme != "}":
            key = self._key(lexeme, members)
            members[key] = yield self._value(self._next())
            lexeme = self._separator("}")
        self._path.pop()
        return members

    def _separator(self, end: str) -> str:
        lexeme = self._next()
        if lexeme == end:
            return lexeme
        if lexeme != ",":
            self._refuse(f"not JSON: {lexeme[:20]!r} before character {self._at}, not ',' or '{end}'")
        lexeme = self._next()
        if lexeme == end:
            self._refuse(f"not JSON: ',' before '{end}' at character {self._at - 1}")
        return lexeme

    def _key(self, lexeme: str, members: dict[str, Json]) -> str:
        if lexeme[0] != '"':
            self._refuse(f"not JSON: {lexeme[:20]!r} before character {self._at} where a key belongs")
        key = self._path[-1] = self._string(lexeme)
        if key in members:
            self._refuse("a key is given twice")
        if (colon := self._next()) != ":":
            self._refuse(f"not JSON: {colon[:20]!r} before character {self._at}, not ':'")
        return key


class _Writer(_Walk):
    """Writes any value that JSON can hold, in the form that orjson gives what it can write."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def write(self, value: Json) -> bytes:
        _on_heap(self._value(value))
        return b"".join(self._pieces)

    def _value(self, value: Json) -> Steps:
        if isinstance(value, dict):
            yield self._object(value)
        elif isinstance(value, list | tuple):
            yield self._array(value)
        else:
            self._pieces.append(self._scalar(value))
        return None

    def _scalar(self, value: Json) -> bytes:
        if isinstance(value, str):
            return self._string(value)
        if value is None or isinstance(value, bool):
            return orjson.dumps(value)
        if not isinstance(value, int | float):
            self._refuse(f"JSON has no place for a {type(value).__name__}")
        text = _number_text(value)
        if text == "null":  # what orjson writes for NaN and infinity
            self._refuse(f"JSON has no number for {value!r}")
        return text.encode()

    def _string(self, text: str) -> bytes:
        if _PAIR.search(text):
            self._refuse(
                "two halves of a surrogate pair are adjacent; as JSON they would become one character"
            )
        whole = _SURROGATE.split(text)
        halves = [f"\\u{ord(half):04x}".encode() for half in _SURROGATE.findall(text)]
        pieces = [orjson.dumps(piece)[1:-1] for piece in whole]
        return b'"%b"' % b"".join(a + b for a, b in zip(pieces, [*halves, b""], strict=True))

    def _array(self, items: Iterable[Json]) -> Steps:
        self._enter()
        self._pieces.append(b"[")
        for index, item in enumerate(items):
            self._path[-1] = index
            self._pieces.append(b"," if index else b"")
            yield self._value(item)
        self._pieces.append(b"]")
        self._path.pop()
        return None

    def _object(self, members: dict[str, Json]) -> Steps:
        self._enter()
        self._pieces.append(b"{")
        for index, key in enumerate(self._sorted_keys(members)):
            self._path[-1] = key
            self._pieces += (b"," if index else b"", self._string(key), b":")
            yield self._value(members[key])
        self._pieces.append(b"}")
        self._path.pop()
        return None

    def _sorted_keys(self, members: dict[str, Json]) -> list[str]:
        for key in members:
            if not isinstance(key, str):
                self._path[-1] = str(key)
                self._refuse("a key is not a text")
        return sorted(members)
