"""What an export does anew where people edited the stack while it ran.

A listing that moved is read again. What was read because of a row that is different now is outdated with it: versions
of an entry, which are answered with where it is published; bytes of an asset; all entries of a type that is gone. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.publish_queue import DONE, schedules
from stackferry.providers.contentstack.content.releases import rows_of
from stackferry.providers.contentstack.content.variants import linked_types
from stackferry.providers.contentstack.exporting.listings import uids
from stackferry.providers.contentstack.exporting.translations import TRANSLATIONS
from stackferry.providers.contentstack.exporting.unlisted import unlisted
from stackferry.providers.source import Derived, Outdated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import Change, GrowingStore, ReadOptions, RecordStore

_PARTS_OF_ENTRIES: Final = ("versions", "history", "variants")
_FILE_FACTS: Final = ("_version", "url", "file_size")  # bytes are kept by version
_SCAN: Final = "_asset_scan_status"


def outdated(staged: GrowingStore, change: Change) -> Iterator[Outdated]:
    """What depends on a record that is different now, new or gone."""
    stream, before, now = change
    if stream == DONE:
        yield from _of_done(staged, now) if now is not None else ()
        return
    if before is not None:
        yield from _of_changed(staged, stream, before, now)
    if now is not None:
        yield from unlisted(staged, stream, now)


def _of_changed(
    staged: GrowingStore, stream: Stream, before: JsonObject, now: JsonObject | None
) -> Iterator[Outdated]:
    uid = text(before.get("uid"))
    match stream.kind:
        case "entries":
            yield from _of_entry(staged, stream.type, uid)
        case "assets":
            is_same_file = now is not None and _is_same_file(staged, before, now)
            yield from _of_asset(staged, uid, is_same_file=is_same_file)
        case "release_items":
            item = as_object(before.get("item"))
            yield from _of_subject(staged, text(item.get("content_type_uid")), text(item.get("uid")))
        case "schedules":
            for one in schedules(before):
                yield from _of_subject(staged, one.content_type, one.uid)
        case "variant_groups":
            for kind in sorted(linked_types([before]) - linked_types([now or {}])):
                yield from _of_cells(staged, kind, "", ("variants",))
    if now is None:
        yield from _of_gone(staged, stream.kind, before, uid)
    elif stream.kind == "content_types":
        # Entries are to be as the type says: they are looked at after it.
        yield Outdated(f"entries/{uid}", look_only=True)


def _of_done(staged: GrowingStore, row: JsonObject) -> Iterator[Outdated]:
    """What a row of the queue has published or unpublished: no time of it has changed."""
    for one in schedules(row):
        release = text(nested(row, "entry", "release", "uid"))
        if not one.uid or (release and staged.get(Stream("releases"), release) is None):
            # No page describes all shapes of a row, and a release may be gone: it may be about anything.
            yield from (Outdated(_cell(stream), stream, row_only=True) for stream in _publishable(staged))
            return
        yield from _of_published(staged, one.content_type, one.uid, one.variant)
        for item in rows_of(staged, release):
            variant = text(item.get("variant_id"))
            yield from _of_published(staged, "", text(item.get("uid")), variant)


def _of_published(staged: GrowingStore, content_type: str, uid: str, variant: str) -> Iterator[Outdated]:
    """An object in all languages: which document tells what is live in one of them is not the same everywhere.

    Without a type it may be of any.
    """
    for stream in _publishable(staged):
        if content_type in ("", stream.type) and staged.get(stream, uid) is not None:
            yield Outdated(_cell(stream), stream, uid, row_only=True)
            if variant:
                of = stream._replace(kind="variants")
                yield Outdated(f"{_cell(of)}/{uid}", of, uid)


def _publishable(staged: RecordStore) -> list[Stream]:
    return [stream for stream in staged.streams() if stream.kind in ("entries", "assets")]


def _cell(stream: Stream) -> str:
    """The name of the listing of a stream."""
    return "/".join(filter(None, stream))


def _of_gone(staged: RecordStore, kind: str, before: JsonObject, uid: str) -> Iterator[Outdated]:
    """What was listed for an object that is there no longer."""
    match kind:
        case "content_types":
            yield from _of_cells(staged, uid, "", ("entries", *_PARTS_OF_ENTRIES))
        case "locales":
            code = text(before.get("code"))
            for content_type in uids(staged, "content_types"):
                yield from _of_cells(staged, content_type, code, ("entries", *_PARTS_OF_ENTRIES))
            yield Outdated(f"taxonomies/{code}")
            yield from (Outdated(f"terms/{taxonomy}/{code}") for taxonomy in uids(staged, "taxonomies"))
        case "taxonomies":
            yield Outdated(f"terms/{uid}", Stream("terms"), uid)
            yield Outdated(f"terms/{uid}", TRANSLATIONS, uid)
        case "releases":
            yield Outdated(f"release_items/{uid}", Stream("release_items"), uid)


def _of_subject(staged: GrowingStore, content_type: str, uid: str) -> Iterator[Outdated]:
    """What names a version of an entry or an asset decides which of its versions are read."""
    return _of_entry(staged, content_type, uid) if content_type else _of_asset(staged, uid, is_same_file=True)


def _of_asset(staged: GrowingStore, uid: str, *, is_same_file: bool) -> Iterator[Outdated]:
    versions = Stream("asset_versions")
    # Bytes of the latest version are kept where they are the same: they may be very many.
    if not is_same_file or any(staged.of(versions, uid)):
        yield Outdated(f"files/{uid}", Stream("files"), uid)
    yield Outdated(f"asset_versions/{uid}", versions, uid)


def _is_same_file(staged: GrowingStore, before: JsonObject, now: JsonObject) -> bool:
    """A scan that ended well meanwhile changes no bytes that were had already; those that were not are asked for."""
    if any(before.get(name) != now.get(name) for name in _FILE_FACTS):
        return False
    is_had = now.get(_SCAN) == "clean" and any(staged.of(Stream("files"), text(before.get("uid"))))
    return is_had or before.get(_SCAN) == now.get(_SCAN)


def _of_entry(staged: RecordStore, content_type: str, uid: str) -> Iterator[Outdated]:
    """In every language, because what is not localizable is that of the master."""
    for kind in _PARTS_OF_ENTRIES:
        for code in uids(staged, "locales", key="code"):
            yield Outdated(f"{kind}/{content_type}/{code}/{uid}", Stream(kind, content_type, code), uid)


def _of_cells(
    staged: RecordStore, content_type: str, code: str, kinds: tuple[str, ...]
) -> Iterator[Outdated]:
    """All records of a content type, in one language or (without `code`) in all."""
    for stream in staged.streams():
        if stream.kind in kinds and stream.type == content_type and code in ("", stream.locale):
            yield Outdated(f"{stream.kind}/{stream.type}/{stream.locale}", stream)
    # Listings of which no row was kept, and jobs that ended with a gap.
    yield from (Outdated(f"{kind}/{content_type}/{code}".rstrip("/")) for kind in kinds)


def derived(options: ReadOptions) -> Derived:
    """A narrowed export follows references, so any change may select other objects."""
    if not options.is_narrow:
        return Derived()
    notes = (
        *(Outdated(name) for name in ("chosen", "scheduled", "metadata of others", "other releases")),
        Outdated("wanted", Stream(".wanted")),
        Outdated("named", Stream(".named")),
        Outdated("border", Stream("references")),
    )
    return Derived(("entries", "referenced", "assets", "schedules", "metadata"), notes)
