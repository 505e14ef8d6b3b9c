"""The snapshots in a directory: which there are, when they were begun, what they hold and share.

A directory of backups has a directory for each profile, and snapshots in these; one with snapshots directly in it is
read, too. Nothing is written, and no file of a snapshot but its manifest is opened.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.errors import StackferryError, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.links import target_of
from stackferry.io.storage.lock_file import is_held, is_shared
from stackferry.io.storage.snapshot import LOCK, MANIFEST, WORK, Snapshot
from stackferry.json_values import as_object, integer
from stackferry.library.nights.names import LATEST, time_of
from stackferry.library.nights.reports import ListedSnapshot, SnapshotsReport
from stackferry.library.state import system_of_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Place


@dataclass(frozen=True, slots=True)
class Found:
    """A directory that is a snapshot, or one that an export has not finished. `at`: when it was begun."""

    path: Path
    at: datetime
    is_sealed: bool

    @property
    def is_dated(self) -> bool:
        """Whether its name says when it was begun: it was made by a backup, and by nobody's hand."""
        return time_of(self.path.name) is not None

    @property
    def is_running(self) -> bool:
        """Whether a run works in it at this moment."""
        return is_held(self.path / LOCK)

    @property
    def is_read(self) -> bool:
        """Whether a run reads it at this moment: an import, a restore, a comparison."""
        return is_shared(self.path / MANIFEST)


def snapshots_in(directory: Path) -> list[Found]:
    """What lies directly in a directory, the newest first; nothing where it does not exist."""
    if not directory.is_dir():
        return []
    found = [one for path in directories_in(directory) if (one := _found(path)) is not None]
    return sorted(found, key=lambda one: (one.at, one.path.name), reverse=True)


def _found(path: Path) -> Found | None:
    sign = next((name for name in (MANIFEST, WORK) if (path / name).exists()), None)
    if sign is None:
        return None
    at = time_of(path.name) or datetime.fromtimestamp((path / sign).stat().st_mtime, UTC)
    return Found(path, at, sign == MANIFEST)


def directories_in(directory: Path) -> Iterator[Path]:
    """The directories in a directory; no links, and nothing hidden, as what a killed `forget` leaves."""
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    yield from (directory / name for name in names if not name.startswith("."))


def folders_in(directory: Path) -> list[Path]:
    """The directories that hold snapshots: those of the profiles, or the directory itself, in the order of their names.

    Raises UsageError where there is no such directory, and for one that is a snapshot itself.
    """
    if not directory.is_dir():
        raise UsageError(f"there is no directory {directory}")
    if (directory / MANIFEST).exists() or (directory / WORK).exists():
        raise UsageError(f"{directory} is a snapshot itself; name the directory that it lies in")
    inner = [path for path in directories_in(directory) if _found(path) is None]
    return [path for path in (directory, *inner) if snapshots_in(path)]


def listed(found: Found, root: Path) -> ListedSnapshot:
    """What can be told of a snapshot without reading its records; `root` is the directory that was asked for."""
    folder, path = found.path.parent, found.path
    row = ListedSnapshot(
        profile="" if folder == root else folder.name,
        path=path,
        at=found.at,
        state="running" if found.is_running else "unfinished",
        is_latest=target_of(Files(folder), LATEST) == path.name,
    )
    if not found.is_sealed:
        return row
    try:
        held, place = _opened(path)
    except StackferryError as error:
        return replace(row, state="unreadable", error=str(error))
    size, shared = _sizes(held)
    return replace(row, state="whole", place=str(place), bytes=size, shared_bytes=shared, gaps=held.gaps())


def place_of(found: Found) -> Place | None:
    """The place that a complete snapshot is of; None where its manifest cannot be read."""
    try:
        return _opened(found.path)[1]
    except StackferryError:
        return None


def _opened(path: Path) -> tuple[Snapshot, Place]:
    """A complete snapshot and its place. Raises StackferryError where its manifest cannot be read."""
    held = Snapshot(path)
    return held, system_of_snapshot(held).place_of(as_object(held.manifest.get("source")))


def is_whole(snapshot: Path) -> bool:
    """Whether every byte of a snapshot is as its manifest says."""
    try:
        return not any(Snapshot(snapshot).verify())
    except StackferryError:
        return False


def _sizes(held: Snapshot) -> tuple[int, int]:
    """The bytes of a snapshot's files, and how many of them other snapshots have, too, as hard links."""
    size = shared = 0
    for entry in held.file_entries():
        bytes_of = integer(entry.get("size")) or 0
        size += bytes_of
        try:
            shared += bytes_of if (held.root / str(entry.get("path"))).stat().st_nlink > 1 else 0
        except OSError:
            continue  # `verify` tells what is missing
    return size, shared


def bytes_freed(snapshots: Iterable[Path]) -> int:
    """The bytes on disk that only these have: what deleting all of them frees."""
    links: Counter[tuple[int, int]] = Counter()
    facts: dict[tuple[int, int], os.stat_result] = {}
    for snapshot in snapshots:
        for one in _files(snapshot):
            links[one.st_dev, one.st_ino] += 1
            facts[one.st_dev, one.st_ino] = one
    return sum(one.st_size for key, one in facts.items() if one.st_nlink <= links[key])


def disk_bytes(snapshots: Iterable[Path]) -> int:
    """The bytes of all files of these, each once, however many of them share it."""
    return sum({(one.st_dev, one.st_ino): one.st_size for path in snapshots for one in _files(path)}.values())


def _files(snapshot: Path) -> Iterator[os.stat_result]:
    for directory, _, names in os.walk(snapshot):
        for name in names:
            with suppress(OSError):  # a run removed it meanwhile
                yield Path(directory, name).lstat()


def snapshots(directory: str | Path) -> SnapshotsReport:
    """The snapshots of a directory: when they were begun, of which place, their size, what they share, their gaps.

    Raises UsageError where there is no such directory.
    """
    root = Path(directory)
    found = [one for folder in folders_in(root) for one in reversed(snapshots_in(folder))]
    rows = [listed(one, root) for one in found]
    return SnapshotsReport(snapshots=rows, disk_bytes=disk_bytes(one.path for one in found))
