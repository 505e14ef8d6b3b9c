"""Whether one side holds an object, by kind and id. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentful import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore, Table, TempTables


class Held:
    """What one side holds. An entry is found whatever its content type is."""

    def __init__(self, store: RecordStore, scratch: TempTables) -> None:
        self._store, self._scratch = store, scratch

    def holds(self, kind: str, uid: str) -> bool:
        if kind == kinds.ENTRIES.name:
            return bool(self.type_of(uid))
        return self._store.get(Stream(kind), uid) is not None

    def type_of(self, entry: str) -> str:
        """The content type of an entry; empty where this side does not hold it."""
        found = self._types.of(entry)
        return str(found[0][1]) if found else ""

    @cached_property
    def _types(self) -> Table:
        # On disk: there may be more entries than fit in memory.
        return self._scratch.table(2, self._entries())

    def _entries(self) -> Iterator[tuple[str, str]]:
        for stream in self._store.streams():
            if stream.kind == kinds.ENTRIES.name:
                yield from ((kinds.sys_id(row), stream.type) for row in self._store.objects(stream))
