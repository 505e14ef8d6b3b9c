"""Where things lie in a snapshot: names of files, and the manifest's form (docs/format.md).

Pure names, shared by those who write a snapshot and those who read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.names import path_segment

if TYPE_CHECKING:
    from stackferry.model import Shelf

FORMAT = 1
MANIFEST = "manifest.json"
WORK = ".work"
STAGING = f"{WORK}/staging.sqlite"
LOCK = f"{WORK}/lock"
BASE = f"{WORK}/base.sqlite"

# Kinds that lie in one file per content type and locale, and the folder they lie in.
CELLED = frozenset({"entries", "versions", "history", "variants"})


def shelf_file(shelf: Shelf) -> str:
    """The name of the file that holds a shelf's lines."""
    if shelf.kind in CELLED:
        return f"{shelf.kind}/{path_segment(shelf.content_type)}/{path_segment(shelf.locale)}.jsonl"
    return f"{shelf.kind}.jsonl"


def bytes_file(sha256: str) -> str:
    """The name of the file that holds an asset's bytes."""
    return f"files/{sha256[:2]}/{sha256}"
