"""JSON for people: the same values to the digit, one to a line.

It works on the canonical text and never on values, so that nothing can be rounded on the way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\{\}|\[\]|[\[\]{}:,]|[^\[\]{}:,"]+')
_INDENT = "  "


def pretty(canonical: str) -> str:
    """The document with line breaks and indents. `canonical` is what `exact_json.dumps` gives."""
    return "".join(_pieces(canonical))


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
