"""A map in which a key stands twice: the vendor's CLI appends pages to a file and checks nothing.

Only the outermost map may repeat a key here; each value is read exactly, by `jsonio`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from stackferry import jsonio
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
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
    found.append((key, jsonio.loads(text[start:end].encode())))
    return _skip(text, end)


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at
