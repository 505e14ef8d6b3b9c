"""Backups of the emulated stacks of `command_line`, at times that a test chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
from command_line import SOURCE, TOKEN
from workbench import file_digests

from stackferry import ReadOptions, Speed
from stackferry.io.clock import SystemClock
from stackferry.io.storage.snapshot import MANIFEST, Snapshot
from stackferry.library.monitor import Monitor
from stackferry.library.nights.many import Nights, Watch

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

    from stackferry.drivers.events import Event
    from stackferry.emulators.contentstack import Branch
    from stackferry.library.nights.reports import BackupReport, StackBackup
    from stackferry.model import Json

FIRST = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)


@dataclass
class Calendar(SystemClock):
    """A clock that shows what a test has set."""

    now: datetime = FIRST

    def wall(self) -> float:
        return self.now.timestamp()

    def next_day(self) -> None:
        self.now += timedelta(days=1)


@dataclass
class NightWatch:
    """Backs the emulated stacks up, one night after the other, into one directory."""

    emulated: CommandLine
    calendar: Calendar

    @property
    def into(self) -> Path:
        return self.emulated.home / "backups"

    @property
    def folder(self) -> Path:
        """The directory of the only profile."""
        (folder,) = self.into.iterdir()
        return folder

    @property
    def names(self) -> list[str]:
        """What is in that directory."""
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def branch(self) -> Branch:
        return self.emulated.emulator.stacks[SOURCE].main

    def add_gap(self, uid: str) -> None:
        """An asset whose bytes the service does not have."""
        asset: dict[str, Json] = {"uid": uid, "filename": f"{uid}.txt", "title": uid, "_version": 1}
        self.branch.put_asset({**asset, "content_type": "text/plain", "file_size": "3"})

    def remove_gap(self, uid: str) -> None:
        del self.branch.assets[uid]

    def sound(self) -> dict[str, dict[str, str]]:
        """The bytes of every snapshot that is complete, each after it was found whole."""
        found = {}
        for path in sorted(self.folder.iterdir()):
            if (path / MANIFEST).is_file() and not path.is_symlink():
                Snapshot(path).check()
                found[path.name] = file_digests(path)
        return found

    def all_of(self, *keys: str, **options: Any) -> BackupReport:
        """One night of some stacks."""
        nights = self._nights(**options)
        return anyio.run(nights.run, [self.emulated.place(key) for key in keys])

    def _nights(self, **options: Any) -> Nights:
        reading = ReadOptions(**options.pop("reading", {}))
        return Nights(
            into=self.into,
            adapt=lambda endpoint, _: (endpoint, reading),
            token=options.pop("token", TOKEN),
            speed=Speed(rate=0, bulk_rate=0),
            watch=options.pop("watch", Watch()),
            monitor=Monitor(),
            clock=self.calendar,
            **options,
        )

    def stop(self, key: str = SOURCE, records: int = 8, **options: Any) -> None:
        """A night that is cancelled in its middle, when so many records were read; then it is the next day."""

        async def run() -> None:
            with anyio.CancelScope() as scope:
                await self._nights(watch=_Stop(scope, records), **options).run([self.emulated.place(key)])
            assert scope.cancelled_caught

        anyio.run(run)
        self.calendar.next_day()

    def night(self, key: str = SOURCE, **options: Any) -> StackBackup:
        """One night of one stack; then it is the next day."""
        (stack,) = self.all_of(key, **options).stacks
        self.calendar.next_day()
        return stack


class _Stop(Watch):
    """Cancels a night when so many records were read."""

    def __init__(self, scope: anyio.CancelScope, records: int) -> None:
        self._scope, self._left = scope, records

    def happened(self, name: str, event: Event) -> None:
        del name
        self._left -= event.done
        if self._left < 0:
            self._scope.cancel()
