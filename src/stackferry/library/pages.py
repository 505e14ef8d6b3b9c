"""Pages that operations write beside their reports: where they may lie, and what of a run they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.io.storage.named_file import check_named, write_named
from stackferry.io.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.providers.reading.told import Reader, Told


def check_outside(file: Path, sources: Iterable[object]) -> None:
    """Raise UsageError where a page or a table would be written over anything but a file, or into a snapshot."""
    where = check_named(file).parent
    for snapshot in sources:
        if isinstance(snapshot, Snapshot) and where.is_relative_to(snapshot.root.resolve()):
            raise UsageError(f"{file} lies in a snapshot, whose files never change; name another place")


def write_diff_page(
    file: Path,
    found: VerifyResult,
    told: Sequence[Told],
    reader: Reader,
    names: Sequence[str],
    labels: Mapping[str, str],
) -> None:
    """The differences of two sides as a page for editors. `names`: what the sides are called."""
    from stackferry.formats.pages.diff import DiffPage

    write_named(file, DiffPage(found.differences, told, reader, labels).written(names, found.gaps))
