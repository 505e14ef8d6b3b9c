"""One import, from a sealed snapshot to a target: the whole of `stackferry import`.

Everything that can be wrong is found before the first write: damage, a target that is the source, that holds
other content, or that cannot hold this. Must never write to a target that it has not looked at.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import ExitStack, asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.drivers.dry_run import DryRun, Forecast
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.export_run import resolve_place
from stackferry.drivers.import_target import (
    SOURCE,
    Claim,
    begin,
    branches,
    entered,
    is_same_stack,
    looked_at,
    opened,
    refuse_obstacles,
    refuse_source,
    salt_of,
)
from stackferry.drivers.importer import Again, Importer, Sleep
from stackferry.errors import UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.providers.target import Replay, WriteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stackferry.io.http.session import Session
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Place
    from stackferry.providers.system import System

RENUMBERED = "renumbered.jsonl"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to: every gap, those of the snapshot itself included.

    `renumbered` is a file of JSON lines: the versions that have another number in the target.
    """

    gaps: list[JsonObject]
    identities: dict[str, int]
    minimum: dict[str, int]
    renumbered: Path
    again: JsonObject


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal leaves behind: who would become whom is in the copied checkpoint."""

    forecast: Forecast
    plan: Replay
    checkpoint: Checkpoint


async def replay(
    system: System,
    session: Session,
    snapshot: Snapshot,
    target: Place,
    state: Path,
    options: WriteOptions,
    emit: Emit = silent,
    sleep: Sleep | None = None,
    claim: Claim = nullcontext,
) -> Imported:
    """Bring a snapshot into a target, beginning or taking up again; a finished import sends no write.

    `claim` holds the target for this run alone, once it is known which one an alias names.
    Raises SnapshotCorrupt for a damaged snapshot, UsageError for a target that is the source, holds other
    content or cannot hold this, BusyError while another run works on the same target and snapshot.
    """
    async with _ready(system, session, snapshot, target, state, options, claim) as (plan, checkpoint, place):
        begin(checkpoint, snapshot.files.digest("manifest.json").sha256, place, options)
        replayer = Importer(
            system.import_plan(), session, checkpoint, emit, **({"sleep": sleep} if sleep else {})
        )
        await finish(replayer, checkpoint, plan)
        return account(system, checkpoint, plan, snapshot.gaps(), state, replayer.again)


async def finish(replayer: Importer, checkpoint: Checkpoint, plan: Replay) -> None:
    """Whatever is left of an import whose source is complete."""
    if not _was_alongside(checkpoint, plan.options):
        await replayer.run(plan)
        checkpoint.state("finished", {"yes": True})


def _was_alongside(checkpoint: Checkpoint, options: WriteOptions) -> bool:
    """Whether this very import was finished alongside its export, and nothing is left to be taken back.

    Its steps were those of entries that arrive in parts: a plan that has all of them from the beginning would group
    what it publishes in another way, and so publish it again.
    """
    finished = checkpoint.fact("finished") or {}
    return finished.get("alongside") == options.as_json() and not checkpoint.to_undo()


def account(
    system: System, checkpoint: Checkpoint, plan: Replay, known: list[JsonObject], state: Path, again: Again
) -> Imported:
    """What a finished import came to; `known` are the gaps of what it read."""
    options = plan.options
    minimum = {} if options.only else _minimum(system, checkpoint, plan)
    arrived = {kind: count for kind, count in checkpoint.tally().items() if options.includes(kind)}
    renumbered = _renumbered(system, checkpoint, state)
    return Imported(told_once(known, checkpoint.gaps()), arrived, minimum, renumbered, again.as_json())


async def rehearse(
    system: System,
    session: Session,
    snapshot: Snapshot,
    target: Place,
    state: Path,
    options: WriteOptions,
    emit: Emit = silent,
) -> tuple[Forecast, list[JsonObject]]:
    """What `replay` would do now: its writes, counted, and the gaps that are known already. Sends no write.

    Raises what `replay` would raise before its first write.
    """
    async with rehearsed(system, session, snapshot, target, state, options, emit) as found:
        return found.forecast, told_once(snapshot.gaps(), found.checkpoint.gaps())


@asynccontextmanager
async def rehearsed(
    system: System,
    session: Session,
    snapshot: Snapshot,
    target: Place,
    state: Path,
    options: WriteOptions,
    emit: Emit = silent,
) -> AsyncIterator[Rehearsal]:
    """A rehearsal that is over, with all that it looked at and imagined. Raises what `rehearse` raises."""
    with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        copy = _copied(state, Path(scratch) / "state")
        async with _ready(system, session, snapshot, target, copy, options) as (plan, checkpoint, _):
            rehearser = DryRun(system.import_plan(), session, checkpoint, emit)
            await rehearser.run(plan)
            yield Rehearsal(rehearser.forecast.of(options), plan, checkpoint)


def _copied(state: Path, copy: Path) -> Path:
    """A copy of an import's state, as far as there is one."""
    if state.is_dir():
        shutil.copytree(state, copy)
    return copy


