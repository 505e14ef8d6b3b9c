"""The table: no cell is a formula, however a spreadsheet parts cells; and nothing of a row is left out."""

from __future__ import annotations

import csv
import io
import re

import pytest

from stackferry.formats.evidence.table import safe, table
from stackferry.providers.evidence import COLUMNS

HOSTILE = (
    "=cmd()",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "  =1",
    '"=1',
    "'=1",
    "＝1",
    "\ufeff=1",
    "a; =1",
    'a;"=1',
    "a\n-b",
    "a\t@b",
    "\x00=1",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_no_part_of_a_cell_begins_as_a_formula(words: str) -> None:
    """Whether it is parted at semicolons, tabs or lines, or not at all; quotes and blanks before it or not."""
    written = safe(words)
    assert not [
        part for part in re.split(r"[;\t\r\n]", written) if part.strip('" \t\ufeff')[:1] in "=+-@＝" and part
    ]
    assert written[0] not in "\t\r\n"
    assert written.replace("'", "") == words.replace("'", "").replace("\0", "\ufffd")


@pytest.mark.parametrize(
    "words", ["Release-1", "a-b; c=d", "1 + 1", "x@fabrikam.example", "2026-01-01T00:00:00Z", ""]
)
def test_what_is_no_formula_stays_as_it_is(words: str) -> None:
    assert safe(words) == words


def test_hostile_values_come_back_from_a_reader() -> None:
    value = 'quote " comma , line\nend; ' + "x" * 10_000 + " \ud800"
    row = dict.fromkeys(COLUMNS) | {
        "release": value,
        "keep_forever": True,
        "attempt": 3,
        "marks": ["one", "two"],
    }
    row |= {key: [] for key in ("artifacts", "approvals", "gates", "interventions")}
    content = b"".join(table([row])).decode()
    (_, line) = csv.reader(io.StringIO(content, newline=""))
    cells = dict(zip(COLUMNS, line, strict=True))
    assert cells["release"] == value.replace("\ud800", "?")
    assert (cells["keep_forever"], cells["attempt"], cells["marks"]) == ("true", "3", "one; two")
    assert cells["vanished"] == ""
