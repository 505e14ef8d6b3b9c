"""The assets of an export: folders, latest versions, older versions, and which file holds which version's bytes.

Names of files are compared, never trusted: an asset's bytes are looked for in the asset's own folder only. API
pages: "Get all assets" and "Get a single asset", whose rows these are.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry.formats.csdx.layout import (
    ASSET_CHUNK,
    AssetBytes,
    ConvertedFile,
    Rows,
    version_number,
    with_uid,
    without_client_keys,
)
from stackferry.json_values import text
from stackferry.model import Gap, Record, Stream
from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.formats.csdx.folder import ExportFolder
    from stackferry.providers.source import RecordStore

_HISTORY = "_contentstack_"  # old generation: the file of an asset's versions, in the folder of its bytes
_ASSETS, _VERSIONS = Stream("assets"), Stream("asset_versions")


def assets(folder: ExportFolder, staged: RecordStore) -> Iterator[ConvertedFile]:
    """Folders, assets, and then their older versions, which are recognised by the latest ones in `staged`."""
    yield _converted("folders", folder.rows("assets/folders.json"))
    for name, rows in _latest_versions(folder):
        # The old generation has folders among the assets.
        yield _converted("assets", [(key, row) for key, row in rows if not row.get("is_dir")], name)
        yield _converted("folders", [(key, row) for key, row in rows if row.get("is_dir")], f"{name} folders")
    for name, rows in folder.chunks("assets/versions", "versioned-assets.json", ASSET_CHUNK):
        # Keys are UID_VERSION there: the uid is in the row.
        yield _older_versions(name, [("", row) for _, row in rows], staged)
    for uid in folder.names("assets"):
        name = f"assets/{uid}/{_HISTORY}{uid}.json"
        if folder.is_folder(f"assets/{uid}") and folder.exists(name):
            yield _older_versions(name, [(uid, row) for _, row in folder.rows(name)], staged)


def asset_bytes(folder: ExportFolder, staged: RecordStore) -> Iterator[AssetBytes]:
    """Every version of every asset with the file that holds its bytes.

    The CLI downloads all versions of an asset into one folder under their file names. Where versions have the same
    name, one file is left, which the latest version gets: it cannot be shown to be an older one's.
    """
    older = groupby(staged.objects(_VERSIONS), key=lambda row: text(row.get("uid")))
    versions = {
        uid: [(version_number(row, 1), text(row.get("filename"))) for row in rows] for uid, rows in older
    }
    for asset in staged.objects(_ASSETS):
        uid, name = text(asset.get("uid")), text(asset.get("filename"))
        past = versions.get(uid, [])
        names = Counter([name, *(older_name for _, older_name in past)])
        files = _files_of(folder, uid)
        yield _bytes(files, uid, version_number(asset, 1), name, only_version=not past)
        for number, older_name in past:
            own = files if names[older_name] == 1 else {}
            yield _bytes(own, uid, number, older_name, only_version=False)


def _latest_versions(folder: ExportFolder) -> Iterator[tuple[str, Rows]]:
    """`assets.json` is the index of chunks, or in the old generation the map of assets itself."""
    # An index maps numbers to names of files, the old map maps uids to assets.
    index = folder.optional("assets/assets.json")
    if isinstance(index, dict) and any(isinstance(value, dict) for value in index.values()):
        yield "assets/assets.json", folder.rows("assets/assets.json")
    elif index != {}:
        yield from folder.chunks("assets", "assets.json", ASSET_CHUNK)


def _converted(kind: str, rows: Rows, job: str = "") -> ConvertedFile:
    added: list[str] = []
    complete = [with_uid(kind, key, without_client_keys(row), added) for key, row in rows]
    records = [(Stream(kind), Record(text(row.get("uid")), row)) for row in complete]
    return ConvertedFile(job=job or kind, records=records, added=added)


def _older_versions(job: str, rows: Rows, staged: RecordStore) -> ConvertedFile:
    """Versions of assets that the export holds, without the latest, which is in the lists of versions too."""
    records = []
    for key, raw in rows:
        row = with_uid("asset_versions", key, without_client_keys(raw), [])
        uid, number = text(row.get("uid")), version_number(row, 1)
        latest = staged.get(_ASSETS, uid)
        if latest is not None and version_number(latest, 1) != number:
            records.append((_VERSIONS, Record(uid, row, number)))
    return ConvertedFile(job=job, records=records)


def _files_of(folder: ExportFolder, uid: str) -> dict[str, str]:
    """The files in an asset's own folder, by name: `assets/files/UID/` or, in the old generation, `assets/UID/`."""
    if not uid or "/" in uid or uid in (".", "..", "files", "versions"):
        return {}  # no folder of its own below `assets`
    found: dict[str, str] = {}
    for place in (f"assets/files/{uid}", f"assets/{uid}"):
        for name in folder.names(place, hidden=True):
            if not name.startswith((_HISTORY, ".DS_Store")) and not folder.is_folder(f"{place}/{name}"):
                found.setdefault(name, f"{place}/{name}")
    return found


def _bytes(files: dict[str, str], uid: str, version: int, name: str, *, only_version: bool) -> AssetBytes:
    file = files.get(name) or files.get(path_segment(name)) or ""
    if not file and only_version and len(files) == 1:
        file = next(iter(files.values()))  # saved under another name, because a disk cannot hold this one
    reason = f"the export does not hold its bytes ({name})"
    gap = Gap(kind="files", uid=uid, path=f"version {version}", reason=reason)
    return AssetBytes(uid=uid, version=version, file=file, gap=gap)
