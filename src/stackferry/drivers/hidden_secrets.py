"""A side of a comparison with digests in place of its credentials: equal ones stay equal, and none is ever printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System


class HiddenSecrets:
    """The records of a store; what it redacted already stays as it is. Both sides need the same `salt`."""

    def __init__(self, system: System, store: RecordStore, salt: str) -> None:
        self._hidden, self._store, self._salt = system.redact_salted, store, salt

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return (self._hidden(stream.kind, row, self._salt) for row in self._store.objects(stream))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        found = self._store.get(stream, uid, number)
        return None if found is None else self._hidden(stream.kind, found, self._salt)

    def streams(self) -> list[Stream]:
        return self._store.streams()
