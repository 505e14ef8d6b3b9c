"""The entries of a snapshot with their versions, in the order in which an import writes them.

An entry's first version creates it. Every other one waits for that and for the one before it, and is written when every
entry that it refers to exists. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from stackferry.json_values import integer, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.locales import fallback_depths, master_locale
from stackferry.providers.contentstack.content.pinned_versions import pinned_documents
from stackferry.providers.contentstack.references.model import Schema
from stackferry.providers.contentstack.target_names import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.source import RecordStore, Table, TempTables
    from stackferry.providers.target import ImportContext

    # Of content type, uid, locale and version: whether that older version is imported.
    VersionFilter: TypeAlias = Callable[[tuple[str, str, str, int]], bool]

LISTED = "split"  # the stage of a copy's export after which all entries are listed and split into parts


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """One version of one entry in one language; its content is read by `load`.

    The snapshot keeps the latest version in the stream `entries` under record number 0, older ones in the stream
    `versions` under their version.
    """

    content_type: str
    uid: str
    locale: str
    record_number: int
    version: int

    @property
    def key(self) -> str:
        """The import's step that writes it."""
        return f"entries/{self.content_type}/{self.uid}/{self.locale}/{self.version}"

    @property
    def empty_key(self) -> str:
        """The import's step that empties the fields which the service filled by itself."""
        return f"empty/{self.key}"

    @property
    def version_key(self) -> str:
        """Its name in the identities of kind `versions`."""
        return version_key(self.content_type, self.uid, self.locale, self.version)

    def load(self, source: RecordStore) -> JsonObject:
        kind = "versions" if self.record_number else "entries"
        return source.get(Stream(kind, self.content_type, self.locale), self.uid, self.record_number) or {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry and its versions of every language; the first one creates it."""

    content_type: str
    uid: str
    versions: tuple[EntryVersion, ...]

    @property
    def key(self) -> str:
        return create_key(self.content_type, self.uid)


def create_key(content_type: str, uid: str) -> str:
    """The import's step that creates an entry."""
    return f"create/{content_type}/{uid}"


class EntryTable:
    """All entries, numbered from 0 by content type and uid. On disk: an `Entry` is made when it is asked for.

    `versions` has rows of content type, uid, depth of the locale's fallback chain, locale, version, record number. In
    this order the master's versions of an entry come first, and each other language after the one it falls back to.
    """

    def __init__(self, scratch: TempTables, versions: Table) -> None:
        self._versions = versions
        self._names, self._numbers = scratch.table(3), scratch.table(2)
        self._size = 0
        for (content_type, uid), _ in self._grouped():
            self._names.add([(self._size, content_type, uid)])
            self._numbers.add([(uid, self._size)])
            self._size += 1

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Entry]:
        return (_entry(*name, rows) for name, rows in self._grouped())

    def __getitem__(self, number: int) -> Entry:
        name = self.name(number)
        return _entry(*name, self._versions.of(*name))

    def with_numbers(self, numbers: Collection[int]) -> Iterator[Entry]:
        """The entries with these numbers, which ascend."""
        return iter(self) if len(numbers) == len(self) else map(self.__getitem__, numbers)

    def add(self, versions: Iterable[Row]) -> None:
        """Further versions of entries that the table has."""
        self._versions.add(versions)

    def name(self, number: int) -> tuple[str, str]:
        """The content type and the uid of the entry with a number."""
        ((_, content_type, uid),) = self._names.of(number)
        return content_type, uid

    def number(self, uid: str) -> int | None:
        """The number of the entry with a uid; None if there is none."""
        found = self._numbers.of(uid)  # more than one only in a hostile snapshot: uids are unique in a branch
        return found[-1][1] if found else None

    def _grouped(self) -> Iterator[tuple[tuple[str, str], Iterator[Row]]]:
        return groupby(self._versions, key=itemgetter(0, 1))  # a table is iterated in the order of its rows


def _entry(content_type: str, uid: str, rows: Iterable[Row]) -> Entry:
    versions = (
        EntryVersion(content_type, uid, locale, record_number, version)
        for _, _, _, locale, version, record_number in rows
    )
    return Entry(content_type, uid, tuple(versions))


@dataclass(frozen=True, slots=True)
class Content:
    """The snapshot's entries, with all that is needed to read them by schema; `schemas` by content type."""

    entries: EntryTable
    schemas: Mapping[str, Schema]
    master_locale: str


