"""`verify --against` and `diff`: what a target, or another snapshot, holds differently from a snapshot.

Must never write to a place, and never report a difference that a recorded gap explains.
"""

from __future__ import annotations

import logging
import secrets
import tempfile
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers.events import Event
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.hidden_secrets import HiddenSecrets
from stackferry.drivers.import_outcome import merged_gaps
from stackferry.drivers.import_target import (
    CHECKPOINT,
    kinds_of,
    made_with,
    origin_of,
    refuse_unknown_mapped,
    selection_of,
)
from stackferry.drivers.nothing_selected import warn_if_nothing_selected
from stackferry.drivers.origin import is_origin as is_origin_of
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.files import Files
from stackferry.io.storage.identity_map import IdentityMap
from stackferry.io.storage.snapshot import STAGING, WORK, SnapshotIndex, bytes_within
from stackferry.io.storage.staging import Staging
from stackferry.json_values import as_object
from stackferry.providers.reading.plain import PlainReader
from stackferry.providers.reading.told import ReadsForPeople
from stackferry.providers.secrets.redacted import without_digests
from stackferry.providers.selection import Selection
from stackferry.providers.system import WithRemarks
from stackferry.providers.target import ImportContext, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.run import Run
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.io.storage.sqlite import TempTables
    from stackferry.model import JsonObject, Place
    from stackferry.providers.reading.told import Reader, TargetUid
    from stackferry.providers.source import Job, RecordStore
    from stackferry.providers.system import Comparison, System

    Look: TypeAlias = "Callable[[VerifyResult, Reader], None]"


_log = logging.getLogger("stackferry")
_NO_IMPORT = (
    "no import of this snapshot into %s is recorded on this machine (--state names another record): what one told as a "
    "gap counts as a difference here"
)


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What a comparison found: differences, gaps that explain absences, and how many objects it compared by kind."""

    differences: list[JsonObject]
    gaps: list[JsonObject]
    compared: dict[str, int]
    not_compared: Sequence[tuple[str, str, str]]  # kind, path, reason
    remarks: Mapping[str, Sequence[JsonObject]]


async def verify_target(
    run: Run,
    snapshot: Snapshot,
    state: Path | None,
    *,
    options: WriteOptions | None = None,
    identities: FindMap | None = None,
    assets: bool = True,
) -> VerifyResult:
    """Read a target and compare it with a snapshot, modulo the identities that its import recorded in `state`.

    Without `state` they are those that imports between the two places have in common (`identities` finds their file),
    and else are found by uid and natural key. What that import was of is compared, or what `options.selection` says:
    some entries of a target that holds others are compared alone. With `assets` every asset's bytes are read and
    hashed. Raises SnapshotCorrupt for a damaged snapshot, UsageError for a selection that it does not hold.
    """
    snapshot.check()
    options = options or WriteOptions()
    refuse_unknown_mapped(run.system, snapshot, options)
    run = await run.resolved()
    with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        files = Files(Path(scratch))
        files.mkdir(WORK)
        with (
            closing(Staging(files.path(STAGING))) as staging,
            closing(SnapshotIndex(snapshot, run.system.record_key, files.path("source.sqlite"))) as index,
        ):
            system = run.system
            # Names that the snapshot does not hold are refused before the first request.
            if options.selection.is_narrow:
                system.select(index, options.selection, options.versions, index.scratch)
            origin = origin_of(system, snapshot)
            is_origin = await is_origin_of(run, origin, index)
            place = origin if is_origin else run.place
            # Credentials are compared where the snapshot holds them: by their digests, so that none reaches the disk.
            salt = secrets.token_hex(16) if holds_secrets(snapshot) else ""
            reading = system.reading_to_verify(snapshot.manifest, salt, is_origin=is_origin)
            exporter = Exporter(run, staging, BlobStore(files), reading, refusals_end=True)
            await exporter.run(downloads=assets)
            held = HiddenSecrets(system, index, salt)
            sides, asked = (held, staging, index.scratch), (state, identities, options)
            with _context(system, snapshot, place, sides, *asked) as (context, known):
                bytes_of = bytes_within(files) if assets else None
                context = replace(context, bytes_of_target=bytes_of, gaps_of_target=staging.gaps)

                def more_of_target(*_: object) -> Iterator[Job]:
                    yield from system.reads_to_verify(context)

                # Twice: what the first of these reads show may call for others.
                await exporter.run([more_of_target, more_of_target], downloads=assets)
                run.emit(Event("verify", "comparison", total=1))
                found = _compare(system, snapshot, context, known)
                run.emit(Event("verify", "comparison", done=1))
                if found.differences and not (context.imported or is_origin):
                    _log.warning(_NO_IMPORT, run.place)
                return replace(found, gaps=[*found.gaps, *map(_of_target, staging.gaps())])


def holds_secrets(snapshot: Snapshot) -> bool:
    """Whether a snapshot holds the credentials of its source, or its source has none."""
    # Some, such as tokens of API keys, are never kept.
    keeps = as_object(snapshot.manifest.get("options")).get("keep_secrets") is True
    return keeps or not snapshot.manifest.get("redacted")


def diff_snapshots(
    system: System,
    left: Snapshot,
    right: Snapshot,
    options: WriteOptions | None = None,
    *,
    salt: str = "",
    look: Look | None = None,
) -> VerifyResult:
    """What two snapshots hold differently: of one place, each edit between them once.

    In one place uids alone say which object is which; else uids and natural keys do, and nothing is guessed. `salt` is
    what credentials were marked with when a side was read for this. `look` is called with what was found while both
    sides are open, and with the reader that puts it into words. Raises SnapshotCorrupt for a damaged snapshot.
    """
    left.check()
    right.check()
    refuse_unknown_mapped(system, left, options or WriteOptions())
    key_of = system.record_key
    places = (origin_of(system, left), origin_of(system, right))
    with closing(SnapshotIndex(left, key_of)) as index, closing(SnapshotIndex(right, key_of)) as other:
        salt = salt or secrets.token_hex(16)
        source, target = (HiddenSecrets(system, one, salt) for one in (index, other))
        is_one_place = left.manifest == right.manifest or _is_one_place(*places)
        if not is_one_place and not all(place.key for place in places):
            is_one_place = system.share_objects(source, target)
        options = options or WriteOptions()
        context = ImportContext(
            source=source,
            target=target,
            identity=SameUids() if is_one_place else system.match(source, target, options, index.scratch),
            options=options,
            bytes_of=left.bytes_of,
            bytes_of_target=right.bytes_of,
            scratch=index.scratch,
            origin=places[0],
            place=places[1],
            is_one_place=is_one_place,
        )
        found = _found(system.changes(context, left.gaps()))
        # What neither snapshot holds is no difference; `changes` says what only one of them cannot tell.
        found = found if is_one_place else replace(found, gaps=merged_gaps(left.gaps(), found.gaps))
        if look is not None:
            look(found, reader_of(system, context))
        return found


def reader_of(system: System, context: ImportContext) -> Reader:
    """Who puts both sides of a comparison into words."""
    return reader_of_sides(system, context.source, context.target, context.in_target)


def reader_of_sides(system: System, left: RecordStore, right: RecordStore, target_uid: TargetUid) -> Reader:
    """Who puts two stores of records into words."""
    if not isinstance(system, ReadsForPeople):
        return PlainReader()
    return system.reader(left, right, target_uid)


def _is_one_place(one: Place, other: Place) -> bool:
    """Whether both are one place. An export of the vendor's own CLI does not say at which service it was made."""
    if not one.key or (one.system, one.key, one.name) != (other.system, other.key, other.name):
        return False
    return one.service == other.service or not (one.host and other.host)


