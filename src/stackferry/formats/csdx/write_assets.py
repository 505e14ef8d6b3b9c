"""The assets of a snapshot in the CLI's layout: metadata in chunks, bytes under the assets' own file names.

The layout keeps the bytes of all versions of an asset in one folder under their file names, so of versions with
the same name only the latest can be written. Yields what is to be written, and writes nothing.
"""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.formats.csdx.layout import ASSET_CHUNK, is_file_name, safe_file_name
from stackferry.formats.csdx.rows import version_number
from stackferry.formats.csdx.write_records import JsonFile, chunked
from stackferry.json_values import as_object, text
from stackferry.model import Gap, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore


class BytesToWrite(NamedTuple):
    """Bytes of the snapshot and the file of the export that they become; "" if the layout has no file for them."""

    sha256: str
    file: str
    gap: Gap | None


def asset_metadata(source: RecordStore) -> Iterator[JsonFile]:
    """The JSON files of folders, assets and older versions."""
    folders: list[Json] = [*source.objects(Stream("folders"))]
    yield "assets/folders.json", exact_json.dumps(folders)
    latest = ((text(row.get("uid")), _with_usable_name(row)) for row in source.objects(Stream("assets")))
    yield from _with_summary("assets", "assets.json", latest)
    older = (
        (f"{text(row.get('uid'))}_{version_number(row, 1)}", _with_usable_name(row))
        for row in source.objects(Stream("asset_versions"))
    )
    yield from _with_summary("assets/versions", "versioned-assets.json", older)


def _with_summary(folder: str, index: str, rows: Iterable[tuple[str, JsonObject]]) -> Iterator[JsonFile]:
    """Chunks, their index, and `metadata.json`: the fields of every asset that the CLI looks up without its chunk."""
    summary: JsonObject = {}
    for name, data in chunked(folder, index, ASSET_CHUNK, rows):
        yield name, data
        if not name.endswith(f"/{index}"):
            held = as_object(exact_json.loads(data)).values()
            summary[name.rpartition("/")[2]] = [_summary(as_object(row)) for row in held]
    if summary:
        yield f"{folder}/metadata.json", exact_json.dumps(summary)


def _with_usable_name(row: JsonObject) -> JsonObject:
    """The row with a file name that its bytes can have on a disk: the CLI opens the file of exactly that name.

    Where it finds none, its import does not publish the assets after that one either (seen in 1.60.1).
    """
    name = text(row.get("filename"))
    return row if is_file_name(name) else {**row, "filename": safe_file_name(name)}


def _summary(row: JsonObject) -> JsonObject:
    return {name: row.get(name) for name in ("uid", "url", "filename", "parent_uid", "_version")}


def bytes_to_write(source: RecordStore) -> Iterator[BytesToWrite]:
    """The bytes of every version, the latest first, which so gets the name that versions share."""
    rows = groupby(source.objects(Stream("asset_versions")), key=lambda row: text(row.get("uid")))
    versions = {uid: [*older] for uid, older in rows}
    for asset in source.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        older = sorted(versions.get(uid, []), key=lambda row: version_number(row, 1), reverse=True)
        taken: set[str] = set()
        for row in chain([asset], older):
            found = _bytes_of(source, uid, row, taken)
            if found is not None:
                yield found


def _bytes_of(source: RecordStore, uid: str, row: JsonObject, taken: set[str]) -> BytesToWrite | None:
    """One version's bytes; None where the snapshot lacks them, which is a gap of the snapshot already.

    `taken` are the file names of newer versions of this asset; this version's name is added.
    """
    number, name = version_number(row, 1), text(row.get("filename"))
    held = source.get(Stream("files"), uid, number)
    is_taken, usable = name in taken, safe_file_name(name)
    taken.add(name)
    if held is None:
        return None
    reason = "the vendor's layout has one file for all versions with this file name" if is_taken else ""
    if not reason and not is_file_name(name):
        reason = f"a disk cannot hold its file name: the file is called {usable}"
    gap = Gap(kind="files", uid=uid, path=f"version {number}", reason=reason) if reason else None
    file = "" if is_taken else f"assets/files/{safe_file_name(uid)}/{usable}"
    return BytesToWrite(text(held.get("sha256")), file, gap)
