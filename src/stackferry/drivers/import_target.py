"""The target of an import: its checkpoint, what it held before the import, and why it may be refused.

Must never write to a target.
"""

from __future__ import annotations

import secrets
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from stackferry.drivers.exporter import Exporter
from stackferry.drivers.import_outcome import ASKED, asked_for, begin_another, is_last
from stackferry.drivers.run import always_confirmed
from stackferry.drivers.working_directory import working_directory
from stackferry.errors import UsageError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.checkpoint import RESTART, Checkpoint
from stackferry.io.storage.staging import Staging
from stackferry.json_values import as_object
from stackferry.providers.selection import Selection, selection_from_json
from stackferry.providers.system import MapsNames

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from stackferry.drivers.run import LockTarget, Run
    from stackferry.io.storage.files import Files
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Place
    from stackferry.providers.places import Objects
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System
    from stackferry.providers.target import ImportContext, WriteOptions

CHECKPOINT = "checkpoint.sqlite"
SOURCE = "source.sqlite"
TARGET = "target.sqlite"
IDENTITIES = "identities"  # the folder of what an import keeps for later ones between the same places
_SCRATCH = (SOURCE, TARGET, f"{TARGET}-wal", f"{TARGET}-shm")
_UPDATING = ("on_conflict", "conflicts", "mirror")  # options that only say how an update goes
_ORIGIN, _KINDS, _AGREED, _GIVEN_UP = "origin", "kinds", "agreed", "given up"
_ENDS = "finish it with the options that it was begun with, or give it up with --abandon"


class Earlier(Enum):
    """What an earlier run with the same checkpoint was, as a new one sees it."""

    NONE = auto()
    UNFINISHED = auto()
    # The same import with the same options, whatever followed it; with other ones: what these ask for besides is still
    # to be done.
    FINISHED = auto()
    ENDED_OTHERWISE = auto()
    # Of something else, or one that is now to write over what the target holds.
    REPLACED = auto()


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """A place that an import writes to, locked for this run, with the checkpoint of what was written there.

    `origin` is where the source comes from.
    """

    run: Run
    checkpoint: Checkpoint
    files: Files
    origin: Place
    earlier: Earlier = Earlier.NONE

    async def inventory(self, held: ExitStack, options: WriteOptions, source: RecordStore) -> Staging:
        """What the target held before the import began, open until `held` is closed.

        Raises UsageError where the target's content stands in the way of `source`.
        """
        opened = Staging(self.files.path(TARGET), f"Move {self.files.root} away and {RESTART}")
        inventory = held.enter_context(closing(opened))
        # Once: the plan of a resumed import must not depend on what the import itself has written.
        if inventory.fact("complete") is None:
            await self._read(inventory, options, source)
        self._refuse_content(inventory, options)
        return inventory

    def remove_listing(self, name: str) -> None:
        """Remove what was read of the target into a file of that name."""
        for part in (name, f"{name}-wal", f"{name}-shm"):
            self.files.remove(part, missing_ok=True)

    async def _read(self, inventory: Staging, options: WriteOptions, source: RecordStore) -> None:
        if inventory.fact("salt") is None:
            inventory.set_fact("salt", {"is": secrets.token_hex(16)})
        await self.list_into(inventory, options, source, salt_of(inventory))
        inventory.set_fact("complete", {"yes": True})

    async def list_into(
        self, staging: Staging, options: WriteOptions, source: RecordStore, salt: str
    ) -> None:
        """List what the target holds now; `salt` marks its credentials."""
        places = (self.origin, self.run.place)
        reading = self.run.system.inventory_options(source, salt, options, places)
        # What it may not see it would create a second time.
        exporter = Exporter(self.run, staging, BlobStore(self.files), reading, refusals_end=True)
        await exporter.run(exporter.plan.inventory(options, reading), downloads=False)

    def _refuse_content(self, inventory: Staging, options: WriteOptions) -> None:
        """Refuse a target with content that this import did not write, unless --on-conflict says what to do with it."""
        is_own = self.checkpoint.fact("begun") is not None and self.earlier is not Earlier.REPLACED
        is_told = options.on_conflict in ("update", "skip")
        if is_own or (is_told and (options.mirror or self.run.confirm is always_confirmed)):
            return  # a mirror has a question of its own
        content = self.run.system.existing_content(inventory, options)
        if is_told:
            if content and not self.run.confirm(content):
                raise UsageError(f"nothing was written into {self.run.place}: it was not confirmed")
            return
        if content:
            raise UsageError(
                f"{self.run.place} already holds content ({', '.join(content)}); say what to do with it with "
                "--on-conflict update or --on-conflict skip, or name an empty target"
            )


