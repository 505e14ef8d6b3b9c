"""Evidence as CSV (RFC 4180, UTF-8) that a spreadsheet opens without running anything of it.

A spreadsheet takes a cell for a formula that begins with one of a few signs, blanks before it or not. Names and
comments are other people's, so an apostrophe goes before such a sign; the exact words are in the JSON. A spreadsheet
that is told to part cells at semicolons, tabs or lines would see more beginnings, so these count too.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from stackferry.formats.evidence.cells import parts
from stackferry.providers.evidence import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject

_FORMULA: Final = re.compile(
    r"""((?:^|[;\t\r\n\v\f\x85\u2028\u2029])[\s"'\x00-\x1f\ufeff\u200b]*)([=+\-@＝＋－＠])"""
)
_CONTROLS: Final = frozenset("\t\r\n")
_BETWEEN: Final = "; "
_ROWS: Final = 200  # rows a piece


def table(rows: Iterable[JsonObject]) -> Iterator[bytes]:
    """The file, in pieces."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(row, column) for column in COLUMNS])
        if number % _ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return piece.encode("utf-8", "replace")  # half a surrogate pair, which JSON may hold, has no bytes


def _cell(row: JsonObject, column: str) -> str:
    return safe(_BETWEEN.join(parts(row, column)))


def safe(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    clean = _FORMULA.sub(r"\1'\2", words.replace("\0", "\ufffd"))
    return f"'{clean}" if clean[:1] in _CONTROLS else clean
