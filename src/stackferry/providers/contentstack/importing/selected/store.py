"""A snapshot as if it held some of its objects only. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore

OF_ENTRIES: Final = frozenset({"entries", "versions", "history", "variants"})
OF_ASSETS: Final = frozenset({"assets", "asset_versions", "files"})
OF_RELEASES: Final = frozenset({"releases", "release_items"})
_SEPARATOR: Final = "\0"  # between a row's uid and what else its key holds


def whole(source: RecordStore) -> RecordStore:
    """The source with what is not selected."""
    return source.everything if isinstance(source, Selected) else source


class Selected:
    """Implements `RecordStore`: some locales, some entries, assets and releases (None: all).

    Other kinds are all there.
    """

    def __init__(
        self,
        source: RecordStore,
        locales: Collection[str],
        entries: Collection[str] | None = None,
        assets: Collection[str] | None = None,
        releases: Collection[str] | None = None,
    ) -> None:
        self._source = source
        self.everything: RecordStore = whole(source)
        self._locales = locales
        self._members = {
            **dict.fromkeys(OF_ENTRIES, entries),
            **dict.fromkeys(OF_ASSETS, assets),
            **dict.fromkeys(OF_RELEASES, releases),
        }

    def streams(self) -> list[Stream]:
        return [stream for stream in self._source.streams() if self._is_open(stream)]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        rows = self._source.objects(stream) if self._is_open(stream) else iter(())
        return (row for row in rows if self._is_here(stream, row))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        is_here = self._is_open(stream) and self._is_in(stream, uid.partition(_SEPARATOR)[0])
        return self._source.get(stream, uid, number) if is_here else None

    def _is_open(self, stream: Stream) -> bool:
        return stream.kind not in OF_ENTRIES or not self._locales or stream.locale in self._locales

    def _is_in(self, stream: Stream, uid: str) -> bool:
        members = self._members.get(stream.kind)
        return members is None or uid in members

    def _is_here(self, stream: Stream, row: JsonObject) -> bool:
        """Whether a row is in: what extensions keep goes with its object, and of an entry with its language."""
        if stream.kind != kinds.METADATA.name:
            owner = kinds.RELEASE_ITEMS.owner_key if stream.kind == kinds.RELEASE_ITEMS.name else "uid"
            return self._is_in(stream, text(row.get(owner)))
        kind = kinds.kind_of_metadata(row)
        is_asked = kind == "assets" or not self._locales or row.get("locale") in self._locales
        return is_asked and self._is_in(Stream(kind), text(row.get("entity_uid")))
