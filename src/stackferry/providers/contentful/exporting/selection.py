"""A narrowed export: which entries are selected, how references are followed, which assets come, which links are cut.

What a level of references needs is staged before any of it is read, on a stream that is not part of the snapshot: a
resumed export goes on with the same level, and the same selection gives the same bytes. Pure.
API page: "Search parameters", with `sys.id[in]` for what is referred to.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import integer, nested, text
from stackferry.model import Gap, Record, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.links import ASSET, ENTRY, links_of, opaque_fields
from stackferry.providers.contentful.exporting.entry_query import query_params
from stackferry.providers.contentful.exporting.languages import Languages
from stackferry.providers.contentful.exporting.listings import NEWEST, batch_name, listing
from stackferry.providers.contentful.exporting.staged import document_of, entities_of, rows, uids
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.providers.contentful.requests.read import among, id_batches
from stackferry.providers.source import LocalRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.content.links import Link
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import GrowingStore, Job, ReadOptions, RecordStore

WANTED: Final = Stream(".wanted")  # entries to fetch, with their level
NAMED: Final = Stream(".named")  # assets to fetch
NOT_SELECTED: Final = "not selected"  # the note that drops what belongs to other objects
_TYPES: Final = Stream(kinds.CONTENT_TYPES.name)
_RELEASES: Final = Stream(kinds.RELEASES.name)
_BODIES: Final = (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES, kinds.ENTRY_SNAPSHOTS, kinds.RELEASE_ENTRIES)
_GAPS: Final = 1000  # gaps that one note holds
# What belongs to single objects: it comes only with them.
_OF_OBJECTS: Final = (kinds.SCHEDULED_ACTIONS, kinds.WORKFLOWS)


def selected(root: Root, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """The entries that are asked for; with a release, notes of those that its items name."""
    if options.release:
        yield _released(staged, options)
        return
    languages = Languages(staged, options)
    for name, params in _listings(staged, options):
        limit = options.limit
        # Of the first rows by id, those that were changed last cannot be asked for; and which rows are in a language
        # shows in their fields alone.
        look = () if limit or options.locales else NEWEST
        yield listing(
            root,
            kinds.ENTRIES,
            options,
            *params,
            name=name,
            look=look,
            limit=limit,
            has_user_query=bool(options.query),
            keep=languages.keeps,
            cut=languages.cut,
        )


def _listings(staged: RecordStore, options: ReadOptions) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """The names and the parameters of the listings that a selection takes: one for all types, or one for each."""
    query = query_params(options.query)
    if options.limit or (query and options.types):
        for uid in uids(staged, kinds.CONTENT_TYPES):
            if not options.types or uid in options.types:
                yield f"entries/{uid}", (("content_type", uid), *query)
    elif len(options.types) > 1:
        yield "entries", (("sys.contentType.sys.id[in]", ",".join(sorted(options.types))),)
    else:
        yield "entries", (*(("content_type", uid) for uid in options.types), *query)


def _released(staged: RecordStore, options: ReadOptions) -> LocalRecords:
    records = [
        (WANTED if kind == ENTRY else NAMED, Record(uid, {"uid": uid, "level": 0}))
        for release in asked_releases(staged, options)
        for kind, uid in sorted(entities_of(release))
        if kind in (ENTRY, ASSET)
    ]
    return LocalRecords(name="wanted/release", records=records)


def asked_releases(staged: RecordStore, selection: Selection) -> list[JsonObject]:
    """The release of that id, or those of that title."""
    found = [row for row in staged.objects(_RELEASES) if sys_id(row) == selection.release]
    return found or [row for row in staged.objects(_RELEASES) if row.get("title") == selection.release]


def referenced(root: Root, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Reads the entries of every level that is known by now."""
    levels: dict[int, list[str]] = {}
    for row in staged.objects(WANTED):
        levels.setdefault(integer(row.get("level")) or 0, []).append(text(row.get("uid")))
    languages = Languages(staged, options)
    for level, members in sorted(levels.items()):
        for batch in id_batches(members):
            name = f"referenced/{level}/{batch_name(batch)}"
            yield listing(
                root, kinds.ENTRIES, options, among(batch), name=name, look=NEWEST, cut=languages.cut
            )