async def abandon(system: System, session: Session, target: Place, state: Path) -> int:
    """Take back the temporary changes of an import that is not to be finished; tell how many there were.

    What was imported stays. Raises UsageError where no import into this target was begun.
    """
    target = await resolve_place(system, session, target)
    with opened(state) as (checkpoint, _):
        begun = checkpoint.fact("begun")
        if begun is None or begun.get("target") != str(target):
            raise UsageError(
                f"{state}: no import into {target} was begun here, so there is nothing to take back"
            )
        left = len(checkpoint.to_undo())
        await Importer(system.import_plan(), session, checkpoint).take_back()
        return left


@asynccontextmanager
async def _ready(
    system: System,
    session: Session,
    snapshot: Snapshot,
    target: Place,
    state: Path,
    options: WriteOptions,
    claim: Claim = nullcontext,
) -> AsyncIterator[tuple[Replay, Checkpoint, Place]]:
    """Everything looked at, nothing written: what the plan may look at, the open checkpoint, the target itself."""
    snapshot.check()
    refuse_source(snapshot, target)
    target = await resolve_place(system, session, target)
    refuse_source(snapshot, target)
    with ExitStack() as held:
        goal = entered(held, target, state, claim)
        source = held.enter_context(closing(SnapshotIndex(snapshot, goal.files.path(SOURCE))))
        chosen = system.choose(source, options.choice, options.versions)
        inventory = await looked_at(held, goal, system, session, options, chosen)
        plan = Replay(
            source=chosen,
            target=inventory,
            identity=goal.checkpoint,
            options=options,
            bytes_of=snapshot.bytes_of,
            scratch=source.scratch,
            same_stack=is_same_stack(snapshot.manifest.get("source"), target),
            salt=salt_of(inventory),
            branches=branches(snapshot.manifest.get("source"), target),
        )
        refuse_obstacles(system, plan)
        yield plan, goal.checkpoint, target


def _renumbered(system: System, checkpoint: Checkpoint, state: Path) -> Path:
    """The list of versions that have another number now, written anew from what the checkpoint holds."""
    rows = system.renumbered(checkpoint.identities)
    Files(state).write_atomically(RENUMBERED, (exact_json.dumps(row) + b"\n" for row in rows))
    return state / RENUMBERED


def _minimum(system: System, checkpoint: Checkpoint, plan: Replay) -> dict[str, int]:
    """The fewest requests that the whole import could take; counted once."""
    known = checkpoint.fact("minimum")
    if known is None:
        known = {**system.import_minimum(plan)}
        checkpoint.state("minimum", known)
    return {budget: count for budget, count in known.items() if isinstance(count, int)}


def state_path(root: Path, snapshot: Path, target: Place) -> Path:
    """Where the checkpoint of this snapshot and this target lies: the same from every folder."""
    name = hashlib.sha256(f"{snapshot.resolve()}\0{target}".encode()).hexdigest()[:32]
    return root / "imports" / name


def told_once(known: list[JsonObject], found: list[JsonObject]) -> list[JsonObject]:
    """Both lists of gaps; a reference that the snapshot knew to lack, and the import left out, is one gap."""
    told = {_subject(gap) for gap in found}
    return [*(gap for gap in known if _subject(gap) not in told), *found]


def _subject(gap: JsonObject) -> str:
    """What a gap is about: of a reference its place, of anything else all that is said."""
    names = [name for name in gap if name != "reason"] if gap.get("kind") == "references" else [*gap]
    return str([(name, gap[name]) for name in sorted(names)])
