"""What the plan of an import keeps in memory of an entry that it has something to do with: next to nothing."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory_records import MemoryIdentities
from small_space import content_type, entry, field, link, locale
from space_records import SpaceRecords

from stackferry.io.storage.sqlite import TempTables
from stackferry.model import Stream
from stackferry.providers.contentful.import_minimum import import_minimum
from stackferry.providers.contentful.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentful.importing.work import Work, publishing, writing
from stackferry.providers.contentful.options import ContentfulWriteOptions
from stackferry.providers.target import ImportContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore

ENTRIES = Stream("entries", "page")
SETTINGS: dict[Stream, Any] = {
    Stream("locales"): locale("en-US", default=True),
    Stream("content_types"): content_type("page", field("next", "Link", linkType="Entry")),
}
FEW, MANY = 100, 600
MOST = 40  # bytes an entry


class Endless:
    """A `RecordStore` of invented entries, made when they are asked for: each links to the one before it."""

    def __init__(self, count: int) -> None:
        self._count = count

    def streams(self) -> list[Stream]:
        return [*SETTINGS, ENTRIES]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        if stream in SETTINGS:
            return iter([SETTINGS[stream]])
        found = (self.get(stream, f"{number:08}") for number in range(self._count))
        return (row for row in found if row is not None)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        del number
        if stream != ENTRIES:
            return SETTINGS.get(stream)
        before = link("Entry", f"{max(0, int(uid) - 1):08}")
        return entry(uid, {"title": uid, "next": before}, version=2, published=1)


def test_what_is_to_be_done_is_not_kept_in_memory() -> None:
    def looks(context: ImportContext) -> list[Iterable[object]]:
        work = context.once(Work)
        return [work.bodies(0, "entries"), work.of(publishing(0), "entries"), work.marked(writing(0))]

    for few, many in zip(*(kept(source(count), source(0), looks) for count in (FEW, MANY)), strict=True):
        assert (many - few) / (MANY - FEW) < MOST


def test_what_a_mirror_takes_away_is_not_kept_in_memory() -> None:
    def looks(context: ImportContext) -> list[Iterable[object]]:
        found = context.once(SurplusObjects)
        counts: Iterator[object] = (one for _ in (0,) for one in found.counts())
        return [found.of("entries"), counts]

    for few, many in zip(*(kept(source(0), source(count), looks) for count in (FEW, MANY)), strict=True):
        assert (many - few) / (MANY - FEW) < MOST


def test_what_is_counted_is_not_kept_in_memory() -> None:
    def counted(count: int) -> int:
        with closing(TempTables()) as scratch:
            context = ImportContext(
                source=Endless(count),
                target=source(0),
                identity=MemoryIdentities(),
                options=ContentfulWriteOptions(),
                bytes_of=Path,
                scratch=scratch,
            )
            assert import_minimum(context)["write"] == count + 2
            return _traced(import_minimum(one) for one in (context,))

    assert counted(FEW)
    few, many = counted(FEW), counted(MANY)
    assert (many - few) / (MANY - FEW) < MOST


def source(count: int) -> RecordStore:
    if count:
        return Endless(count)
    records = SpaceRecords()
    for stream, row in SETTINGS.items():
        records.add(stream.kind, row)
    return records


def kept(
    ours: RecordStore, theirs: RecordStore, looks: Callable[[ImportContext], list[Iterable[object]]]
) -> list[int]:
    """The most bytes that each look holds when it has come to the first of all entries."""
    with closing(TempTables()) as scratch:
        context = ImportContext(
            source=ours,
            target=theirs,
            identity=MemoryIdentities(),
            options=ContentfulWriteOptions(on_conflict="update", mirror=True),
            bytes_of=Path,
            scratch=scratch,
        )
        for look in looks(context):  # what is imported late, tables and caches
            assert next(iter(look), None) is not None
        return [_traced(look) for look in looks(context)]


def _traced(look: Iterable[object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        next(iter(look))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
