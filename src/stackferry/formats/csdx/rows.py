"""Rows of an export, made what the API would have answered, and what reading one file of it results in.

What only the vendor's client adds (`stackHeaders`, `urlPath`) is removed, because the API never sends it. What
the old generation leaves out of a row, because the row's key or the file's name says it, is put back and counted
under `added`. Every other value passes unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.json_values import integer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Gap, JsonObject, Record, Stream

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
