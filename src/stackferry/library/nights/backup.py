"""One profile's night: a dated snapshot on top of the newest one, checked, and the link to it.

An unfinished snapshot is gone on with, if it is of the same place and was begun with the same options. Whatever fails,
everything that was there before stays as it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from stackferry.drivers import export_run
from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.drivers.working_directory import working_directory
from stackferry.errors import ExitCode, SnapshotCorrupt, StackferryError
from stackferry.io.storage.files import Files
from stackferry.io.storage.links import point_at
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library.connect import single_error
from stackferry.library.export import export_report
from stackferry.library.nights.beginnings import Beginnings
from stackferry.library.nights.catalogue import is_whole, snapshots_in
from stackferry.library.nights.gaps import Judged, judge
from stackferry.library.nights.names import LATEST
from stackferry.library.nights.other_names import nights_elsewhere, snapshots_of_place
from stackferry.library.nights.reports import StackBackup
from stackferry.library.verify import damage_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackferry.core.rate_limit import Pacer
    from stackferry.drivers.run import Run
    from stackferry.library.connect import Connector, Endpoint
    from stackferry.library.nights.beginnings import Beginning
    from stackferry.library.nights.gaps import Accepted
    from stackferry.library.reports import ExportReport
    from stackferry.model import JsonObject
    from stackferry.providers.source import ReadOptions

LOCK: Final = ".lock"
"""Held in a profile's directory by the run that writes or deletes there."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What is asked for: which place, into which directory, with which options.

    `accepted`: the gaps that are known. `trust_version_lists` as in `export`. `among`: the directory of `folder`, where
    that is named after the place, which may have had another name.
    """

    name: str
    source: Endpoint
    folder: Path
    options: ReadOptions
    accepted: Sequence[Accepted] = ()
    trust_version_lists: bool = False
    among: Path | None = None


async def back_up(asked: Backup, connector: Connector, pacer: Pacer | None = None) -> StackBackup:
    """Make a snapshot, check it and let `latest` lead to it.

    Raises BusyError while another run works in the directory, and what `export` raises.
    """
    with single_error(), working_directory(asked.folder, LOCK, ()):
        async with connector.run(asked.source, pacer) as run:
            night = _Night(asked, connector)
            found = await night.export(await run.resolved())
        # In a thread: other profiles go on meanwhile.
        check = partial(damage_of, found.snapshot)
        damage = await anyio.to_thread.run_sync(check, abandon_on_cancel=True)
        if not damage:
            _link(asked.folder, found.snapshot)
        return night.report(found, damage)


def _link(folder: Path, snapshot: Snapshot) -> None:
    try:
        point_at(Files(folder), LATEST, snapshot.root.name)
    except StackferryError as error:  # not every file system has links; the snapshot is whole without
        _log.warning("%s", error)


@dataclass(slots=True)
class _Night:
    """The export of one night, and what is told of it."""

    asked: Backup
    connector: Connector
    begun: Beginning | None = None
    previous: Path | None = None
    unfinished: list[JsonObject] = field(default_factory=list)
    unsuitable: list[JsonObject] = field(default_factory=list)
    damaged: list[JsonObject] = field(default_factory=list)

    async def export(self, run: Run) -> ExportReport:
        """Export in the best way that goes: a base that is damaged is told, and the one before it is taken.

        `run` is at the place itself, never at an alias: manifests tell of the place.
        """
        asked = self.asked
        own = asked.source.system.read_options(asked.options)
        of_place = await snapshots_of_place(run, snapshots_in(asked.folder))
        elsewhere = (
            await nights_elsewhere(run, asked.among, asked.folder) if asked.among and not of_place else ()
        )
        ways = Beginnings(
            folder=asked.folder,
            system=asked.source.system,
            place=run.place.identity,
            options=own,
            trust_version_lists=asked.trust_version_lists,
            at=self.connector.clock.wall(),
            own=of_place,
            elsewhere=elsewhere,
            unfinished=self.unfinished,
            unsuitable=self.unsuitable,
        )
        self.previous = ways.before()
        # A name that somebody has deleted since is a gap, for the rest of the night is worth having; one that no
        # night has had is misspelt.
        own = replace(own, strict=own.strict and self.previous is None)
        for way in ways:
            base = self._base(way)
            self.connector.monitor.expected = {}
            try:
                snapshot = await export_run.export_resolved(run, way.directory, own, base=base)
            except SnapshotCorrupt as corrupt:
                if way.base is None or is_whole(way.base.path):
                    raise
                self._tell_damaged(way, corrupt)
            else:
                self.begun = way
                return export_report(asked.source, snapshot, own, base, self.connector.monitor)
        raise AssertionError("the last way has no base that could be damaged")

    def _base(self, way: Beginning) -> BaseSnapshot | None:
        if way.base is None:
            return None
        return BaseSnapshot(
            way.base.path, trust_version_lists=self.asked.trust_version_lists, is_of_place=True
        )

    def _tell_damaged(self, way: Beginning, corrupt: SnapshotCorrupt) -> None:
        if way.resumed:
            reason = "the snapshot that it was begun on top of is damaged"
            self.unfinished.append({"snapshot": str(way.directory), "reason": reason})
        assert way.base is not None  # noqa: S101 - for the type checker
        self.damaged.append({"snapshot": str(way.base.path), "reason": str(corrupt)})

    def report(self, found: ExportReport, damage: Sequence[str]) -> StackBackup:
        """What this night did."""
        begun = self.begun
        assert begun is not None  # noqa: S101 - for the type checker
        before = None if self.previous is None else Snapshot(self.previous).gaps()
        judged = judge(found.gaps, before, self.asked.accepted, self.asked.name)
        return StackBackup(
            name=self.asked.name,
            place=str(self.asked.source.place),
            exit_code=self._exit_code(judged, damage),
            snapshot=found.snapshot.root,
            base=begun.base.path if begun.base else None,
            resumed=begun.resumed,
            unfinished=self.unfinished,
            unsuitable=self.unsuitable,
            damage=damage,
            damaged=self.damaged,
            previous=self.previous,
            objects=found.objects,
            gaps=found.gaps,
            limits=found.limits,
            requests=found.requests,
            minimum=found.minimum,
            seconds=self.connector.monitor.seconds,
            reused=found.reused,
            accepted=judged.accepted,
            new_gaps=judged.new,
            gone_gaps=judged.gone,
        )

    def _exit_code(self, judged: Judged, damage: Sequence[str]) -> ExitCode:
        if damage or self.damaged:
            return ExitCode.CORRUPT
        return ExitCode.GAPS if judged.open else ExitCode.COMPLETE
