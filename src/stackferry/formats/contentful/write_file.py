"""A snapshot as a file that contentful-import takes: one object a line, and the files where it looks for them.

The importer checks every object before it sends any, and stops at the first that it does not know how to read. What it
would stop at is left out and told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.drivers.events import Emit, Event
from stackferry.formats.contentful.asset_folder import names_of, written_name
from stackferry.formats.contentful.importer_checks import fit
from stackferry.formats.contentful.layout import KINDS, NEVER_HELD, PASSED
from stackferry.io.storage.blob_list import bytes_file
from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.files import Files
    from stackferry.io.storage.snapshot import Snapshot, SnapshotIndex
    from stackferry.providers.source import RecordStore

FILE_ENDING: Final = "contentful-export.json"
_ALL: Final = "*"
# Kinds of records that the layout has no list for; of each that the snapshot holds any, one gap.
_NOT_HELD: Final = (
    *(kinds.PUBLISHED_ENTRIES, kinds.PUBLISHED_ASSETS, kinds.PUBLISHED_CONTENT_TYPES),
    *(kinds.ENTRY_SNAPSHOTS, kinds.CONTENT_TYPE_SNAPSHOTS, *NEVER_HELD, kinds.RELEASE_ACTIONS),
    *(kinds.API_KEYS, kinds.PREVIEW_API_KEYS, kinds.ENVIRONMENT_ALIASES),
)
_LONG_NAME: Final = "the importer looks for a file whose name is longer than a disk can hold"
_WHY: Final = {
    "published_entries": "the importer publishes the current body in their place",
    "published_assets": "the importer publishes the current body in their place",
    "published_content_types": "the importer publishes the current type in their place",
}


def write_files(snapshot: Snapshot, source: SnapshotIndex, files: Files, emit: Emit) -> Iterator[Gap]:
    """Write the file and the files of assets; tell what they cannot hold."""
    found, unknown = list[Gap](), unknown_kinds(snapshot)
    files.write_atomically(file_name(snapshot), _document(source, found, emit, unknown))
    yield from found
    for name, sha256, gap in _bytes_to_write(source, unknown):
        if gap is not None:
            yield gap
        else:
            files.write_atomically(name, snapshot.files.chunks(bytes_file(sha256)))
            emit(Event("convert", "files", done=1))
    yield from not_held(source)


def lost(snapshot: Snapshot, source: SnapshotIndex) -> Iterator[Gap]:
    """What the file of a snapshot that was written before cannot hold."""
    for key in KINDS:
        for row in _rows(source, key):
            yield from _fitted(source, key, row)[1]
    missing = _bytes_to_write(source, unknown_kinds(snapshot))
    yield from (gap for _, _, gap in missing if gap is not None)
    yield from not_held(source)


def file_name(snapshot: Snapshot) -> str:
    """What the file is called: as the vendor's tool calls it, but for the date."""
    names = (text(nested(snapshot.manifest, "source", name)) for name in ("key", "environment"))
    return "-".join([*(path_segment(name) for name in names if name), FILE_ENDING])


def unknown_kinds(snapshot: Snapshot) -> frozenset[str]:
    """The kinds of which a gap of the snapshot says that it does not know whether there are any."""
    return frozenset(text(gap.get("kind")) for gap in snapshot.gaps() if gap.get("uid") == _ALL)


def _document(source: RecordStore, gaps: list[Gap], emit: Emit, unknown: frozenset[str]) -> Iterator[bytes]:
    """The JSON object, piece by piece; what is left out of it goes to `gaps`."""
    lists = [
        *((key, _rows(source, key)) for key in KINDS),
        *((key, source.objects(Stream(kind))) for key, kind in PASSED.items()),
    ]
    yield b"{"
    separator = b"\n"
    for key, rows in lists:
        pieces = _list(source, key, rows, gaps, emit)
        first = next(pieces, None)
        if first is not None:
            yield b"%s  %s: [\n    %s" % (separator, exact_json.dumps(key), first)
            yield from (b",\n    " + piece for piece in pieces)
            yield b"\n  ]"
        elif key in KINDS and KINDS[key].name not in unknown:  # it is known that there are none
            yield b"%s  %s: []" % (separator, exact_json.dumps(key))
        else:
            continue
        separator = b",\n"
    yield b"\n}\n"


def _list(
    source: RecordStore, key: str, rows: Iterator[JsonObject], gaps: list[Gap], emit: Emit
) -> Iterator[bytes]:
    for row in rows:
        body, left_out = _fitted(source, key, row)
        gaps += left_out
        if body is not None:
            yield exact_json.dumps(body)
            emit(Event("convert", key, done=1))


def _rows(source: RecordStore, key: str) -> Iterator[JsonObject]:
    kind = KINDS[key]
    for stream in source.streams():
        if stream.kind == kind.name:
            yield from source.objects(stream)


def _fitted(source: RecordStore, key: str, row: JsonObject) -> tuple[JsonObject | None, list[Gap]]:
    """An object as the importer and the service take it, None where they do not; and what is left out of it."""
    body, gaps = fit(key, row)
    if body is None or key != "releases":
        return body, gaps
    return _with_items_that_are_there(source, body)


def _with_items_that_are_there(source: RecordStore, release: JsonObject) -> tuple[JsonObject, list[Gap]]:
    """A release without items that the file does not hold: the service refuses one that names what is not there."""
    entities = as_object(release.get("entities"))
    kept, gaps = list[JsonObject](), list[Gap]()
    for item in objects(entities.get("items")):
        uid = link_id(item.get("entity"))
        if _holds(source, text(nested(item, "entity", "sys", "linkType")), uid):
            kept.append(item)
        else:
            reason = (
                f"item {uid} is only in the release, or gone: the importer could not make the release with it"
            )
            gaps.append(Gap(kind="releases", uid=sys_id(release), path=f"/entities/{uid}", reason=reason))
    return {**release, "entities": {**entities, "items": [*kept]}}, gaps


def _holds(source: RecordStore, of_type: str, uid: str) -> bool:
    if of_type == "Asset":
        return source.get(Stream("assets"), uid) is not None
    streams = (stream for stream in source.streams() if stream.kind == "entries")
    return any(source.get(stream, uid) is not None for stream in streams)


def not_held(source: RecordStore) -> Iterator[Gap]:
    """The kinds of which the snapshot holds records and the file none."""
    for kind in _NOT_HELD:
        streams = [stream for stream in source.streams() if stream.kind == kind.name]
        count = sum(1 for stream in streams for _ in source.objects(stream))
        if count:
            why = _WHY.get(kind.name, "a file of contentful-export has no place for them")
            yield Gap(kind=kind.name, uid=_ALL, reason=f"{count} left out: {why}")


def _bytes_to_write(source: RecordStore, unknown: frozenset[str]) -> Iterator[tuple[str, str, Gap | None]]:
    """The name and the digest of each file of the current bodies; or the gap of one that has none.

    Of the files that only live bodies and bodies in releases name, those bodies' gaps tell.
    """
    for asset in _rows(source, "assets"):
        for value in as_object(nested(asset, "fields", "file")).values():
            url = text(as_object(value).get("url"))
            if not url:
                continue
            held = source.get(Stream("files"), url)
            name, decoded = written_name(url), next(names_of(url), "")
            if held is None:
                if "files" not in unknown:  # else one gap says it of all
                    yield "", "", Gap(kind="files", uid=url, reason="the snapshot does not hold its bytes")
            elif name or decoded:  # the latter is what this program finds
                yield name or decoded, text(held.get("sha256")), None
            if held is not None and not name:
                yield "", "", Gap(kind="files", uid=url, reason=_LONG_NAME)
