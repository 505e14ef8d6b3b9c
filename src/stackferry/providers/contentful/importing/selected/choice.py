"""Which entries of a snapshot an import writes, with the entries and the assets that come along. Pure.

Releases come only where one is asked for, as in a narrowed export; the items of that one are what is selected. Reads
every document once, and keeps names only: on disk, for there may be very many.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import nested
from stackferry.model import HEAD, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.links import ASSET, ENTRY, links_of, opaque_fields
from stackferry.providers.contentful.exporting.entry_query import check_query
from stackferry.providers.contentful.exporting.languages import Languages
from stackferry.providers.contentful.exporting.selection import asked_releases
from stackferry.providers.contentful.exporting.staged import document_of, entities_of, rows
from stackferry.providers.contentful.exporting.unknown_names import unknown_entries, unknown_names
from stackferry.providers.contentful.importing.selected.named import select_named
from stackferry.providers.contentful.importing.selected.query import entry_test
from stackferry.providers.contentful.importing.selected.store import Selected
from stackferry.providers.contentful.importing.selected.uids import Uids
from stackferry.providers.contentful.kinds import link_id, record_key, sys_id
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.selection import narrowing, reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject, Row
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore, Table, TempTables
    from stackferry.providers.target import ImportContext, WriteOptions

_BODIES: Final = (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES)


def select(source: RecordStore, selection: Selection, versions: str, scratch: TempTables) -> RecordStore:
    """What of the source is selected; the source itself where nothing is left out.

    `versions` are those that will be imported: what only others link to does not come along. Raises UsageError for a
    query that the snapshot cannot answer, and for what it does not hold: a content type, a locale, a release, or the
    entries that a query names.
    """
    if not selection.is_narrow:
        return source
    if selection.uids:
        return select_named(source, selection, scratch)
    check_query(selection)
    _check_names(source, selection)
    releases = asked_releases(source, selection) if selection.release else []
    of_releases = {sys_id(row) for row in releases}
    links = scratch.table(3, _links(source, selection, versions, of_releases))
    roots = _items(releases, ENTRY) if releases else _roots(source, selection, scratch)
    # What a release holds of its own is no entry: it links as the release does.
    found = reached(chain(roots, of_releases), partial(_linked, links, ENTRY), selection, scratch)
    assets = Uids(scratch, chain(_assets(links, found), _items(releases, ASSET)))
    entries = Uids(scratch, (str(uid) for (uid,) in found if uid not in of_releases))
    return Selected(source, entries, assets, of_releases, scratch)


def _assets(links: Table, found: Table) -> Iterator[str]:
    return (asset for (uid,) in found for asset in _linked(links, ASSET, str(uid)))


def _check_names(source: RecordStore, selection: Selection) -> None:
    """Raises UsageError for what the selection names and the snapshot does not hold."""
    told = [find(source, selection, "the snapshot") for find in (unknown_names, unknown_entries)]
    if unknown := [*chain(*told)]:
        raise UsageError("; ".join(unknown))


def _items(releases: Sequence[JsonObject], link_type: str) -> set[str]:
    """The ids of the entries or the assets that releases name."""
    return {uid for release in releases for kind, uid in entities_of(release) if kind == link_type}


def _linked(links: Table, link_type: str, uid: str) -> Iterator[str]:
    return (str(other) for _, _, other in links.of(uid, link_type))


def _roots(source: RecordStore, selection: Selection, scratch: TempTables) -> Iterator[str]:
    """The first so many entries of every selected type that meet the query."""
    is_met, languages = entry_test(source, selection.query), Languages(source, selection)
    for stream in source.streams():
        if stream.kind == kinds.ENTRIES.name and (not selection.types or stream.type in selection.types):
            met = (row for row in source.objects(stream) if is_met(row) and languages.keeps(row))
            first = scratch.table(1, ((sys_id(row),) for row in met))
            yield from (str(uid) for (uid,) in islice(first, selection.limit or None))


def _links(source: RecordStore, selection: Selection, versions: str, releases: set[str]) -> Iterator[Row]:
    """What each entry or release links to in the bodies that will be imported: its id, the type of the link, the id."""
    for uid, row in _bodies(source, selection, versions, releases):
        yield from ((uid, kind, other) for kind, other in row)


def _bodies(
    source: RecordStore, selection: Selection, versions: str, releases: set[str]
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What holds a body, an entry or a release, and the links of that body in the selected locales."""
    languages = Languages(source, selection)
    types = source.objects(Stream(kinds.CONTENT_TYPES.name))
    opaque = {sys_id(row): opaque_fields(row) for row in types}
    for kind in _kinds_with_bodies(versions, has_releases=bool(releases)):
        for row in rows(source, kind):
            uid = record_key(kind.name, row)[0].partition("\0")[0]
            if kind is not kinds.RELEASE_ENTRIES or uid in releases:
                body = document_of(languages.cut(row))
                of_type = link_id(nested(body, "sys", "contentType"))
                found = links_of(body, opaque.get(of_type, frozenset()))
                yield uid, [(link.kind, link.uid) for link in found]


def _kinds_with_bodies(versions: str, *, has_releases: bool) -> tuple[Kind, ...]:
    older = (kinds.ENTRY_SNAPSHOTS,) if versions == "all" else ()
    of_release = (kinds.RELEASE_ENTRIES,) if has_releases else ()
    return (*_BODIES, *older, *of_release)


# --- one release ---


def asked_release(source: RecordStore, options: WriteOptions) -> list[JsonObject]:
    """The release that an import is of: as it was asked for, or as its snapshot was narrowed. Empty for any other."""
    asked = options.selection if options.selection.is_narrow else narrowing(source.get(HEAD, "") or {})
    return asked_releases(source, asked) if asked.release else []


def without_held(context: ImportContext) -> RecordStore:
    """The source without what items of a release only link to, as far as the target has it."""
    source, releases = context.source, asked_release(context.source, context.options)
    if not releases:
        return source
    paired = context.once(matches)
    items = {entity for release in releases for entity in entities_of(release)}
    kept = {one: Uids(context.scratch) for one in (ENTRY, ASSET)}
    for link_type, kind in ((ENTRY, kinds.ENTRIES), (ASSET, kinds.ASSETS)):
        for row in rows(source, kind):
            uid = sys_id(row)
            if (link_type, uid) in items or paired.target(kind.name, uid) is None:
                kept[link_type].add(uid)
    of_releases = {sys_id(row) for row in releases}
    return Selected(source, kept[ENTRY], kept[ASSET], of_releases, context.scratch)
