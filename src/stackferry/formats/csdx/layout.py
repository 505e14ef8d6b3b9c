"""Where the CLI keeps things in an export, and which file names it can use: for reading and for writing.

Two generations exist: the old flat one (`contentVersion` 1), and the one in chunks that releases 1.x and 2.x
write. The emulator has a reader of its own for the same exports, so that neither can hide a mistake of the other.
"""

from __future__ import annotations

from typing import Final
from unicodedata import category

from stackferry.safe_names import path_segment

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
