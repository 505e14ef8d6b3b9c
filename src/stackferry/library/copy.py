"""`stackferry.copy`: from one place into another, by way of a snapshot that is removed afterwards."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.core.rate_limit import Pacer
from stackferry.drivers.copy_run import copy as copy_run
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.import_outcome import gaps_of
from stackferry.drivers.planning.dry_run_diff import dry_run_diff
from stackferry.drivers.run import Agree, Confirm, always, always_confirmed
from stackferry.errors import UsageError
from stackferry.io.config import state_directory
from stackferry.io.storage.snapshot import MANIFEST, WORK, Snapshot
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, is_same_place, single_error
from stackferry.library.export import export_endpoint, fewest_reads
from stackferry.library.identities import check_out, write_map
from stackferry.library.import_ import (
    import_into,
    import_report,
    own_options,
    planned,
    refuse_transforms,
)
from stackferry.library.monitor import Monitor
from stackferry.library.reports import CopyPlanReport, ExportReport, ImportReport
from stackferry.library.speed import Speed
from stackferry.library.state import identity_map, is_finished, name_of, target_lock
from stackferry.library.transforming import find_transforms
from stackferry.library.words.plan_words import labelled, plan_reader
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.library.transforming import TransformLike

_RUNNING = "arriving"  # the checkpoint of an import that runs during its export
_REMOVED = "thrown away"  # a snapshot that is being removed


async def copy(
    source: PlaceLike,
    target: PlaceLike,
    *,
    source_token: Token = None,
    target_token: Token = None,
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    state: str | Path | None = None,
    identities: str | Path | None = None,
    identities_out: str | Path | None = None,
    transforms: Sequence[TransformLike] = (),
    agree: Agree = always,
    confirm: Confirm = always_confirmed,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> ImportReport:
    """Export and import in one go. The same call again resumes; after a finished copy it writes what has changed.

    What was read lies in the platform's state directory until it has arrived; `state` is the directory of the import's
    checkpoint, None: one beside it; `identities`, `identities_out`, `agree` and `confirm` as in `import_`. With
    `transforms` the import waits for the whole export. Raises what `export` and `import_` raise.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor(), agree, confirm=confirm)
    check_out(identities_out)
    with single_error():
        asked = _Copy(
            source, target, source_token, target_token, reading, writing, connector, identities, transforms
        )
        return await asked.run(None if state is None else Path(state), identities_out)


