"""The export's working store: every row and every finished job, in one SQLite file.

A page's rows and the note that the page is done are one transaction, so the store never claims more
than the disk holds (I3) and a resumed export repeats at most the pages that were in flight (I5).
Rows come out sorted by key whatever order they came in, so the files sealed from them are the same
bytes on every run (I6). This module must never talk to a network or know what a row means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.io.redaction import cleaned
from stackferry.io.storage.sqlite import open_database
from stackferry.model import Gap, JsonObject, Record, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB NOT NULL, crc AS (row_crc(name, value)) STORED);
CREATE TABLE IF NOT EXISTS done (job TEXT PRIMARY KEY, crc AS (row_crc(job)) STORED) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listing (
    name TEXT PRIMARY KEY, total INTEGER NOT NULL, seen INTEGER NOT NULL, kept INTEGER NOT NULL,
    crc AS (row_crc(name, total, seen, kept)) STORED) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (
    kind TEXT NOT NULL, type TEXT NOT NULL, locale TEXT NOT NULL,
    uid TEXT NOT NULL, number INTEGER NOT NULL, listing TEXT NOT NULL, body BLOB NOT NULL,
    crc AS (row_crc(kind, type, locale, uid, number, listing, body)) STORED,
    PRIMARY KEY (kind, type, locale, uid, number));
CREATE INDEX IF NOT EXISTS line_by_listing ON line (listing);
CREATE TABLE IF NOT EXISTS gap (
    key TEXT PRIMARY KEY, body BLOB NOT NULL, crc AS (row_crc(key, body)) STORED) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redacted (place TEXT PRIMARY KEY, crc AS (row_crc(place)) STORED) WITHOUT ROWID;
"""

_BASE = ".base"  # stands for the listing of lines that no answer brought


