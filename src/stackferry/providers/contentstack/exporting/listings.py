"""The stages of an export: which listings, versions and files are read, and which records their answers hold.

Pure: stages look at what is staged and yield jobs. A listing is sorted by uid where the service can (`Kind.sort_key`),
because then an edit during the export moves no row to another page. Every listing asks for the count, so that it can
be checked.
API pages: "Get all entries", "Get a single entry", "Get Details of All Versions of an Entry",
"Get all Releases", "Get all items in a Release", and the listings of the other kinds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.errors import BadAnswer
from stackferry.json_values import as_list, integer, nested, rows_in, text
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersion, PinnedVersions
from stackferry.providers.contentstack.content.query import parse_query
from stackferry.providers.contentstack.content.releases import releases_asked
from stackferry.providers.contentstack.content.variants import linked_types
from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.contentstack.exporting import asset_files, marks
from stackferry.providers.contentstack.exporting.pages import page_reader
from stackferry.providers.contentstack.exporting.queue_listing import queue_listing
from stackferry.providers.contentstack.exporting.translations import translations
from stackferry.providers.contentstack.options import read_options
from stackferry.providers.contentstack.requests import assets as asset_requests
from stackferry.providers.contentstack.requests import entries as entry_requests
from stackferry.providers.contentstack.requests.build import PAGE, page_params
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.source import (
    Fetch,
    GrowingStore,
    Job,
    Listing,
    Page,
    ReadOptions,
    RecordKey,
    RecordStore,
    Rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import Request
    from stackferry.providers.contentstack.kinds import Kind

_ASSETS = Stream("assets")
_BY_UID, _BY_TIME = ("asc", "uid"), ("desc", "updated_at")
_SCAN = (("include_asset_scan_status", "true"),)
_ENTRY_SWITCHES = (
    ("include_publish_details", "true"),
    ("include_workflow", "true"),
    ("include_metadata", "true"),
)


# --- stages ---


def named_listings(_: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The kinds that a selection names: whether these names are there is to be known before all else is read."""
    asked = {
        kinds.CONTENT_TYPES.name: options.types,
        kinds.LOCALES.name: options.locales,
        kinds.RELEASES.name: options.release,
    }
    for kind in kinds.KINDS:
        if asked.get(kind.name):
            yield _listing(kind, options)


