"""Random access to a snapshot's lines: where each stands, in a scratch database that can be thrown away.

It is derived from the snapshot alone and never trusted across runs. Must never write into the snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.io.storage.temp_tables import TempTables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject, Stream

_OPEN = 32  # files of the snapshot at a time
_NUMBERED = frozenset({"versions", "asset_versions"})


class SnapshotIndex:
    """A snapshot's rows, by stream and by key. `path` is that of its `scratch`, which others may use too."""

    def __init__(self, snapshot: Snapshot, path: Path | None = None) -> None:
        self._snapshot = snapshot
        self._files = dict(snapshot.stream_files())
        self._numbers = {stream: number for number, stream in enumerate(self._files)}
        self._streams: dict[str, BinaryIO] = {}
        self.scratch = TempTables(path)
        try:
            self._offsets = self.scratch.table(4)
            for stream in self._files:
                self._offsets.add(self._places(stream))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for stream in self._streams.values():
            stream.close()
        self.scratch.close()

    def streams(self) -> list[Stream]:
        return sorted(self._files)

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        name = self._files.get(stream)
        if name is None:
            return
        for line in self._snapshot.files.lines(name):
            yield _object(line, name)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        file = self._numbers.get(stream)
        found = None if file is None else self._offsets.of(file, uid, number)
        if not found:
            return None
        name = self._files[stream]
        opened = self._opened(name)
        opened.seek(found[-1][-1])
        return _object(opened.readline(), name)

    def _opened(self, name: str) -> BinaryIO:
        """The file, open; the ones that were opened last stay so."""
        if name not in self._streams:
            if len(self._streams) == _OPEN:
                self._streams.pop(next(iter(self._streams))).close()
            self._streams[name] = self._snapshot.files.reader(name)
        return self._streams[name]

    def _places(self, stream: Stream) -> Iterator[tuple[int, str, int, int]]:
        name, offset = self._files[stream], 0
        for line in self._snapshot.files.lines(name):
            row = _object(line, name)
            yield self._numbers[stream], *_key(stream.kind, row), offset
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
    if kind == "translations":
        return "\0".join(str(row.get(name, "")) for name in ("taxonomy", "locale", "term")), 0
    return str(row.get("uid") or row.get("release")), 0


def _integer(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _object(line: bytes, name: str) -> JsonObject:
    try:
        value = exact_json.loads(line)
    except JsonRefused as refused:
        raise SnapshotCorrupt(f"{name}: a line cannot be read: {refused}") from refused
    if not isinstance(value, dict):
        raise SnapshotCorrupt(f"{name}: a line is not a JSON object")
    return value
