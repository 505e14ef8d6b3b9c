"""The checkpoint of an import: intended writes, their outcomes and the identity map, in one SQLite file.

An operation is recorded before its request is sent (`intend`, made durable by `commit`) and again when its outcome is
known (`settle`). An outcome and its identities are one transaction and become durable with the next commit, which
comes before any write that depends on them. An operation that is intended and not settled may or may not have been
carried out: it is probed before it is repeated (I4).
This module must never open a network connection or know what an operation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.io.redaction import mask_gap, mask_remark
from stackferry.io.storage.sqlite import FactStore, open_database
from stackferry.model import REMARKS, Budget, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackferry.model import Gap, Json, JsonObject, Remark

FORMAT = 1
RESTART = "import with --on-conflict update: what the target already holds is then found again"
# Changed only together with FORMAT: an import of an earlier version is resumed with these tables. `undo` holds requests
# that undo a temporary change; a row is there from before the change until after it was undone.
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
CREATE TABLE IF NOT EXISTS remark (
    key TEXT PRIMARY KEY, operation TEXT NOT NULL, list TEXT NOT NULL, body BLOB NOT NULL,
    crc AS (row_crc(key, operation, list, body)) STORED) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS remark_by_operation ON remark (operation);
CREATE TABLE IF NOT EXISTS undo (
    key TEXT PRIMARY KEY, body BLOB NOT NULL, crc AS (row_crc(key, body)) STORED) WITHOUT ROWID;
"""


