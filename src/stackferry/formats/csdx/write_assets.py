"""The assets of a snapshot in the vendor CLI's layout: metadata in chunks, bytes under the assets' own names.

The layout keeps all versions of an asset in one folder under their file names, so of versions with the same name
only the latest has a place. Pure: yields documents and places, writes none.
"""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.formats.csdx.file_names import is_file_name, leaf
from stackferry.formats.csdx.write_documents import Document, chunked
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.values import as_object, integer, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore


class Placed(NamedTuple):
    """Bytes and the file of the export that they become; no name: the layout has no place for them."""

    sha256: str
    name: str
    gap: Gap | None


def asset_documents(source: RecordStore) -> Iterator[Document]:
    """Folders, assets and older versions."""
    folders: list[Json] = [*source.objects(Stream("folders"))]
    yield "assets/folders.json", exact_json.dumps(folders)
    latest = ((text(row.get("uid")), _spelled(row)) for row in source.objects(Stream("assets")))
    yield from _with_summary("assets", "assets.json", latest)
    older = (
        (f"{text(row.get('uid'))}_{_number(row)}", _spelled(row))
        for row in source.objects(Stream("asset_versions"))
    )
    yield from _with_summary("assets/versions", "versioned-assets.json", older)


def _with_summary(folder: str, index: str, rows: Iterable[tuple[str, JsonObject]]) -> Iterator[Document]:
    """Chunks, their index, and the few facts of every asset that the CLI keeps beside them."""
    summary: JsonObject = {}
    for name, data in chunked(folder, index, "assets", rows):
        yield name, data
        if not name.endswith(f"/{index}"):
            held = as_object(exact_json.loads(data)).values()
            summary[name.rpartition("/")[2]] = [_facts(as_object(row)) for row in held]
    if summary:
        yield f"{folder}/metadata.json", exact_json.dumps(summary)


def _spelled(row: JsonObject) -> JsonObject:
    """The row with a file name that its bytes can have: the CLI opens the file of that very name.

    Where it finds none it does not publish the assets after that one either (seen in 1.60.1).
    """
    name = text(row.get("filename"))
    return row if is_file_name(name) else {**row, "filename": leaf(name)}


def _facts(row: JsonObject) -> JsonObject:
    return {name: row.get(name) for name in ("uid", "url", "filename", "parent_uid", "_version")}


def placed_bytes(source: RecordStore) -> Iterator[Placed]:
    """Where the bytes of every version go."""
    rows = groupby(source.objects(Stream("asset_versions")), key=lambda row: text(row.get("uid")))
    pasts = {uid: [*older] for uid, older in rows}
    for asset in source.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        past = sorted(pasts.get(uid, []), key=_number, reverse=True)
        names: set[str] = set()
        for row in chain([asset], past):
            placed = _placed(source, uid, row, names)
            if placed is not None:
                yield placed


def _placed(source: RecordStore, uid: str, row: JsonObject, taken: set[str]) -> Placed | None:
    """One version's place; none where the snapshot lacks the bytes, which it says itself."""
    held = source.get(Stream("files"), uid, _number(row))
    name = text(row.get("filename"))
    again, spelled = name in taken, leaf(name)
    taken.add(name)
    if held is None:
        return None
    reason = "the vendor's layout has one place for all versions with this file name" if again else ""
    if not reason and not is_file_name(name):
        reason = f"its file name is unsafe on a disk: it is called {spelled} there"
    gap = Gap(kind="files", uid=uid, path=f"version {_number(row)}", reason=reason) if reason else None
    return Placed(text(held.get("sha256")), "" if again else f"assets/files/{leaf(uid)}/{spelled}", gap)


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
