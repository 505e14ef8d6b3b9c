"""The stages of an export: which listings, versions and files are read, and which records their answers hold.

Pure: stages look at what is staged and yield jobs. A listing is sorted by uid where the service can (`Kind.sort_key`),
because then an edit during the export moves no row to another page. Every listing asks for the count, so that it can
be checked.
API pages: "Get all entries", "Get a single entry", "Get Details of All Versions of an Entry",
"Get all Releases", "Get all items in a Release", and the listings of the other kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import exact_json
from stackferry.errors import BadAnswer
from stackferry.json_values import as_list, as_object, integer, nested, rows_in, text
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersion, PinnedVersions
from stackferry.providers.contentstack.content.publish_queue import read_queue
from stackferry.providers.contentstack.content.query import parse_query
from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.contentstack.options import read_options
from stackferry.providers.contentstack.requests.assets import download_asset, list_assets, read_asset
from stackferry.providers.contentstack.requests.build import page_params
from stackferry.providers.contentstack.requests.entries import (
    list_entries,
    list_variants,
    list_versions,
    read_entry,
)
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.requests.publishing import list_queue
from stackferry.providers.source import (
    Download,
    Fetch,
    GrowingStore,
    Job,
    Listing,
    Page,
    ReadOptions,
    RecordKey,
    RecordStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.providers.contentstack.kinds import Kind

_ENTRY_SWITCHES = (
    ("include_publish_details", "true"),
    ("include_workflow", "true"),
    ("include_metadata", "true"),
)


def basics(_: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Every listing that needs to know nothing: all small kinds, the publish queue, folders and assets."""
    for kind in kinds.KINDS:
        if kind.listed:
            yield _listing(kind, options)
    if read_options(options).schedules:
        yield _publish_queue()
    yield asset_listing("folders", {"is_dir": True}, folders=True)
    if options.assets and not options.is_narrow:
        yield asset_listing("assets")