class Staging:
    """An open working store. Not for concurrent processes: the caller holds the snapshot's lock."""

    def __init__(self, path: Path, way_on: str = "") -> None:
        afresh = f"Delete the directory {path.parent} to start the export afresh"
        self._db = open_database(path, _SCHEMA, way_on or afresh)

    def close(self) -> None:
        self._db.close()

    def fact(self, name: str) -> JsonObject | None:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else self._object(row[0])

    def state(self, name: str, value: JsonObject) -> None:
        self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, exact_json.dumps(value)))

    def is_done(self, job: str) -> bool:
        return self._db.execute("SELECT 1 FROM done WHERE job = ?", (job,)).fetchone() is not None

    def is_empty(self) -> bool:
        """Whether no job was done yet: there is nothing to take up again."""
        return self._db.execute("SELECT 1 FROM done LIMIT 1").fetchone() is None

    def total(self, listing: str) -> int | None:
        """How many rows a listing announced on its first page; None before that page came."""
        row = self._db.execute("SELECT total FROM listing WHERE name = ?", (listing,)).fetchone()
        return None if row is None else int(row[0])

    def keep(
        self,
        job: str,
        records: Sequence[tuple[Stream, Record]] = (),
        *,
        gaps: Iterable[Gap] = (),
        redacted: Iterable[str] = (),
        dropped: Iterable[tuple[Stream, str]] = (),
        listing: str = "",
        total: int = 0,
        seen: int = 0,
    ) -> None:
        """Record, in one durable transaction, that `job` is done and what it brought.

        A page of a listing names the `listing`, the `total` that it announced and how many rows were `seen` on it.
        `dropped` rows go.
        """
        with self._db.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (*stream, line.uid, line.number, listing, exact_json.dumps(line.body))
                    for stream, line in records
                ),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO gap VALUES (?, ?)",
                ((gap.key, exact_json.dumps(gap.as_json())) for gap in map(cleaned, gaps)),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO redacted VALUES (?)", ((place,) for place in redacted)
            )
            self._db.executemany(
                "DELETE FROM line WHERE kind = ? AND type = ? AND locale = ? AND uid = ?",
                ((*stream, uid) for stream, uid in dropped),
            )
            if listing:
                self._db.execute(
                    "INSERT INTO listing VALUES (?, ?, ?, ?) ON CONFLICT (name) "
                    "DO UPDATE SET seen = seen + excluded.seen, kept = kept + excluded.kept",
                    (listing, total, seen, len(records)),
                )
            self._db.execute("INSERT OR REPLACE INTO done VALUES (?)", (job,))

    def inherit(self, rows: Sequence[tuple[str, Stream, Record]]) -> None:
        """Record, in one transaction, the jobs that a base made needless, each with the line that it stands for."""
        with self._db.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (*stream, line.uid, line.number, _BASE, exact_json.dumps(line.body))
                    for _, stream, line in rows
                ),
            )
            self._db.executemany("INSERT OR REPLACE INTO done VALUES (?)", ((job,) for job, _, _ in rows))

    def inherited(self) -> dict[str, int]:
        """How many lines of each kind came from the base."""
        query = "SELECT kind, count(*) FROM line WHERE listing = ? GROUP BY kind ORDER BY kind"
        return dict(self._db.execute(query, (_BASE,)))

    def forget(self, listing: str) -> None:
        """Undo a listing whose rows moved while it was read, so that it can be read again."""
        with self._db.transaction():
            self._db.execute("DELETE FROM line WHERE listing = ?", (listing,))
            self._db.execute("DELETE FROM listing WHERE name = ?", (listing,))
            self._db.execute("DELETE FROM done WHERE job = ? OR job GLOB ?", (listing, _glob(listing)))

    def is_whole(self, listing: str) -> bool:
        """Whether the pages of a listing hold as many rows as it announced."""
        row = self._db.execute("SELECT total = seen FROM listing WHERE name = ?", (listing,)).fetchone()
        return row is not None and bool(row[0])

    def repeats(self, listing: str) -> bool:
        """Whether a listing brought some row twice: a sign that rows moved while it was read."""
        row = self._db.execute("SELECT kept FROM listing WHERE name = ?", (listing,)).fetchone()
        kept = self._db.execute("SELECT count(*) FROM line WHERE listing = ?", (listing,)).fetchone()
        return row is not None and int(row[0]) != int(kept[0])

    def count(self, stream: Stream) -> int:
        query = "SELECT count(*) FROM line WHERE kind = ? AND type = ? AND locale = ?"
        return int(self._db.execute(query, stream).fetchone()[0])

    def streams(self) -> list[Stream]:
        """Every stream that goes into a snapshot. Notes for the run alone lie on kinds that begin with a dot."""
        query = "SELECT DISTINCT kind, type, locale FROM line WHERE kind NOT LIKE '.%' ORDER BY 1, 2, 3"
        return [Stream(*row) for row in self._db.execute(query)]

    def lines(self, stream: Stream) -> Iterator[bytes]:
        """The encoded lines of one file, in their order on disk."""
        query = "SELECT body FROM line WHERE kind = ? AND type = ? AND locale = ? ORDER BY uid, number"
        for (body,) in self._db.execute(query, stream):
            yield body

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return map(self._object, self.lines(stream))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        query = "SELECT body FROM line WHERE kind = ? AND type = ? AND locale = ? AND uid = ? AND number = ?"
        row = self._db.execute(query, (*stream, uid, number)).fetchone()
        return None if row is None else self._object(row[0])

    def of(self, stream: Stream, uid: str) -> Iterator[JsonObject]:
        """All rows of a stream that bear one uid, by their numbers."""
        query = "SELECT body FROM line WHERE kind = ? AND type = ? AND locale = ? AND uid = ? ORDER BY number"
        for (body,) in self._db.execute(query, (*stream, uid)).fetchall():
            yield self._object(body)

    def gaps(self) -> list[JsonObject]:
        return [self._object(body) for (body,) in self._db.execute("SELECT body FROM gap ORDER BY key")]

    def redacted(self) -> list[str]:
        return [place for (place,) in self._db.execute("SELECT place FROM redacted ORDER BY place")]

    def _object(self, data: bytes) -> JsonObject:
        return self._db.json_object(data)


def _glob(listing: str) -> str:
    literal = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in listing)
    return f"{literal}@*"