def next_level(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Stages the next level: entries that are linked and not staged, if that level was asked for."""
    asked = {text(row.get("uid")): integer(row.get("level")) or 0 for row in staged.objects(WANTED)}
    level = max(asked.values(), default=0) + 1
    if not options.includes_level(level):
        return
    found = _linked_entries(staged, {*uids(staged, kinds.ENTRIES), *asked})
    # Sorted, so that a resumed run stages the same level.
    records = [(WANTED, Record(uid, {"uid": uid, "level": level})) for uid in sorted(found)]
    if records:
        yield LocalRecords(name=f"wanted/{level}", records=records)


def _linked_entries(staged: GrowingStore, held: set[str]) -> set[str]:
    """The entries that are linked, without those that are held."""
    return {link.uid for _, link in links(staged) if link.kind == ENTRY and link.uid not in held}


def named_assets(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Stages which assets the entries link to."""
    if options.assets:
        found = sorted({link.uid for _, link in links(staged) if link.kind == ASSET})
        yield LocalRecords(name="named", records=[(NAMED, Record(uid, {"uid": uid})) for uid in found])


def assets(root: Root, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Reads the assets that are linked to."""
    members = [text(row.get("uid")) for row in staged.objects(NAMED)] if options.assets else []
    languages = Languages(staged, options)
    for batch in id_batches(members):
        name = f"assets/{batch_name(batch)}"
        yield listing(root, kinds.ASSETS, options, among(batch), name=name, look=NEWEST, cut=languages.cut)


def links(staged: RecordStore) -> Iterator[tuple[JsonObject, Link]]:
    """Every link in every body of an entry, with the record that it stands in."""
    opaque = {sys_id(row): opaque_fields(row) for row in staged.objects(_TYPES)}
    for kind in _BODIES:
        for row in rows(staged, kind):
            document = document_of(row)
            of_type = link_id(nested(document, "sys", "contentType"))
            for link in links_of(document, opaque.get(of_type, frozenset())):
                yield row, link


def unselected(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Drops what belongs to objects that were not selected, and other releases than the one that was asked for."""
    held = {*uids(staged, kinds.ENTRIES), *uids(staged, kinds.ASSETS)}
    asked = {sys_id(row) for row in asked_releases(staged, options)}
    kept = held | asked
    gone = [(_RELEASES, sys_id(row)) for row in staged.objects(_RELEASES) if sys_id(row) not in asked]
    for kind in _OF_OBJECTS:
        others = (row for row in rows(staged, kind) if _object_of(row) not in kept)
        gone += [(Stream(kind.name), sys_id(row)) for row in others]
    if gone:
        yield LocalRecords(name=NOT_SELECTED, dropped=gone)


def _object_of(row: JsonObject) -> str:
    """The id of what a scheduled action or a workflow is about."""
    return link_id(row.get("entity")) or link_id(nested(row, "sys", "entity"))


def cut_links(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Records as gaps every link to an entry that was left out, and names that nothing has."""
    for number, batch in enumerate(batched(chain(_unknown(staged, options), _cut(staged)), _GAPS)):
        yield LocalRecords(name=f"border/{number}", gaps=batch)


def _cut(staged: RecordStore) -> Iterator[Gap]:
    held = {*uids(staged, kinds.ENTRIES), *(text(row.get("uid")) for row in staged.objects(WANTED))}
    for row, link in links(staged):
        if link.kind == ENTRY and link.uid not in held:
            document = document_of(row)
            yield Gap(
                kind="references",
                uid=sys_id(document),
                type=link_id(nested(document, "sys", "contentType")),
                locale=link.locale,
                path=link.path,
                reason=f"it refers to entry {link.uid}, which is outside what was asked for",
            )


def _unknown(staged: RecordStore, options: ReadOptions) -> Iterator[Gap]:
    """Content types, locales and a release that were asked for and do not exist, or not once."""
    for kind, names in ((kinds.CONTENT_TYPES, options.types), (kinds.LOCALES, options.locales)):
        for name in sorted(names.difference(uids(staged, kind))):
            yield Gap(kind=kind.name, uid=name, reason="it was asked for, and there is none of this name")
    found = asked_releases(staged, options) if options.release else []
    if options.release and len(found) != 1:
        several = f"it was asked for, and {len(found)} have this title: give the id, of "
        reason = "it was asked for, and there is none of this title or id"
        reason = several + ", ".join(map(sys_id, found)) if found else reason
        yield Gap(kind="releases", uid=options.release, reason=reason)
