"""The one way to SQLite for what must survive: full and refusing disks told apart from damaged files.

What SQLite raises never leaves. A disk that is full or refuses is a `StackferryError` that says what to do before
the same command is run again; a file that is no whole database is a `CheckpointCorrupt`. Must never take one for
the other: whoever follows "delete it" must not lose a checkpoint that is sound.
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

_DISK: Final = {
    sqlite3.SQLITE_FULL: f"the disk is full: free some space and {AGAIN}",
    sqlite3.SQLITE_IOERR: "the disk is full or refuses (or a limit on the size of files is reached): "
    f"make room or check it, then {AGAIN}",
    sqlite3.SQLITE_READONLY: f"it cannot be written to: see that this user may write there, and {AGAIN}",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: see that this user may read and write there, and {AGAIN}",
    sqlite3.SQLITE_PERM: f"it cannot be opened: see that this user may read and write there, and {AGAIN}",
    sqlite3.SQLITE_NOMEM: f"there is not enough memory: make some free and {AGAIN}",
    sqlite3.SQLITE_BUSY: f"another program holds it: close that and {AGAIN}",
    sqlite3.SQLITE_LOCKED: f"another program holds it: close that and {AGAIN}",
}
_PRIMARY: Final = 0xFF  # of an extended result code


class Database(sqlite3.Connection):
    """A durable database at `path`; `way_on` tells a person what to do when it is damaged."""

    path: Path
    way_on: str

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        """One statement; its cursor explains what goes wrong later on."""
        return self.cursor(_Cursor).execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> _Cursor:
        """A statement once for each row."""
        return self.cursor(_Cursor).executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> _Cursor:
        """Several statements."""
        return self.cursor(_Cursor).executescript(sql_script)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All of the block or nothing of it; durable when the block ends, or together with the next one that is."""
        if not self.in_transaction:
            self.execute("BEGIN IMMEDIATE")
        self.execute("SAVEPOINT block")
        try:
            yield
            self.execute("RELEASE block")
        except BaseException:
            if self.in_transaction:  # a full disk takes the transaction back by itself
                self.execute("ROLLBACK TO block")
            raise
        if durable:
            self.commit()

    def commit(self) -> None:
        """Make durable what waits for it."""
        if not self.in_transaction:
            return
        try:
            self.execute("COMMIT")
        except BaseException:
            if self.in_transaction:
                self.execute("ROLLBACK")
            raise

    def json_object(self, data: bytes) -> JsonObject:
        """A stored object. Raises CheckpointCorrupt for anything else."""
        try:
            value = exact_json.loads(data)
        except JsonRefused as refused:
            raise self.damaged(f"a row cannot be read: {refused}") from refused
        if not isinstance(value, dict):
            raise self.damaged("a row is not a JSON object")
        return value

    def check(self) -> None:
        """Raise CheckpointCorrupt unless every page is whole and every row is what was written."""
        verdict = self.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict is None or verdict[0] != "ok":
            raise self.damaged("its pages are damaged")
        for (table,) in self.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            columns = [row[1] for row in self.execute(f"PRAGMA table_info({table})").fetchall()]
            query = f"SELECT 1 FROM {table} WHERE crc IS NOT row_crc({', '.join(columns)}) LIMIT 1"  # noqa: S608 - ours
            if self.execute(query).fetchone() is not None:
                raise self.damaged(f"a row of its table {table} is not what was written")

    def damaged(self, why: str) -> CheckpointCorrupt:
        """The error for a database whose content cannot be believed."""
        return CheckpointCorrupt(
            f"the checkpoint {shown(str(self.path))} cannot be used: {why}. {self.way_on}"
        )

    def explain(self, error: sqlite3.DatabaseError) -> StackferryError:
        """What an error of SQLite means for the run."""
        cause = _DISK.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY)
        if cause is None:
            return self.damaged(str(error))
        return StackferryError(f"{shown(str(self.path))}: {cause} ({error})")


class _Cursor(sqlite3.Cursor):
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
    """The checksum that each row holds of itself: SQLite has one of its log, but none of its pages."""
    crc = 0
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode()
        crc = zlib.crc32(data, zlib.crc32(b"%d:" % len(data), crc))
    return crc


def open_database(path: Path, schema: str, way_on: str) -> Database:
    """Open or make a database in which every commit is durable, and look whether it is what was written.

    Every table of the schema ends with `crc AS (row_crc(all its other columns)) STORED`.

    Raises CheckpointCorrupt for a damaged one, StackferryError where the disk does not let us.
    """
    database = _connected(path, way_on)
    try:
        database.create_function("row_crc", -1, _row_crc, deterministic=True)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(schema)
        database.check()
    except BaseException:
        database.close()
        raise
    return database


def _connected(path: Path | None, way_on: str) -> Database:
    try:
        database = sqlite3.connect(path or "", isolation_level=None, factory=Database)
    except sqlite3.DatabaseError as error:
        where = f"{shown(str(path))}: it cannot be opened ({error})"
        raise StackferryError(f"{where}: see that this user may read and write there, and {AGAIN}") from error
    database.path, database.way_on = path or Path("a temporary file"), way_on
    return database


def open_scratch(path: Path | None) -> Database:
    """Open an empty database of which nothing needs to survive; without a path in a file that has no name.

    Raises StackferryError where the disk does not let us.
    """
    if path is not None:
        path.unlink(missing_ok=True)
    database = _connected(path, f"Delete it and {AGAIN}")
    try:
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        database.execute(
            "BEGIN"
        )  # never ended: what is too much for the cache is written, the rest need not be
    except BaseException:
        database.close()
        raise
    return database
