"""The documents of a snapshot in the order in which they are replayed, and the graph between entries.

A document is one version of one entry in one language. An entry's first document creates it; every other one
waits for that and for nothing else but the one before it, because by then every entry exists. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stackferry.model import JsonObject, Shelf
from stackferry.providers.contentstack.answers import integer, text
from stackferry.providers.contentstack.fields import Schema, find
from stackferry.providers.contentstack.pins import pinned_documents
from stackferry.providers.contentstack.published import chain, fallbacks
from stackferry.providers.contentstack.references import Reference, Target
from stackferry.providers.contentstack.standing_rules import may_break, standing_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackferry.providers.provider import Replay, Staged


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


@dataclass(frozen=True, slots=True)
class Survey:
    """What the entries refer to.

    `edges`: which entry's first document refers to which other entry: from, to, whether it must. `lacking`: the
    entries with a mandatory reference to something that the snapshot cannot bring. `outdated`: the entries with an
    older version that may break today's rules. `titles`: a number for each
    entry, equal where entries of one type are created with the same title. `shared`: the content types in which a
    title belonged to more than one entry of a language, at whatever time.
    """

    edges: list[tuple[int, int, bool]]
    lacking: set[int]
    outdated: set[int]
    titles: list[int]
    shared: set[str]


@dataclass(frozen=True, slots=True)
class Content:
    """The snapshot's entries, with all that is needed to read them by schema."""

    entries: tuple[Entry, ...]
    schemas: Mapping[str, Schema]
    master: str
    fallback: Mapping[str, str]
    index: Mapping[str, int] = field(default_factory=dict)

    def survey(self, source: Staged) -> Survey:
        """Read every document once, for what it refers to."""
        edges: dict[tuple[int, int], bool] = {}
        lacking: set[int] = set()
        outdated: set[int] = set()
        rules = {uid: standing_rules(schema) for uid, schema in self.schemas.items()}
        titles: list[int] = []
        bearers: dict[int, int] = {}
        shared: set[str] = set()
        for here, entry in enumerate(self.entries):
            for document in entry.documents:
                body = document.load(source)
                if document.number and may_break(rules[entry.content_type], body, document.today(source)):
                    outdated.add(here)
                title = hash((entry.content_type, document.locale, text(body.get("title"))))
                if bearers.setdefault(title, here) != here:
                    shared.add(entry.content_type)
                if document is entry.documents[0]:
                    titles.append(hash((entry.content_type, text(body.get("title")))))
                for reference in find(self.schemas[entry.content_type], body):
                    there = self.index.get(reference.uid) if reference.kind is Target.ENTRY else None
                    if there is not None and document is entry.documents[0]:
                        edges[here, there] = edges.get((here, there), False) or reference.mandatory
                    elif there is None and reference.mandatory and not _is_held(source, reference):
                        lacking.add(here)
        found = [(here, there, must) for (here, there), must in edges.items()]
        return Survey(found, lacking, outdated, titles, shared)


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
    wanted = wanted_versions(source, replay.options.versions)
    grouped: dict[tuple[str, str], list[Document]] = {}
    for shelf in source.shelves():
        if shelf.kind in ("entries", "versions") and shelf.content_type in schemas:
            older = shelf.kind == "versions"
            for row in source.objects(shelf):
                uid, version = text(row.get("uid")), integer(row.get("_version")) or 1
                if older and not wanted((shelf.content_type, uid, shelf.locale, version)):
                    continue
                place = Document(shelf.content_type, uid, shelf.locale, version if older else 0, version)
                grouped.setdefault((shelf.content_type, uid), []).append(place)
    depth = {
        text(row.get("code")): _depth(text(row.get("code")), fallback)
        for row in source.objects(Shelf("locales"))
    }
    entries = tuple(
        Entry(content_type, uid, tuple(sorted(documents, key=lambda one: _order(one, depth))))
        for (content_type, uid), documents in sorted(grouped.items())
    )
    index = {entry.uid: number for number, entry in enumerate(entries)}
    return Content(entries, schemas, master_locale(source), fallback, index)


def wanted_versions(source: Staged, versions: str) -> Callable[[tuple[str, str, str, int]], bool]:
    """Which older versions are to be replayed: content type, uid, locale, version."""
    if versions == "all":
        return lambda _: True
    pins = pinned_documents(source) if versions == "pinned" else set()
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


def _depth(code: str, fallback: Mapping[str, str]) -> int:
    return len(list(chain(code, fallback)))


def _order(document: Document, depth: Mapping[str, int]) -> tuple[int, str, int]:
    """The master's documents first, then each language after the one it falls back to; versions in order."""
    return depth.get(document.locale, len(depth) + 1), document.locale, document.version


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:  # an address that is none, from a hostile snapshot
        return ""
