"""An export by the vendor's own CLI, read as what a snapshot holds: both of its generations, every root layout.

Rows come out as the API would have given them. What only the vendor's client adds (`stackHeaders`, `urlPath`) is
left out, as the API never sends it; what the old generation leaves out of a row, because it stands in the
row's key or in the file's name, is put back and counted under `added`.
The layouts are those of the CLI's own writers; this module shares nothing with the emulator's reader of them.
It must never know a path outside the export, and never change a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from stackferry.model import Gap, Json, JsonObject, Record, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Rows = list[tuple[str, JsonObject]]

CLIENT_KEYS = ("stackHeaders", "urlPath")
_NOTED = (
    "environments/environments.json",
    "extensions/extensions.json",
    "webhooks/webhooks.json",
    "assets/folders.json",
    "workflows/workflows.json",
)


class Folder(Protocol):
    """The files of an export. Every reading raises SnapshotCorrupt, naming the file, for what is damaged."""

    def names(self, folder: str = "", *, hidden: bool = False) -> list[str]: ...

    def is_folder(self, name: str) -> bool: ...

    def exists(self, name: str) -> bool: ...

    def optional(self, name: str) -> Json: ...

    def rows(self, name: str) -> Rows: ...

    def batches(self, name: str) -> Iterator[Rows]: ...

    def chunks(self, folder: str, index: str, left_over: str) -> Iterator[tuple[str, Rows]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one file of the export brought; `job` names it. `added` says what was put back into rows."""

    job: str
    records: Sequence[tuple[Stream, Record]] = ()
    gaps: Sequence[Gap] = ()
    redacted: Sequence[str] = ()
    added: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """An asset's bytes: the file of the export that holds them, or "" and the gap that this leaves."""

    uid: str
    version: int
    name: str
    gap: Gap


def plain(row: JsonObject) -> JsonObject:
    """A row without what the vendor's client put into it."""
    if "stackHeaders" not in row:
        return row
    return {name: value for name, value in row.items() if name not in CLIENT_KEYS}


def with_uid(kind: str, key: str, row: JsonObject, added: list[str]) -> JsonObject:
    """A row that says its uid: in the old generation only its key does."""
    if row.get("uid") or not key:
        return row
    added.append(f"{kind}: uid, from the row's key")
    return {**row, "uid": key}


def source_of(folder: Folder) -> tuple[str, str]:
    """The stack's API key and the branch, which the vendor's client notes in what it reads; "" where it did not."""
    for name in _NOTED:
        for _, row in folder.rows(name):
            headers = row.get("stackHeaders")
            noted = headers if isinstance(headers, dict) else row
            key, branch = noted.get("api_key"), noted.get("branch")
            if isinstance(key, str) and key.isalnum():
                return key, branch if isinstance(branch, str) else ""
    return "", ""
