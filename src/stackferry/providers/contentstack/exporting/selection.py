"""A narrowed export: which entries are selected, what they refer to, and which references are cut off.

What a level of references needs is staged before any of it is read, on a stream that is not part of the snapshot: a
resumed export goes on with the same level, and the same selection gives the same bytes. Pure.
API pages: "Get all entries" and "Get all assets", with a `query` for uids.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.core.batches import batched
from stackferry.json_values import as_object, integer, rows_in, text
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.publish_queue import SCHEDULES, waiting_schedules
from stackferry.providers.contentstack.content.releases import items_of, release_of, releases_named
from stackferry.providers.contentstack.exporting.listings import (
    among,
    asset_listing,
    codes,
    entry_listing,
    uids,
)
from stackferry.providers.contentstack.exporting.unknown_names import unknown
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.references.model import Reference, ReferenceKind, Schema
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.contentstack.requests.assets import list_assets
from stackferry.providers.contentstack.requests.build import PAGE
from stackferry.providers.source import Fetch, Job, LocalRecords, Page, ReadOptions, RecordStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping


_WANTED: Final = ".wanted"  # entries to fetch, by content type and locale, with their level
_NAMED: Final = Stream(".named")  # assets to fetch
_SAMPLE: Final = Stream(".sample")  # one asset, whose URL shows the host of the stack's files
_DOCUMENTS: Final = frozenset({"entries", "versions", "variants"})
_GAPS: Final = 1000  # gaps that one note holds


class Mention(NamedTuple):
    """A reference and where it is: the document's stream, the entry's uid, the version (0: the latest)."""

    stream: Stream
    uid: str
    version: int
    reference: Reference


def mentions(staged: RecordStore, schemas: Mapping[str, Schema]) -> Iterator[Mention]:
    """Every reference in every document, older versions and variants among them."""
    for stream in staged.streams():
        if stream.kind in _DOCUMENTS and stream.type in schemas:
            for row in staged.objects(stream):
                yield from _mentions_in(stream, schemas[stream.type], row)


def _mentions_in(stream: Stream, schema: Schema, row: JsonObject) -> Iterator[Mention]:
    document = as_object(row.get("variant")) if stream.kind == "variants" else row
    version = integer(row.get("_version")) or 1 if stream.kind == "versions" else 0
    for reference in find_references(schema, document):
        yield Mention(stream, text(row.get("uid")), version, reference)


def selected(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Keeps the first `--limit` entries of each type, and asks for their documents in the other locales.

    A query is answered with documents, and an entry is exported whole: one document that meets it is enough.
    """
    if options.assets:
        yield _sample()
    if options.release:
        yield _released(staged, options)
    elif options.query or options.limit:
        for content_type in uids(staged, "content_types", options.types):
            yield _first(staged, options, content_type)


def _sample() -> Fetch:
    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, "assets", "sample")
        return Page([(_SAMPLE, Record(text(row.get("uid")), row)) for row in rows], len(rows))

    gap = Gap(kind="assets", uid="*", reason="the service does not list them")
    return Fetch(name="sample", request=list_assets(("limit", "1")), read=read, gap=gap)


def _first(staged: RecordStore, options: ReadOptions, content_type: str) -> LocalRecords:
    streams = [Stream("entries", content_type, code) for code in codes(staged, options)]
    found = {stream: {text(row.get("uid")) for row in staged.objects(stream)} for stream in streams}
    # By uid, as the listing is sorted: the first of each language need not be the same entries.
    kept = sorted(set().union(*found.values()))[: options.limit or None]
    return LocalRecords(
        name=f"chosen/{content_type}",
        dropped=[(stream, uid) for stream in streams for uid in sorted(found[stream].difference(kept))],
        records=[
            _want(content_type, stream.locale, uid, 0)
            for stream in (streams if options.query else ())
            for uid in kept
            if uid not in found[stream]
        ],
    )


def _released(staged: RecordStore, options: ReadOptions) -> LocalRecords:
    """The entries that items of the release name, in every language."""
    records = [
        _want(content_type, locale, uid, 0)
        for content_type, uid in sorted(items_of(staged, release_of(staged, options.release)).entries)
        for locale in codes(staged, options)
    ]
    return LocalRecords(name="chosen/release", records=records)