def content_types(_: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Content types, with the fields of their global fields."""
    yield _listing(kinds.CONTENT_TYPES, options)


def simple_listings(_: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Every listing that needs nothing of another one: all small kinds, the publish queue, folders and assets."""
    for kind in kinds.KINDS:
        if kind.listed:
            yield _listing(kind, options)
    if read_options(options).schedules:
        yield queue_listing(options)
    # Folders are few, and part of every export of assets, which name them.
    if options.assets:
        yield asset_listing("folders", {"is_dir": True}, folders=True)
    # A narrowed export reads the assets that its entries refer to, once these are known.
    if options.assets and not options.is_narrow and read_options(options).wanted is None:
        yield asset_listing("assets")


def terms(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The terms of every taxonomy, and which taxonomies are translated into which language."""
    taxonomies = [*uids(staged, "taxonomies")]
    for uid in taxonomies:
        yield owned_listing(kinds.TERMS, uid)
    master = master_locale(staged)
    for code in uids(staged, "locales", key="code") if taxonomies else ():
        if code != master:
            path, list_key = kinds.TAXONOMIES.path, kinds.TAXONOMIES.list_key
            yield translations(f"taxonomies/{code}", path, list_key, code)


def translated_terms(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The terms of every taxonomy in each other language: no list says which have a name there."""
    master, list_key = master_locale(staged), kinds.TERMS.list_key
    for uid in dict.fromkeys(text(row.get("taxonomy")) for row in staged.objects(Stream("terms"))):
        path = f"/taxonomies/{quote(uid, safe='')}/terms"
        for code in uids(staged, "locales", key="code"):
            if code != master:
                yield translations(f"terms/{uid}/{code}", path, list_key, code, uid)


def entries(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The listings that need other records: entries by type and locale, items by release; and the assets' bytes."""
    query = parse_query(options.query)
    for content_type in () if options.release else uids(staged, "content_types", options.types):
        for locale in codes(staged, options):
            name = f"entries/{content_type}/{locale}"
            listing = entry_listing(name, content_type, locale, query, options.limit)
            yield replace(listing, has_user_query=bool(query))
    for release in releases_asked(staged, options.release):
        yield owned_listing(kinds.RELEASE_ITEMS, release)
    yield from asset_files.files(staged, options)


def variants(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The variants of every entry whose content type a variant group is linked to."""
    linked = linked_types(staged.objects(Stream("variant_groups")))
    # No call lists the variants of a content type: it takes a request for each entry and language.
    for stream in staged.streams():
        if stream.kind == "entries" and stream.type in linked:
            for entry in staged.objects(stream):
                yield _variants(stream, text(entry.get("uid")))


def histories(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """With `--versions all`: the versions list of every entry in every language it is localized in."""
    for stream in staged.streams() if options.versions == "all" else ():
        if stream.kind == "entries":
            for entry in staged.objects(stream):
                yield history(stream, text(entry.get("uid")))


def older_versions(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """The pinned versions (with `all`: every version), except those that the listings held."""
    yield from map(older_version, PinnedVersions(staged, options.versions))


# --- jobs ---


def _listing(kind: Kind, options: ReadOptions) -> Listing:
    stream = Stream(kind.name)
    params = (*kind.params, ("asc", kind.sort_key))

    def read(answer: JsonObject) -> Page:
        rows, places = [], []
        read = [*map(kind.kept, rows_in(answer, kind.list_key, kind.name))]
        for row in read:
            if kind is kinds.METADATA and not (options.assets or kinds.kind_of_metadata(row) == "entries"):
                continue
            clean, found = (row, []) if options.keep_secrets else redact(kind.name, row, options.salt)
            rows.append((stream, Record(kind.key(row), clean)))
            places += found
        gaps = marks.gaps_of_marks(kind.list_key, read)
        return Page(rows, len(read), integer(answer.get("count")), gaps, redacted=places)

    return Listing(
        name=kind.name,
        request=lambda skip: list_objects(kind, *params, *page_params(skip)),
        read=read,
        optional=kind.optional,
    )


def owned_listing(kind: Kind, owner: str) -> Listing:
    """What belongs to an object, and does not say to which: each record holds the owner's uid beside the object."""
    name = f"{kind.name}/{owner}"
    path = kind.path.format(**{kind.owner_key: quote(owner, safe="")})
    # Items of a release cannot be sorted.
    params = (*kind.params, *((("asc", kind.sort_key),) if kind.sort_key else ()))

    def records_of(row: JsonObject) -> Iterator[tuple[Stream, Record]]:
        body: JsonObject = {kind.owner_key: owner, kind.object_key: row}
        yield Stream(kind.name), Record(kind.key(body), body)

    read = page_reader(kind.list_key, name, records_of)
    return Listing(
        name=name,
        request=lambda skip: list_objects(kind, *params, *page_params(skip), path=path),
        read=partial(_with_order, read, owner) if kind is kinds.TERMS else read,
        optional=kind.optional,
        may_be_refused=True,
        not_found_is_gap=True,
        belongs_to=(kind.part_of,),
        of_one_object=True,
    )


def _with_order(read: Callable[[JsonObject], Page], taxonomy: str, answer: JsonObject) -> Page:
    """A page of terms; a gap where the service does not say in which order they stand, though it was asked."""
    page = read(answer)
    untold = [row for row in as_list(answer.get(kinds.TERMS.list_key)) if nested(row, "order") is None]
    if page.seen < 2 or not untold:
        return page
    reason = f"the service did not tell the order of {len(untold)} terms"
    return replace(page, gaps=[*page.gaps, Gap(kind=kinds.TERMS.name, uid="*", path=taxonomy, reason=reason)])


def asset_listing(name: str, query: JsonObject | None = None, *, folders: bool = False) -> Listing:
    """Folders are assets whose `is_dir` is true; only a query for them lists them."""
    stream = Stream("folders") if folders else _ASSETS
    asked = () if query is None else (("query", exact_json.dumps(query).decode()),)
    params = (*asked, ("include_publish_details", "true"), *(() if folders else _SCAN))

    def records_of(row: JsonObject) -> Iterator[tuple[Stream, Record]]:
        if bool(row.get("is_dir")) is folders:
            yield stream, Record(text(row.get("uid")), row)

    def rows(uids: Sequence[str]) -> Iterator[Rows]:
        for batch in batched(uids, PAGE):
            yield Rows(
                batch,
                asset_requests.list_assets(
                    ("query", exact_json.dumps(among(batch)).decode()), *params, *page_params(0)
                ),
                read,
            )

    read = page_reader("assets", name, records_of)
    return Listing(
        name=name,
        request=lambda skip: asset_requests.list_assets(*params, _BY_UID, *page_params(skip)),
        newest=lambda: asset_requests.list_assets(*params, _BY_TIME, *page_params(0)),
        rows=rows if query is None else None,
        read=read,
        may_be_refused=True,
    )


def among(members: Sequence[str]) -> JsonObject:
    """The query for the objects with these uids."""
    return {"uid": {"$in": [*members]}}


def entry_listing(
    name: str, content_type: str, locale: str, query: JsonObject | None = None, limit: int = 0
) -> Listing:
    """One content type in one language: only what is really localized there, not what falls back.

    `query` and `limit` (0: none) narrow it further.
    """
    stream = Stream("entries", content_type, locale)
    own: JsonObject = {"locale": locale}
    # `locale` alone also answers entries that fall back to another language; the query leaves these out.
    both: JsonObject = {"$and": [own, query]} if query and "locale" in query else {**(query or {}), **own}

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, "entries", name)
        localized = [row for row in rows if text(row.get("locale")).casefold() == locale.casefold()]
        records = [(stream, Record(text(row.get("uid")), row)) for row in localized]
        count = integer(answer.get("count"))
        # The service counts every match, however few rows are wanted.
        return Page(records, len(rows), min(count, limit) if limit and count is not None else count)

    def listed(order: tuple[str, str], skip: int, query: JsonObject = both) -> Request:
        asked = (("locale", locale), ("query", exact_json.dumps(query).decode()), *_ENTRY_SWITCHES)
        return entry_requests.list_entries(content_type, *asked, order, *page_params(skip, limit))

    def rows(uids: Sequence[str]) -> Iterator[Rows]:
        for batch in batched(uids, PAGE):
            yield Rows(batch, listed(_BY_UID, 0, {**own, **among(batch)}), read)

    return Listing(
        name=name,
        request=lambda skip: listed(_BY_UID, skip),
        most=limit,
        read=read,
        may_be_refused=True,
        # Of the first rows by uid, those that were changed last cannot be asked for.
        newest=None if limit else lambda: listed(_BY_TIME, 0),
        rows=None if query or limit else rows,
        belongs_to=("content_types", "locales"),
        cell=stream,
    )


def _variants(stream: Stream, uid: str) -> Listing:
    name = f"variants/{stream.type}/{stream.locale}/{uid}"
    params = (("locale", stream.locale), ("include_publish_details", "true"))

    def records_of(row: JsonObject) -> Iterator[tuple[Stream, Record]]:
        body: JsonObject = {"uid": uid, "variant": row}
        yield stream._replace(kind="variants"), Record(kinds.VARIANTS.key(body), body)

    return Listing(
        name=name,
        request=lambda skip: entry_requests.list_variants(stream.type, uid, *params, *page_params(skip)),
        read=page_reader("entries", name, records_of),
        optional=True,
        of_one_object=True,
        cell=stream._replace(kind="variants"),
        is_looked_at=False,  # it would take a request for each entry
    )


def history(stream: Stream, uid: str) -> Listing:
    """The versions list of one entry in one language: a record for each page, numbered by its first version."""
    name = f"history/{stream.type}/{stream.locale}/{uid}"
    own = stream._replace(kind="history")
    params = (("locale", stream.locale), ("include_updated_at", "true"), ("include_updated_by", "true"))

    def read(answer: JsonObject) -> Page:
        versions = rows_in(answer, "versions", name)
        body: JsonObject = {"uid": uid, "versions": [*versions]}
        records = [(own, Record(uid, body, kinds.HISTORY.number(body)))] if versions else []
        return Page(records, len(versions), integer(answer.get("count")))

    return Listing(
        name=name,
        request=lambda skip: entry_requests.list_versions(stream.type, uid, *params, *page_params(skip)),
        read=read,
        optional=True,
        not_found_is_gap=True,
        of_one_object=True,
        is_looked_at=False,  # a new version changes the entry, which is listed
        record_key=RecordKey(own, uid),
    )


def older_version(pin: PinnedVersion) -> Fetch:
    """The body of one version, kept only if the service really answered with that version."""
    version = ("version", str(pin.version))
    if pin.kind == "assets":
        key, stream = "asset", Stream("asset_versions")
        name = f"asset_versions/{pin.uid}/{pin.version}"
        request = asset_requests.read_asset(pin.uid, version)
    else:
        key, stream = "entry", Stream("versions", pin.content_type, pin.locale)
        name = f"versions/{pin.content_type}/{pin.locale}/{pin.uid}/{pin.version}"
        params = (("locale", pin.locale), version, *_ENTRY_SWITCHES)
        request = entry_requests.read_entry(pin.content_type, pin.uid, *params)
    gap = Gap(
        kind=stream.kind,
        uid=pin.uid,
        type=pin.content_type,
        locale=pin.locale,
        path=f"version {pin.version}",
        reason=f"the service no longer has this version ({pin.reason})",
    )

    def read(answer: JsonObject) -> Page:
        body = answer.get(key)
        if not isinstance(body, dict):  # it says nothing, so the version is asked for again
            raise BadAnswer(f"version {pin.version} of {pin.uid}: the answer holds no {key}")
        # Another version is the service's way to say that it has lost this one.
        if body.get("_version") != pin.version or body.get("uid") != pin.uid:
            return Page([], 0, gaps=[gap])
        return Page([(stream, Record(pin.uid, body, pin.version))], 1)

    record_key = RecordKey(stream, pin.uid, pin.version)
    return Fetch(name=name, request=request, read=read, gap=gap, record_key=record_key)


# --- what is staged ---


def uids(
    staged: RecordStore, kind: str, wanted: frozenset[str] = frozenset(), *, key: str = "uid"
) -> Iterator[str]:
    """The uids of a kind (or what names its objects), or those of them that are wanted."""
    for row in staged.objects(Stream(kind)):
        uid = text(row.get(key))
        if not wanted or uid in wanted:
            yield uid


def codes(staged: RecordStore, options: ReadOptions) -> list[str]:
    """The codes of the locales that are asked for."""
    return list(uids(staged, "locales", options.locales, key="code"))
