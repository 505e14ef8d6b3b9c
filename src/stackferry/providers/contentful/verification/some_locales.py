"""One side of a comparison as if its documents had some locales only: an import of these leaves the others alone. Pure.

Tags are those of a whole document, so they are not compared, and neither is whether it is archived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.source import RecordStore

_DOCUMENTS: Final = frozenset(
    ("entries", "published_entries", "release_entries", "assets", "published_assets", "release_assets")
)


class InLocales:
    """Implements `RecordStore`: the values of these locales alone."""

    def __init__(self, store: RecordStore, codes: Collection[str]) -> None:
        self._store, self._codes = store, codes

    def streams(self) -> list[Stream]:
        return self._store.streams()

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return (self._cut(stream, row) for row in self._store.objects(stream))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        row = self._store.get(stream, uid, number)
        return None if row is None else self._cut(stream, row)

    def _cut(self, stream: Stream, row: JsonObject) -> JsonObject:
        if stream.kind == "entry_snapshots":
            return {**row, "snapshot": self._in_locales(as_object(row.get("snapshot")))}
        return self._in_locales(row) if stream.kind in _DOCUMENTS else row

    def _in_locales(self, document: JsonObject) -> JsonObject:
        fields: JsonObject = {}
        for name, values in as_object(document.get("fields")).items():
            own = {code: value for code, value in as_object(values).items() if code in self._codes}
            if own:
                fields[name] = own
        rest: JsonObject = {name: value for name, value in document.items() if name != "metadata"}
        return {**rest, "fields": fields}
