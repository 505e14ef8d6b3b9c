"""The forms in which identities lie in a file: lines of JSON, one JSON document, or a table for a spreadsheet.

The name of the file says which: `.json` is a document, `.csv` a table, any other name lines. Each is read and written
line by line. A table says the two places in each row, and no cell of it is taken for a formula; what is done to a
cell for that is undone when it is read.
"""

from __future__ import annotations

import csv
import io
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject

FORMAT: Final = 1
_COLUMNS: Final = ("kind", "source", "target", "source_place", "target_place")
_ESCAPES: Final = {"\\": "\\\\", "\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r", ";": "\\:"}
_MEANT: Final = {escape[1]: sign for sign, escape in _ESCAPES.items()}


class Row(NamedTuple):
    """One identity: an object of the source, and what it is in the target."""

    kind: str
    source: str
    target: str


class Head(NamedTuple):
    """Which two places a file is about."""

    source: str
    target: str

    def as_json(self) -> JsonObject:
        return {"format": FORMAT, "source": self.source, "target": self.target}


def written(name: str, head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    """The content of a file of this name."""
    if name.endswith(".csv"):
        return _table(head, rows)
    return _document(head, rows) if name.endswith(".json") else _lines(head, rows)


def read(name: str, lines: Iterator[bytes]) -> Iterator[JsonObject]:
    """The head of a file and then its rows, as JSON; of a table without rows nothing.

    Raises JsonRefused or ValueError for what is no such file.
    """
    if name.endswith(".csv"):
        yield from _from_table(lines)
        return
    first = next(lines, b"")
    if not first:  # of a file that is not there yet
        return
    if name.endswith(".json") and not _is_whole(first):
        document = as_object(exact_json.loads(b"".join([first, *lines])))
        yield {key: value for key, value in document.items() if key != "identities"}
        yield from objects(document.get("identities"))
        return
    for line in chain([first], lines):
        yield _object(line)


def _object(line: bytes) -> JsonObject:
    found = as_object(exact_json.loads(line))
    if not found:
        raise ValueError("no JSON object, or an empty one")
    return found


def _is_whole(line: bytes) -> bool:
    """Whether a line is an object by itself that holds no list: a file of lines."""
    try:
        return "identities" not in as_object(exact_json.loads(line))
    except JsonRefused:
        return False


def _lines(head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    yield exact_json.dumps(head.as_json()) + b"\n"
    yield from (_encoded(row) + b"\n" for row in rows)


def _encoded(row: Row) -> bytes:
    return exact_json.dumps({"kind": row.kind, "source": row.source, "target": row.target})


def _document(head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    """One identity a line, so that `grep` and `diff` work on it."""
    yield exact_json.dumps(head.as_json())[:-1] + b',"identities":['
    separator = b"\n"
    for row in rows:
        yield separator + _encoded(row)
        separator = b",\n"
    yield b"\n]}\n"


def _table(head: Head, rows: Iterable[Row]) -> Iterator[bytes]:
    yield _csv(_COLUMNS)
    yield from (_csv([_cell(value) for value in (*row, head.source, head.target)]) for row in rows)


def _csv(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula, wherever it parts lines into cells."""
    shown = "".join(_ESCAPES.get(sign, sign) for sign in value)
    return shown if shown[:1].isalnum() else f"'{shown}"


def _meant(cell: str) -> str:
    signs = iter(cell[cell.startswith("'") :])
    return "".join(_MEANT.get(next(signs, ""), "\ufffd") if sign == "\\" else sign for sign in signs)


def _from_table(lines: Iterator[bytes]) -> Iterator[JsonObject]:
    decoded = (line.decode("utf-8-sig", "surrogatepass") for line in lines)
    head: JsonObject = {}
    table = csv.DictReader(decoded)
    if table.fieldnames is not None and not {*_COLUMNS} <= {*table.fieldnames}:
        raise ValueError("no columns of identities")
    for row in table:
        cells = {name: _meant(text(row.get(name))) for name in _COLUMNS}
        own: JsonObject = Head(cells["source_place"], cells["target_place"]).as_json()
        if not head:
            head = own
            yield head
        if own != head:
            raise ValueError("rows of several places")
        yield {name: cells[name] for name in _COLUMNS[:3]}
