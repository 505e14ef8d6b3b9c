"""The working store of an export: every row received and every finished job, in one SQLite file.

The rows of a page and the mark that the page is done are one transaction, so the store never claims more than the
disk holds (I3), and a resumed export repeats at most the pages that were in flight (I5). Rows come out sorted by key,
whatever order they came in, so the files sealed from them are the same bytes on every run (I6). This module must
never open a network connection or interpret a row.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from stackferry import exact_json
from stackferry.io.redaction import mask_gap
from stackferry.io.storage.sqlite import FactStore, open_database
from stackferry.model import Gap, JsonObject, Record, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

# An export that an earlier version began is resumed with these tables: renaming one would lose its rows while `done`
# still claims them. `line` holds the records.
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
CREATE INDEX IF NOT EXISTS line_by_listing_and_uid ON line (listing, uid);
CREATE TABLE IF NOT EXISTS gap (
    key TEXT PRIMARY KEY, body BLOB NOT NULL, crc AS (row_crc(key, body)) STORED) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redacted (place TEXT PRIMARY KEY, crc AS (row_crc(place)) STORED) WITHOUT ROWID;
"""
_WHERE = "WHERE kind = ? AND type = ? AND locale = ?"
_IN_STREAM = f"FROM line {_WHERE}"
_PAGE = 100  # records of a stream that are read together while they may change
_FROM_BASE = (
    ".base"  # the `listing` of records that were reused from a base snapshot; no listing has that name
)
Dropped: TypeAlias = "tuple[str, Stream | None, str]"
"""Jobs, by the name or its beginning, and which records: of a stream (without a type: its kind) and a uid (or all)."""
_BEFORE = ".before "  # begins the kind of what was set aside, and is its `listing`
_ASIDE = ".aside"  # the kind of the note that a whole listing was set aside, under the listing's name
# Notes of how a listing was read: which pages it has, with what was on them, how many rows each has where that differs,
# and where a cursor goes on. They are made anew with the listing. Kinds that begin with a dot never reach a snapshot.
PAGES, RANGES, CURSORS = Stream(".pages"), Stream(".ranges"), Stream(".cursors")
_OF_READING = (PAGES.kind, RANGES.kind, CURSORS.kind)
_NOTHING = b"null"  # stands for a record that was not there, among those that were set aside


