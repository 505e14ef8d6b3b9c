"""The documents of a snapshot in the order in which they are replayed.

A document is one version of one entry in one language. An entry's first document creates it; every other one
waits for that and for the one before it, and is written when every entry that it refers to exists. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.pinned_versions import pinned_documents
from stackferry.providers.contentstack.content.publications import fallback_depths, locale_fallbacks
from stackferry.providers.contentstack.references.rewrite import Schema
from stackferry.providers.contentstack.values import integer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.source import RecordStore, Table, TempTables
    from stackferry.providers.target import Replay

    VersionFilter: TypeAlias = Callable[[tuple[str, str, str, int]], bool]


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """Where one document stands. `number` is its version for an older one, and 0 for the latest."""

    content_type: str
    uid: str
    locale: str
    number: int
    version: int

    @property
    def key(self) -> str:
        return f"entries/{self.content_type}/{self.uid}/{self.locale}/{self.version}"

    @property
    def empty_key(self) -> str:
        """The step that empties what the service filled in by itself."""
        return f"empty/{self.key}"

    @property
    def version_key(self) -> str:
        return "\0".join((self.content_type, self.uid, self.locale, str(self.version)))

    def load(self, source: RecordStore) -> JsonObject:
        kind = "versions" if self.number else "entries"
        return source.get(Stream(kind, self.content_type, self.locale), self.uid, self.number) or {}

    def today(self, source: RecordStore) -> JsonObject | None:
        """What the entry says in this language now; None where it is no longer localized."""
        return source.get(Stream("entries", self.content_type, self.locale), self.uid)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its documents, the one that creates it first."""

    content_type: str
    uid: str
    documents: tuple[EntryVersion, ...]

    @property
    def key(self) -> str:
        return create_key(self.content_type, self.uid)


def create_key(content_type: str, uid: str) -> str:
    """The step that creates an entry."""
    return f"create/{content_type}/{uid}"


class EntryTable:
    """All entries, in the order of their types and uids, on disk: an `Entry` is made when it is asked for.

    `documents` are rows of content type, uid, how far the locale falls back, locale, version and number. Sorted so,
    the master's documents of an entry come first, each other language after the one it falls back to.
    """

    def __init__(self, scratch: TempTables, documents: Table) -> None:
        self._documents = documents
        self._named, self._numbers = scratch.table(3), scratch.table(2)
        self._size = 0
        for (content_type, uid), _ in self._grouped():
            self._named.add([(self._size, content_type, uid)])
            self._numbers.add([(uid, self._size)])
            self._size += 1

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Entry]:
        return (_entry(*name, rows) for name, rows in self._grouped())

    def __getitem__(self, number: int) -> Entry:
        name = self.name(number)
        return _entry(*name, self._documents.of(*name))

    def some(self, numbers: Collection[int]) -> Iterator[Entry]:
        """The entries with these numbers, which ascend."""
        return iter(self) if len(numbers) == len(self) else map(self.__getitem__, numbers)

    def add(self, documents: Iterable[Row]) -> None:
        """Put further documents of these entries in their places."""
        self._documents.add(documents)

    def name(self, number: int) -> tuple[str, str]:
        """The content type and the uid of an entry."""
        ((_, content_type, uid),) = self._named.of(number)
        return content_type, uid

    def number(self, uid: str) -> int | None:
        """Which entry has this uid."""
        found = self._numbers.of(uid)
        return found[-1][1] if found else None

    def _grouped(self) -> Iterator[tuple[tuple[str, str], Iterator[Row]]]:
        return groupby(self._documents, key=itemgetter(0, 1))


def _entry(content_type: str, uid: str, rows: Iterable[Row]) -> Entry:
    places = (
        EntryVersion(content_type, uid, locale, number, version) for _, _, _, locale, version, number in rows
    )
    return Entry(content_type, uid, tuple(places))


@dataclass(frozen=True, slots=True)
class Content:
    """The snapshot's entries, with all that is needed to read them by schema."""

    entries: EntryTable
    schemas: Mapping[str, Schema]
    master: str
    fallback: Mapping[str, str]


def read_content(replay: Replay) -> Content:
    """All entries of the snapshot whose content type it holds.

    Of a source that is still being exported all entries, with their latest versions: older ones are added as they come.
    """
    source, fallback = replay.source, locale_fallbacks(replay.source)
    schemas = read_schemas(source)
    kinds = ("entries", "versions") if replay.running_export is None else ("entries",)
    streams = (stream for stream in source.streams() if stream.kind in kinds and stream.type in schemas)
    entries = list_entries(source, replay.scratch, streams, _wanted_here(replay))
    return Content(entries, schemas, master_locale(source), fallback)


def list_entries(
    source: RecordStore,
    scratch: TempTables,
    streams: Iterable[Stream],
    is_wanted: VersionFilter = lambda _: True,
) -> EntryTable:
    """The entries on these streams; of their older versions those that are wanted."""
    places = VersionRows(source)
    rows = (place for stream in streams for place in places.of(stream, source.objects(stream), is_wanted))
    return EntryTable(scratch, scratch.table(6, rows))


class VersionRows:
    """Where documents stand, as rows of `EntryTable`."""

    def __init__(self, source: RecordStore) -> None:
        self._depth = fallback_depths(source)

    def of(
        self, stream: Stream, rows: Iterable[JsonObject], is_wanted: VersionFilter = lambda _: True
    ) -> Iterator[Row]:
        """A row for each of these documents of a stream; of older versions for those that are wanted."""
        older = stream.kind == "versions"
        far = self._depth.get(stream.locale, len(self._depth) + 1)
        for row in rows:
            uid, version = text(row.get("uid")), integer(row.get("_version")) or 1
            if not older or is_wanted((stream.type, uid, stream.locale, version)):
                yield stream.type, uid, far, stream.locale, version, version if older else 0


def _wanted_here(replay: Replay) -> VersionFilter:
    if replay.options.versions != "pinned":
        return version_filter(replay.source, replay.options.versions)
    pins = replay.scratch.table(4, pinned_documents(replay.source))
    return lambda document: bool(pins.of(*document))


def version_filter(source: RecordStore, versions: str) -> VersionFilter:
    """Which older versions are to be replayed: content type, uid, locale, version."""
    if versions == "all":
        return lambda _: True
    pins = {*pinned_documents(source)} if versions == "pinned" else set()
    return pins.__contains__


def read_schemas(source: RecordStore, samples: Iterable[JsonObject] = ()) -> dict[str, Schema]:
    """Every content type's schema, ready for the walk. `samples` are assets beside those of the source."""
    global_fields = list(source.objects(Stream("global_fields")))
    assets = (asset for rows in (samples, source.objects(Stream("assets"))) for asset in rows)
    hosts = tuple(sorted({_host(text(asset.get("url"))) for asset in assets} - {""}))
    rows = source.objects(Stream("content_types"))
    return {text(row.get("uid")): Schema.of(row, global_fields, hosts) for row in rows}


def master_locale(source: RecordStore) -> str:
    """The locale that falls back to no other."""
    for row in source.objects(Stream("locales")):
        if not row.get("fallback_locale"):
            return text(row.get("code"))
    return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:  # an address that is none, from a hostile snapshot
        return ""
