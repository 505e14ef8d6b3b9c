"""Where the CLI keeps things in an export, and which file names it can use: for reading and for writing.

Two generations exist: the old flat one (`contentVersion` 1), and the one in chunks that releases 1.x and 2.x
write. The emulator has a reader of its own for the same exports, so that neither can hide a mistake of the other.

Rows are made what the API would have answered. What only the vendor's client adds (`stackHeaders`, `urlPath`) is
removed. What the old generation leaves out of a row, because the row's key or the file's name says it, is put back and
counted under `added`. Every other value passes unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unicodedata import category

from stackferry.json_values import integer
from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Gap, JsonObject, Record, Stream

MAP_FILES: Final = {
    "environments": "environments/environments.json",
    "extensions": "extensions/extensions.json",
    "labels": "labels/labels.json",
    "webhooks": "webhooks/webhooks.json",
    "publish_rules": "workflows/publishing-rules.json",
}
"""Kinds whose objects are one file, `{uid: object}`."""

SCHEMA_LISTS: Final = {"global_fields": "globalfields", "content_types": "schema"}
"""Kinds that have a list of all objects (the file named here) and a file for each object."""

# Chunk files end in these; the index beside them lists those that belong to the last export.
ASSET_CHUNK: Final = "-assets.json"
ENTRY_CHUNK: Final = "-entries.json"
VARIANT_CHUNK: Final = "-variant-entry.json"

_MAX_NAME_BYTES: Final = 240  # file systems allow 255; while it is written a file has a longer name
_SEPARATORS: Final = frozenset("/\\")


def is_file_name(name: str) -> bool:
    """Whether a disk can hold a file of exactly this name, and the name leads to no other directory."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:  # a lone surrogate
        return False
    unsafe = any(character in _SEPARATORS or category(character) == "Cc" for character in name)
    return 0 < size <= _MAX_NAME_BYTES and not name.startswith(".") and not unsafe


def safe_file_name(name: str) -> str:
    """The name itself if a disk can hold it, else an escaped spelling that stays in its directory."""
    return name if is_file_name(name) else path_segment(name)


Rows = list[tuple[str, "JsonObject"]]
"""Objects with their keys in the file; "" for a key where the file is a list and the object has no uid."""

_CLIENT_KEYS = ("stackHeaders", "urlPath")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedFile:
    """What one file of the export became.

    `job` names the file in the working store, `redacted` lists the credentials that were replaced, `added` what was
    put back into rows.
    """

    job: str
    records: Sequence[tuple[Stream, Record]] = ()
    gaps: Sequence[Gap] = ()
    redacted: Sequence[str] = ()
    added: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetBytes:
    """The file of the export that holds the bytes of one version of an asset; "" if none does, which is `gap`."""

    uid: str
    version: int
    file: str
    gap: Gap


def without_client_keys(row: JsonObject) -> JsonObject:
    """A row as the API sends it. `urlPath` alone is content: the client adds it only with `stackHeaders`."""
    if "stackHeaders" not in row:
        return row
    return {name: value for name, value in row.items() if name not in _CLIENT_KEYS}


def with_uid(kind: str, key: str, row: JsonObject, added: list[str]) -> JsonObject:
    """A row that holds its uid: rows of the old generation have it as their key only."""
    if row.get("uid") or not key:
        return row
    added.append(f"{kind}: uid, from the row's key")
    return {**row, "uid": key}


def version_number(row: JsonObject, default: int) -> int:
    """The row's `_version`."""
    return integer(row.get("_version")) or default
