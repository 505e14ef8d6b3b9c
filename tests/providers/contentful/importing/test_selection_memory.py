"""What a narrowed import keeps in memory of an entry: next to nothing, however many there are."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from small_space import asset, content_type, entry, field, link, locale

from stackferry.io.storage.sqlite import TempTables
from stackferry.model import Stream
from stackferry.providers.contentful.importing.selected.choice import select
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore

ENTRIES, ASSETS, FILES = Stream("entries", "page"), Stream("assets"), Stream("files")
FEW, MANY = 1_500, 4_500
MOST = 40  # bytes an entry
SMALL: dict[Stream, Any] = {
    Stream("locales"): locale("en-US", default=True),
    Stream("content_types"): content_type("page", field("next", "Link"), field("picture", "Link")),
}


class Endless:
    """A `RecordStore` of invented entries, made when they are asked for: each links to the next one and to an asset."""

    def __init__(self, count: int) -> None:
        self._count = count

    def streams(self) -> list[Stream]:
        return [*SMALL, ASSETS, ENTRIES, FILES]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        if stream in SMALL:
            return iter([SMALL[stream]])
        found = (self.get(stream, f"{number:08}") for number in range(self._count))
        return (row for row in found if row is not None)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        del number
        if stream == ENTRIES:
            after = f"{(int(uid) + 1) % self._count:08}"
            return entry(uid, {"title": uid, "next": link("Entry", after), "picture": link("Asset", uid)})
        if stream == ASSETS:
            return asset(uid, {"en-US": f"//files.invalid/{uid}"})
        return {"uid": f"//files.invalid/{uid}"} if stream == FILES else None


@pytest.mark.parametrize(
    "selection",
    [Selection(types=frozenset({"page"})), Selection(limit=3, with_references=2)],
    ids=["all of a type", "three and two levels"],
)
def test_memory_does_not_grow_with_the_entries(selection: Selection) -> None:
    assert (kept(MANY, selection) - kept(FEW, selection)) / (MANY - FEW) < MOST


def kept(count: int, selection: Selection) -> int:
    """The most bytes that choosing the entries takes at a time."""
    with closing(TempTables()) as scratch:
        source: RecordStore = Endless(count)
        select(Endless(50), selection, "pinned", scratch)  # what is imported late, and caches
        gc.collect()
        tracemalloc.start()
        try:
            view = select(source, selection, "pinned", scratch)
            chosen = sum(1 for _ in view.objects(ENTRIES)), sum(1 for _ in view.objects(FILES))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert chosen == ((count, count) if selection.types else (5, 5))
    return most
