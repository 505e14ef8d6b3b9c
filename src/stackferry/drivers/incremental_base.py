"""The snapshot that an incremental export begins from (`--base`).

Every byte of it is checked before anything of it is used. It is never written to: what the new snapshot takes from it
is a hard link to the same bytes, or a copy.
"""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from stackferry.drivers.origin import is_origin
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.io.storage.snapshot import MANIFEST, Snapshot, SnapshotIndex
from stackferry.json_values import as_object
from stackferry.providers.places import KnowsSpellings
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.model import JsonObject, Record
    from stackferry.providers.source import KnownRecord, ReadOptions, RecordKey


class BaseSnapshot:
    """An earlier snapshot of the same place, whose records need not be asked for again.

    `trust_version_lists`: the versions list of an object that has not changed is taken from the base, although a
    name given to one of its older versions since then would be missed. `is_of_place`: whoever named it knows that it is
    of the place of the export, whatever it was called then. `reused` says, after the export, how many records of each
    kind came from here.
    """

    def __init__(self, root: Path, *, trust_version_lists: bool = False, is_of_place: bool = False) -> None:
        self.root = root
        self._is_of_place = is_of_place
        self.reused: dict[str, int] = {}
        self._trust_version_lists = trust_version_lists
        self._known: KnownRecord | None = None
        self._snapshot: Snapshot | None = None
        self._records: SnapshotIndex | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot itself, read when it is first asked for."""
        if self._snapshot is None:
            self._snapshot = Snapshot(self.root)
        return self._snapshot

    async def check(self, run: Run) -> None:
        """Raise UsageError for a snapshot of another place, SnapshotCorrupt for a damaged one."""
        try:
            is_named_so = self._is_of_place or run.is_origin_of(self.snapshot.manifest)
            is_alike = as_object(self.snapshot.manifest.get("source")).get("system") == run.place.system
            if not is_named_so and not (is_alike and isinstance(run.system, KnowsSpellings)):
                raise self._of_another_place()
            self.snapshot.check()
            if not is_named_so and not await self._is_spelled_otherwise(run):
                raise self._of_another_place()
        except SnapshotCorrupt as corrupt:
            instead = "name a sound snapshot with --base, or export without it"
            raise SnapshotCorrupt(f"{corrupt}; {instead}") from corrupt

    async def _is_spelled_otherwise(self, run: Run) -> bool:
        """Whether it is of the same place under another name: in another letter case, by an id, or renamed since."""
        origin = run.system.place_of(as_object(self.snapshot.manifest.get("source")))
        with closing(SnapshotIndex(self.snapshot, run.system.record_key)) as records:
            return await is_origin(run, origin, records)

    def _of_another_place(self) -> UsageError:
        facts = as_object(self.snapshot.manifest.get("source"))
        names = " ".join(fact for fact in facts.values() if isinstance(fact, str))
        return UsageError(
            f"{self.snapshot.root} is a snapshot of another place ({names}) and cannot be the base of this "
            "export; name a snapshot of the same place, or export without --base"
        )

    def refuse_transforms(self, transforms: Sequence[object]) -> None:
        """Raise UsageError where the new snapshot or the base is changed by a transform.

        Records of the base would be changed twice, or not at all, and the bytes depend on what was reused.
        """
        if transforms or self.snapshot.manifest.get("transforms"):
            raise UsageError(
                "--base and --transform do not go together: what a base holds was changed already, or must be. Export "
                "with --base and without --transform, and give --transform to the import"
            )

    def fingerprint(self) -> JsonObject:
        """Identifies the base and how it is used."""
        manifest = hashlib.sha256(self.snapshot.files.read(MANIFEST)).hexdigest()
        return {"manifest": manifest, "lists": self._trust_version_lists}

    @contextmanager
    def indexed(self, run: Run, staged: Staging, options: ReadOptions, index: Path) -> Iterator[None]:
        """While the context is open `record` answers; the index of the base's records lies in the file `index`."""
        facts = self.snapshot.manifest.get("options")
        earlier: JsonObject = as_object(facts)
        # A narrowed export, or one without assets, did not list them all.
        has_all_assets = earlier.get("assets") is True and not selection_from_json(earlier).is_narrow
        gaps = {str(gap.get("kind")) for gap in self.snapshot.gaps()}

        def is_whole(kind: str) -> bool:
            has_gap = any(one == kind or one.startswith(f"{kind}/") for one in gaps)
            return not (has_gap or staged.has_gap_in(kind))

        with closing(SnapshotIndex(self.snapshot, run.system.record_key, index)) as records:
            self._known = run.system.export_plan(run.place).known(
                records,
                staged,
                options,
                has_all_assets=has_all_assets,
                is_whole=is_whole,
                trust_version_lists=self._trust_version_lists,
            )
            self._records = records
            yield
            self._known = self._records = None

    @property
    def records(self) -> SnapshotIndex:
        """The records of the base, while it is indexed."""
        if self._records is None:
            raise ValueError("the base is not indexed")
        return self._records

    def record(self, key: RecordKey) -> Record | None:
        """The record that the service would answer with, where base and current listings vouch for it."""
        return self._known(key) if self._known else None
