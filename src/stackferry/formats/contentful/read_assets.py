"""The bytes of the assets of an export: copied from its folder under their SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import SnapshotCorrupt
from stackferry.io.storage.blob_list import bytes_file
from stackferry.json_values import as_object, integer, nested, text
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.formats.contentful.asset_folder import AssetFolder
    from stackferry.io.storage.files import Files
    from stackferry.providers.source import RecordStore

_FILES: Final = Stream("files")


def files_of(asset: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """The processed files of an asset, each with its locale."""
    for code, value in as_object(nested(asset, "fields", "file")).items():
        file = as_object(value)
        if text(file.get("url")):
            yield code, file


def asset_bytes(asset: JsonObject, folder: AssetFolder, out: Files) -> Iterator[Record]:
    """Copy the bytes of the files of an asset; the records that name them. What is missing `missing_bytes` tells."""
    for _, file in files_of(asset):
        name = folder.file_of(text(file.get("url")), text(file.get("fileName")))
        if name and not _damage(folder.files.size(name), file):
            yield _copied(folder, name, text(file.get("url")), out)


def missing_bytes(staged: RecordStore, folder: AssetFolder) -> Iterator[Gap]:
    """A gap for each file of an asset that is not held; one for all where the export has no folder of files."""
    has_any = next(staged.objects(_FILES), None) is not None
    for asset in staged.objects(Stream("assets")):
        for code, file in files_of(asset):
            url = text(file.get("url"))
            if staged.get(_FILES, url) is not None:
                continue
            name = folder.file_of(url, text(file.get("fileName")))
            if not name and not has_any:
                reason = "no file of an asset lies beside the export: it was made without them"
                yield Gap(kind="files", uid="*", reason=reason)
                return
            problem = _damage(folder.files.size(name), file) if name else ""
            where = f"{name} {problem}" if name else "it is not in the folder of the export"
            yield Gap(kind="files", uid=url, locale=code, reason=f"file of asset {sys_id(asset)}: {where}")


def _copied(folder: AssetFolder, name: str, url: str, out: Files) -> Record:
    digest = folder.files.digest(name)
    stored = bytes_file(digest.sha256)
    if not out.exists(stored) and out.write_atomically(stored, folder.files.chunks(name)) != digest:
        raise SnapshotCorrupt(f"{folder.files.path(name)} changed while it was read; run the command again")
    body: JsonObject = {"uid": url, "version": 0, "sha256": digest.sha256, "size": digest.size}
    return Record(url, body)


def _damage(size: int, file: JsonObject) -> str:
    """Why a file of this size cannot be the asset's; empty where it can. Delivery networks encode pictures anew."""
    announced = integer(nested(file, "details", "size"))
    if announced and not size:
        return "is empty"
    is_picture = text(file.get("contentType")).startswith("image/")
    if announced is not None and size != announced and not is_picture:
        return f"has {size} bytes, the asset says {announced}"
    return ""