def open_target(held: ExitStack, run: Run, state: Path, lock: LockTarget, origin: Place) -> ImportTarget:
    """The target, new or as an earlier run left it, until `held` is closed. Raises BusyError."""
    # Two locks, because two runs with different checkpoints may name the same target.
    held.enter_context(lock(run.place))
    checkpoint, files = held.enter_context(open_checkpoint(state))
    target = ImportTarget(run, checkpoint, files, origin)
    if checkpoint.fact("begun") is None:
        # Nothing was written yet, so what an earlier run read of the target may be out of date.
        target.remove_listing(TARGET)
    return target


@contextmanager
def open_checkpoint(state: Path) -> Iterator[tuple[Checkpoint, Files]]:
    """The checkpoint, locked. An import that ends before its first write leaves none."""
    names = [CHECKPOINT, f"{CHECKPOINT}-wal", f"{CHECKPOINT}-shm", *_SCRATCH, IDENTITIES]
    with (
        working_directory(state, "lock", names) as work,
        closing(Checkpoint(work.files.path(CHECKPOINT))) as checkpoint,
    ):
        try:
            yield checkpoint, work.files
        finally:
            work.keep = checkpoint.fact("begun") is not None


def salt_of(inventory: Staging) -> str:
    """The salt of the marks that stand for the target's credentials on disk; no two imports have the same."""
    return str((inventory.fact("salt") or {}).get("is", ""))


def refuse_source(snapshot: Snapshot, run: Run, *, in_place: bool) -> None:
    """Raise UsageError where the target is the place that the snapshot was exported from, or, `in_place`, is not."""
    is_origin = run.is_origin_of(snapshot.manifest)
    if is_origin and not in_place:
        if run.system.never_in_place:
            raise UsageError(f"{run.place} is where this snapshot comes from: {run.system.never_in_place}")
        raise UsageError(
            f"{run.place} is where this snapshot comes from: to restore it there, over what is there now, give "
            "--in-place; else name another target"
        )
    if in_place and not is_origin:
        origin = origin_of(run.system, snapshot)
        raise UsageError(
            f"--in-place restores a snapshot where it comes from, which is {origin}, not {run.place}: name that place, "
            "or leave --in-place out and say with --on-conflict update that this one may be written over"
        )
    if in_place and snapshot.manifest.get("transforms"):
        raise UsageError(
            "this snapshot was changed since it was exported (its manifest names transforms), so it is not what was "
            "there: it cannot be restored in place"
        )


def origin_of(system: System, snapshot: Snapshot) -> Place:
    """The place that a snapshot was exported from, as its manifest says."""
    facts = snapshot.manifest.get("source")
    return system.place_of(as_object(facts))


def earlier_run(checkpoint: Checkpoint, snapshot: str, target: Place, options: WriteOptions) -> Earlier:
    """How a run begins after the one that left this checkpoint. Raises UsageError as `begin` does."""
    begun, begins = checkpoint.fact("begun"), how_it_begins(snapshot, target, options)
    if begun is None:
        return Earlier.NONE
    if checkpoint.fact("finished") is None and (begun == begins or checkpoint.fact(_GIVEN_UP) is None):
        _refuse_other_import(begun, begins)
        return Earlier.UNFINISHED
    asked, asks = asked_for(checkpoint, begins), options.as_json()
    if asked is None or options.on_conflict:
        return Earlier.REPLACED
    if asked.get("on_conflict") == "update":
        # Without --on-conflict nothing is asked for besides: it looks at what the update left.
        asked, asks = _without(asked, _UPDATING), _without(asks, _UPDATING)
    if not asked or asked == asks:
        return Earlier.FINISHED
    return Earlier.ENDED_OTHERWISE if is_last(checkpoint, begins) else Earlier.REPLACED


def _without(facts: JsonObject, names: Collection[str]) -> JsonObject:
    return {name: value for name, value in facts.items() if name not in names}


def _refuse_other_import(begun: JsonObject, begins: JsonObject) -> None:
    if begun != begins:
        raise UsageError(
            "an import of something else is unfinished here (the snapshot or its transforms have changed, the "
            f"target is another, or other entries or kinds are selected): {_ENDS}"
        )


