"""One copy as an export and an import at the same time: what has arrived is written while the rest is still read.

Into a target without content the import follows the order in which entries arrive, and the export brings them in
parts. Into any other target the import begins when the export is complete. However it stops, the same command takes
both up again. Must never write what the working store does not hold.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import anyio

from stackferry.drivers.events import Emit, silent
from stackferry.drivers.export_run import begun, head, is_untidy, refuse_others, resolve_place, source_of
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.import_run import Imported, account, finish
from stackferry.drivers.import_target import (
    Claim,
    begin,
    branches,
    entered,
    is_same_stack,
    looked_at,
    refuse_obstacles,
    salt_of,
)
from stackferry.drivers.importer import Importer, Sleep
from stackferry.errors import UsageError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.snapshot import Snapshot
from stackferry.io.storage.snapshot_layout import MANIFEST, bytes_file
from stackferry.io.storage.temp_tables import TempTables
from stackferry.providers.target import Replay, RunningExport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackferry.drivers.export_run import Work
    from stackferry.io.http.session import Session
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.io.storage.staging import Staging
    from stackferry.model import Place
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.system import System
    from stackferry.providers.target import WriteOptions


@dataclass(frozen=True, slots=True)
class End:
    """A place with an open session: where a copy comes from, or where it goes."""

    system: System
    session: Session
    place: Place

    async def entered(self) -> End:
        """The place itself, where it was named by an alias."""
        return replace(self, place=await resolve_place(self.system, self.session, self.place))


async def copy(
    source: End,
    target: End,
    directory: Path,
    state: Path,
    reading: ReadOptions,
    writing: WriteOptions,
    emit: Emit = silent,
    sleep: Sleep | None = None,
    claim: Claim = nullcontext,
) -> tuple[Snapshot, Imported]:
    """Bring a branch into a target, by way of a snapshot in `directory`; `state` is the import's checkpoint.

    Nothing may be narrowed. `claim` holds the target for this run alone. Raises what `export` and `replay` raise.
    """
    source = await source.entered()
    if not is_untidy(directory, source.place, reading):
        refuse_others(directory)
    with begun(directory, source.place, reading) as work, ExitStack() as held:
        copier = _Copier(source, target, work, reading, writing, held, emit)
        found = await copier.run(state, claim, {"sleep": sleep} if sleep else {})
    return Snapshot(directory), found


@dataclass(slots=True)
class _Arrivals:
    """The stages of the export that are complete."""

    complete: set[str] = field(default_factory=set)
    more: anyio.Event = field(default_factory=anyio.Event)

    def add(self, stage: str) -> None:
        self.complete.add(stage)
        self.more.set()
        self.more = anyio.Event()

    async def until(self, stage: str) -> None:
        while stage not in self.complete:
            await self.more.wait()


class _Copier:
    """One copy under way. What is `held` is closed when it is over."""

    def __init__(
        self,
        source: End,
        target: End,
        work: Work,
        reading: ReadOptions,
        writing: WriteOptions,
        held: ExitStack,
        emit: Emit,
    ) -> None:
        self._source, self._target = source, target
        self._work, self._reading, self._writing = work, reading, writing
        self._held, self._emit = held, emit
        self._plan = source.system.export_plan()
        self._scratch = held.enter_context(closing(TempTables()))
        self._arrivals = _Arrivals()
        self._wake: Callable[[], None] = lambda: None

    async def run(self, state: Path, claim: Claim, patience: dict[str, Sleep]) -> Imported:
        async with anyio.create_task_group() as group:
            group.start_soon(self._export)
            await self._arrivals.until(self._plan.ground)
            target, checkpoint, inventory = await self._look(state, claim)
            unsealed = f"unsealed {_number(self._work.staging)}"
            replayer = Importer(
                target.system.import_plan(), target.session, checkpoint, self._emit, **patience
            )
            self._wake = replayer.moved
            is_alongside = self._is_alongside(target, checkpoint, inventory, unsealed)
            plan = self._replay(target, checkpoint, inventory, is_alongside=is_alongside)
            if is_alongside:
                refuse_obstacles(target.system, plan)
                begin(checkpoint, unsealed, target.place, self._writing)
                await replayer.run(plan)
        manifest = self._sealed()
        if is_alongside:
            _belong(checkpoint, manifest)
            checkpoint.state("finished", {"alongside": self._writing.as_json()})
        else:
            refuse_obstacles(target.system, plan)
            begin(checkpoint, manifest, target.place, self._writing)
            await finish(replayer, checkpoint, plan)
        gaps = self._work.staging.gaps()
        return account(target.system, checkpoint, plan, gaps, state, replayer.again)

    async def _export(self) -> None:
        blobs = BlobStore(self._work.files)
        exporter = Exporter(
            self._plan, self._source.session, self._work.staging, blobs, self._reading, self._emit
        )
        await exporter.run_in_parts(self._scratch, self._arrived)

    def _arrived(self, stage: str) -> None:
        self._arrivals.add(stage)
        self._wake()

    async def _look(self, state: Path, claim: Claim) -> tuple[End, Checkpoint, Staging]:
        """The target itself, the import's checkpoint, and what the target held before."""
        target = await self._target.entered()
        if source_of(target.place) == source_of(self._source.place):
            raise UsageError(f"{target.place} is both source and target; name another stack or branch")
        goal = entered(self._held, target.place, state, claim)
        inventory = await looked_at(
            self._held, goal, target.system, target.session, self._writing, self._work.staging
        )
        return target, goal.checkpoint, inventory

    def _is_alongside(self, target: End, checkpoint: Checkpoint, inventory: Staging, unsealed: str) -> bool:
        """Whether the import may go on while the export does: it was begun so, or begins in an empty target."""
        begun = checkpoint.fact("begun")
        if begun is None:
            return not target.system.content(inventory, self._writing)
        return begun.get("manifest") == unsealed

    def _replay(
        self, target: End, checkpoint: Checkpoint, inventory: Staging, *, is_alongside: bool
    ) -> Replay:
        files, staging, origin = self._work.files, self._work.staging, source_of(self._source.place)
        return Replay(
            source=staging,
            target=inventory,
            identity=checkpoint,
            options=self._writing,
            bytes_of=lambda sha256: files.path(bytes_file(sha256)),
            scratch=self._scratch,
            same_stack=is_same_stack(origin, target.place),
            salt=salt_of(inventory),
            branches=branches(origin, target.place),
            running_export=RunningExport(staging, self._arrivals.complete.__contains__)
            if is_alongside
            else None,
        )

    def _sealed(self) -> str:
        """The digest of the snapshot's manifest; it is sealed now if no earlier run came so far."""
        files, staging = self._work.files, self._work.staging
        if not files.exists(MANIFEST):
            self._work.seal(head(self._source.system, self._source.place, self._reading, staging))
        self._work.is_sealed = True
        return files.digest(MANIFEST).sha256


def _number(staging: Staging) -> str:
    """What tells one unfinished export from every other."""
    known = staging.fact("number")
    if known is None:
        known = {"is": secrets.token_hex(16)}
        staging.state("number", known)
    return str(known["is"])


def _belong(checkpoint: Checkpoint, manifest: str) -> None:
    """From now on the import is that of a snapshot."""
    checkpoint.state("begun", {**(checkpoint.fact("begun") or {}), "manifest": manifest})
