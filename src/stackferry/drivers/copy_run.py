"""`copy`: an export and an import at the same time. What has arrived is written while the rest is still read.

Into a target without content the import follows the order in which entries arrive, and the export reads them in
parts. Into any other target the import begins when the export is complete. After a stop the same command resumes
both. Must never write what the staging store does not hold.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from stackferry.drivers.export_run import (
    OpenExport,
    check_directory,
    is_sealed_but_not_cleaned,
    manifest_head,
    open_export,
)
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.import_again import FindMap, earlier_identities, remembered
from stackferry.drivers.import_outcome import ImportResult, result_of
from stackferry.drivers.import_run import finish
from stackferry.drivers.import_target import (
    ImportTarget,
    ask_to_delete,
    begin,
    open_target,
    refuse_obstacles,
    refuse_unknown_mapped,
    remember_agreed,
    salt_of,
)
from stackferry.drivers.importer import Importer
from stackferry.drivers.resuming.deleted_meanwhile import forget_deleted
from stackferry.drivers.run import LockTarget, Run, no_lock
from stackferry.errors import UsageError
from stackferry.io.storage.blob_list import bytes_file
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import MANIFEST, Snapshot
from stackferry.io.storage.sqlite import TempTables
from stackferry.providers.target import ImportContext, RunningExport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackferry.io.storage.staging import Staging
    from stackferry.model import JsonObject
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions


async def copy(
    source: Run,
    target: Run,
    directory: Path,
    state: Path,
    reading: ReadOptions,
    writing: WriteOptions,
    *,
    identities: FindMap | None = None,
    lock: LockTarget = no_lock,
) -> tuple[Snapshot, ImportResult]:
    """Write a source into a target, by way of a snapshot in `directory`; `state` holds the import's checkpoint.

    The options may select nothing: a narrowed copy is an export and then an import. `lock` holds the target. Raises
    what `export` and `import_snapshot` raise.
    """
    source = await source.resolved()
    if not is_sealed_but_not_cleaned(directory, source, reading):
        check_directory(directory)
    with open_export(directory, source, reading) as opened, ExitStack() as held:
        copier = _Copier(source, target, opened, reading, writing, identities, held)
        result = await copier.run(state, lock)
    return Snapshot(directory), result


class _Copier:
    """One copy under way. What is in `held` is closed when it is over."""

    def __init__(
        self,
        source: Run,
        target: Run,
        opened: OpenExport,
        reading: ReadOptions,
        writing: WriteOptions,
        identities: FindMap | None,
        held: ExitStack,
    ) -> None:
        self._source, self._target, self._export = source, target, opened
        self._reading, self._writing, self._held = reading, writing, held
        self._identities = identities
        self._exporter = Exporter(source, opened.staging, BlobStore(opened.files), reading)
        self._scratch = held.enter_context(closing(TempTables()))
        self._complete: set[str] = set()  # stages of the export
        self._can_plan = anyio.Event()
        self._is_decided = anyio.Event()
        self._is_concurrent = False  # known when it `_is_decided`
        self._wake_importer: Callable[[], None] = lambda: None

    async def run(self, state: Path, lock: LockTarget) -> ImportResult:
        async with anyio.create_task_group() as group:
            group.start_soon(self._read_source)
            await self._can_plan.wait()
            refuse_unknown_mapped(self._target.system, self._export.staging, self._writing, is_whole=False)
            target, inventory = await self._read_target(state, lock)
            checkpoint, system = target.checkpoint, target.run.system
            importer = Importer(target.run, checkpoint)
            self._wake_importer = self._exporter.file_kept = importer.wake_waiting
            # The manifest's digest is not known yet: a random number stands for the unfinished snapshot.
            unsealed = f"unsealed {_export_number(self._export.staging)}"
            self._is_concurrent = self._can_import_during_export(target, inventory, unsealed)
            self._is_decided.set()
            context = self._context(target, inventory)
            if self._is_concurrent:
                refuse_obstacles(system, context)
                begin(target, unsealed, self._writing, self._source.place)
                importer.resumed.made_anew = await forget_deleted(target, context)
                with remembered(target, context):
                    await importer.run(context)
        manifest = self._seal()
        if self._is_concurrent:
            # From now on the checkpoint is that of an import of the sealed snapshot.
            checkpoint.set_fact("begun", {**(checkpoint.fact("begun") or {}), "manifest": manifest})
            checkpoint.set_fact("finished", {"alongside": self._writing.as_json()})
        else:
            # Only now, because what stands in the way may be in what the export read last.
            context = replace(context, source=system.without_held(context), whole=context.source)
            refuse_obstacles(system, context)
            ask_to_delete(target, context)
            begin(target, manifest, self._writing, self._source.place)
            remember_agreed(checkpoint, self._writing)
            importer.resumed.made_anew = await forget_deleted(target, context)
            with remembered(target, context):
                await finish(importer, checkpoint, context)
        return result_of(target, context, self._export.staging.gaps(), state, importer.resumed)

    async def _read_source(self) -> None:
        """Read everything, and look again: what the import may have written is not replaced, so edits are told."""
        await self._exporter.run_in_parts(self._scratch, self._stage_complete)
        await self._is_decided.wait()
        await self._exporter.look_again(replaces=not self._is_concurrent)

    def _stage_complete(self, stage: str) -> None:
        self._complete.add(stage)
        if stage == self._exporter.plan.importable_after:
            self._can_plan.set()
        self._wake_importer()

    async def _read_target(self, state: Path, lock: LockTarget) -> tuple[ImportTarget, Staging]:
        """The target with the import's checkpoint, and what the target held before."""
        run = await self._target.resolved()
        if run.place.identity == self._source.place.identity:
            raise UsageError(f"{run.place} is both source and target; name another target")
        target = open_target(self._held, run, state, lock, self._source.place)
        return target, await target.inventory(self._held, self._writing, self._export.staging)

    def _can_import_during_export(self, target: ImportTarget, inventory: Staging, unsealed: str) -> bool:
        """Whether the import may run during the export: it was begun so, or the target is empty."""
        begun = target.checkpoint.fact("begun")
        if self._writing.mirror:  # what the source has not is known when all of it was read
            return False
        if begun is None:
            return not target.run.system.existing_content(inventory, self._writing)
        return begun.get("manifest") == unsealed  # bound to this very export by an earlier run

    def _context(self, target: ImportTarget, inventory: Staging) -> ImportContext:
        files, staging = self._export.files, self._export.staging
        running = RunningExport(staging, self._complete.__contains__) if self._is_concurrent else None
        places = (self._source.place, target.run.place)
        between = target.run.system.options_between(self._writing, places, staging, inventory)
        earlier = earlier_identities(target, self._identities, self._source.place, self._scratch, keep=True)
        return ImportContext(
            source=staging,
            target=inventory,
            identity=target.checkpoint,
            options=between,
            bytes_of=lambda sha256: files.path(bytes_file(sha256)),
            scratch=self._scratch,
            origin=self._source.place,
            earlier=earlier,
            counterpart=target.run.system.counterpart,
            why=target.checkpoint.reason,
            place=target.run.place,
            salt=salt_of(inventory),
            gaps_of_target=inventory.gaps,
            running_export=running,
            facts=self._facts,
        )

    def _facts(self) -> JsonObject:
        """What the manifest will say of the source."""
        staging = self._export.staging
        return {**manifest_head(self._source, self._reading, staging), "gaps": [*staging.gaps()]}

    def _seal(self) -> str:
        """The digest of the snapshot's manifest; it is sealed now unless an earlier run came that far."""
        files, staging = self._export.files, self._export.staging
        if not files.exists(MANIFEST):
            seal(files, staging, manifest_head(self._source, self._reading, staging))
        self._export.is_sealed = True
        return files.digest(MANIFEST).sha256


def _export_number(staging: Staging) -> str:
    """A random number that tells one unfinished export from every other."""
    known = staging.fact("number")
    if known is None:
        known = {
            "is": secrets.token_hex(16)
        }  # not a time or a path: a directory may be deleted and used again
        staging.set_fact("number", known)
    return str(known["is"])
