"""SQLite databases: durable ones with a checksum in every row, and scratch tables that need not survive.

No `sqlite3.Error` leaves this module. A disk that is full or refuses becomes a `StackferryError` that says what to do
before the same command is run again; a file that is not a whole database becomes a `CheckpointCorrupt`. Must never
confuse the two: a user who is told to delete a damaged checkpoint must not lose a sound one.

Scratch tables hold data that a plan derives and memory may not hold: sorted rows, found by their first columns. All
tables of a run are in one file that can be deleted at any time, and nothing in it is read again by a later run.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from stackferry import exact_json
from stackferry.errors import CheckpointCorrupt, JsonRefused, StackferryError
from stackferry.io.storage.dir_fd import OWNER_ONLY
from stackferry.io.storage.os_errors import AGAIN, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Row

# What each result code (https://sqlite.org/rescode.html) means for a user; any other code means a damaged file.
_DISK_ERRORS: Final = {
    sqlite3.SQLITE_FULL: f"the disk is full: free some space and {AGAIN}",
    sqlite3.SQLITE_IOERR: "the disk is full or refuses (or a limit on the size of files is reached): "
    f"free some space or check the disk, then {AGAIN}",
    sqlite3.SQLITE_READONLY: f"it cannot be written to: check the permissions, then {AGAIN}",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: check the permissions, then {AGAIN}",
    sqlite3.SQLITE_PERM: f"it cannot be opened: check the permissions, then {AGAIN}",
    sqlite3.SQLITE_NOMEM: f"there is not enough memory: free some and {AGAIN}",
    sqlite3.SQLITE_BUSY: f"another program has it open: close that program and {AGAIN}",
    sqlite3.SQLITE_LOCKED: f"another program has it open: close that program and {AGAIN}",
}
_PRIMARY: Final = 0xFF  # the low byte of an extended result code is the primary code


class Database(sqlite3.Connection):
    """A connection to the database at `path`. `remedy` tells the user what to do when the file is damaged.

    Whoever opens one closes it: Python 3.13 warns of a connection that is left to the garbage collector.
    """

    path: Path
    remedy: str

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run one statement. Errors, those of fetching rows too, are raised as `explain` makes them."""
        return self.cursor(_Cursor).execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        return self.cursor(_Cursor).executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        return self.cursor(_Cursor).executescript(sql_script)

    def row(self, sql: str, *parameters: Any) -> Row | None:
        """The first row of a query; None where there is none."""
        found: Row | None = self.execute(sql, parameters).fetchone()
        return found

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Write all of the block or nothing of it.

        The writes are durable when the block ends; not `durable`, with the next commit, so that many blocks share one
        fsync.
        """
        # A savepoint inside one open transaction: a block that fails undoes its own writes alone, not those of
        # earlier blocks that wait for the same commit.
        if not self.in_transaction:
            self.execute("BEGIN IMMEDIATE")
        self.execute("SAVEPOINT block")
        try:
            yield
            self.execute("RELEASE block")
        except BaseException:
            if self.in_transaction:  # SQLite has rolled the whole transaction back if the disk was full
                self.execute("ROLLBACK TO block")
            raise
        if durable:
            self.commit()

    def commit(self) -> None:
        """Make everything durable that was written since the last commit. After a failure none of it is kept."""
        if not self.in_transaction:
            return
        try:
            self.execute("COMMIT")
        except BaseException:
            if self.in_transaction:
                self.execute("ROLLBACK")
            raise

    def check(self) -> None:
        """Raise CheckpointCorrupt unless every page is whole and every row is what was written."""
        if self.row("PRAGMA integrity_check(1)") != ("ok",):
            raise self.damaged("its pages are damaged")
        for (table,) in self.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            columns = [row[1] for row in self.execute(f"PRAGMA table_info({table})").fetchall()]
            query = f"SELECT 1 FROM {table} WHERE crc IS NOT row_crc({', '.join(columns)}) LIMIT 1"  # noqa: S608 - names of our own tables
            if self.row(query) is not None:
                raise self.damaged(f"a row of its table {table} is not what was written")

    def damaged(self, why: str) -> CheckpointCorrupt:
        """The error for a database whose content cannot be trusted."""
        return CheckpointCorrupt(
            f"the checkpoint {shown(str(self.path))} cannot be used: {why}. {self.remedy}"
        )

    def explain(self, error: sqlite3.DatabaseError) -> StackferryError:
        """The error to raise in place of SQLite's own."""
        cause = _DISK_ERRORS.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY)
        if cause is None:
            return self.damaged(str(error))
        return StackferryError(f"{shown(str(self.path))}: {cause} ({error})")


