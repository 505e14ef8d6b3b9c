"""The documents of a snapshot in the order in which they are replayed, and the graph between entries.

A document is one version of one entry in one language. An entry's first document creates it; every other one
waits for that and for nothing else but the one before it, because by then every entry exists. Pure.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from stackferry.model import JsonObject, Shelf
from stackferry.providers.contentstack.answers import integer, text
from stackferry.providers.contentstack.fields import Schema, find
from stackferry.providers.contentstack.pins import pinned_documents
from stackferry.providers.contentstack.published import chain, fallbacks
from stackferry.providers.contentstack.references import Reference, Target
from stackferry.providers.contentstack.standing_rules import may_break, standing_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackferry.model import Row
    from stackferry.providers.provider import Replay, Scratch, Staged, Table

    Wanted: TypeAlias = Callable[[tuple[str, str, str, int]], bool]


@dataclass(frozen=True, slots=True)
class Document:
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

    def load(self, source: Staged) -> JsonObject:
        kind = "versions" if self.number else "entries"
        return source.get(Shelf(kind, self.content_type, self.locale), self.uid, self.number) or {}

    def today(self, source: Staged) -> JsonObject | None:
        """What the entry says in this language now; None where it is no longer localized."""
        return source.get(Shelf("entries", self.content_type, self.locale), self.uid)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its documents, the one that creates it first."""

    content_type: str
    uid: str
    documents: tuple[Document, ...]

    @property
    def key(self) -> str:
        return create_key(self.content_type, self.uid)


def create_key(content_type: str, uid: str) -> str:
    """The step that creates an entry."""
    return f"create/{content_type}/{uid}"


class Entries:
    """All entries, in the order of their types and uids, on disk: an `Entry` is made when it is asked for.

    `documents` are rows of content type, uid, how far the locale falls back, locale, version and number. Sorted so,
    the master's documents of an entry come first, each other language after the one it falls back to.
    """

    def __init__(self, scratch: Scratch, documents: Table) -> None:
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
        Document(content_type, uid, locale, number, version) for _, _, _, locale, version, number in rows
    )
    return Entry(content_type, uid, tuple(places))


@dataclass(frozen=True, slots=True)
class Survey:
    """What the entries refer to.

    `edges`: which entry's first document refers to which other entry: from, to, whether it must. `lacking`: the
    entries with a mandatory reference to something that the snapshot cannot bring. `outdated`: the entries with an
    older version that may break today's rules. `titles`: a number for each entry, equal where entries of one type
    are created with the same title. `shared`: the content types in which a title belonged to more than one entry
    of a language, at whatever time.
    """

    edges: Table
    lacking: Table
    outdated: Table
    titles: Sequence[int]
    shared: set[str]

    def needs(self, here: int) -> list[int]:
        """The entries that an entry's first document refers to."""
        return [there for _, there, _ in self.edges.of(here)]


@dataclass(frozen=True, slots=True)
class Content:
    """The snapshot's entries, with all that is needed to read them by schema."""

    entries: Entries
    schemas: Mapping[str, Schema]
    master: str
    fallback: Mapping[str, str]


class _Surveyor:
    """Reads every document once, for what it refers to and what it is called."""

    def __init__(self, replay: Replay, content: Content) -> None:
        self._source, self._content = replay.source, content
        self._edges = replay.scratch.table(3)
        self._lacking, self._outdated = replay.scratch.table(1), replay.scratch.table(1)
        self._first_titles, self._titles = replay.scratch.table(2), replay.scratch.table(2)
        self._rules = {uid: standing_rules(schema) for uid, schema in content.schemas.items()}

    def survey(self) -> Survey:
        for here, entry in enumerate(self._content.entries):
            for document in entry.documents:
                self._look(here, entry, document)
        return Survey(self._edges, self._lacking, self._outdated, self._numbered(), self._shared())

    def _look(self, here: int, entry: Entry, document: Document) -> None:
        body, is_first = document.load(self._source), document is entry.documents[0]
        kind, title = entry.content_type, text(body.get("title"))
        self._titles.add([(hash((kind, document.locale, title)), here)])
        if is_first:
            self._first_titles.add([(hash((kind, title)), here)])
        if document.number and may_break(self._rules[kind], body, document.today(self._source)):
            self._outdated.add([(here,)])
        edges: dict[int, bool] = {}
        for reference in find(self._content.schemas[kind], body):
            is_entry = reference.kind is Target.ENTRY
            there = self._content.entries.number(reference.uid) if is_entry else None
            if there is not None and is_first:
                edges[there] = edges.get(there, False) or reference.mandatory
            elif there is None and reference.mandatory and not _is_held(self._source, reference):
                self._lacking.add([(here,)])
        self._edges.add((here, there, must) for there, must in edges.items())

    def _numbered(self) -> Sequence[int]:
        """The first documents' titles as numbers."""
        titles, number, before = array("i", bytes(4 * len(self._content.entries))), -1, None
        for title, here in self._first_titles:
            number += title != before
            titles[here], before = number, title
        return titles

    def _shared(self) -> set[str]:
        """Where a title of one language stands twice, it is another entry's the second time."""
        entries = self._content.entries
        return {entries.name(b)[0] for (one, _), (other, b) in pairwise(self._titles) if one == other}


