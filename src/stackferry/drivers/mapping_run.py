"""`mapping`: reads what a target knows, and proposes which thing of it is which of a snapshot. Must never write."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers.exporter import Exporter
from stackferry.drivers.import_target import origin_of
from stackferry.errors import UsageError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import STAGING, WORK, SnapshotIndex
from stackferry.io.storage.staging import Staging
from stackferry.providers.mapping import MappedName, ProposesMapping
from stackferry.providers.target import ImportContext

if TYPE_CHECKING:
    from stackferry.drivers.run import Run
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.providers.target import WriteOptions


async def propose_mapping(run: Run, snapshot: Snapshot, options: WriteOptions) -> list[MappedName]:
    """What the snapshot points at, and what it is in the target. Raises UsageError for a system that maps nothing."""
    snapshot.check(only=frozenset())
    run = await run.resolved()
    system = run.system
    if not isinstance(system, ProposesMapping):
        raise UsageError(f"{system.name} has nothing to map: its imports need no names of other areas")
    with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        files = Files(Path(scratch))
        files.mkdir(WORK)
        with (
            closing(Staging(files.path(STAGING))) as staging,
            closing(SnapshotIndex(snapshot, system.record_key, files.path("source.sqlite"))) as index,
        ):
            places = (origin_of(system, snapshot), run.place)
            reading = system.inventory_options(index, "", options, places)
            exporter = Exporter(run, staging, BlobStore(files), reading, refusals_end=True)
            await exporter.run(exporter.plan.inventory(options, reading), downloads=False)
            context = ImportContext(
                source=index,
                target=staging,
                identity=_Nobody(),
                options=options,
                bytes_of=snapshot.bytes_of,
                scratch=index.scratch,
                origin=places[0],
                place=run.place,
            )
            return [*system.proposed_mapping(context)]


class _Nobody:
    """Nothing was imported."""

    def target(self, kind: str, source: str) -> str | None:
        del kind, source
        return None

    def is_target(self, kind: str, target: str) -> bool:
        del kind, target
        return False
