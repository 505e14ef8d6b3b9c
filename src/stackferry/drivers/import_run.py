"""`import`: writes a sealed snapshot into a target, or resumes an unfinished import.

Everything that can be wrong is found before the first write: damage, a target that is the source, that holds other
content, or that cannot hold this. Must never write to a target that it has not read.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers.import_again import Changes, FindMap, earlier_identities, remembered
from stackferry.drivers.import_outcome import (
    EndedImport,
    ImportResult,
    ended_import,
    gaps_of,
    is_applied,
    merged_gaps,
    remarks,
    result_of,
    result_of_ended,
)
from stackferry.drivers.import_target import (
    CHECKPOINT,
    SOURCE,
    TARGET,
    Earlier,
    ImportTarget,
    ask_to_delete,
    begin,
    earlier_run,
    give_up,
    how_it_begins,
    open_checkpoint,
    open_target,
    origin_of,
    refuse_obstacles,
    refuse_source,
    refuse_unknown_mapped,
    remember_agreed,
    salt_of,
    set_kinds,
)
from stackferry.drivers.importer import Importer
from stackferry.drivers.nothing_selected import warn_if_nothing_selected
from stackferry.drivers.planning.dry_run import DryRun, PlannedWrites
from stackferry.drivers.planning.plan_check import check_plan, refuse_other_head, remember_plan
from stackferry.drivers.planning.plan_file import PlanFile, PlanItems, plan_head
from stackferry.drivers.resuming.deleted_meanwhile import forget_deleted
from stackferry.drivers.run import LockTarget, Run, no_lock
from stackferry.errors import UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.io.storage.sqlite import TempTables
from stackferry.model import Stream
from stackferry.providers.edited_since import KeepsVersions
from stackferry.providers.target import ImportContext, WriteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stackferry.drivers.resuming.temporary_changes import Undone
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Place
    from stackferry.providers.described import Described
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System


@dataclass(frozen=True, slots=True)
class FinishedDryRun:
    """What a dry run counted and read; the identities that it made up are in its copy of the checkpoint."""

    writes: PlannedWrites
    gaps: list[JsonObject]
    left: list[JsonObject]
    remarks: dict[str, list[JsonObject]]
    context: ImportContext
    target: ImportTarget
    changed: Changes
    items: PlanItems
    described: Described
    asked: WriteOptions  # the options of the import that would do this
    snapshot: str  # the digest of its manifest

    @property
    def checkpoint(self) -> Checkpoint:
        return self.target.checkpoint

    def head(self) -> JsonObject:
        """What this is the dry run of."""
        return plan_head(self.target.run.place, self.context.origin, self.snapshot, self.asked)


async def import_snapshot(
    run: Run,
    snapshot: Snapshot,
    state: Path,
    options: WriteOptions,
    *,
    identities: FindMap | None = None,
    plan: PlanFile | None = None,
    lock: LockTarget = no_lock,
) -> ImportResult:
    """Write a snapshot into a target, beginning or resuming.

    After an import that was finished it looks at the target again: with `options.on_conflict` it writes what differs
    now, without it writes nothing and raises Different where something does. `state` is the directory of the
    checkpoint, `identities` finds the file of those that imports between the two places have in common. `lock` holds
    the target once it is known which place an alias names.

    With a `plan` it does what that says, or raises Different before its first write where something has moved since.

    Raises SnapshotCorrupt for a damaged snapshot, UsageError for a target that is the source, holds other content or
    cannot hold this, BusyError while another run works on the same target or checkpoint.
    """
    refuse_unknown_mapped(run.system, snapshot, options)
    run, options = await _resolved(run, snapshot, options, plan)
    ended = _ended(state, run, snapshot, options, plan)
    if ended is not None:
        is_planned = plan is not None
        return await _look_again(run, snapshot, state, options, identities, ended, is_planned=is_planned)
    async with _prepared(run, snapshot, state, options, identities, lock) as (context, target):
        if plan is not None:
            await check_plan(plan, target, context, _digest(snapshot), options)
        ask_to_delete(target, context)
        begin(target, _digest(snapshot), options, origin_of(run.system, snapshot))
        remember_agreed(target.checkpoint, options)
        remember_plan(target.checkpoint, plan)
        set_kinds(target.checkpoint, context.options)
        importer = Importer(run, target.checkpoint)
        importer.resumed.made_anew = await forget_deleted(target, context)
        with remembered(target, context):
            await finish(importer, target.checkpoint, context)
        return result_of(target, context, gaps_of(snapshot, options), state, importer.resumed)


def _digest(snapshot: Snapshot) -> str:
    return snapshot.files.digest("manifest.json").sha256


def _ended(
    state: Path, run: Run, snapshot: Snapshot, options: WriteOptions, plan: PlanFile | None = None
) -> EndedImport | None:
    """The finished import that this one would only look at the target of; None where it is to write."""
    if not (state / CHECKPOINT).is_file():
        return None
    with closing(Checkpoint(state / CHECKPOINT)) as checkpoint:
        begins = how_it_begins(_digest(snapshot), run.place, options)
        before = earlier_run(checkpoint, _digest(snapshot), run.place, options)
        is_done = before is Earlier.FINISHED
        if plan is not None and before is not Earlier.UNFINISHED:
            is_done |= is_applied(checkpoint, begins, plan.digest)
        return ended_import(run.system, checkpoint, begins) if is_done else None


async def _look_again(
    run: Run,
    snapshot: Snapshot,
    state: Path,
    options: WriteOptions,
    identities: FindMap | None,
    ended: EndedImport,
    *,
    is_planned: bool,
) -> ImportResult:
    """The result of a finished import whose target still holds what it wrote. Raises Different for any other."""
    with closing(Checkpoint(state / CHECKPOINT)) as checkpoint:
        async with _dry_run(run, snapshot, state, options, identities, ended=ended, left=checkpoint) as done:
            if ended.left is not None:
                done.changed.add_kept(done.left, ended.left)
            if done.changed.count:
                raise done.changed.error(run.place, is_planned=is_planned)
            # The dry run has found the same versions, but what it took for written is not there.
            found = checkpoint if ended.is_last else done.checkpoint
            known = gaps_of(snapshot, options)
            return result_of_ended(ended, run.system, done.context, found, known, done.left, state)


async def finish(importer: Importer, checkpoint: Checkpoint, context: ImportContext) -> None:
    """Do whatever is left of an import whose source is complete."""
    # Entries of an import that ran during its export (`copy`) arrived in parts. A plan that has all of them from the
    # beginning would group publications in another way, and so publish them again.
    finished = checkpoint.fact("finished") or {}
    if finished.get("alongside") != context.options.as_json() or checkpoint.pending_undos():
        await importer.run(context)
        checkpoint.set_fact("finished", {"yes": True})


@asynccontextmanager
async def dry_run(
    run: Run, snapshot: Snapshot, state: Path, options: WriteOptions, *, identities: FindMap | None = None
) -> AsyncIterator[FinishedDryRun]:
    """What `import_snapshot` would do now, carried out without a write on a copy of its checkpoint.

    After an import that was finished: what it would write with `on_conflict="update"`.

    Raises what `import_snapshot` raises before its first write.
    """
    refuse_unknown_mapped(run.system, snapshot, options)
    run, options = await _resolved(run, snapshot, options)
    async with _dry_run(run, snapshot, state, options, identities) as done:
        yield done


@asynccontextmanager
async def _dry_run(
    run: Run,
    snapshot: Snapshot,
    state: Path,
    options: WriteOptions,
    identities: FindMap | None,
    *,
    ended: EndedImport | None = None,
    left: Checkpoint | None = None,
) -> AsyncIterator[FinishedDryRun]:
    """`ended`: only looked at is what that import left; `left` has its identities."""
    with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        copy = Path(scratch) / "state"
        _copy_directory(state, copy)
        is_look = ended is not None
        ended = ended or _ended(copy, run, snapshot, options)
        if ended is not None:
            options = replace(options, on_conflict="update")
        async with _prepared(run, snapshot, copy, options, identities, no_lock, keep=False) as (
            context,
            target,
        ):
            begin(target, _digest(snapshot), options, origin_of(run.system, snapshot))
            gaps, seen = [] if ended is None else ended.gaps, context.scratch.table(4)
            changed = Changes(
                gaps,
                options.locales,
                seen,
                partial(_is_edited, run.system, context, left),
                partial(_without_file, run.system),
            )
            items = PlanItems(context.scratch)
            described = run.system.import_plan(run.place).described(context, target.checkpoint)
            # What is asked for writes what was refused once more.
            is_refused = changed.add if is_look else lambda _write, _rows: False
            importer = DryRun(target.run, target.checkpoint, described, items, is_refused)
            await importer.run(context)
            yield FinishedDryRun(
                writes=importer.writes.only(context.options),
                gaps=merged_gaps(gaps_of(snapshot, options), target.checkpoint.gaps()),
                left=[one.as_json() for one in run.system.left_in_target(context)],
                remarks=remarks(run.system, target.checkpoint),
                context=context,
                target=target,
                changed=changed,
                items=items,
                described=described,
                asked=options,
                snapshot=_digest(snapshot),
            )


def _is_edited(
    system: System, context: ImportContext, left: Checkpoint | None, stream: Stream, uid: str
) -> bool:
    if left is None or not isinstance(system, KeepsVersions):
        return False
    return system.edited_since(context, left, stream, uid)


def _without_file(system: System, gap: JsonObject) -> JsonObject | None:
    return system.without_file(gap) if isinstance(system, KeepsVersions) else None


def _copy_directory(source: Path, copy: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, copy)


async def abandon(run: Run, state: Path) -> Undone:
    """Undo the temporary changes of an import that will not be finished.

    What was imported stays, and another import may begin. Raises UsageError where no import into this target was begun.
    """
    run = await run.resolved()
    with open_checkpoint(state) as (checkpoint, _):
        begun = checkpoint.fact("begun")
        if begun is None or begun.get("target") != run.place.identity:
            raise UsageError(
                f"{state}: no import into {run.place} was begun here, so there is nothing to undo"
            )
        done = await Importer(run, checkpoint).temporary.undo_all()
        give_up(checkpoint)
        return done


async def _resolved(
    run: Run, snapshot: Snapshot, options: WriteOptions, plan: PlanFile | None = None
) -> tuple[Run, WriteOptions]:
    """The run at the place that an alias leads to, and how it writes there.

    Objects that are named go back in place, or into any other place. Raises UsageError where the snapshot must not go
    there, or the plan is for something else.
    """
    if options.selection.uids:
        run = await run.resolved()
        return run, replace(options, in_place=run.is_origin_of(snapshot.manifest))
    snapshot.check()
    # Before the first request, and again when it is known which place an alias names.
    if not options.in_place and plan is None:
        refuse_source(snapshot, run, in_place=False)
    run = await run.resolved()
    if plan is not None:
        origin = origin_of(run.system, snapshot)
        refuse_other_head(plan, plan_head(run.place, origin, _digest(snapshot), options))
    refuse_source(snapshot, run, in_place=options.in_place)
    return run, options


@asynccontextmanager
async def _prepared(
    run: Run,
    snapshot: Snapshot,
    state: Path,
    options: WriteOptions,
    identities: FindMap | None,
    lock: LockTarget,
    *,
    keep: bool = True,
) -> AsyncIterator[tuple[ImportContext, ImportTarget]]:
    """Everything read and checked, nothing written; `run` is resolved."""
    with ExitStack() as held:
        origin = origin_of(run.system, snapshot)
        target = open_target(held, run, state, lock, origin)
        scratch = held.enter_context(closing(TempTables()))
        earlier = earlier_identities(target, identities, origin, scratch, keep=keep)
        before = earlier_run(target.checkpoint, _digest(snapshot), run.place, options)
        target = replace(target, earlier=before)
        if before is Earlier.REPLACED:
            target.checkpoint.end_earlier()
            target.remove_listing(TARGET)
        index = held.enter_context(
            closing(SnapshotIndex(snapshot, run.system.record_key, target.files.path(SOURCE)))
        )
        source = _selected(run, snapshot, index, options)
        inventory = await target.inventory(held, options, source)
        context = ImportContext(
            source=source,
            whole=index,
            target=inventory,
            identity=target.checkpoint,
            options=run.system.options_between(options, (origin, run.place), source, inventory),
            bytes_of=snapshot.bytes_of,
            scratch=index.scratch,
            origin=origin,
            earlier=earlier,
            counterpart=run.system.counterpart,
            why=target.checkpoint.reason,
            place=run.place,
            salt=salt_of(inventory),
            gaps_of_target=inventory.gaps,
        )
        context = replace(context, source=run.system.without_held(context))
        refuse_obstacles(run.system, context)
        yield context, target


def _selected(run: Run, snapshot: Snapshot, index: SnapshotIndex, options: WriteOptions) -> RecordStore:
    """What of the snapshot is to be written. Raises SnapshotCorrupt."""
    source = run.system.select(index, options.selection, options.versions, index.scratch)
    if options.selection.uids:  # few objects, with few bytes or none: the rest is not read
        snapshot.check(only={str(row.get("sha256")) for row in source.objects(Stream("files"))})
    warn_if_nothing_selected(run.system, source, options.selection)
    return source


def state_path(root: Path, snapshot: Path, target: Place) -> Path:
    """Where the checkpoint of this snapshot and this target lies below `root`: the same from every folder."""
    # A digest, because a path may be longer than a file name can be.
    name = hashlib.sha256(f"{snapshot.resolve()}\0{target.identity}".encode()).hexdigest()[:32]
    return root / "imports" / name