class State(StrEnum):
    """How far an operation got. An open one needed no write when it was last decided; every run decides anew."""

    OPEN = "open"
    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of an import. `note` is what its provider needs to probe it or to continue after it."""

    key: str
    state: State
    note: JsonObject


class Checkpoint(FactStore):
    """An open checkpoint. The caller holds its lock: two runs never share one."""

    def __init__(self, path: Path) -> None:
        remedy = f"Restore it from a backup, or move {path.parent} away and {RESTART}"
        super().__init__(open_database(path, _SCHEMA, remedy))
        self._is_ended = False
        try:
            self._check_format()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        try:
            self.commit()
        finally:
            self._db.close()

    def _check_format(self) -> None:
        found = self.fact("format")
        if found is None:
            self.set_fact("format", {"number": FORMAT})
        elif found.get("number") != FORMAT:
            raise self._db.damaged(f"it was written in format {found.get('number')}, this is format {FORMAT}")

    def operation(self, key: str) -> Operation | None:
        """The operation with that key; None where it was never intended."""
        row = self._db.row("SELECT state, note FROM operation WHERE key = ?", key)
        if row is None:
            return None
        if row[0] not in {state.value for state in State}:
            raise self._db.damaged(f"an operation is in an unknown state: {row[0]!r}")
        return Operation(key, State(row[0]), self._object(row[1]))

    def reason(self, key: str) -> str:
        """The reason of the gap that the operation with that key has left; empty where it has left none."""
        row = self._db.row("SELECT body FROM gap WHERE operation = ? ORDER BY key", key)
        return "" if row is None or self._is_ended else str(self._object(row[0]).get("reason", ""))

    def told_by(self, keys: Iterable[str]) -> tuple[list[JsonObject], dict[str, list[JsonObject]]]:
        """The gaps of the operations with these keys, and their remarks of each list that has any."""
        gaps: list[JsonObject] = []
        rows: list[tuple[str, bytes]] = []
        for key in keys:
            found = self._db.execute("SELECT body FROM gap WHERE operation = ? ORDER BY key", (key,))
            gaps += [self._object(body) for (body,) in found]
            rows += self._db.execute("SELECT list, body FROM remark WHERE operation = ? ORDER BY key", (key,))
        return gaps, self._by_list(rows)

    def intend(self, key: str, note: JsonObject) -> None:
        """Record that a request is about to be sent. Call `commit` before it is sent."""
        with self._db.transaction(durable=False):
            self._put(key, State.INTENDED, note)

    def commit(self) -> None:
        """Make every intent and outcome since the last commit durable. After a failure none of them is."""
        self._db.commit()

    def settle(
        self,
        key: str,
        state: State,
        note: JsonObject,
        identities: Sequence[tuple[str, str, str]] = (),
        gaps: Sequence[Gap] = (),
        undoes: str = "",
        remarks: Sequence[Remark] = (),
    ) -> None:
        """Record the outcome of an operation, with its identities (kind, source uid, target uid), gaps and remarks.

        `undoes` is the key of the operation whose temporary change this one has undone. Durable with the next
        commit, or when the checkpoint is closed: after a crash in between the operation is still intended.
        """
        with self._db.transaction(durable=False):
            self._put(key, state, note)
            if undoes:
                self._db.execute("DELETE FROM undo WHERE key = ?", (undoes,))
            self._db.executemany("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)", identities)
            # An operation may be carried out again: its gaps and remarks replace those of the first time.
            self._db.execute("DELETE FROM gap WHERE operation = ?", (key,))
            self._db.execute("DELETE FROM remark WHERE operation = ?", (key,))
            told = (
                (one.key, key, one.list, exact_json.dumps(one.as_json())) for one in map(mask_remark, remarks)
            )
            self._db.executemany("INSERT OR REPLACE INTO remark VALUES (?, ?, ?, ?)", told)
            rows = ((gap.key, key, exact_json.dumps(gap.as_json())) for gap in map(mask_gap, gaps))
            self._db.executemany("INSERT OR REPLACE INTO gap VALUES (?, ?, ?)", rows)

    def forget(self, step: Callable[[str], bool], identity: Callable[[str, str], bool]) -> None:
        """Forget the operations, by key, and the identities, by kind and source, of which these say so.

        A temporary change stays known: its undo is still to be sent.
        """
        keys = [(key,) for (key,) in self._db.execute("SELECT key FROM operation") if step(key)]
        pairs = [pair for pair in self._db.execute("SELECT kind, source FROM identity") if identity(*pair)]
        with self._db.transaction():
            self._db.executemany("DELETE FROM operation WHERE key = ?", keys)
            self._db.executemany("DELETE FROM gap WHERE operation = ?", keys)
            self._db.executemany("DELETE FROM remark WHERE operation = ?", keys)
            self._db.executemany("DELETE FROM identity WHERE kind = ? AND source = ?", pairs)

    def end_earlier(self) -> None:
        """A finished import is to be followed by another one: until that begins anew, nobody has an identity."""
        self._is_ended = True

    def begin_anew(self, kept: str, facts: Mapping[str, JsonObject]) -> None:
        """Forget an import: its operations, identities, gaps and facts. Temporary changes stay known.

        So do the facts whose names begin with `kept`, and `facts` are added to them.
        """
        self._is_ended = False
        with self._db.transaction():
            for table in ("operation", "identity", "gap", "remark"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above
            self._db.execute(
                "DELETE FROM fact WHERE name != 'format' AND substr(name, 1, ?) != ?", (len(kept), kept)
            )
            rows = ((name, exact_json.dumps(value)) for name, value in facts.items())
            self._db.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", rows)

    def _put(self, key: str, state: State, note: JsonObject) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO operation VALUES (?, ?, ?)", (key, state.value, exact_json.dumps(note))
        )

    def target(self, kind: str, source: str) -> str | None:
        """The target uid of a source uid; None while the object has none."""
        row = self._db.row("SELECT target FROM identity WHERE kind = ? AND source = ?", kind, source)
        return None if row is None or self._is_ended else str(row[0])

    def source(self, kind: str, target: str) -> str | None:
        """The source uid of a target uid; None where it is nobody's."""
        row = self._db.row("SELECT source FROM identity WHERE kind = ? AND target = ?", kind, target)
        return None if row is None or self._is_ended else str(row[0])

    def is_target(self, kind: str, target: str) -> bool:
        row = self._db.row("SELECT 1 FROM identity WHERE kind = ? AND target = ?", kind, target)
        return row is not None and not self._is_ended

    def identities(self, kind: str) -> Iterator[tuple[str, str]]:
        """The pairs (source uid, target uid) of a kind, sorted by source uid; one at a time in memory."""
        query = "SELECT source, target FROM identity WHERE kind = ? ORDER BY source"
        yield from self._db.execute(query, (kind,))

    def all_identities(self) -> Iterator[tuple[str, str, str]]:
        """Every identity: kind, source uid, target uid."""
        yield from self._db.execute("SELECT kind, source, target FROM identity ORDER BY kind, source")

    def identity_counts(self) -> dict[str, int]:
        """How many objects of each kind have a target uid."""
        return dict(self._db.execute("SELECT kind, count(*) FROM identity GROUP BY kind ORDER BY kind"))

    def remarks(self) -> dict[str, list[JsonObject]]:
        """The remarks of each list that has any, in the order of a report."""
        return self._by_list(self._db.execute("SELECT list, body FROM remark ORDER BY key"))

    def _by_list(self, remarks: Iterable[tuple[str, bytes]]) -> dict[str, list[JsonObject]]:
        found: dict[str, list[JsonObject]] = {name: [] for name in REMARKS}
        for name, body in remarks:
            found.setdefault(name, []).append(self._object(body))
        return {name: rows for name, rows in found.items() if rows}

    def add_undo(self, key: str, body: JsonObject) -> None:
        """Record how to undo a temporary change; durable at once, so call it before the change is made.

        The first request for a key is kept: a later run would record the changed state as the one to restore.
        """
        with self._db.transaction():
            self._db.execute("INSERT OR IGNORE INTO undo VALUES (?, ?)", (key, exact_json.dumps(body)))

    def replace_undo(self, key: str, body: JsonObject) -> None:
        """Record that a temporary change is to be undone otherwise; nothing where it was undone. Durable at once."""
        with self._db.transaction():
            self._db.execute("UPDATE undo SET body = ? WHERE key = ?", (exact_json.dumps(body), key))

    def has_undo(self, key: str) -> bool:
        """Whether the temporary change of an operation may have been made and is not yet undone."""
        return self._db.row("SELECT 1 FROM undo WHERE key = ?", key) is not None

    def remove_undo(self, key: str) -> None:
        """Record that a temporary change was undone."""
        with self._db.transaction():
            self._db.execute("DELETE FROM undo WHERE key = ?", (key,))

    def reset_operation(self, key: str) -> None:
        """Record that a temporary change was undone before the import is complete: it must be made again."""
        # Together: an operation that is done without its change would never be made again.
        with self._db.transaction():
            self._db.execute("DELETE FROM undo WHERE key = ?", (key,))
            self._db.execute("DELETE FROM operation WHERE key = ?", (key,))

    def pending_undos(self) -> list[tuple[str, JsonObject]]:
        """The temporary changes that must be undone: operation key and request."""
        rows = self._db.execute("SELECT key, body FROM undo ORDER BY key").fetchall()
        return [(key, self._object(body)) for key, body in rows]


def undo_as_json(requests: Sequence[Request]) -> JsonObject:
    """Requests that undo a change, one after the other, at least one; only those with JSON bodies do."""
    first, *then = requests
    more: list[Json] = [_as_json(request) for request in then]
    return {**_as_json(first), **({"then": more} if more else {})}


def undo_requests(body: JsonObject) -> list[Request]:
    """The requests that `undo_as_json` kept."""
    then = body.get("then")
    return [
        _request(row) for row in (body, *(then if isinstance(then, list) else ())) if isinstance(row, dict)
    ]


def _as_json(request: Request) -> JsonObject:
    return {
        "method": request.method,
        "path": request.path,
        "headers": [list(header) for header in request.headers],
        "body": (request.body or b"").decode(),
    }


def _request(body: JsonObject) -> Request:
    rows = body["headers"]
    headers = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    return Request(
        method=str(body["method"]),
        path=str(body["path"]),
        headers=tuple((str(name), str(value)) for name, value in headers),
        body=str(body["body"]).encode(),
        budget=Budget.WRITE,
    )
