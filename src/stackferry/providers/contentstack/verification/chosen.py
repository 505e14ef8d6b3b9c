"""What of a target is compared where only some entries were to be written: the rest is not the import's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.model import HEAD, Stream
from stackferry.providers.contentstack.content.publish_queue import SCHEDULES, waiting_schedules
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.target import ImportContext

# What belongs to an entry, an asset or a release of a uid: by the kind of its rows, and their key.
_OF: Final = {
    "entries": ("entries", "uid"),
    "versions": ("entries", "uid"),
    "variants": ("entries", "uid"),
    "history": ("entries", "uid"),
    "assets": ("assets", "uid"),
    "asset_versions": ("assets", "uid"),
    "releases": ("releases", "uid"),
    "release_items": ("releases", "release"),
}


def is_part(context: ImportContext) -> bool:
    """Whether what is compared are some entries in a target that holds others, which stay as they are."""
    options = context.options
    exported = selection_from_json(as_object((context.source.get(HEAD, "") or {}).get("options")))
    return bool(options.only) and (options.selection.is_narrow or exported.is_narrow)


class Chosen:
    """Implements `RecordStore`: of a target's entries, assets and releases the counterparts of the source's.

    Single objects are found as before, because what is compared may refer to any.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context, self._target = context, context.target
        self._found = context.scratch.table(2, self._counterparts())

    def _counterparts(self) -> Iterator[Row]:
        for stream in self._context.source.streams():
            if stream.kind in ("entries", "assets", "releases"):
                for row in self._context.source.objects(stream):
                    target = self._context.identity.target(stream.kind, text(row.get("uid")))
                    if target is not None:
                        yield stream.kind, target

    def streams(self) -> list[Stream]:
        return self._target.streams()

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        if stream == SCHEDULES:
            yield from self._schedules()
            return
        kind, key = _OF.get(stream.kind, ("", ""))
        for row in self._target.objects(stream):
            if not kind or self._found.of(kind, text(row.get(key))):
                yield row

    def _schedules(self) -> Iterator[JsonObject]:
        kept = {one.row for one in waiting_schedules(self._target) if self._is_chosen(one.uid)}
        return (row for row in self._target.objects(SCHEDULES) if row.get("uid") in kept)

    def _is_chosen(self, uid: str) -> bool:
        return any(self._found.of(kind, uid) for kind in ("entries", "assets", "releases"))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        return self._target.get(stream, uid, number)
