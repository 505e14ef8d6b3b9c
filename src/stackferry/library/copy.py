"""`stackferry.copy`: from one place into another, by way of a snapshot that is removed afterwards."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from stackferry.core.rate_limit import Pacer
from stackferry.drivers.copy_run import copy as copy_run
from stackferry.drivers.dry_run_diff import dry_run_diff
from stackferry.drivers.events import Emit, silent
from stackferry.errors import UsageError
from stackferry.io.config import state_directory
from stackferry.io.storage.snapshot import MANIFEST, WORK, Snapshot
from stackferry.library.connect import (
    Connector,
    Endpoint,
    PlaceLike,
    Token,
    find_endpoint,
    is_same_place,
    single_error,
)
from stackferry.library.export import export_endpoint, fewest_reads
from stackferry.library.import_ import import_into, import_report, own_options
from stackferry.library.monitor import Monitor
from stackferry.library.reports import CopyPlanReport, ImportReport
from stackferry.library.speed import Speed
from stackferry.library.state import name_of, target_lock
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

_RUNNING = "arriving"  # the checkpoint of an import that runs during its export
_REMOVED = "thrown away"


async def copy(
    source: PlaceLike,
    target: PlaceLike,
    *,
    source_token: Token = None,
    target_token: Token = None,
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    state: str | Path | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> ImportReport:
    """Export and import in one go. The same call again resumes; after a finished copy it writes what has changed.

    What was read lies in the platform's state directory until it has arrived; `state` is the directory of the import's
    checkpoint, None: one beside it. Raises what `export` and `import_` raise.
    """
    sides = _sides(source, target, source_token, target_token)
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    options = _own_options(sides, reading, writing)
    with single_error():
        return await _Copy(sides, *options, None if state is None else Path(state), connector).run()


async def plan_copy(
    source: PlaceLike,
    target: PlaceLike,
    *,
    source_token: Token = None,
    target_token: Token = None,
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> CopyPlanReport:
    """What `copy` would do, and how the two places differ. Both are read as they are now; nothing is written or kept.

    Objects that are there already count as updated, unless `writing.on_conflict` says otherwise.
    """
    sides = _sides(source, target, source_token, target_token)
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    own_reading, own_writing = _own_options(sides, reading, writing)
    own_writing = replace(own_writing, on_conflict=own_writing.on_conflict or "update")
    with single_error(), tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        pacers = _pacers(sides, connector)
        directory = Path(scratch, "snapshot")
        exported = await export_endpoint(sides.source, directory, own_reading, connector, pacer=pacers.source)
        connector.monitor.expected = {}
        async with connector.run(sides.target, pacers.target) as run:
            found = await dry_run_diff(run, exported.snapshot, own_writing)
    requests = {**found.writes.requests}
    return CopyPlanReport(
        objects={},
        gaps=found.gaps,
        requests=connector.monitor.requests,
        minimum=exported.minimum,
        seconds=connector.monitor.seconds,
        plan=found.writes.as_json(),
        planned_requests=requests,
        planned_seconds=connector.speed.seconds(requests, sides.target.system.rates),
        comparison=found.counts,
        entries=found.entries,
        on_conflict=own_writing.on_conflict,
    )


class _Sides(NamedTuple):
    source: Endpoint
    target: Endpoint


class _Pacers(NamedTuple):
    """The limits of both sides: one pacer for both where they are one service."""

    source: Pacer
    target: Pacer | None


def _sides(source: PlaceLike, target: PlaceLike, source_token: Token, target_token: Token) -> _Sides:
    sides = _Sides(
        find_endpoint(source, "source", source_token), find_endpoint(target, "target", target_token)
    )
    if is_same_place(sides.source.place, sides.target.place):
        raise UsageError(f"{sides.target.place} is both source and target; name another target")
    if sides.source.place.system != sides.target.place.system:
        raise UsageError(f"{sides.source.place} and {sides.target.place} are places of different systems")
    return sides


def _own_options(
    sides: _Sides, reading: ReadOptions | None, writing: WriteOptions | None
) -> tuple[ReadOptions, WriteOptions]:
    return (
        sides.source.system.read_options(reading or ReadOptions()),
        own_options(sides.target, writing or WriteOptions()),
    )


def _pacers(sides: _Sides, connector: Connector) -> _Pacers:
    pacer = Pacer(connector.speed.rates(sides.source.system.rates))
    is_one_service = sides.source.place.origin == sides.target.place.origin
    return _Pacers(pacer, pacer if is_one_service else None)


class _Copy:
    """One copy. Its directory lies in the platform's state directory, named after places and reading options.

    An import belongs to one snapshot, byte for byte: where the source has changed since the last copy, the next one
    has another checkpoint.
    """

    def __init__(
        self,
        sides: _Sides,
        reading: ReadOptions,
        writing: WriteOptions,
        state: Path | None,
        connector: Connector,
    ) -> None:
        self._sides, self._reading, self._writing = sides, reading, writing
        self._state, self._connector = state, connector
        options = name_of(*(f"{name}={value}" for name, value in reading.as_json().items()))
        name = name_of(str(sides.source.place), str(sides.target.place), options)
        self._home = state_directory() / "copies" / name
        self._directory = self._home / "snapshot"

    async def run(self) -> ImportReport:
        """Both halves at the same time where that is possible, else one after the other."""
        pacers = _pacers(self._sides, self._connector)
        report = await (self._run_both(pacers) if self._may_run_both() else self._run_in_turn(pacers))
        self._remove_snapshot()
        return report

    def _may_run_both(self) -> bool:
        """Whether everything is copied, for the first time, and no earlier run has sealed what it read.

        Whether an earlier copy was of the same content shows only when everything is read.
        """
        if self._reading.is_narrow or self._writing.selection.is_narrow or self._writing.only:
            return False
        is_sealed = (self._directory / MANIFEST).is_file() and not (self._directory / WORK).is_dir()
        earlier = [file for file in self._home.glob("*/checkpoint.sqlite") if file.parent.name != _RUNNING]
        return not is_sealed and not earlier

    async def _run_both(self, pacers: _Pacers) -> ImportReport:
        source, target, monitor = *self._sides, self._connector.monitor
        state = self._state or self._home / _RUNNING
        monitor.state, monitor.expected = state, {}
        async with (
            self._connector.run(source, pacers.source) as reader,
            self._connector.run(target, pacers.target) as writer,
        ):
            snapshot, result = await copy_run(
                reader, writer, self._directory, state, self._reading, self._writing, lock=target_lock
            )
        report = import_report(snapshot, result, state, monitor)
        minimum = {**fewest_reads(source, snapshot, self._reading, {}), **report.minimum}
        return self._renamed(replace(report, minimum=minimum))

    async def _run_in_turn(self, pacers: _Pacers) -> ImportReport:
        minimum: dict[str, int] = {}
        if (self._directory / MANIFEST).is_file():  # an earlier run was stopped after it
            snapshot = Snapshot(self._directory)
        else:
            exported = await export_endpoint(
                self._sides.source, self._directory, self._reading, self._connector, pacer=pacers.source
            )
            snapshot, minimum = exported.snapshot, {**exported.minimum}
        self._rename_state()
        state = self._state or self._state_of(snapshot)
        report = await import_into(
            self._sides.target, snapshot, state, self._writing, self._connector, pacer=pacers.target
        )
        return replace(report, minimum={**minimum, **report.minimum})

    def _renamed(self, report: ImportReport) -> ImportReport:
        """The report with the checkpoint's directory as it is called after the export."""
        where = self._rename_state()
        if where is None or self._state is not None:  # the checkpoint stays where the caller wanted it
            return report
        self._connector.monitor.state = where
        return replace(report, state=where, renumbered=where / report.renumbered.name)

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
        removed = self._directory.with_name(_REMOVED)
        shutil.rmtree(removed, ignore_errors=True)  # left by a run that was killed here
        self._directory.rename(removed)
        shutil.rmtree(removed)