def other_releases(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Drops every release but the one that was asked for."""
    if options.release:
        # Where several have that name they stay, so that they are told as long as the export runs.
        gone = {*uids(staged, "releases")}.difference(releases_named(staged, options.release))
        yield LocalRecords(name="other releases", dropped=[(Stream("releases"), uid) for uid in sorted(gone)])


def _want(content_type: str, locale: str, uid: str, level: int) -> tuple[Stream, Record]:
    return Stream(_WANTED, content_type, locale), Record(uid, {"uid": uid, "level": level})


def referenced_entries(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Reads the referenced entries, a page at a time."""
    for content_type in uids(staged, "content_types"):
        for locale in codes(staged, options):
            levels: dict[int, list[str]] = {}
            for row in staged.objects(Stream(_WANTED, content_type, locale)):
                levels.setdefault(integer(row.get("level")) or 0, []).append(text(row.get("uid")))
            for level, members in sorted(levels.items()):
                for number, batch in enumerate(batched(members, PAGE)):
                    name = f"referenced/{content_type}/{locale}/{level}/{number}"
                    yield entry_listing(name, content_type, locale, among(batch))


def next_level(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Stages the next level: entries that are referenced and not staged, if that level was asked for."""
    asked, level = _asked(staged)
    if not options.includes_level(level + 1):
        return
    found = _referenced(staged, _held(staged) | asked.keys())
    types = {one for one in uids(staged, "content_types") if not options.selects_all_of(one)}
    # Sorted, so that a resumed run stages the same level. An entry is read in every language.
    records = [
        _want(content_type, locale, uid, level + 1)
        for content_type, uid in sorted(found)
        for locale in codes(staged, options)
        if content_type in types
    ]
    if records:
        yield LocalRecords(name=f"wanted/{level + 1}", records=records)


def _referenced(staged: RecordStore, held: Collection[str]) -> set[tuple[str, str]]:
    """The type and the uid of each entry that is referred to and not held."""
    references = (mention.reference for mention in mentions(staged, _schemas(staged)))
    return {
        (one.content_type, one.uid)
        for one in references
        if one.kind is ReferenceKind.ENTRY and one.uid not in held
    }


def _asked(staged: RecordStore) -> tuple[dict[str, int], int]:
    """The entries that were referenced so far, with their level, and the highest level."""
    asked: dict[str, int] = {}
    for content_type in uids(staged, "content_types"):
        for locale in uids(staged, "locales", key="code"):
            for row in staged.objects(Stream(_WANTED, content_type, locale)):
                asked[text(row.get("uid"))] = integer(row.get("level")) or 0
    return asked, max(asked.values(), default=0)


def _held(staged: RecordStore) -> set[str]:
    """The uids of all staged entries, of any language."""
    streams = (stream for stream in staged.streams() if stream.kind == "entries")
    return {text(row.get("uid")) for stream in streams for row in staged.objects(stream)}


def _schemas(staged: RecordStore) -> dict[str, Schema]:
    return read_schemas(staged, staged.objects(_SAMPLE))


def asset_references(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Stages which assets the entries refer to."""
    if options.assets:
        found = {
            one.reference.uid for one in mentions(staged, _schemas(staged)) if one.reference.may_be_asset
        }
        if options.release:
            found |= items_of(staged, release_of(staged, options.release)).assets
        yield LocalRecords(
            name="named", records=[(_NAMED, Record(uid, {"uid": uid})) for uid in sorted(found)]
        )


def referenced_assets(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """Reads the referenced assets, a page at a time."""
    members = (text(row.get("uid")) for row in staged.objects(_NAMED))
    for number, batch in enumerate(batched(members, PAGE)):
        yield asset_listing(f"assets/{number}", among(batch))


def selected_schedules(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """Drops schedules of objects that were not selected."""
    # A schedule is of an entry, an asset or a release.
    held = _held(staged).union(uids(staged, "assets"), uids(staged, "releases"))
    gone = {one.row for one in waiting_schedules(staged) if one.uid not in held}
    if gone:
        yield LocalRecords(name="scheduled", dropped=[(SCHEDULES, uid) for uid in sorted(gone)])


def selected_metadata(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Drops what extensions keep for objects, and in languages, that were not selected."""
    held = {"entries": _held(staged), "assets": set(uids(staged, "assets"))}

    def is_selected(row: JsonObject) -> bool:
        kind = kind_of_metadata(row)
        is_asked = kind == "assets" or not options.locales or row.get("locale") in options.locales
        return is_asked and row.get("entity_uid") in held[kind]

    stream = Stream(METADATA.name)
    gone = [text(row.get("uid")) for row in staged.objects(stream) if not is_selected(row)]
    if gone:
        yield LocalRecords(name="metadata of others", dropped=[(stream, uid) for uid in sorted(gone)])


def cut_references(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Records as gaps every reference to an entry that was left out, and names that nothing has."""
    gaps = chain(unknown(staged, options), _cut(staged, options))
    for number, batch in enumerate(batched(gaps, _GAPS)):
        yield LocalRecords(name=f"border/{number}", gaps=batch)


def _cut(staged: RecordStore, options: ReadOptions) -> Iterator[Gap]:
    is_outside = _outside(staged, options)
    for stream, uid, _, reference in mentions(staged, _schemas(staged)):
        if reference.kind is ReferenceKind.ENTRY and is_outside(reference):
            yield Gap(
                kind="references",
                uid=uid,
                type=stream.type,
                locale=stream.locale,
                path=reference.path,
                reason=f"it refers to entry {reference.uid}, which is outside what was asked for",
            )


def _outside(staged: RecordStore, options: ReadOptions) -> Callable[[Reference], bool]:
    """Whether an entry was left out.

    An entry that was requested in every locale without a result was deleted, not left out; so was one of a deleted
    type.
    """
    held, (asked, _) = _held(staged), _asked(staged)
    types = {"", *uids(staged, "content_types")}

    def is_outside(reference: Reference) -> bool:
        if reference.uid in held or reference.content_type not in types:
            return False
        sought = reference.uid in asked or options.selects_all_of(reference.content_type)
        return bool(options.locales) or not sought

    return is_outside