class SameUids:
    """The identities within one place: every object is itself."""

    def target(self, kind: str, source: str) -> str | None:
        del kind
        return source

    def is_target(self, kind: str, target: str) -> bool:
        del kind, target
        return True


@contextmanager
def _context(
    system: System,
    snapshot: Snapshot,
    place: Place,
    sides: tuple[RecordStore, RecordStore, TempTables],
    state: Path | None,
    identities: FindMap | None,
    options: WriteOptions,
) -> Iterator[tuple[ImportContext, list[JsonObject]]]:
    """Both sides as an import sees them, with the identities, and the gaps that are known.

    `sides` are the snapshot, the target, and where both may keep what there is much of.
    """
    held, target, scratch = sides
    path = None if state is None else state / CHECKPOINT
    places = (origin_of(system, snapshot), place)
    with closing(Checkpoint(path)) if path and path.exists() else nullcontext() as latest:
        checkpoint, selection, versions = _chosen(latest, options)
        source = system.select(held, selection, versions, scratch)
        warn_if_nothing_selected(system, source, selection)
        options = replace(options, selection=selection)
        if checkpoint:
            options = replace(options, only=kinds_of(checkpoint))
        elif selection.is_narrow:
            asked = replace(options, on_conflict="update")
            options = replace(options, only=system.options_between(asked, places, source, target).only)
        file = None if identities is None else identities(*places)
        earlier = IdentityMap(file, places[0].identity, place.identity, scratch, keep=False)
        context = ImportContext(
            source=source,
            whole=held,
            target=target,
            identity=checkpoint or system.match(source, target, options, scratch, places, earlier),
            earlier=earlier,
            counterpart=system.counterpart,
            options=options,
            bytes_of=snapshot.bytes_of,
            scratch=scratch,
            origin=places[0],
            place=place,
            imported=made_with(checkpoint) if checkpoint else {},
        )
        yield context, [*snapshot.gaps(), *(checkpoint.gaps() if checkpoint else [])]


def _chosen(latest: Checkpoint | None, options: WriteOptions) -> tuple[Checkpoint | None, Selection, str]:
    """The checkpoint of the latest import, its selection and its versions, unless something else is asked for."""
    if latest is not None:
        selection, versions = selection_of(latest)
        if options.selection in (Selection(), selection):
            return latest, selection, versions
    return None, options.selection, options.versions


def _compare(
    system: System, snapshot: Snapshot, context: ImportContext, known: list[JsonObject]
) -> VerifyResult:
    found = _found(system.equality(context, known))
    return replace(found, gaps=merged_gaps(snapshot.gaps(), found.gaps))


def _of_target(gap: JsonObject) -> JsonObject:
    """A gap in what was read of the target: nothing was compared with it, or less than there is."""
    return {**gap, "reason": f"not compared, because in the target: {gap.get('reason')}"}


def _found(comparison: Comparison) -> VerifyResult:
    """Everything that a comparison finds, each gap once."""
    found = [as_object(without_digests(mismatch.as_json())) for mismatch in comparison.mismatches()]
    gaps = {gap.key: gap.as_json() for gap in comparison.gaps}
    compared = dict(sorted(comparison.compared.items()))
    remarks = comparison.remarks if isinstance(comparison, WithRemarks) else {}
    return VerifyResult(found, [*gaps.values()], compared, comparison.not_compared, remarks)
