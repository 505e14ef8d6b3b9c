"""The names of files in a snapshot (docs/format.md), shared by the code that writes a snapshot and that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from stackferry.model import Stream

FORMAT = 1
MANIFEST = "manifest.json"

# The working directory of an unfinished export; a complete snapshot has none.
WORK = ".work"
STAGING = f"{WORK}/staging.sqlite"
LOCK = f"{WORK}/lock"
BASE = f"{WORK}/base.sqlite"  # the index of the base snapshot


def stream_file(stream: Stream) -> str:
    """The name of a stream's file: one for each type and locale where the kind has these, else one for the kind."""
    if stream.type or stream.locale:
        return f"{stream.kind}/{path_segment(stream.type)}/{path_segment(stream.locale)}.jsonl"
    return f"{stream.kind}.jsonl"


def bytes_file(sha256: str) -> str:
    """The name of the file that holds an asset's bytes; 256 directories, so that none holds too many files."""
    return f"files/{sha256[:2]}/{sha256}"