def contents(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """The listings that need other records: entries by type and locale, items by release; and the assets' bytes."""
    query = parse_query(options.query)
    for content_type in uids(staged, "content_types", options.types):
        for locale in codes(staged, options):
            name = f"entries/{content_type}/{locale}"
            yield entry_listing(name, content_type, locale, query, options.limit)
    for release in uids(staged, "releases"):
        yield owned_listing(kinds.RELEASE_ITEMS, release)
    yield from files(staged, options)


def files(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The bytes of every asset."""
    for asset in staged.objects(Stream("assets")):
        yield download(asset)


def variants(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The variants of every entry whose content type a variant group is linked to."""
    linked = _linked(staged)
    for stream in staged.streams():
        if stream.kind == "entries" and stream.type in linked:
            for entry in staged.objects(stream):
                yield _variants(stream, text(entry.get("uid")))


def _linked(staged: RecordStore) -> set[str]:
    linked: set[str] = set()
    for group in staged.objects(Stream("variant_groups")):
        for row in as_list(group.get("content_types")):  # `{uid, status}`, or a bare uid
            linked.add(text(nested(row, "uid")) or text(row))
    return linked


def _variants(stream: Stream, uid: str) -> Listing:
    name = f"variants/{stream.type}/{stream.locale}/{uid}"

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, "entries", name)
        own = [(text(as_object(row.get("_variant")).get("_uid")), row) for row in rows]
        lines = [Record(f"{uid}\0{variant}", {"uid": uid, "variant": row}) for variant, row in own]
        records = [(stream._replace(kind="variants"), line) for line in lines]
        return Page(records, len(rows), integer(answer.get("count")))

    params = (("locale", stream.locale), ("include_publish_details", "true"))
    return Listing(
        name=name,
        request=lambda skip: list_variants(stream.type, uid, *params, *page_params(skip)),
        read=read,
        optional=True,
    )


def histories(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """With `--versions all`: the versions list of every entry in every language it is localized in."""
    if options.versions != "all":
        return
    for stream in staged.streams():
        if stream.kind != "entries":
            continue
        for entry in staged.objects(stream):
            yield history(stream, text(entry.get("uid")))


def older_versions(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """The pinned versions (with `all`: every version), except those that the listings held."""
    yield from map(older_version, PinnedVersions(staged, options.versions))


def older_version(pin: PinnedVersion) -> Fetch:
    """The body of one version."""
    return _asset_version(pin) if pin.kind == "assets" else _entry_version(pin)


def older_files(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The bytes of the older asset versions."""
    for asset in staged.objects(Stream("asset_versions")):
        yield download(asset)


def download(asset: JsonObject) -> Download:
    """The bytes of an asset's version, from the delivery network. They count against no API limit."""
    uid, version = text(asset.get("uid")), integer(asset.get("_version")) or 1
    gap = Gap(kind="files", uid=uid, path=f"version {version}", reason="")
    return Download(
        name=f"files/{uid}/{version}",
        request=download_asset(text(asset.get("url"))),
        uid=uid,
        version=version,
        gap=gap,
        size=announced_size(asset),
        may_be_reencoded=text(asset.get("content_type")).startswith("image/"),
    )


def announced_size(asset: JsonObject) -> int | None:
    """The size in bytes that an asset's document announces; None where it announces none."""
    size = str(asset.get("file_size") or "")
    return int(size) if size.isascii() and size.isdigit() else None


def _listing(kind: Kind, options: ReadOptions) -> Listing:
    stream = Stream(kind.name)
    params = (*kind.params, ("asc", kind.sort_key))

    def read(answer: JsonObject) -> Page:
        rows, places = [], []
        for row in rows_in(answer, kind.list_key, kind.name):
            clean, found = (row, []) if options.keep_secrets else redact(kind.name, row, options.salt)
            rows.append((stream, Record(kind.key(row), clean)))
            places += found
        return Page(rows, len(rows), integer(answer.get("count")), redacted=places)

    return Listing(
        name=kind.name,
        request=lambda skip: list_objects(kind, *params, *page_params(skip)),
        read=read,
        optional=kind.optional,
    )


def asset_listing(name: str, query: JsonObject | None = None, *, folders: bool = False) -> Listing:
    """Folders are assets whose `is_dir` is true; only a query for them lists them."""
    stream = Stream("folders" if folders else "assets")
    asked = () if query is None else (("query", exact_json.dumps(query).decode()),)

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, "assets", name)
        wanted = [row for row in rows if bool(row.get("is_dir")) is folders]
        records = [(stream, Record(text(row.get("uid")), row)) for row in wanted]
        return Page(records, len(rows), integer(answer.get("count")))

    switches = (("include_publish_details", "true"), ("asc", "uid"))
    return Listing(
        name=name,
        request=lambda skip: list_assets(*asked, *switches, *page_params(skip)),
        read=read,
    )


def entry_listing(
    name: str, content_type: str, locale: str, query: JsonObject | None = None, limit: int = 0
) -> Listing:
    """One content type in one language: only what is really localized there, not what falls back.

    `query` and `limit` (0: none) narrow it further.
    """
    stream = Stream("entries", content_type, locale)
    own: JsonObject = {"locale": locale}
    both: JsonObject = {"$and": [own, query]} if query and "locale" in query else {**(query or {}), **own}
    asked = exact_json.dumps(both).decode()

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, "entries", name)
        own = [row for row in rows if text(row.get("locale")).casefold() == locale.casefold()]
        records = [(stream, Record(text(row.get("uid")), row)) for row in own]
        count = integer(answer.get("count"))
        return Page(records, len(rows), min(count, limit) if limit and count is not None else count)

    return Listing(
        name=name,
        request=lambda skip: list_entries(
            content_type,
            ("locale", locale),
            ("query", asked),
            *_ENTRY_SWITCHES,
            ("asc", "uid"),
            *page_params(skip, limit),
        ),
        read=read,
    )


def owned_listing(kind: Kind, owner: str) -> Listing:
    """What belongs to an object, and does not say to which: each record holds the owner's uid beside the object."""
    name = f"{kind.name}/{owner}"
    path = kind.path.format(**{kind.owner: quote(owner, safe="")})
    params = (*kind.params, *((("asc", kind.sort_key),) if kind.sort_key else ()))

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, kind.list_key, name)
        bodies: list[JsonObject] = [{kind.owner: owner, kind.object_key: row} for row in rows]
        records = [(Stream(kind.name), Record(kind.key(body), body)) for body in bodies]
        return Page(records, len(rows), integer(answer.get("count")))

    return Listing(
        name=name,
        request=lambda skip: list_objects(kind, *params, *page_params(skip), path=path),
        read=read,
        optional=kind.optional,
        not_found_is_gap=True,
    )


def _publish_queue() -> Listing:
    return Listing(
        name="schedules",
        request=lambda skip: list_queue(("asc", "uid"), *page_params(skip)),
        read=read_queue,
        optional=True,
    )


def history(stream: Stream, uid: str) -> Listing:
    """The versions list of one entry in one language: a record for each page, numbered by its first version."""
    name = f"history/{stream.type}/{stream.locale}/{uid}"

    def read(answer: JsonObject) -> Page:
        versions = rows_in(answer, "versions", name)
        number = integer(versions[0].get("_version")) if versions else None
        line = Record(uid, {"uid": uid, "versions": [*versions]}, number or 0)
        records = [(stream._replace(kind="history"), line)] if versions else []
        return Page(records, len(versions), integer(answer.get("count")))

    switches = (("include_updated_at", "true"), ("include_updated_by", "true"))
    return Listing(
        name=name,
        request=lambda skip: list_versions(
            stream.type, uid, ("locale", stream.locale), *switches, *page_params(skip)
        ),
        read=read,
        optional=True,
        not_found_is_gap=True,
        record_key=RecordKey(stream._replace(kind="history"), uid),
    )


def _entry_version(pin: PinnedVersion) -> Fetch:
    stream = Stream("versions", pin.content_type, pin.locale)
    params = (("locale", pin.locale), ("version", str(pin.version)))
    return Fetch(
        name=f"versions/{pin.content_type}/{pin.locale}/{pin.uid}/{pin.version}",
        request=read_entry(pin.content_type, pin.uid, *params, *_ENTRY_SWITCHES),
        read=_versioned("entry", stream, pin),
        gap=_lost_version(pin),
        record_key=RecordKey(stream, pin.uid, pin.version),
    )


def _asset_version(pin: PinnedVersion) -> Fetch:
    stream = Stream("asset_versions")
    return Fetch(
        name=f"asset_versions/{pin.uid}/{pin.version}",
        request=read_asset(pin.uid, ("version", str(pin.version))),
        read=_versioned("asset", stream, pin),
        gap=_lost_version(pin),
        record_key=RecordKey(stream, pin.uid, pin.version),
    )


def _versioned(key: str, stream: Stream, pin: PinnedVersion) -> Callable[[JsonObject], Page]:
    """A version's body, kept only if the service really answered with that version.

    An answer about another version is the service's way to say that it has lost this one; an answer without any
    says nothing, and is asked for again.
    """

    def read(answer: JsonObject) -> Page:
        body = answer.get(key)
        if not isinstance(body, dict):
            raise BadAnswer(f"version {pin.version} of {pin.uid}: the answer holds no {key}")
        if body.get("_version") != pin.version or body.get("uid") != pin.uid:
            return Page([], 0, gaps=[_lost_version(pin)])
        return Page([(stream, Record(pin.uid, body, pin.version))], 1)

    return read


def _lost_version(pin: PinnedVersion) -> Gap:
    return Gap(
        kind="versions" if pin.kind == "entries" else "asset_versions",
        uid=pin.uid,
        type=pin.content_type,
        locale=pin.locale,
        path=f"version {pin.version}",
        reason=f"the service no longer has this version ({pin.reason})",
    )


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
