"""The snapshot that an incremental export begins from.

It is looked through to the last byte before anything of it is believed. Must never be written to: what is taken
over is a second name for the same bytes, or a copy.
"""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.io.storage.snapshot import Snapshot
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.io.storage.snapshot_layout import MANIFEST
from stackferry.providers.selection import recorded
from stackferry.providers.source import Base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.io.storage.files import Files
    from stackferry.model import JsonObject
    from stackferry.providers.source import ExportPlan, KnownRecord, ReadOptions, RecordStore


@dataclass(slots=True)
class Previous:
    """What `--base` names. `lists` as in `Base`; `taken` tells, after the export, how many lines came from there."""

    root: Path
    lists: bool = False
    taken: dict[str, int] = field(default_factory=dict)

    def checked(self, source: JsonObject) -> Earlier:
        """The snapshot, found whole and of this source.

        Raises UsageError for one of another place, SnapshotCorrupt for a damaged one.
        """
        try:
            snapshot = Snapshot(self.root)
            _refuse_others(snapshot, source)
            snapshot.check()
        except SnapshotCorrupt as corrupt:
            instead = "name a sound snapshot with --base, or export without it"
            raise SnapshotCorrupt(f"{corrupt}; {instead}") from corrupt
        return Earlier(snapshot, self.lists)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A base that was found whole."""

    snapshot: Snapshot
    lists: bool

    def claim(self) -> JsonObject:
        """What tells this base from any other."""
        manifest = hashlib.sha256(self.snapshot.files.read(MANIFEST)).hexdigest()
        return {"manifest": manifest, "lists": self.lists}


@dataclass(frozen=True, slots=True)
class Heritage:
    """What an export may take over: the lines that are known, and the files where assets' bytes are."""

    known: KnownRecord
    files: Files


@contextmanager
def heritage(
    earlier: Earlier | None, reading: ExportPlan, staged: RecordStore, options: ReadOptions, scratch: Path
) -> Iterator[Heritage | None]:
    """What may be taken over from a base, if there is one. Its index lies in `scratch`."""
    if earlier is None:
        yield None
        return
    facts = earlier.snapshot.manifest.get("options")
    asked: JsonObject = facts if isinstance(facts, dict) else {}
    whole = asked.get("assets") is True and not recorded(asked).is_narrow
    with closing(SnapshotIndex(earlier.snapshot, scratch)) as index:
        base = Base(rows=index, whole=whole, lists=earlier.lists)
        yield Heritage(reading.known(base, staged, options), earlier.snapshot.files)


def _refuse_others(snapshot: Snapshot, source: JsonObject) -> None:
    held = snapshot.manifest.get("source")
    if held != source:
        facts = held if isinstance(held, dict) else {}
        names = " ".join(str(fact) for fact in facts.values())
        raise UsageError(
            f"{snapshot.root} is a snapshot of another place ({names}) and cannot be the base of this export; name "
            "one of the same stack and branch, or export without --base"
        )
