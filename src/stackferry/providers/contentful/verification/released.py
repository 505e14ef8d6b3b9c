"""What of a snapshot is compared after an import of one release: its items, and what was made because they link to it.

What else they link to the target had, and it was left as it is. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful.content.links import ASSET, ENTRY
from stackferry.providers.contentful.exporting.selection import asked_releases
from stackferry.providers.contentful.exporting.staged import entities_of
from stackferry.providers.contentful.kinds import record_key
from stackferry.providers.selection import narrowing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_KINDS: Final = {
    **dict.fromkeys(("entries", "published_entries", "entry_snapshots"), (ENTRY, "entries")),
    **dict.fromkeys(("assets", "published_assets"), (ASSET, "assets")),
}


class OfRelease:
    """Implements `RecordStore`: the items of a release, and what the import of it has written besides."""

    def __init__(self, context: ImportContext, releases: list[JsonObject]) -> None:
        self._store = context.source
        self._items = {entity for release in releases for entity in entities_of(release)}
        # Without the record of an import nobody can tell what it has made.
        self._made = context.identity if context.imported else None

    def streams(self) -> list[Stream]:
        return self._store.streams()

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        for row in self._store.objects(stream):
            if self._is_in(stream.kind, record_key(stream.kind, row)[0]):
                yield row

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        return self._store.get(stream, uid, number) if self._is_in(stream.kind, uid) else None

    def _is_in(self, kind: str, uid: str) -> bool:
        link_type, own = _KINDS.get(kind, ("", ""))
        if not own or (link_type, uid) in self._items:
            return True
        return self._made is not None and self._made.target(own, uid) is not None


def of_release(context: ImportContext) -> RecordStore:
    """The source, or what of it an import of one release was to write."""
    narrow = (context.options.selection, narrowing(context.manifest))
    asked = next((one for one in narrow if one.release), None)
    releases = asked_releases(context.source, asked) if asked and context.options.only else []
    return OfRelease(context, releases) if releases else context.source