def survey(replay: Replay) -> Survey:
    """What the entries of the snapshot refer to."""
    return _Surveyor(replay, replay.once(read_content)).survey()


def _is_held(source: Staged, reference: Reference) -> bool:
    """Whether the snapshot can bring what a reference names: an asset without its bytes it cannot."""
    if reference.kind is Target.ASSET:
        asset = source.get(Shelf("assets"), reference.uid)
        version = integer(asset.get("_version")) if asset else None
        return source.get(Shelf("files"), reference.uid, version or 1) is not None
    return reference.kind not in (Target.ENTRY,)


def read_content(replay: Replay) -> Content:
    """All entries of the snapshot whose content type it holds."""
    source, fallback = replay.source, fallbacks(replay.source)
    schemas = read_schemas(source)
    places = _places(source, schemas, fallback, _wanted_here(replay))
    entries = Entries(replay.scratch, replay.scratch.table(6, places))
    return Content(entries, schemas, master_locale(source), fallback)


def _places(
    source: Staged, schemas: Mapping[str, Schema], fallback: Mapping[str, str], is_wanted: Wanted
) -> Iterator[Row]:
    """A row for each document: see `Entries`."""
    codes = [text(row.get("code")) for row in source.objects(Shelf("locales"))]
    depth = {code: len(list(chain(code, fallback))) for code in codes}
    for shelf in source.shelves():
        if shelf.kind in ("entries", "versions") and shelf.content_type in schemas:
            older = shelf.kind == "versions"
            far = depth.get(shelf.locale, len(depth) + 1)
            for row in source.objects(shelf):
                uid, version = text(row.get("uid")), integer(row.get("_version")) or 1
                if not older or is_wanted((shelf.content_type, uid, shelf.locale, version)):
                    yield shelf.content_type, uid, far, shelf.locale, version, version if older else 0


def _wanted_here(replay: Replay) -> Wanted:
    if replay.options.versions != "pinned":
        return wanted_versions(replay.source, replay.options.versions)
    pins = replay.scratch.table(4, pinned_documents(replay.source))
    return lambda document: bool(pins.of(*document))


def wanted_versions(source: Staged, versions: str) -> Wanted:
    """Which older versions are to be replayed: content type, uid, locale, version."""
    if versions == "all":
        return lambda _: True
    pins = {*pinned_documents(source)} if versions == "pinned" else set()
    return pins.__contains__


def read_schemas(source: Staged, samples: Iterable[JsonObject] = ()) -> dict[str, Schema]:
    """Every content type's schema, ready for the walk. `samples` are assets beside those of the source."""
    global_fields = list(source.objects(Shelf("global_fields")))
    assets = (asset for rows in (samples, source.objects(Shelf("assets"))) for asset in rows)
    hosts = tuple(sorted({_host(text(asset.get("url"))) for asset in assets} - {""}))
    rows = source.objects(Shelf("content_types"))
    return {text(row.get("uid")): Schema.of(row, global_fields, hosts) for row in rows}


def master_locale(source: Staged) -> str:
    """The locale that falls back to no other."""
    for row in source.objects(Shelf("locales")):
        if not row.get("fallback_locale"):
            return text(row.get("code"))
    return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:  # an address that is none, from a hostile snapshot
        return ""
