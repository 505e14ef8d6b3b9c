"""The assets of a vendor export: folders, latest versions, older ones, and which file holds whose bytes.

Names of files in the export are compared, never trusted: an asset's bytes are looked for in the asset's own
folder only. API pages: "Get all assets" and "Get a single asset", whose rows these are.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry.formats.csdx.model import Bytes, Folder, Found, Rows, plain, with_uid
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.values import integer, text
from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore

_CHUNK = "-assets.json"
_HISTORY = "_contentstack_"


def assets(folder: Folder, staged: RecordStore) -> Iterator[Found]:
    """Folders, assets and their older versions."""
    yield _found("folders", folder.rows("assets/folders.json"))
    for name, rows in _latest(folder):
        files = [(key, row) for key, row in rows if not row.get("is_dir")]
        yield _found("assets", files, name)
        yield _found("folders", [(key, row) for key, row in rows if row.get("is_dir")], f"{name} folders")
    for name, rows in folder.chunks("assets/versions", "versioned-assets.json", _CHUNK):
        yield _older(name, [("", row) for _, row in rows], staged)
    for uid in folder.names("assets"):
        name = f"assets/{uid}/{_HISTORY}{uid}.json"
        if folder.is_folder(f"assets/{uid}") and folder.exists(name):
            yield _older(name, [(uid, row) for _, row in folder.rows(name)], staged)


def asset_bytes(folder: Folder, staged: RecordStore) -> Iterator[Bytes]:
    """Every version of every asset with the file that holds its bytes.

    The CLI downloads all versions of an asset into one folder under their file names: where two versions have
    the same name, one file is left, and it is not known to be the older one's.
    """
    older = groupby(staged.objects(Stream("asset_versions")), key=lambda row: text(row.get("uid")))
    pasts = {uid: [(_number(row), text(row.get("filename"))) for row in rows] for uid, rows in older}
    for asset in staged.objects(Stream("assets")):
        uid, name = text(asset.get("uid")), text(asset.get("filename"))
        past = pasts.get(uid, [])
        names = Counter([name, *(other for _, other in past)])
        held = _held(folder, uid)
        yield _bytes(held, uid, _number(asset), name, alone=not past)
        for number, other in past:
            yield _bytes(held if names[other] == 1 else {}, uid, number, other, alone=False)


def _latest(folder: Folder) -> Iterator[tuple[str, Rows]]:
    """The newer generation lists chunks in `assets.json`; in the old one it is the map of assets itself."""
    index = folder.optional("assets/assets.json")
    if isinstance(index, dict) and any(isinstance(value, dict) for value in index.values()):
        yield "assets/assets.json", folder.rows("assets/assets.json")
    elif index != {}:
        yield from folder.chunks("assets", "assets.json", _CHUNK)


def _found(kind: str, rows: Rows, job: str = "") -> Found:
    added: list[str] = []
    whole = [with_uid(kind, key, plain(row), added) for key, row in rows]
    records = [(Stream(kind), Record(text(row.get("uid")), row)) for row in whole]
    return Found(job=job or kind, records=records, added=added)


def _older(job: str, rows: Rows, staged: RecordStore) -> Found:
    records = []
    for key, raw in rows:
        row = with_uid("asset_versions", key, plain(raw), [])
        latest = staged.get(Stream("assets"), text(row.get("uid")))
        if latest is not None and _number(latest) != _number(row):
            records.append((Stream("asset_versions"), Record(text(row.get("uid")), row, _number(row))))
    return Found(job=job, records=records)


def _held(folder: Folder, uid: str) -> dict[str, str]:
    """The files in an asset's own folder, by name."""
    found: dict[str, str] = {}
    for place in (f"assets/files/{uid}", f"assets/{uid}"):
        for name in folder.names(place, hidden=True) if _is_name(uid) else []:
            if not name.startswith((_HISTORY, ".DS_Store")) and not folder.is_folder(f"{place}/{name}"):
                found.setdefault(name, f"{place}/{name}")
    return found


def _is_name(uid: str) -> bool:
    return bool(uid) and "/" not in uid and uid not in (".", "..", "files", "versions")


def _bytes(held: dict[str, str], uid: str, version: int, name: str, *, alone: bool) -> Bytes:
    found = held.get(name) or held.get(path_segment(name)) or ""
    if not found and alone and len(held) == 1:
        found = next(iter(held.values()))  # the only file of the only version, under a name a disk allows
    reason = f"the export does not hold its bytes ({name})"
    return Bytes(
        uid=uid,
        version=version,
        name=found,
        gap=Gap(kind="files", uid=uid, path=f"version {version}", reason=reason),
    )


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
