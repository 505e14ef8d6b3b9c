"""Random access to the records of a snapshot, by stream and key.

The byte offset of every record is kept in a scratch database. It is derived from the snapshot alone, made anew by
every run and thrown away. Must never write into the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from stackferry.io.storage.snapshot import decode_record
from stackferry.io.storage.temp_tables import TempTables
from stackferry.model import JsonObject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Stream

KeyOf: TypeAlias = Callable[[str, JsonObject], tuple[str, int]]
"""The key (uid and number, as in `Record`) that an export gave a record of a kind."""

_MAX_OPEN = 32  # files of the snapshot at a time; a stack has one for each content type and language


class SnapshotIndex:
    """The records of a snapshot. `key_of` is the system's: only it knows what identifies a record of a kind.

    The offsets are in the database `scratch` at `path`, which a plan may use for its own tables too.
    """

    def __init__(self, snapshot: Snapshot, key_of: KeyOf, path: Path | None = None) -> None:
        self._snapshot = snapshot
        self._key_of = key_of
        self._files = dict(snapshot.stream_files())
        self._numbers = {stream: number for number, stream in enumerate(self._files)}
        self._open: dict[str, BinaryIO] = {}
        self.scratch = TempTables(path)
        try:
            self._offsets = self.scratch.table(4)
            for stream in self._files:
                self._offsets.add(self._rows(stream))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self.scratch.close()

    def streams(self) -> list[Stream]:
        return sorted(self._files)

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        """The records of a stream, in the order of their keys; none where the snapshot has no such stream."""
        name = self._files.get(stream)
        for line in self._snapshot.files.lines(name) if name else ():
            yield decode_record(line, name or "")

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        """The record with that key; None where there is none."""
        file = self._numbers.get(stream)
        found = None if file is None else self._offsets.of(file, uid, number)
        if not found:
            return None
        name = self._files[stream]
        opened = self._opened(name)
        opened.seek(found[-1][-1])
        return decode_record(opened.readline(), name)

    def _opened(self, name: str) -> BinaryIO:
        """The file, open for reading; the last `_MAX_OPEN` that were opened stay open."""
        if name not in self._open:
            if len(self._open) == _MAX_OPEN:
                self._open.pop(next(iter(self._open))).close()
            self._open[name] = self._snapshot.files.reader(name)
        return self._open[name]

    def _rows(self, stream: Stream) -> Iterator[tuple[int, str, int, int]]:
        """For each record: the number of its file, its key, and its offset in bytes."""
        name, offset = self._files[stream], 0
        for line in self._snapshot.files.lines(name):
            yield self._numbers[stream], *self._key_of(stream.kind, decode_record(line, name)), offset
            offset += len(line)