class Staging(FactStore):
    """An open working store. Not for concurrent processes: the caller holds the lock of the snapshot's directory."""

    def __init__(self, path: Path, remedy: str = "") -> None:
        restart = f"Delete the directory {path.parent} to start the export afresh"
        super().__init__(open_database(path, _SCHEMA, remedy or restart))

    def close(self) -> None:
        self._db.close()

    def is_done(self, job: str) -> bool:
        return self._db.row("SELECT 1 FROM done WHERE job = ?", job) is not None

    def is_empty(self) -> bool:
        """Whether no job is done yet, so that there is nothing to resume."""
        return self._db.row("SELECT 1 FROM done LIMIT 1") is None

    def total(self, listing: str) -> int | None:
        """The number of rows that a listing announced on its first page; None before that page is stored."""
        row = self._db.row("SELECT total FROM listing WHERE name = ?", listing)
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
        """Store, in one durable transaction, what `job` found and that it is done.

        A page of a listing names the `listing`, the `total` that it announced and how many rows were `seen` on it.
        `dropped` are records to delete, by stream and uid.
        """
        with self._db.transaction():
            self._put((listing, stream, record) for stream, record in records)
            self._put_gaps(gaps)
            self._db.executemany(
                "INSERT OR REPLACE INTO redacted VALUES (?)", ((place,) for place in redacted)
            )
            self._db.executemany(
                f"DELETE {_IN_STREAM} AND uid = ?", ((*stream, uid) for stream, uid in dropped)
            )
            if listing:
                # Later pages add to the counts; `total` stays what the first page announced.
                self._db.execute(
                    "INSERT INTO listing VALUES (?, ?, ?, ?) ON CONFLICT (name) "
                    "DO UPDATE SET seen = seen + excluded.seen, kept = kept + excluded.kept",
                    (listing, total, seen, len(records)),
                )
            self._db.execute("INSERT OR REPLACE INTO done VALUES (?)", (job,))

    def keep_reused(self, rows: Sequence[tuple[str, Stream, Record]]) -> None:
        """Store, in one transaction, jobs that a base snapshot makes needless, each with the record it would fetch."""
        with self._db.transaction():
            self._put((_FROM_BASE, stream, record) for _, stream, record in rows)
            self._db.executemany("INSERT OR REPLACE INTO done VALUES (?)", ((job,) for job, _, _ in rows))

    def _put(self, records: Iterable[tuple[str, Stream, Record]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (*stream, record.uid, record.number, listing, exact_json.dumps(record.body))
                for listing, stream, record in records
            ),
        )

    def _put_gaps(self, gaps: Iterable[Gap]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO gap VALUES (?, ?)",
            ((gap.key, exact_json.dumps(gap.as_json())) for gap in map(mask_gap, gaps)),
        )

    @contextmanager
    def changing(self, fact: str, value: JsonObject) -> Iterator[None]:
        """One durable transaction, for `replace`, `remove` and `note_gaps`; with it a fact is set."""
        with self._db.transaction():
            yield
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (fact, exact_json.dumps(value)))

    def replace(self, stream: Stream, uid: str, number: int, body: bytes) -> None:
        """Give a record that is there another body, which is JSON as `exact_json` writes it."""
        query = f"UPDATE line SET body = ? {_WHERE} AND uid = ? AND number = ?"  # noqa: S608 - our own columns
        self._db.execute(query, (body, *stream, uid, number))

    def remove(self, stream: Stream, uid: str, number: int) -> None:
        """Delete one record."""
        self._db.execute(f"DELETE {_IN_STREAM} AND uid = ? AND number = ?", (*stream, uid, number))

    def note_gaps(self, gaps: Iterable[Gap]) -> None:
        """Record gaps, as part of what is being changed."""
        self._put_gaps(gaps)

    def rows(self, stream: Stream) -> Iterator[tuple[str, int, bytes]]:
        """Uid, number and body of each record of a stream; records may be changed or removed on the way."""
        uid, number = "", -1
        query = f"SELECT uid, number, body {_IN_STREAM} AND (uid, number) > (?, ?) ORDER BY uid, number LIMIT {_PAGE}"
        while rows := self._db.execute(query, (*stream, uid, number)).fetchall():
            yield from rows
            uid, number, _ = rows[-1]

    def reused_counts(self) -> dict[str, int]:
        """How many records of each kind were reused from the base."""
        query = "SELECT kind, count(*) FROM line WHERE listing = ? GROUP BY kind ORDER BY kind"
        return dict(self._db.execute(query, (_FROM_BASE,)))

    def forget(self, listing: str) -> None:
        """Delete a listing with its records, because rows moved while it was read and it must be read again."""
        with self._db.transaction():
            self._db.execute("DELETE FROM line WHERE listing = ?", (listing,))
            self._db.execute("DELETE FROM listing WHERE name = ?", (listing,))
            # GLOB and not LIKE: case matters in the names of jobs.
            self._db.execute("DELETE FROM done WHERE job = ? OR job GLOB ?", (listing, _pages(listing)))
            self._db.execute("DELETE FROM gap WHERE key >= ? AND key < ?", (f"{listing}\0", f"{listing}\1"))

    def set_aside(self, names: Sequence[str], drop: Iterable[Dropped] = ()) -> None:
        """Make listings undone, by their names or the beginnings of them. Their records are kept as they were before.

        `changes` then tells what is different. What an earlier run has set aside, and not compared yet, stays. `drop`
        is forgotten in the same transaction, as by `forget_set_aside`.
        """
        with self._db.transaction():
            self._drop(drop)
            for query, bounds in _ranges("name", names):
                self._db.execute(
                    f"INSERT OR IGNORE INTO line SELECT ?, '', '', name, 0, ?, ? FROM listing WHERE {query}",  # noqa: S608 - our own names
                    (_ASIDE, _BEFORE, exact_json.dumps({}), *bounds),
                )
            for query, bounds in _ranges("listing", names):
                self._put_aside(f"({query}) AND kind NOT IN (?, ?, ?)", (*bounds, *_OF_READING))
            self._undo(names)

    def exchange(
        self,
        listing: str,
        records: Iterable[tuple[Stream, Record]],
        *,
        gone: Iterable[str] = (),
        total: int | None = None,
        gaps: Iterable[Gap] = (),
        drop: Iterable[Dropped] = (),
    ) -> None:
        """Replace some records of a listing that stays done, by uid; `gone` have nothing in their place.

        What they were before is set aside, also that they were not there. `total`: how many rows the listing has now.
        """
        records = [*records]
        with self._db.transaction():
            self._drop(drop)
            for uid in {*gone, *(record.uid for _, record in records)}:
                self._put_aside("listing = ? AND uid = ?", (listing, uid))
                self._db.execute("DELETE FROM line WHERE listing = ? AND uid = ?", (listing, uid))
            self._db.executemany(
                "INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (_BEFORE + kind, type_, locale, record.uid, record.number, _BEFORE, _NOTHING)
                    for (kind, type_, locale), record in records
                ),
            )
            self._put((listing, stream, record) for stream, record in records)
            self._put_gaps(gaps)
            if total is not None:
                self._db.execute("UPDATE listing SET total = ? WHERE name = ?", (total, listing))

    def _put_aside(self, where: str, values: Sequence[str]) -> None:
        self._db.execute(
            f"UPDATE OR IGNORE line SET kind = ? || kind, listing = ? WHERE {where}",  # noqa: S608 - names of our own columns
            (_BEFORE, _BEFORE, *values),
        )

    def changes(self) -> Iterator[tuple[Stream, JsonObject | None, JsonObject | None]]:
        """The records that are no longer as they were set aside: before, and now (None: there was, or is, none)."""
        query = (
            "SELECT old.kind, old.type, old.locale, old.body, new.body FROM line old LEFT JOIN line new "
            "ON new.kind = substr(old.kind, ?) AND new.type = old.type AND new.locale = old.locale "
            "AND new.uid = old.uid AND new.number = old.number "
            "WHERE old.listing = ? AND old.kind != ? AND new.body IS NOT old.body "
            # What is new in a listing that was set aside as a whole.
            "UNION ALL SELECT ? || new.kind, new.type, new.locale, NULL, new.body FROM line aside "
            "JOIN line new ON new.listing = aside.uid AND new.kind NOT IN (?, ?, ?) LEFT JOIN line old "
            "ON old.kind = ? || new.kind AND old.type = new.type AND old.locale = new.locale "
            "AND old.uid = new.uid AND old.number = new.number WHERE aside.kind = ? AND old.kind IS NULL"
        )
        values = (len(_BEFORE) + 1, _BEFORE, _ASIDE, _BEFORE, *_OF_READING, _BEFORE, _ASIDE)
        for kind, type_, locale, *bodies in self._db.execute(query, values):
            then, now = (None if one in (None, _NOTHING) else self._object(one) for one in bodies)
            if (then, now) != (None, None):
                yield Stream(kind[len(_BEFORE) :], type_, locale), then, now

    def held(self, listing: str, uids: Iterable[str]) -> set[str]:
        """Those of the uids that a listing has a record of."""
        query = "SELECT 1 FROM line WHERE listing = ? AND uid = ? LIMIT 1"
        return {uid for uid in uids if self._db.row(query, listing, uid) is not None}

    def has_gap(self, kind: str) -> bool:
        """Whether there is a gap of a kind; a listing's own gaps have its name as their kind."""
        return (
            self._db.row("SELECT 1 FROM gap WHERE key >= ? AND key < ?", f"{kind}\0", f"{kind}\1") is not None
        )

    def has_gap_in(self, kind: str) -> bool:
        """Whether any listing of a kind, as that of one owner, has a gap of its own."""
        query = "SELECT 1 FROM gap WHERE key >= ? AND key < ?"
        return self.has_gap(kind) or self._db.row(query, f"{kind}/", f"{kind}0") is not None

    def has_set_aside(self) -> bool:
        """Whether anything is set aside."""
        return self._db.row("SELECT 1 FROM line WHERE listing = ? LIMIT 1", _BEFORE) is not None

    def forget_set_aside(self, drop: Iterable[Dropped]) -> None:
        """Forget what was set aside and, in the same transaction, jobs and the records that they made."""
        with self._db.transaction():
            self._db.execute("DELETE FROM line WHERE listing = ?", (_BEFORE,))
            self._drop(drop)

    def _drop(self, dropped: Iterable[Dropped]) -> None:
        for jobs, stream, uid in dropped:
            self._undo([jobs])
            if stream is not None:
                self._drop_records(stream, uid)

    def _drop_records(self, stream: Stream, uid: str) -> None:
        where, values = "kind = ?", [stream.kind]
        if stream.type:
            where, values = "kind = ? AND type = ? AND locale = ?", [*stream]
        if uid:  # keys of several parts begin with the uid
            where, values = (
                f"{where} AND (uid = ? OR uid >= ? AND uid < ?)",
                [*values, uid, f"{uid}\0", f"{uid}\1"],
            )
        self._db.execute(f"DELETE FROM line WHERE {where}", values)  # noqa: S608 - names of our own columns
        key = "\0".join([*(stream if stream.type or uid else stream[:1]), *([uid] if uid else [])])
        self._db.execute("DELETE FROM gap WHERE key >= ? AND key < ?", (f"{key}\0", f"{key}\1"))

    def _undo(self, names: Iterable[str]) -> None:
        """Make jobs undone, listings with their records, by their names or the beginnings of them."""
        for table, column in (("line", "listing"), ("listing", "name"), ("done", "job"), ("gap", "key")):
            for query, bounds in _ranges(column, names):
                self._db.execute(f"DELETE FROM {table} WHERE {query}", bounds)  # noqa: S608 - our own names

    def is_whole(self, listing: str) -> bool:
        """Whether the pages of a listing hold as many rows as it announced."""
        return self._db.row("SELECT total = seen FROM listing WHERE name = ?", listing) == (1,)

    def repeats(self, listing: str) -> bool:
        """Whether a listing returned some row twice: a sign that rows moved while it was read."""
        kept = self._db.row("SELECT kept FROM listing WHERE name = ?", listing)
        stored = self._db.row("SELECT count(*) FROM line WHERE listing = ?", listing)
        return kept is not None and kept != stored

    def count(self, stream: Stream) -> int:
        row = self._db.row(f"SELECT count(*) {_IN_STREAM}", *stream)
        return int(row[0]) if row else 0

    def streams(self) -> list[Stream]:
        """Every stream of the snapshot. Kinds that begin with a dot hold notes of the run and are left out."""
        query = "SELECT DISTINCT kind, type, locale FROM line WHERE kind NOT LIKE '.%' ORDER BY 1, 2, 3"
        return [Stream(*row) for row in self._db.execute(query)]

    def encoded(self, stream: Stream) -> Iterator[bytes]:
        """The records of a stream as JSON without a line end, sorted by uid (by code points), then by number."""
        for (body,) in self._db.execute(f"SELECT body {_IN_STREAM} ORDER BY uid, number", stream):
            yield body

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        """The records of a stream, in the order of their keys."""
        return map(self._object, self.encoded(stream))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        row = self._db.row(f"SELECT body {_IN_STREAM} AND uid = ? AND number = ?", *stream, uid, number)
        return None if row is None else self._object(row[0])

    def of(self, stream: Stream, uid: str) -> Iterator[JsonObject]:
        """All records of a stream with that uid, by number."""
        query = f"SELECT body {_IN_STREAM} AND uid = ? ORDER BY number"
        # All at once: the caller may write to the store while it iterates.
        for (body,) in self._db.execute(query, (*stream, uid)).fetchall():
            yield self._object(body)

    def numbered(self, stream: Stream, uid: str) -> Iterator[tuple[int, JsonObject]]:
        """The same with the number of each."""
        query = f"SELECT number, body {_IN_STREAM} AND uid = ? ORDER BY number"
        for number, body in self._db.execute(query, (*stream, uid)).fetchall():
            yield number, self._object(body)

    def redacted(self) -> list[str]:
        """Where a credential was replaced, sorted."""
        return [place for (place,) in self._db.execute("SELECT place FROM redacted ORDER BY place")]


def _pages(listing: str) -> str:
    """The GLOB pattern of the jobs that are a listing's pages, `LISTING@SKIP`; a sign in brackets stands for itself."""
    literal = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in listing)
    return f"{literal}@*"


def _ranges(column: str, names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Conditions for jobs of these names, for the pages of listings, and for jobs that the names are beginnings of."""
    for name in names:
        # "@" begins a page's number and "/" the next part of a name; NUL ends a gap's kind.
        bounds = (f"{name}{sign}" for sign in ("/", "0", "@", "A", "\0", "\1"))
        query = f"{column} = ? OR " + " OR ".join(3 * [f"{column} >= ? AND {column} < ?"])
        yield query, (name, *bounds)