async def plan_copy(
    source: PlaceLike,
    target: PlaceLike,
    *,
    source_token: Token = None,
    target_token: Token = None,
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    identities: str | Path | None = None,
    plan: str | Path | None = None,
    html: str | Path | None = None,
    transforms: Sequence[TransformLike] = (),
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> CopyPlanReport:
    """What `copy` would do, and how the two places differ. Both are read as they are now; nothing is written or kept.

    `plan` is a file that gets it object by object, `html` one that gets it as a page. Objects that the target has
    already count as updated, unless `writing.on_conflict` says otherwise.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        asked = _Copy(
            source, target, source_token, target_token, reading, writing, connector, identities, transforms
        )
        return await asked.plan(plan, html)


class _Copy:
    """One copy. Its directory lies in the platform's state directory, named after places and reading options.

    An import belongs to one snapshot, byte for byte: where the source has changed since the last copy, the next one
    has another checkpoint.
    """

    def __init__(
        self,
        source: PlaceLike,
        target: PlaceLike,
        source_token: Token,
        target_token: Token,
        reading: ReadOptions | None,
        writing: WriteOptions | None,
        connector: Connector,
        identities: str | Path | None,
        transforms: Sequence[TransformLike] = (),
    ) -> None:
        self._identities, self._find = identities, identity_map(identities, None)
        self._source = find_endpoint(source, "source", source_token)
        self._target = find_endpoint(target, "target", target_token)
        here, there = self._source.place, self._target.place
        if is_same_place(here, there):
            raise UsageError(f"{there} is both source and target; name another target")
        if here.system != there.system:
            raise UsageError(f"{here} and {there} are places of different systems")
        asked = replace(reading or ReadOptions(), strict=True)
        self._reading = self._source.system.read_options(asked)
        self._writing = own_options(self._target, writing or WriteOptions())
        if self._writing.mirror and (self._reading.is_narrow or self._writing.selection.is_narrow):
            raise UsageError(
                "--mirror: only some entries are selected, and what is not selected would be deleted: leave the "
                "selection out"
            )
        refuse_transforms(self._writing, transforms)
        self._transforms = find_transforms(transforms)
        self._connector, self._monitor = connector, connector.monitor
        # A service limits the requests of a source and of a target together, so they share one pacer.
        is_shared, speed = here.service == there.service, connector.speed_at(self._source)
        if is_shared:
            speed = speed.slower(connector.speed_at(self._target))
        self._pacer = Pacer(speed.rates(self._source.system.rates))
        self._target_pacer = self._pacer if is_shared else None
        options = name_of(*(f"{name}={value}" for name, value in self._reading.as_json().items()))
        changes = (one.digest for one in self._transforms)
        self._home = state_directory() / "copies" / name_of(str(here), str(there), options, *changes)
        self._directory = self._home / "snapshot"

    async def plan(self, file: str | Path | None, html: str | Path | None) -> CopyPlanReport:
        """What `run` would do, also written to a `file`, and to `html` as a page."""
        writing = replace(self._writing, on_conflict=self._writing.on_conflict or "update")
        with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
            exported = await self._export(Path(scratch, "snapshot"))
            self._monitor.expected = {}
            async with (
                self._connector.run(self._target, self._target_pacer) as run,
                dry_run_diff(run, exported.snapshot, writing, identity_map(self._identities, None)) as (
                    done,
                    found,
                ),
            ):
                system = self._target.system
                reader = plan_reader(done, system)
                return CopyPlanReport(
                    minimum=exported.minimum,
                    comparison=found.counts,
                    entries=[labelled(row, system.entry_kind, reader) for row in found.entries],
                    on_conflict=writing.on_conflict,
                    **planned(done, self._target, self._connector, file, html),
                )

    async def _export(self, directory: Path) -> ExportReport:
        report = await export_endpoint(
            self._source,
            directory,
            self._reading,
            self._connector,
            pacer=self._pacer,
            transforms=self._transforms,
        )
        # Whether what an entry refers to is in the target shows later: it is no gap of the copy yet.
        self._monitor.exported = replace(report, gaps=gaps_of(report.snapshot, self._writing))
        return report

    async def run(self, state: Path | None, identities_out: str | Path | None = None) -> ImportReport:
        """Both halves at the same time where that is possible, else one after the other."""
        self._find = identity_map(self._identities, state)
        report = await (self._run_both(state) if self._may_run_both(state) else self._run_in_turn(state))
        self._remove_snapshot()
        write_map(self._find, identities_out, (self._source.place, self._target.place))
        return report

    def _may_run_both(self, state: Path | None) -> bool:
        """Whether everything is copied, for the first time, and no earlier run has sealed what it read.

        Whether an earlier copy was of the same content shows only when everything is read.
        """
        if state is not None and is_finished(state):
            return False
        if self._is_part() or self._transforms:  # what these change must be there as a whole
            return False
        # The manifest is written before the working directory is removed: only both together mean "sealed".
        is_sealed = (self._directory / MANIFEST).is_file() and not (self._directory / WORK).is_dir()
        earlier = [file for file in self._home.glob("*/checkpoint.sqlite") if file.parent.name != _RUNNING]
        return not is_sealed and not earlier

    def _is_part(self) -> bool:
        return bool(self._reading.is_narrow or self._writing.selection.is_narrow or self._writing.only)

    async def _run_both(self, wanted: Path | None) -> ImportReport:
        state = wanted or self._home / _RUNNING
        self._monitor.state, self._monitor.expected = state, {}
        async with (
            self._connector.run(self._source, self._pacer) as reader,
            self._connector.run(self._target, self._target_pacer) as writer,
        ):
            snapshot, result = await copy_run(
                reader,
                writer,
                self._directory,
                state,
                self._reading,
                self._writing,
                identities=self._find,
                lock=target_lock,
            )
        report = import_report(snapshot, result, state, self._monitor)
        minimum = {**fewest_reads(self._source, snapshot, self._reading, {}), **report.minimum}
        renamed = self._rename_state()
        if renamed is None or wanted is not None:  # the checkpoint stays where the caller wanted it
            return replace(report, minimum=minimum)
        self._monitor.state = renamed
        renumbered = renamed / report.renumbered.name
        return replace(report, minimum=minimum, state=renamed, renumbered=renumbered)

    async def _run_in_turn(self, wanted: Path | None) -> ImportReport:
        minimum: Mapping[str, int] = {}
        if (self._directory / MANIFEST).is_file():  # an earlier run was stopped after it
            snapshot = Snapshot(self._directory)
        else:
            exported = await self._export(self._directory)
            snapshot, minimum = exported.snapshot, exported.minimum
        self._rename_state()
        state = wanted or self._state_of(snapshot)
        report = await import_into(
            self._target,
            snapshot,
            state,
            self._writing,
            self._connector,
            identities=self._find,
            pacer=self._target_pacer,
        )
        return replace(report, minimum={**minimum, **report.minimum})

    def _rename_state(self) -> Path | None:
        """Name the checkpoint of an import that ran during its export after the snapshot, which is sealed now."""
        running = self._home / _RUNNING
        if not running.is_dir():
            return None
        where = self._state_of(Snapshot(self._directory))
        running.rename(where)
        return where

    def _state_of(self, snapshot: Snapshot) -> Path:
        return self._home / snapshot.files.digest(MANIFEST).sha256[:32]

    def _remove_snapshot(self) -> None:
        """Remove it at once, as the next run sees it: a run killed halfway must not leave a damaged snapshot."""
        # A rename is one step, and removing a directory is many.
        removed = self._directory.with_name(_REMOVED)
        shutil.rmtree(removed, ignore_errors=True)  # left by a run that was killed here
        self._directory.rename(removed)
        shutil.rmtree(removed)
