"""What a path holds of Contentful: a snapshot, an export of the vendor's tool, or its folder with files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.seed import snapshot, vendor_file
from stackferry.errors import SnapshotCorrupt

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.space import Space

_EXPORT = "contentful-export*.json"  # how the vendor's tool names its file, unless it is told another name


def holds_space(path: Path) -> bool:
    """Whether a path names this system: a JSON file, a snapshot of a space, or a folder with an export in it."""
    if path.is_file():
        return path.suffix.lower() == ".json"
    return snapshot.is_snapshot(path) or _export_in(path) is not None


def _export_in(folder: Path) -> Path | None:
    """The one export in a folder."""
    found = sorted(folder.glob(_EXPORT))
    return found[0] if len(found) == 1 else None


def add_seeded_space(
    service: Emulator, path: Path, *, key: str, token: str, invent_files: bool = True
) -> Space:
    """A new space that holds what is at the path. Raises `SnapshotCorrupt` naming what cannot be read.

    `invent_files`: of an export, files that are missing get bytes that are made up.
    """
    if snapshot.is_snapshot(path):
        return snapshot.add_space(service, path, key=key, token=token)
    file = path if path.is_file() else _export_in(path)
    if file is None:
        raise SnapshotCorrupt(f"{path} holds no export of Contentful")
    content = vendor_file.read_file(file)
    return vendor_file.add_space(
        service, content, key=key, token=token, folder=file.parent, invent_files=invent_files
    )
