"""A narrowed import: the snapshot as if it held only the chosen entries and what comes along with them.

The plans look at this in place of the snapshot and need not know; what the chosen entries refer to outside of it
is a gap by the plans' own rules. Pure: reads every document once, and keeps names only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.json_values import text
from stackferry.providers.contentstack.content.entries import read_schemas, version_filter
from stackferry.providers.contentstack.content.query import parse_query, query_filter
from stackferry.providers.contentstack.exporting.selection import is_asset, mentions, unknown
from stackferry.providers.contentstack.references.model import ReferenceKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_OF_ENTRIES: Final = frozenset({"entries", "versions", "history", "variants"})
_OF_ASSETS: Final = frozenset({"assets", "asset_versions", "files"})
_APART: Final = "\0"  # between a row's uid and what else its key holds
Links: TypeAlias = dict[str, set[str]]


def choose(source: RecordStore, selection: Selection, versions: str) -> RecordStore:
    """What of the source is chosen; the source itself where nothing is left out.

    `versions` are those that will be replayed: what only others refer to does not come along. Raises UsageError for
    a query that the snapshot cannot answer.
    """
    if not selection.is_narrow:
        return source
    everything = Chosen(source, selection.locales)
    entries, assets = _links(everything, versions)
    reached = _reached(set(_roots(everything, selection)), entries, selection)
    return Chosen(
        source, selection.locales, reached, {asset for uid in reached for asset in assets.get(uid, ())}
    )


def _roots(source: RecordStore, selection: Selection) -> Iterator[str]:
    """The first so many entries of every chosen type of which some document meets the query."""
    is_met = query_filter(parse_query(selection.query))
    found: dict[str, set[str]] = {}
    for stream in source.streams():
        if stream.kind == "entries" and (not selection.types or stream.type in selection.types):
            members = found.setdefault(stream.type, set())
            members.update(text(row.get("uid")) for row in source.objects(stream) if is_met(row))
    for members in found.values():
        yield from sorted(members)[: selection.limit or None]


def _links(source: RecordStore, versions: str) -> tuple[Links, Links]:
    """Which entries, and which assets, each entry refers to in what will be replayed of it."""
    entries: Links = {}
    assets: Links = {}
    is_wanted = version_filter(source, versions)
    for stream, uid, version, reference in mentions(source, read_schemas(source)):
        if version and not is_wanted((stream.type, uid, stream.locale, version)):
            continue
        if is_asset(reference):
            assets.setdefault(uid, set()).add(reference.uid)
        elif reference.kind is ReferenceKind.ENTRY:
            entries.setdefault(uid, set()).add(reference.uid)
    return entries, assets


def _reached(roots: set[str], links: Links, selection: Selection) -> set[str]:
    """The roots, and what they refer to, as many levels down as were asked for."""
    reached, edge, level = set(roots), roots, 1
    while edge and selection.includes_level(level):
        edge = {there for here in edge for there in links.get(here, ())} - reached
        reached |= edge
        level += 1
    return reached


def unknown_names(context: ImportContext) -> list[str]:
    """Names in the selection that nothing in the snapshot has."""
    found = unknown(context.source, context.options.selection)
    return [f"the snapshot holds no {gap.kind[:-1].replace('_', ' ')} '{gap.uid}'" for gap in found]


class Chosen:
    """Implements `RecordStore`: some locales, some entries, some assets (None: all); other kinds are all there."""

    def __init__(
        self,
        source: RecordStore,
        locales: Collection[str],
        entries: Collection[str] | None = None,
        assets: Collection[str] | None = None,
    ) -> None:
        self._source = source
        self._locales = locales
        self._members = {**dict.fromkeys(_OF_ENTRIES, entries), **dict.fromkeys(_OF_ASSETS, assets)}

    def streams(self) -> list[Stream]:
        return [stream for stream in self._source.streams() if self._is_open(stream)]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        rows = self._source.objects(stream) if self._is_open(stream) else iter(())
        return (row for row in rows if self._is_in(stream, text(row.get("uid"))))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        is_here = self._is_open(stream) and self._is_in(stream, uid.partition(_APART)[0])
        return self._source.get(stream, uid, number) if is_here else None

    def _is_open(self, stream: Stream) -> bool:
        return stream.kind not in _OF_ENTRIES or not self._locales or stream.locale in self._locales

    def _is_in(self, stream: Stream, uid: str) -> bool:
        members = self._members.get(stream.kind)
        return members is None or uid in members
