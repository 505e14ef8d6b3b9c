"""The target of an import: the checkpoint of what is done there, what it held before, and why it may be refused.

Must never write to a target.
"""

from __future__ import annotations

import secrets
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from stackferry.drivers.export_run import source_of
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.working_directory import working_directory
from stackferry.errors import UsageError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.checkpoint import AFRESH, Checkpoint
from stackferry.io.storage.staging import Staging
from stackferry.model import Stream
from stackferry.providers.selection import Selection, recorded
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager, ExitStack
    from pathlib import Path

    from stackferry.io.http.session import Session
    from stackferry.io.storage.files import Files
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject, Place
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System
    from stackferry.providers.target import Replay, WriteOptions

Claim: TypeAlias = "Callable[[Place], AbstractContextManager[object]]"
CHECKPOINT = "checkpoint.sqlite"
SOURCE = "source.sqlite"
TARGET = "target.sqlite"
_SCRATCH = (SOURCE, TARGET, f"{TARGET}-wal", f"{TARGET}-shm")


@dataclass(frozen=True, slots=True)
class Target:
    """A place that an import goes to, held for this run alone, with the checkpoint of what is done there."""

    place: Place
    checkpoint: Checkpoint
    files: Files


def entered(held: ExitStack, place: Place, state: Path, claim: Claim) -> Target:
    """The target, new or as an earlier run left it, until `held` is closed. Raises BusyError."""
    held.enter_context(claim(place))
    checkpoint, files = held.enter_context(opened(state))
    if checkpoint.fact("begun") is None:
        _forget_inventory(files)
    return Target(place, checkpoint, files)


async def looked_at(
    held: ExitStack,
    target: Target,
    system: System,
    session: Session,
    options: WriteOptions,
    source: RecordStore,
) -> Staging:
    """What the target held before the import began. Raises UsageError where that stands in the way of `source`."""
    inventory = held.enter_context(closing(_empty_inventory(target.files)))
    await _take_inventory(system, session, target.files, options, source, inventory)
    _refuse_filled(system, target.checkpoint, inventory, options, target.place)
    return inventory


@contextmanager
def opened(state: Path) -> Iterator[tuple[Checkpoint, Files]]:
    """The checkpoint, locked. An import that ends before its first write leaves none."""
    with (
        working_directory(
            state, "lock", [CHECKPOINT, f"{CHECKPOINT}-wal", f"{CHECKPOINT}-shm", *_SCRATCH]
        ) as work,
        closing(Checkpoint(work.files.path(CHECKPOINT))) as checkpoint,
    ):
        try:
            yield checkpoint, work.files
        finally:
            work.keep = checkpoint.fact("begun") is not None


def _forget_inventory(files: Files) -> None:
    """Nothing was written yet, so what an earlier run read of the target may be out of date."""
    for name in _SCRATCH[1:]:
        files.remove(name, missing_ok=True)


def _empty_inventory(files: Files) -> Staging:
    return Staging(files.path(TARGET), f"Move {files.root} away and {AFRESH}")


async def _take_inventory(
    system: System,
    session: Session,
    files: Files,
    options: WriteOptions,
    source: RecordStore,
    inventory: Staging,
) -> None:
    """What the target held before the import began: its small kinds, and its entries where they may match.

    It is read once: the plan of a resumed import must not depend on what the import itself has written.
    """
    if inventory.fact("complete") is not None:
        return
    if inventory.fact("salt") is None:
        inventory.state("salt", {"is": secrets.token_hex(16)})
    scheduled = next(source.objects(Stream("schedules")), None) is not None
    reading = ReadOptions(versions="latest", schedules=scheduled, salt=salt_of(inventory))
    exporter = Exporter(system.export_plan(), session, inventory, BlobStore(files), reading)
    await exporter.run(depth=5 if options.on_conflict or options.only else 3, downloads=False)
    inventory.state("complete", {"yes": True})


def salt_of(inventory: Staging) -> str:
    """What stands for the target's credentials on disk is salted with, so that no two imports have the same marks."""
    return str((inventory.fact("salt") or {}).get("is", ""))


def refuse_source(snapshot: Snapshot, target: Place) -> None:
    """Raise UsageError where the target is the branch that the snapshot holds."""
    if snapshot.manifest.get("source") == source_of(target):
        raise UsageError(f"{target} is where this snapshot comes from; name another stack or branch")


def branches(source: Json, target: Place) -> dict[str, str]:
    """What the branch that a snapshot's `source` names is called in the target."""
    name = source.get("branch") if isinstance(source, dict) else None
    return {name: target.name} if isinstance(name, str) else {}


def is_same_stack(source: Json, target: Place) -> bool:
    """Whether what a snapshot's `source` names is a branch of the target's stack."""
    return isinstance(source, dict) and (source.get("key"), source.get("host")) == (target.key, target.host)


def _refuse_filled(
    system: System, checkpoint: Checkpoint, inventory: Staging, options: WriteOptions, target: Place
) -> None:
    """Content that this import did not bring is somebody's: writing beside it must be asked for."""
    if checkpoint.fact("begun") is not None or options.on_conflict in ("update", "skip"):
        return
    content = system.content(inventory, options)
    if content:
        raise UsageError(
            f"{target} already holds content ({', '.join(content)}); say what shall happen to what is there with "
            "--on-conflict update or --on-conflict skip, or name an empty stack or branch"
        )


def begin(checkpoint: Checkpoint, snapshot: str, target: Place, options: WriteOptions) -> None:
    """A checkpoint belongs to one snapshot, byte for byte, and to what was chosen of it.

    The snapshot is told by the digest of its manifest. Raises UsageError for a checkpoint of something else.
    """
    chosen: JsonObject = {**options.choice.narrowing(), "versions": options.versions}
    choice: JsonObject = {"choice": chosen} if options.choice.is_narrow else {}
    only: JsonObject = {"only": [*sorted(options.only)]} if options.only else {}
    begins: JsonObject = {"target": str(target), "manifest": snapshot, **choice, **only}
    begun = checkpoint.fact("begun")
    if begun is None:
        checkpoint.state("begun", begins)
    elif begun != begins:
        raise UsageError(
            "this checkpoint belongs to another import (the snapshot has changed, the target is another, or other "
            "entries are chosen, or other kinds); name a new one with --state"
        )


def chosen_in(checkpoint: Checkpoint) -> tuple[Selection, str]:
    """What an import chose of its snapshot, and the versions that it replayed."""
    begun = checkpoint.fact("begun") or {}
    facts = begun.get("choice")
    return (
        (recorded(facts), str(facts.get("versions"))) if isinstance(facts, dict) else (Selection(), "pinned")
    )


def kinds_in(checkpoint: Checkpoint) -> frozenset[str]:
    """The kinds that an import replayed; none is all of them."""
    only = (checkpoint.fact("begun") or {}).get("only")
    return frozenset(map(str, only)) if isinstance(only, list) else frozenset()


def refuse_obstacles(system: System, plan: Replay) -> None:
    """Raise UsageError where this snapshot cannot go into this target."""
    obstacles = system.obstacles(plan)
    if obstacles:
        raise UsageError("; ".join(obstacles))
