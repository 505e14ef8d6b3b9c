"""Random access to a snapshot's lines: where each stands, in a scratch database that can be thrown away.

It is derived from the snapshot alone and never trusted across runs. Must never write into the snapshot.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from stackferry import jsonio
from stackferry.errors import JsonRefused, SnapshotCorrupt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.edges.snapshot import Snapshot
    from stackferry.model import Json, JsonObject, Shelf

_SCHEMA = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
CREATE TABLE place (
    file INTEGER NOT NULL, uid TEXT NOT NULL, number INTEGER NOT NULL, offset INTEGER NOT NULL,
    PRIMARY KEY (file, uid, number)) WITHOUT ROWID;
"""
_NUMBERED = frozenset({"versions", "asset_versions"})


class SnapshotIndex:
    """A snapshot's rows, by shelf and by key. `path` is a scratch file of the index's own."""

    def __init__(self, snapshot: Snapshot, path: Path | None = None) -> None:
        if path is not None:
            path.unlink(missing_ok=True)
        self._snapshot = snapshot
        self._files = dict(snapshot.shelf_files())
        self._numbers = {shelf: number for number, shelf in enumerate(self._files)}
        self._db = sqlite3.connect(path or "", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        for shelf in self._files:
            self._db.executemany("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)", self._places(shelf))
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()

    def shelves(self) -> list[Shelf]:
        return sorted(self._files)

    def objects(self, shelf: Shelf) -> Iterator[JsonObject]:
        name = self._files.get(shelf)
        if name is None:
            return
        for line in self._snapshot.files.lines(name):
            yield _object(line, name)

    def get(self, shelf: Shelf, uid: str, number: int = 0) -> JsonObject | None:
        file = self._numbers.get(shelf)
        query = "SELECT offset FROM place WHERE file = ? AND uid = ? AND number = ?"
        row = None if file is None else self._db.execute(query, (file, uid, number)).fetchone()
        if row is None:
            return None
        name = self._files[shelf]
        with self._snapshot.files.reader(name) as stream:
            stream.seek(row[0])
            return _object(stream.readline(), name)

    def _places(self, shelf: Shelf) -> Iterator[tuple[int, str, int, int]]:
        name, offset = self._files[shelf], 0
        for line in self._snapshot.files.lines(name):
            row = _object(line, name)
            yield self._numbers[shelf], *_key(shelf.kind, row), offset
            offset += len(line)


def _key(kind: str, row: JsonObject) -> tuple[str, int]:
    """What the export sorted the line by."""
    if kind == "locales":
        return str(row.get("code")), 0
    if kind == "files":
        return str(row.get("uid")), _integer(row.get("version"))
    if kind in _NUMBERED:
        return str(row.get("uid")), _integer(row.get("_version"))
    if kind == "history":
        versions = row.get("versions")
        first = versions[0] if isinstance(versions, list) and versions else {}
        return str(row.get("uid")), _integer(first.get("_version")) if isinstance(first, dict) else 0
    if kind == "terms" and isinstance(term := row.get("term"), dict):
        return f"{row.get('taxonomy')}\0{term.get('uid')}", 0
    return str(row.get("uid") or row.get("release")), 0


def _integer(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _object(line: bytes, name: str) -> JsonObject:
    try:
        value = jsonio.loads(line)
    except JsonRefused as refused:
        raise SnapshotCorrupt(f"{name}: a line cannot be read: {refused}") from refused
    if not isinstance(value, dict):
        raise SnapshotCorrupt(f"{name}: a line is not a JSON object")
    return value
