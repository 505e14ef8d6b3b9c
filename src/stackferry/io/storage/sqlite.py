"""SQLite databases: durable ones with a checksum in every row, and scratch ones that need not survive.

No `sqlite3.Error` leaves this module. A disk that is full or refuses becomes a `StackferryError` that says what to do
before the same command is run again; a file that is not a whole database becomes a `CheckpointCorrupt`. Must never
confuse the two: a user who is told to delete a damaged checkpoint must not lose a sound one.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from stackferry import exact_json
from stackferry.errors import CheckpointCorrupt, JsonRefused, StackferryError
from stackferry.io.storage.os_errors import AGAIN, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject

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

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        """Run one statement. Errors, those of fetching rows too, are raised as `explain` makes them."""
        return self.cursor(_Cursor).execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> _Cursor:
        """Run a statement once for each row of parameters."""
        return self.cursor(_Cursor).executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> _Cursor:
        """Run several statements."""
        return self.cursor(_Cursor).executescript(sql_script)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Write all of the block or nothing of it.

        The writes are durable when the block ends; not `durable`, with the next commit, so that many blocks share one
        fsync.
        """
        # A savepoint inside one open transaction: a block that fails takes back its own writes alone, not those of
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

    def json_object(self, data: bytes) -> JsonObject:
        """Decode a stored JSON object. Raises CheckpointCorrupt for anything else."""
        try:
            value = exact_json.loads(data)
        except JsonRefused as refused:
            raise self.damaged(f"a row cannot be read: {refused}") from refused
        if not isinstance(value, dict):
            raise self.damaged("a row is not a JSON object")
        return value

    def check(self) -> None:
        """Raise CheckpointCorrupt unless every page is whole and every row is what was written."""
        result = self.execute("PRAGMA integrity_check(1)").fetchone()
        if result is None or result[0] != "ok":
            raise self.damaged("its pages are damaged")
        for (table,) in self.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            columns = [row[1] for row in self.execute(f"PRAGMA table_info({table})").fetchall()]
            query = f"SELECT 1 FROM {table} WHERE crc IS NOT row_crc({', '.join(columns)}) LIMIT 1"  # noqa: S608 - names of our own tables
            if self.execute(query).fetchone() is not None:
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


class _Cursor(sqlite3.Cursor):
    """A cursor that translates errors where SQLite raises them: while a statement runs and while rows are fetched."""

    connection: Database

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        try:
            return super().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise self.connection.explain(error) from error

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        try:
            return super().executemany(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise self.connection.explain(error) from error

    def executescript(self, sql_script: str, /) -> Self:
        try:
            super().executescript(sql_script)
        except sqlite3.DatabaseError as error:
            raise self.connection.explain(error) from error
        return self

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.DatabaseError as error:
            raise self.connection.explain(error) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError as error:
            raise self.connection.explain(error) from error

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            raise self.connection.explain(error) from error


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
    database = _connect(path, remedy)
    try:
        database.create_function("row_crc", -1, _row_crc, deterministic=True)
        # A commit in WAL mode is one append and one fsync; a rollback journal needs two fsyncs and a truncation.
        # FULL, because with NORMAL the log is synced at checkpoints only, and a commit can be lost with the power.
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(schema)
        database.check()
    except BaseException:
        database.close()
        raise
    return database


def _connect(path: Path | None, remedy: str) -> Database:
    try:
        # No isolation level: the module would otherwise begin transactions on its own. "" is a nameless temporary file.
        database = sqlite3.connect(path or "", isolation_level=None, factory=Database)
    except sqlite3.DatabaseError as error:
        raise StackferryError(
            f"{shown(str(path))}: it cannot be opened ({error}): check the permissions, then {AGAIN}"
        ) from error
    database.path, database.remedy = path or Path("a temporary file"), remedy
    return database


def open_scratch(path: Path | None) -> Database:
    """Open an empty database that need not survive the process: at `path`, else in a file without a name.

    Raises StackferryError where the disk refuses.
    """
    if path is not None:
        path.unlink(missing_ok=True)
    database = _connect(path, f"Delete it and {AGAIN}")
    try:
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        # One transaction that is never committed: SQLite then writes only the pages that its cache cannot hold.
        database.execute("BEGIN")
    except BaseException:
        database.close()
        raise
    return database