def read_content(context: ImportContext) -> Content:
    """All entries of the snapshot whose content type it holds.

    While a copy still reads its source, all entries with their latest versions; older ones are added as they come.
    Raises RuntimeError before all of them are listed: entries that come later would be missing from the import.
    """
    if not context.is_read(LISTED):
        raise RuntimeError("the entries of a copy's source are needed before they are all listed")
    source = context.source
    schemas = read_schemas(source)
    kinds = ("entries", "versions") if context.running_export is None else ("entries",)
    streams = (stream for stream in source.streams() if stream.kind in kinds and stream.type in schemas)
    entries = list_entries(source, context.scratch, streams, _filter_on_disk(context))
    return Content(entries, schemas, master_locale(source))


def list_entries(
    source: RecordStore,
    scratch: TempTables,
    streams: Iterable[Stream],
    is_wanted: VersionFilter = lambda _: True,
) -> EntryTable:
    """The entries of these streams, with those of their older versions that are wanted."""
    versions = VersionRows(source)
    rows = (row for stream in streams for row in versions.of(stream, source.objects(stream), is_wanted))
    return EntryTable(scratch, scratch.table(6, rows))


def is_latest(store: RecordStore, stream: Stream, document: JsonObject) -> bool:
    """Whether the latest document of an entry has the number of this older version, too: in a hostile snapshot."""
    latest = store.get(stream._replace(kind="entries"), text(document.get("uid")))
    return latest is not None and number_of(latest) == number_of(document)


def number_of(document: JsonObject) -> int:
    """The number of a version; whatever a hostile snapshot holds in its place, the document has one."""
    return integer(document.get("_version")) or 1


class VersionRows:
    """Makes the rows of an `EntryTable`."""

    def __init__(self, source: RecordStore) -> None:
        self._source, self._depths = source, fallback_depths(source)

    def of(
        self, stream: Stream, documents: Iterable[JsonObject], is_wanted: VersionFilter = lambda _: True
    ) -> Iterator[Row]:
        """A row for each of these documents of a stream; of older versions for those that are wanted."""
        is_older = stream.kind == "versions"
        unknown = len(self._depths) + 1  # a language that the branch does not list comes after all others
        depth = self._depths.get(stream.locale, unknown)
        for document in documents:
            uid, version = text(document.get("uid")), number_of(document)
            is_asked = not is_older or is_wanted((stream.type, uid, stream.locale, version))
            # A row for the latest document is there already.
            if is_asked and not (is_older and is_latest(self._source, stream, document)):
                yield stream.type, uid, depth, stream.locale, version, version if is_older else 0


def _filter_on_disk(context: ImportContext) -> VersionFilter:
    """Like `version_filter`, but pinned versions are kept on disk: a snapshot may have more than fit in memory."""
    if context.options.versions != "pinned":
        return version_filter(context.source, context.options.versions)
    pinned = context.scratch.table(4, pinned_documents(context.source))
    return lambda version: bool(pinned.of(*version))


def version_filter(source: RecordStore, versions: str) -> VersionFilter:
    """Which older versions are imported under `--versions latest|pinned|all`."""
    if versions == "all":
        return lambda _: True
    pinned = {*pinned_documents(source)} if versions == "pinned" else set()
    return pinned.__contains__


def asset_hosts(context: ImportContext) -> tuple[str, ...]:
    """The hosts of the source's files."""
    return _hosts(context.source.objects(Stream("assets")))


def _hosts(assets: Iterable[JsonObject]) -> tuple[str, ...]:
    return tuple(sorted({_host(text(asset.get("url"))) for asset in assets} - {""}))


def read_schemas(source: RecordStore, samples: Iterable[JsonObject] = ()) -> dict[str, Schema]:
    """Every content type's schema, ready for the walk. `samples` are assets besides those of the source.

    Assets are read for the hosts of their addresses: an emulator and a custom delivery domain have their own.
    """
    global_fields = list(source.objects(Stream("global_fields")))
    hosts = _hosts(asset for rows in (samples, source.objects(Stream("assets"))) for asset in rows)
    rows = source.objects(Stream("content_types"))
    return {text(row.get("uid")): Schema.of(row, global_fields, hosts) for row in rows}


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:  # a snapshot may hold any text where an address should be
        return ""