def begin(target: ImportTarget, snapshot: str, options: WriteOptions, origin: Place) -> None:
    """Bind the checkpoint to one snapshot, byte for byte, and to the selection that is imported.

    `snapshot` is the digest of its manifest, `origin` the place that it comes from. Raises UsageError for the
    checkpoint of an unfinished import of something else.
    """
    checkpoint = target.checkpoint
    if target.earlier is Earlier.REPLACED:
        begin_another(target.run.system, checkpoint)
    elif checkpoint.fact(ASKED) not in (None, options.as_json()):
        checkpoint.forget_fact("finished")
    checkpoint.forget_fact(_GIVEN_UP)
    checkpoint.set_fact(ASKED, options.as_json())
    checkpoint.set_fact(_ORIGIN, {"is": origin.identity})
    begun, begins = checkpoint.fact("begun"), how_it_begins(snapshot, target.run.place, options)
    if begun is None:
        checkpoint.set_fact("begun", begins)
    else:
        _refuse_other_import(begun, begins)


def set_kinds(checkpoint: Checkpoint, options: WriteOptions) -> None:
    """Record of which kinds the import writes, as it turned out between its two places."""
    checkpoint.set_fact(_KINDS, {"only": [*sorted(options.only)]})


def give_up(checkpoint: Checkpoint) -> None:
    """Let another import begin where one is unfinished; the same one may still be resumed."""
    if checkpoint.fact("finished") is None:
        checkpoint.set_fact(_GIVEN_UP, {"yes": True})


def how_it_begins(snapshot: str, target: Place, options: WriteOptions) -> JsonObject:
    """What an import is of, into where: the fact that binds its checkpoint. `snapshot`: the digest of its manifest."""
    chosen: JsonObject = {**options.selection.narrowing_json(), "versions": options.versions}
    # The names "choice" and "only" are those of the checkpoints of earlier versions.
    selection: JsonObject = {"choice": chosen} if options.selection.is_narrow else {}
    only: JsonObject = {"only": [*sorted(options.only)]} if options.only else {}
    return {"target": target.identity, "manifest": snapshot, **selection, **only}


def is_between(checkpoint: Checkpoint, origin: Place, target: Place) -> bool:
    """Whether an import between these two places has left this checkpoint."""
    begun = checkpoint.fact("begun") or {}
    known = checkpoint.fact(_ORIGIN) or {"is": origin.identity}  # an earlier version did not write it down
    return begun.get("target") == target.identity and known["is"] == origin.identity


def selection_of(checkpoint: Checkpoint) -> tuple[Selection, str]:
    """What an import selected of its snapshot, and the versions that it imported."""
    begun = checkpoint.fact("begun") or {}
    facts = begun.get("choice")
    return (
        (selection_from_json(facts), str(facts.get("versions")))
        if isinstance(facts, dict)
        else (Selection(), "pinned")
    )


def made_with(checkpoint: Checkpoint) -> JsonObject:
    """The options of an import; empty where they are not known."""
    return checkpoint.fact("options") or {}


def kinds_of(checkpoint: Checkpoint) -> frozenset[str]:
    """The kinds that an import was for; empty means all."""
    only = (checkpoint.fact(_KINDS) or checkpoint.fact("begun") or {}).get("only")
    return frozenset(map(str, only)) if isinstance(only, list) else frozenset()


def ask_to_delete(target: ImportTarget, context: ImportContext) -> None:
    """Ask once whether a mirror may delete what it would. Raises UsageError where it may not."""
    counts = target.run.system.deletions(context)
    was_asked = target.earlier is Earlier.UNFINISHED and target.checkpoint.fact(_AGREED) is not None
    if counts and not was_asked and not target.run.agree(counts):
        raise UsageError(f"nothing was written into {target.run.place}: the deletions were not confirmed")


def remember_agreed(checkpoint: Checkpoint, options: WriteOptions) -> None:
    """A resumed import does not ask again."""
    if options.mirror:
        checkpoint.set_fact(_AGREED, {"yes": True})


def refuse_obstacles(system: System, context: ImportContext) -> None:
    """Raise UsageError where this snapshot cannot go into this target."""
    obstacles = system.obstacles(context)
    if obstacles:
        raise UsageError("; ".join(obstacles))


def refuse_unknown_mapped(
    system: System, source: Objects, options: WriteOptions, *, is_whole: bool = True
) -> None:
    """Raise UsageError for a name that options map and the source lacks, before anything is read of a target.

    Of a source that is not read as a whole yet, only names of what comes first, as locales, are checked.
    """
    if isinstance(system, MapsNames):
        unknown = system.unknown_mapped(source.objects, options, is_whole=is_whole)
        if unknown:
            raise UsageError("; ".join(unknown))
