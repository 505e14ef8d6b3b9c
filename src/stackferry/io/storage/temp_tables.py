"""Scratch tables for data that a plan derives and memory may not hold: sorted rows, found by their first columns.

All tables of a run are in one SQLite file that can be deleted at any time; nothing in it is durable, and nothing is
read again by a later run. Must never interpret a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.io.storage.sqlite import open_scratch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stackferry.io.storage.sqlite import Database
    from stackferry.model import Row

_INT64_END: Final = 2**63  # SQLite integers have 64 bits


class TempTables:
    """An empty database at `path`, replacing any file there; without a path in a file without a name."""

    def __init__(self, path: Path | None = None) -> None:
        self._db = open_scratch(path)
        self._tables = 0

    def close(self) -> None:
        """The tables cannot be used afterwards."""
        self._db.close()

    def table(self, width: int, rows: Iterable[Row] = ()) -> Table:
        """A new table of `width` columns, filled with these rows."""
        self._tables += 1
        created = Table(self._db, f"table_{self._tables}", width)
        created.add(rows)
        return created


class Table:
    """A sorted set of rows of numbers, texts and bytes; numbers sort before texts, texts by code points.

    A number that does not fit 64 bits (no sound version has one) comes back as the text of its digits.
    Rows may be added while another table is iterated, but not to the table that is.
    """

    def __init__(self, db: Database, name: str, width: int) -> None:
        self._db = db
        columns = [f"c{number}" for number in range(width)]
        self._names = ", ".join(columns)
        self._all = f"SELECT {self._names} FROM {name}"  # noqa: S608 - the names above, nothing from outside
        self._insert = f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * width)})"  # noqa: S608 - as above
        self._find = [
            f"{self._all} WHERE {' AND '.join(f'{column} = ?' for column in columns[:size])} ORDER BY {self._names}"
            for size in range(width + 1)
        ]
        # The primary key is the whole row, and the table is its index: sorted and free of duplicates at no extra cost.
        db.execute(f"CREATE TABLE {name} ({self._names}, PRIMARY KEY ({self._names})) WITHOUT ROWID")

    def add(self, rows: Iterable[Row]) -> None:
        """Insert rows; a row that the table holds already is ignored."""
        self._db.executemany(self._insert, map(_storable, rows))

    def of(self, *first: str | int | bytes) -> Sequence[Row]:
        """The rows whose first columns have these values."""
        try:
            return self._db.execute(self._find[len(first)], _storable(first)).fetchall()
        except UnicodeEncodeError:  # half a surrogate pair: it cannot be stored, so no row has it
            return []

    def __iter__(self) -> Iterator[Row]:
        return self._db.execute(f"{self._all} ORDER BY {self._names}")

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _storable(row: Row) -> Row:
    for value in row:
        if _is_too_large(value):
            return tuple(str(value) if _is_too_large(value) else value for value in row)
    return row


def _is_too_large(value: object) -> bool:
    return type(value) is int and not -_INT64_END <= value < _INT64_END
