"""Tables for what a plan works with and is too much for memory: rows in order, found by their first columns.

They lie in one file of SQLite's that can be thrown away. What is in it is derived, and never trusted across runs;
nothing here is durable. Must never know what a row stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.io.storage.sqlite import open_scratch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stackferry.io.storage.sqlite import Database
    from stackferry.model import Row


_MOST: Final = 2**63


class TempTables:
    """An empty store at `path`, in place of any that was there; without a path in a file that nobody else sees."""

    def __init__(self, path: Path | None = None) -> None:
        self._db = open_scratch(path)
        self._tables = 0

    def close(self) -> None:
        """Nothing can be read from the tables afterwards."""
        self._db.close()

    def table(self, width: int, rows: Iterable[Row] = ()) -> Table:
        """A new table of so many columns, filled with these rows."""
        self._tables += 1
        made = Table(self._db, f"table_{self._tables}", width)
        made.add(rows)
        return made


class Table:
    """Rows of numbers, texts and bytes, each row once, in order: numbers before texts, texts by their code points.

    A number of more than 64 bits, which no sound version is, comes back as the text of its digits.
    Rows may be added while others are gone through, though not to the same table.
    """

    def __init__(self, db: Database, name: str, width: int) -> None:
        self._db = db
        columns = [f"c{number}" for number in range(width)]
        self._names = ", ".join(columns)
        self._all = f"SELECT {self._names} FROM {name}"  # noqa: S608 - all names are ours
        self._insert = f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * width)})"  # noqa: S608 - as above
        self._find = [
            f"{self._all} WHERE {' AND '.join(f'{column} = ?' for column in columns[:size])} ORDER BY {self._names}"
            for size in range(width + 1)
        ]
        db.execute(f"CREATE TABLE {name} ({self._names}, PRIMARY KEY ({self._names})) WITHOUT ROWID")

    def add(self, rows: Iterable[Row]) -> None:
        """Put rows into their places."""
        self._db.executemany(self._insert, map(_fitting, rows))

    def of(self, *first: str | int | bytes) -> Sequence[Row]:
        """The rows that begin with these values."""
        try:
            return self._db.execute(self._find[len(first)], _fitting(first)).fetchall()
        except UnicodeEncodeError:  # half a surrogate pair, of which no row can be
            return []

    def __iter__(self) -> Iterator[Row]:
        return self._db.execute(f"{self._all} ORDER BY {self._names}")

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _fitting(row: Row) -> Row:
    for value in row:
        if _is_too_large(value):
            return tuple(str(value) if _is_too_large(value) else value for value in row)
    return row


def _is_too_large(value: object) -> bool:
    return type(value) is int and not -_MOST <= value < _MOST
