"""The import's memory: what was intended, what came of it, and who became whom. One SQLite file.

An operation is written down before it is sent (`intend`, durable by a `commit`) and again when its outcome is known
(`settle`); the outcome and the identities that it brings are written in one piece, and become durable with the next
commit: what depends on an outcome never reaches the disk, or the service, before it. An operation that is intended
and not settled may or may not have been carried out: it is probed before it is repeated (I4).
This module must never talk to a network or know what an operation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.io.redaction import cleaned
from stackferry.io.storage.sqlite import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stackferry.model import Gap, JsonObject

FORMAT = 1
AFRESH = "import with --on-conflict update: what the target already holds is then found again"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (
    name TEXT PRIMARY KEY, value BLOB NOT NULL, crc AS (row_crc(name, value)) STORED) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operation (
    key TEXT PRIMARY KEY, state TEXT NOT NULL, note BLOB NOT NULL,
    crc AS (row_crc(key, state, note)) STORED) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identity (
    kind TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
    crc AS (row_crc(kind, source, target)) STORED, PRIMARY KEY (kind, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identity_by_target ON identity (kind, target);
CREATE TABLE IF NOT EXISTS gap (
    key TEXT PRIMARY KEY, operation TEXT NOT NULL, body BLOB NOT NULL,
    crc AS (row_crc(key, operation, body)) STORED) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gap_by_operation ON gap (operation);
CREATE TABLE IF NOT EXISTS undo (
    key TEXT PRIMARY KEY, body BLOB NOT NULL, crc AS (row_crc(key, body)) STORED) WITHOUT ROWID;
"""


class State(StrEnum):
    """How far an operation got. An open one asked for no write, and is decided again by every run."""

    OPEN = "open"
    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the checkpoint remembers it; `note` is what its provider needs to probe or to go on."""

    key: str
    state: State
    note: JsonObject


class Checkpoint:
    """An open checkpoint. The caller holds its lock: two runs never share one."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(
            path, _SCHEMA, f"Restore it from a backup, or move {path.parent} away and {AFRESH}"
        )
        try:
            self._check_format()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Make durable what is not yet."""
        try:
            self.commit()
        finally:
            self._db.close()

    def _check_format(self) -> None:
        known = self.fact("format")
        if known is None:
            self.state("format", {"number": FORMAT})
        elif known.get("number") != FORMAT:
            raise self._db.damaged(f"it was written in format {known.get('number')}, this is format {FORMAT}")

    def fact(self, name: str) -> JsonObject | None:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else self._object(row[0])

    def state(self, name: str, value: JsonObject) -> None:
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, exact_json.dumps(value)))

    def operation(self, key: str) -> Operation | None:
        row = self._db.execute("SELECT state, note FROM operation WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        if row[0] not in {state.value for state in State}:
            raise self._db.damaged(f"an operation is in no known state: {row[0]!r}")
        return Operation(key, State(row[0]), self._object(row[1]))

    def intend(self, key: str, note: JsonObject) -> None:
        """Written down, and to be made durable (`commit`) before the request leaves."""
        with self._db.transaction(durable=False):
            self._record(key, State.INTENDED, note)

    def commit(self) -> None:
        """Make every intent and every outcome durable that is not yet. After a failure none of them is."""
        self._db.commit()

    def settle(
        self,
        key: str,
        state: State,
        note: JsonObject,
        identities: Sequence[tuple[str, str, str]] = (),
        gaps: Sequence[Gap] = (),
        undoes: str = "",
    ) -> None:
        """The outcome, with the identities (kind, source, target) and the gaps that it brings.

        `undoes` names the operation whose temporary change this one has taken back. It is durable with the next
        commit, or when the checkpoint is closed: after a crash in between the operation is still intended.
        """
        with self._db.transaction(durable=False):
            self._record(key, state, note)
            if undoes:
                self._db.execute("DELETE FROM undo WHERE key = ?", (undoes,))
            self._db.executemany("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)", identities)
            self._db.execute("DELETE FROM gap WHERE operation = ?", (key,))
            rows = ((gap.key, key, exact_json.dumps(gap.as_json())) for gap in map(cleaned, gaps))
            self._db.executemany("INSERT OR REPLACE INTO gap VALUES (?, ?, ?)", rows)

    def _record(self, key: str, state: State, note: JsonObject) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO operation VALUES (?, ?, ?)", (key, state.value, exact_json.dumps(note))
        )

    def identify(self, kind: str, source: str, target: str) -> None:
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)", (kind, source, target))

    def target(self, kind: str, source: str) -> str | None:
        """Who `source` became in the target; None: it is not there (yet)."""
        row = self._db.execute(
            "SELECT target FROM identity WHERE kind = ? AND source = ?", (kind, source)
        ).fetchone()
        return None if row is None else str(row[0])

    def is_target(self, kind: str, target: str) -> bool:
        """Whether some source object already became `target`."""
        query = "SELECT 1 FROM identity WHERE kind = ? AND target = ?"
        return self._db.execute(query, (kind, target)).fetchone() is not None

    def identities(self, kind: str) -> Iterator[tuple[str, str]]:
        """Everything of a kind that has a target: source and target, in the order of the sources, one at a time."""
        query = "SELECT source, target FROM identity WHERE kind = ? ORDER BY source"
        yield from self._db.execute(query, (kind,))

    def tally(self) -> dict[str, int]:
        """How many objects of each kind have a target."""
        return dict(self._db.execute("SELECT kind, count(*) FROM identity GROUP BY kind ORDER BY kind"))

    def promise_undo(self, key: str, body: JsonObject) -> None:
        """Durable before a temporary change is made in the target; `undone` takes it back."""
        with self._db.transaction():
            self._db.execute("INSERT OR IGNORE INTO undo VALUES (?, ?)", (key, exact_json.dumps(body)))

    def is_promised(self, key: str) -> bool:
        """Whether a temporary change was begun and not taken back yet."""
        return self._db.execute("SELECT 1 FROM undo WHERE key = ?", (key,)).fetchone() is not None

    def undone(self, key: str) -> None:
        with self._db.transaction():
            self._db.execute("DELETE FROM undo WHERE key = ?", (key,))

    def taken_back(self, key: str) -> None:
        """A change was undone although its run had not come to an end: it has to be made again."""
        with self._db.transaction():
            self._db.execute("DELETE FROM undo WHERE key = ?", (key,))
            self._db.execute("DELETE FROM operation WHERE key = ?", (key,))

    def to_undo(self) -> list[tuple[str, JsonObject]]:
        rows = self._db.execute("SELECT key, body FROM undo ORDER BY key").fetchall()
        return [(key, self._object(body)) for key, body in rows]

    def gaps(self) -> list[JsonObject]:
        return [self._object(body) for (body,) in self._db.execute("SELECT body FROM gap ORDER BY key")]

    def _object(self, data: bytes) -> JsonObject:
        return self._db.json_object(data)
