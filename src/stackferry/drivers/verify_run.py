"""Whether a target holds what a snapshot holds: the target is read afresh and compared.

Must never write to the target, and never call equal what it has not read.
"""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers.events import Emit, silent
from stackferry.drivers.export_run import resolve_place
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.import_run import told_once
from stackferry.drivers.import_target import branches, chosen_in, is_same_stack, kinds_in
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.io.storage.snapshot_layout import STAGING, WORK
from stackferry.io.storage.staging import Staging
from stackferry.model import Place
from stackferry.providers.source import ReadOptions, RecordStore
from stackferry.providers.target import Replay, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject
    from stackferry.providers.system import System


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found. `compared` counts objects by kind."""

    differences: list[JsonObject]
    gaps: list[JsonObject]
    compared: dict[str, int]


async def against(
    system: System,
    session: Session,
    snapshot: Snapshot,
    target: Place,
    state: Path | None = None,
    *,
    options: WriteOptions | None = None,
    assets: bool = True,
    emit: Emit = silent,
) -> Verdict:
    """Read the target and compare it with the snapshot, modulo the identities that its import recorded.

    Without an import's `state` the identities are found by uid and natural key. With `assets` every asset's
    bytes are fetched and hashed. Raises SnapshotCorrupt for a damaged snapshot.
    """
    snapshot.check()
    target = await resolve_place(system, session, target)
    with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        files = Files(Path(scratch))
        files.mkdir(WORK)
        with (
            closing(Staging(files.path(STAGING))) as staging,
            closing(SnapshotIndex(snapshot, files.path("source.sqlite"))) as index,
        ):
            reading = ReadOptions(versions="latest", keep_secrets=_keeps_secrets(snapshot))
            exporter = Exporter(system.export_plan(), session, staging, BlobStore(files), reading, emit)
            await exporter.run(downloads=assets)
            return _compare(system, snapshot, target, index, staging, state, options or WriteOptions())


def compare(system: System, left: Snapshot, right: Snapshot, options: WriteOptions | None = None) -> Verdict:
    """What two snapshots hold differently. Who is who is found by uid and natural key; nothing is guessed.

    Raises SnapshotCorrupt for a damaged snapshot.
    """
    left.check()
    right.check()
    with closing(SnapshotIndex(left)) as ours, closing(SnapshotIndex(right)) as theirs:
        place = place_of(right)
        return _compare(system, left, place, ours, theirs, None, options or WriteOptions())


def place_of(snapshot: Snapshot) -> Place:
    """Where a snapshot comes from, as its manifest says."""
    source = snapshot.manifest.get("source")
    facts = source if isinstance(source, dict) else {}
    system, key, host, branch = (str(facts.get(name, "")) for name in ("system", "key", "host", "branch"))
    return Place(system=system, key=key, host=host, name=branch)


def _keeps_secrets(snapshot: Snapshot) -> bool:
    """Whether the snapshot holds credentials: the target is then read with them, or no two would be equal."""
    options = snapshot.manifest.get("options")
    return isinstance(options, dict) and options.get("keep_secrets") is True


def _compare(
    system: System,
    snapshot: Snapshot,
    place: Place,
    ours: SnapshotIndex,
    target: RecordStore,
    state: Path | None,
    options: WriteOptions,
) -> Verdict:
    with _checkpoint(state) as checkpoint:
        source = system.choose(ours, *chosen_in(checkpoint)) if checkpoint else ours
        if checkpoint:
            options = replace(options, only=kinds_in(checkpoint))
        identity = checkpoint or system.match(source, target, options, ours.scratch)
        known = [*snapshot.gaps(), *(checkpoint.gaps() if checkpoint else [])]
        replay = Replay(
            source=source,
            target=target,
            identity=identity,
            options=options,
            bytes_of=snapshot.bytes_of,
            scratch=ours.scratch,
            same_stack=is_same_stack(snapshot.manifest.get("source"), place),
            branches=branches(snapshot.manifest.get("source"), place),
        )
        equality = system.equality(replay, known)
        found = [mismatch.as_json() for mismatch in equality.mismatches()]
        found_gaps = {gap.key: gap.as_json() for gap in equality.gaps}
        gaps = told_once(snapshot.gaps(), [*found_gaps.values()])
        return Verdict(found, gaps, dict(sorted(equality.compared.items())))


@contextmanager
def _checkpoint(state: Path | None) -> Iterator[Checkpoint | None]:
    path = None if state is None else state / "checkpoint.sqlite"
    if path is None or not path.exists():
        yield None
        return
    checkpoint = Checkpoint(path)
    try:
        yield checkpoint
    finally:
        checkpoint.close()
