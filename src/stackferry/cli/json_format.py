"""JSON for people: the same values to the digit, one to a line.

It works on the canonical text and never on values, so that nothing can be rounded on the way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\{\}|\[\]|[\[\]{}:,]|[^\[\]{}:,"]+')
_INDENT = "  "


def pretty(value: Json) -> str:
    """A value as JSON with line breaks and indents."""
    from stackferry import exact_json

    return "".join(_pieces(exact_json.dumps(value).decode()))


def _pieces(canonical: str) -> Iterator[str]:
    depth = 0
    for match in _PIECE.finditer(canonical):
        piece = match.group()
        if piece in ("{", "["):
            depth += 1
            yield f"{piece}\n{_INDENT * depth}"
        elif piece in ("}", "]"):
            depth -= 1
            yield f"\n{_INDENT * depth}{piece}"
        elif piece == ",":
            yield f",\n{_INDENT * depth}"
        elif piece == ":":
            yield ": "
        else:
            yield piece
