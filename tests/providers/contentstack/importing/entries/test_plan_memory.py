"""What a plan keeps in memory of an entry: next to nothing, however many there are."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from memory_records import MemoryIdentities

from stackferry.io.storage.sqlite import TempTables
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersions
from stackferry.providers.contentstack.importing.entries.extra_masters import ExtraMasters
from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
from stackferry.providers.contentstack.importing.entries.version_names import named_versions
from stackferry.providers.contentstack.importing.entry_stages import StagePlan
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
from stackferry.providers.contentstack.matching.identities import MatchedIdentity
from stackferry.providers.contentstack.verification import Equality
from stackferry.providers.target import ImportContext, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENTRIES = Stream("entries", "page", "en-us")
HISTORY = Stream("history", "page", "en-us")
FEW, MANY = (
    2300,
    4300,
)  # more than bounded caches hold, and the free lists of the interpreter (2,000 tuples of a size)
MOST = 64  # bytes an entry
SCHEMA: JsonObject = {
    "uid": "page",
    "schema": [
        {"uid": "title", "data_type": "text"},
        {"uid": "related", "data_type": "reference", "reference_to": ["page"]},
    ],
}


class Endless:
    """A `GrowingStore` of invented entries, made when they are asked for; each second one names two others."""

    def __init__(self, count: int, prefix: str = "blt") -> None:
        self._count, self._prefix = count, prefix
        self._small: dict[Stream, JsonObject] = {
            Stream("locales"): {"uid": "l", "code": "en-us", "fallback_locale": None},
            Stream("content_types"): SCHEMA,
            Stream("environments"): {"uid": "e", "name": "live"},
        }

    def streams(self) -> list[Stream]:
        return sorted([*self._small, ENTRIES, HISTORY])

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        if stream == ENTRIES:
            yield from map(self._entry, range(self._count))
        elif stream == HISTORY:
            yield from (row for number in range(self._count) for row in self.of(stream, self._uid(number)))
        elif stream in self._small:
            yield self._small[stream]

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        if stream != ENTRIES:
            row = self._small.get(stream)
            return row if row is not None and uid in (row.get("uid"), row.get("code")) else None
        known = uid.startswith(self._prefix) and not number
        return self._entry(int(uid.removeprefix(self._prefix))) if known else None

    def of(self, stream: Stream, uid: str) -> Iterator[JsonObject]:
        """Five versions of every entry."""
        if stream == HISTORY:
            yield {"uid": uid, "versions": [{"_version": number} for number in range(1, 6)]}

    def _entry(self, number: int) -> JsonObject:
        others = [number // 2, number - 1] if number % 2 else []
        return {
            "uid": self._uid(number),
            "title": f"Entry {number}",
            "locale": "en-us",
            "_version": 1,
            "_version_name": f"first of {number}",
            "_workflow": {"uid": f"stage {number % 3}"},
            "publish_details": [{"environment": "e", "locale": "en-us", "version": 1}],
            "related": [{"uid": self._uid(other), "_content_type_uid": "page"} for other in others],
        }

    def _uid(self, number: int) -> str:
        return f"{self._prefix}{number:08}"


def context(count: int, scratch: TempTables, *, matched: bool = False, prefix: str = "blt") -> ImportContext:
    """An import of so many entries into an empty target; or a comparison with one that holds them all."""
    source, target, options = Endless(count), Endless(count, prefix), WriteOptions()
    identity = MatchedIdentity(source, target, options, scratch) if matched else MemoryIdentities()
    return ImportContext(
        source=source,
        target=target if matched else Endless(0),
        identity=identity,
        options=options,
        bytes_of=Path,
        scratch=scratch,
    )


def plan_and_write(count: int, scratch: TempTables) -> int:
    """Take every step of the plan of an import."""
    one = context(count, scratch)
    plan, publishing = one.once(EntryPlan), PublishPlan(one)
    plan.types_to_relax()
    steps = 0
    for wave in plan.waves.known:
        steps += sum(1 for plain in (False, True) for _ in plan.create(wave, plain=plain))
        steps += sum(1 for _ in ExtraMasters(one, partial(plan.created, wave)).find())
        steps += sum(1 for _ in plan.complete(wave, publishing.early))
    return steps


def what_hangs_on_entries(count: int, scratch: TempTables) -> int:
    """Go through names, stages and publications."""
    one = context(count, scratch)
    found = sum(1 for _ in named_versions(one)) + sum(1 for _ in StagePlan(one).move())
    return found + sum(1 for _ in PublishPlan(one).translated()) + len(one.once(read_content).entries)


def fetch_every_version(count: int, _: TempTables) -> int:
    """Name the versions that an export of all of them fetches."""
    return sum(1 for _ in PinnedVersions(Endless(count), "all"))


def compare_equal(count: int, scratch: TempTables) -> int:
    """Compare with a target that holds the same."""
    return sum(1 for _ in Equality(context(count, scratch, matched=True), []).mismatches())


def compare_renamed(count: int, scratch: TempTables) -> int:
    """Compare with a target in which everything has another uid."""
    one = context(count, scratch, matched=True, prefix="cs")
    return sum(one.identity.target("entries", f"blt{number:08}") is None for number in range(count))


@pytest.fixture
def frequent_gc() -> Iterator[None]:
    """Garbage in cycles is collected often, so that a peak does not depend on when the collector runs."""
    before = gc.get_threshold()
    gc.set_threshold(200, 5, 5)
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize(
    "work",
    [
        plan_and_write,
        what_hangs_on_entries,
        fetch_every_version,
        pytest.param(compare_equal, marks=pytest.mark.torture),
        compare_renamed,
    ],
)
def test_memory_hardly_grows(work: Callable[[int, TempTables], int], frequent_gc: None) -> None:
    """2,000 entries more cost less than so many bytes each, at the highest point."""
    del frequent_gc
    with closing(TempTables()) as scratch:
        work(10, scratch)  # what is made once
    peaks = []
    for count in (FEW, MANY):
        gc.collect()
        tracemalloc.start()
        try:
            with closing(TempTables()) as scratch:
                work(count, scratch)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (MANY - FEW) < MOST
