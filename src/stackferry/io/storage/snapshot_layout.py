"""Where things lie in a snapshot: names of files, and the manifest's form (docs/format.md).

Pure names, shared by those who write a snapshot and those who read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.safe_names import path_segment

if TYPE_CHECKING:
    from stackferry.model import Stream

FORMAT = 1
MANIFEST = "manifest.json"
WORK = ".work"
STAGING = f"{WORK}/staging.sqlite"
LOCK = f"{WORK}/lock"
BASE = f"{WORK}/base.sqlite"


def stream_file(stream: Stream) -> str:
    """The name of the file that holds a stream's records: a kind with types and languages has a folder of files."""
    if stream.type or stream.locale:
        return f"{stream.kind}/{path_segment(stream.type)}/{path_segment(stream.locale)}.jsonl"
    return f"{stream.kind}.jsonl"


def bytes_file(sha256: str) -> str:
    """The name of the file that holds an asset's bytes."""
    return f"files/{sha256[:2]}/{sha256}"