class FactStore:
    """What the stores of an export and of an import have in common: facts about the run, and gaps."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def fact(self, name: str) -> JsonObject | None:
        """A fact about the run, such as its options: the value that was set last, None where there is none."""
        row = self._db.row("SELECT value FROM fact WHERE name = ?", name)
        return None if row is None else self._object(row[0])

    def set_fact(self, name: str, value: JsonObject) -> None:
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, exact_json.dumps(value)))

    def forget_fact(self, name: str) -> None:
        with self._db.transaction():
            self._db.execute("DELETE FROM fact WHERE name = ?", (name,))

    def gaps(self) -> list[JsonObject]:
        return [self._object(body) for (body,) in self._db.execute("SELECT body FROM gap ORDER BY key")]

    def _object(self, data: bytes) -> JsonObject:
        """Decode a stored JSON object. Raises CheckpointCorrupt for anything else."""
        try:
            value = exact_json.loads(data)
        except JsonRefused as refused:
            raise self._db.damaged(f"a row cannot be read: {refused}") from refused
        if not isinstance(value, dict):
            raise self._db.damaged("a row is not a JSON object")
        return value


P = ParamSpec("P")
T = TypeVar("T")


def _explained(method: Callable[Concatenate[_Cursor, P], T]) -> Callable[Concatenate[_Cursor, P], T]:
    """A method of a cursor that raises errors as `Database.explain` makes them."""

    def call(cursor: _Cursor, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(cursor, *args, **kwargs)
        except sqlite3.DatabaseError as error:
            raise cursor.connection.explain(error) from error
        except UnicodeDecodeError as error:
            # A text of a row, or of SQLite's own message about a damaged table.
            raise cursor.connection.damaged(f"a text in it cannot be read: {error}") from error

    return call


class _Cursor(sqlite3.Cursor):
    """A cursor that translates errors where SQLite raises them: while a statement runs and while rows are fetched."""

    connection: Database
    execute = _explained(sqlite3.Cursor.execute)
    executemany = _explained(sqlite3.Cursor.executemany)
    executescript = _explained(sqlite3.Cursor.executescript)
    fetchone = _explained(sqlite3.Cursor.fetchone)
    fetchall = _explained(sqlite3.Cursor.fetchall)
    __next__ = _explained(sqlite3.Cursor.__next__)


def _row_crc(*values: str | bytes | float | None) -> int:
    """The checksum that each row stores of itself: SQLite checks its write-ahead log, but not its pages."""
    crc = 0
    for value in values:  # each with its length, so that ("a", "bc") and ("ab", "c") differ
        data = value if isinstance(value, bytes) else str(value).encode()
        crc = zlib.crc32(data, zlib.crc32(b"%d:" % len(data), crc))
    return crc


def open_database(path: Path, schema: str, remedy: str) -> Database:
    """Open or create a database in which every commit is durable, and check every row of it.

    Every table of the schema ends with `crc AS (row_crc(all its other columns)) STORED`.

    Raises CheckpointCorrupt for a damaged one, StackferryError where the disk refuses.
    """
    with _connected(path, remedy) as database:
        database.create_function("row_crc", -1, _row_crc, deterministic=True)
        # A commit in WAL mode is one append and one fsync; a rollback journal needs two fsyncs and a truncation.
        # FULL, because with NORMAL the log is synced at checkpoints only, and a commit can be lost with the power.
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(schema)
        database.check()
    return database


@contextmanager
def _connected(path: Path | None, remedy: str) -> Iterator[Database]:
    """A new connection, which stays open unless the block raises."""
    if path is not None:
        with suppress(OSError):  # SQLite names the reason; it would make the file readable by everybody
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY))
    try:
        # No isolation level: the module would otherwise begin transactions on its own. "" is a nameless temporary file.
        database = sqlite3.connect(path or "", isolation_level=None, factory=Database)
    except sqlite3.DatabaseError as error:
        raise StackferryError(
            f"{shown(str(path))}: it cannot be opened ({error}): check the permissions, then {AGAIN}"
        ) from error
    database.path, database.remedy = path or Path("a temporary file"), remedy
    try:
        yield database
    except BaseException:
        database.close()
        raise


_INT64_END: Final = 2**63  # SQLite integers have 64 bits


class TempTables:
    """An empty database at `path`, replacing any file there; without a path in a file without a name.

    It need not survive the process. Raises StackferryError where the disk refuses.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.unlink(missing_ok=True)
        with _connected(path, f"Delete it and {AGAIN}") as self._db:
            self._db.execute("PRAGMA journal_mode=OFF")
            self._db.execute("PRAGMA synchronous=OFF")
            # One transaction that is never committed: SQLite then writes only the pages that its cache cannot hold.
            self._db.execute("BEGIN")
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
        self._create = f"CREATE TABLE {name} ({self._names}, PRIMARY KEY ({self._names})) WITHOUT ROWID"
        # Made with the first row: many stay empty, and after each new table SQLite prepares every statement again.
        self._is_made = False

    def add(self, rows: Iterable[Row]) -> None:
        """Insert rows; a row that the table holds already is ignored."""
        rest = iter(rows)
        if (first := next(rest, None)) is None:
            return
        if not self._is_made:
            self._db.execute(self._create)
            self._is_made = True
        self._db.executemany(self._insert, map(_storable, chain((first,), rest)))

    def of(self, *first: str | int | bytes) -> Sequence[Row]:
        """The rows whose first columns have these values, all at once in memory: where they are few."""
        found = self._found(first)
        return found.fetchall() if found is not None else []

    def each(self, *first: str | int | bytes) -> Iterator[Row]:
        """The same rows, one at a time in memory."""
        return iter(self._found(first) or ())

    def _found(self, first: Row) -> sqlite3.Cursor | None:
        if not self._is_made:
            return None
        try:
            return self._db.execute(self._find[len(first)], _storable(first))
        except UnicodeEncodeError:  # half a surrogate pair: it cannot be stored, so no row has it
            return None

    def __iter__(self) -> Iterator[Row]:
        return self._db.execute(f"{self._all} ORDER BY {self._names}") if self._is_made else iter(())


def _storable(row: Row) -> Row:
    for value in row:
        if _is_too_large(value):
            return tuple(str(value) if _is_too_large(value) else value for value in row)
    return row


def _is_too_large(value: object) -> bool:
    return type(value) is int and not -_INT64_END <= value < _INT64_END
