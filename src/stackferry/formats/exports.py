"""Exports of other tools, whichever layout they have: recognised, and read into a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.drivers.events import Emit, silent
from stackferry.errors import UsageError
from stackferry.formats.contentful.convert import contentful_file, contentful_file_to_snapshot
from stackferry.formats.csdx.convert import csdx_to_snapshot, is_csdx_export
from stackferry.io.storage.snapshot import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot


def is_export(path: Path) -> bool:
    """Whether this is an export of a tool that this version reads. Raises UsageError where it is several."""
    if (path / MANIFEST).is_file():
        return False
    return is_csdx_export(path) or contentful_file(path) is not None


def check_file(path: Path) -> None:
    """Raises UsageError for a file that is no export."""
    if contentful_file(path) is None:
        raise UsageError(f"{path} is neither a snapshot nor an export of a space by contentful-export")


def export_to_snapshot(
    path: Path, into: Path, *, branch: str = "", keep_secrets: bool = False, emit: Emit = silent
) -> Snapshot:
    """Make `into` a snapshot of an export, and open it; the export is left as it is.

    Raises UsageError for what is none, and for an `into` that holds anything else; SnapshotCorrupt for a damaged one.
    """
    if (path / MANIFEST).is_file():
        raise UsageError(
            f"{path} is already a snapshot; use --to csdx or --to contentful to make an export of it"
        )
    if path.is_file():
        check_file(path)
    if contentful_file(path) is None or is_csdx_export(path):
        return csdx_to_snapshot(path, into, branch=branch, keep_secrets=keep_secrets, emit=emit)
    if branch:
        raise UsageError(f"{path} is an export of Contentful, which has no branches: leave --branch out")
    return contentful_file_to_snapshot(path, into, keep_secrets=keep_secrets, emit=emit)
