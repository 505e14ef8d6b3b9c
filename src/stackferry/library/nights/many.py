"""`stackferry.backup`: the nights of any number of profiles, several at a time, each organization within its limits.

No state is shared between two calls, so a caller may give the profiles to several machines in parts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread

from stackferry.errors import UsageError
from stackferry.io import redaction
from stackferry.io.clock import Clock, SystemClock
from stackferry.io.config import is_place
from stackferry.library.connect import (
    Connector,
    Endpoint,
    PlaceLike,
    Token,
    find_endpoint,
    find_place,
    single_error,
)
from stackferry.library.monitor import Monitor
from stackferry.library.nights.accepted import read_accepted
from stackferry.library.nights.backup import Backup, back_up
from stackferry.library.nights.failures import failure_of
from stackferry.library.nights.names import directory_name
from stackferry.library.nights.pacers import Pacers
from stackferry.library.nights.reports import BackupReport, StackBackup
from stackferry.library.speed import Speed
from stackferry.model import Place
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import httpx

    from stackferry.drivers.events import Event
    from stackferry.library.nights.gaps import Accepted

AT_A_TIME = 8
"""Profiles that are backed up at the same time. Those of one organization share its rate; more only take memory."""

Adapt: TypeAlias = "Callable[[Endpoint, str], tuple[Endpoint, ReadOptions]]"
"""How a place is reached, and what of it is read; the text is its profile's name, or its URL."""


class Watch:
    """Who follows a backup of many profiles: override what is of interest. `name` is a profile's, or a URL."""

    def began(self, name: str, monitor: Monitor) -> None:
        """A profile's turn has come; `monitor` counts its requests."""

    def happened(self, name: str, event: Event) -> None:
        """An event of its export."""

    def ended(self, stack: StackBackup) -> None:
        """It is over, in whatever way."""


async def backup(
    profiles: PlaceLike | Sequence[PlaceLike],
    into: str | Path,
    *,
    token: Token = None,
    options: ReadOptions | None = None,
    accept: str | Path | None = None,
    trust_version_lists: bool = False,
    at_a_time: int = AT_A_TIME,
    speed: Speed | None = None,
    watch: Watch | None = None,
    monitor: Monitor | None = None,
) -> BackupReport:
    """Make a dated snapshot of each profile or place in its own directory below `into`, and check it.

    Each is made on top of the newest one of the same place; an unfinished one is gone on with; `latest` leads to the
    newest one that was found whole. `accept` is a file of gaps that are known (docs/nights.md). One rate limit holds
    for all places of an organization. What goes wrong with one place is in its row of the report and stops no other.
    Cancelled, it leaves what it has read for the next run.

    Raises UsageError where nothing is asked for, for two profiles of one name, and for a file of gaps that is none.
    """
    asked = [profiles] if isinstance(profiles, str | Place | Endpoint) else profiles
    nights = Nights(
        into=Path(into),
        adapt=lambda endpoint, _: (endpoint, options or ReadOptions()),
        token=token,
        accepted=read_accepted(Path(accept)) if accept else (),
        trust_version_lists=trust_version_lists,
        at_a_time=at_a_time,
        speed=speed or Speed(),
        watch=watch or Watch(),
        monitor=monitor or Monitor(),
    )
    return await nights.run(asked)


@dataclass(slots=True, kw_only=True)
class Nights:
    """A backup of many profiles. `clock` and `transport` stand for time and network in tests."""

    into: Path
    adapt: Adapt
    speed: Speed
    watch: Watch
    monitor: Monitor
    token: Token = None
    accepted: Sequence[Accepted] = ()
    trust_version_lists: bool = False
    at_a_time: int = AT_A_TIME
    clock: Clock = field(default_factory=SystemClock)
    transport: httpx.AsyncBaseTransport | None = None

    async def run(self, asked: Sequence[PlaceLike]) -> BackupReport:
        """Back all of them up."""
        folders = _folders(asked)
        if self.at_a_time < 1:
            raise UsageError("at least one profile is backed up at a time")
        if self.into.exists() and not self.into.is_dir():
            raise UsageError(f"{self.into} is a file; name a directory for the snapshots")
        pacers, turns = Pacers(self.speed, asked), anyio.Semaphore(self.at_a_time)
        done: dict[str, StackBackup] = {}

        async def one(folder: str, where: PlaceLike) -> None:
            async with turns:
                done[folder] = await self._one(folder, where, pacers)

        with single_error():  # of whoever watches
            async with anyio.create_task_group() as group:
                for folder, where in folders.items():
                    group.start_soon(one, folder, where)
        return self._report([done[folder] for folder in folders])

    async def _one(self, folder: str, where: PlaceLike, pacers: Pacers) -> StackBackup:
        """One profile's night. What goes wrong ends this one only."""
        name, monitor = _name(where), Monitor()
        self.watch.began(name, monitor)
        connector = Connector(
            self.speed,
            lambda event: self.watch.happened(name, event),
            monitor,
            clock=self.clock,
            transport=self.transport,
        )
        try:
            # In a thread: a profile's credential may come from a program that takes its time.
            find = partial(find_endpoint, where, "source", self.token)
            found = await anyio.to_thread.run_sync(find, abandon_on_cancel=True)
            source, options = self.adapt(found, name)
            is_profile = isinstance(where, str) and not is_place(where)
            night = Backup(
                name=name,
                source=source,
                folder=self.into / folder,
                options=options,
                accepted=self.accepted,
                trust_version_lists=self.trust_version_lists,
                among=None if is_profile else self.into,
            )
            stack = await back_up(night, connector, pacers.of(source))
        except Exception as error:  # noqa: BLE001 - one bad stack does not stop the others
            stack = _failed(name, error, monitor)
        finally:
            self.monitor.add(monitor.requests)
        self.watch.ended(stack)
        return stack

    def _report(self, stacks: Sequence[StackBackup]) -> BackupReport:
        return BackupReport(
            stacks=stacks,
            unused=self._unused(stacks),
            objects=_sum(stack.objects for stack in stacks),
            gaps=[{"profile": stack.name, **gap} for stack in stacks for gap in stack.gaps],
            requests=self.monitor.requests,
            minimum=_sum(stack.minimum for stack in stacks) if all(one.minimum for one in stacks) else {},
            seconds=self.monitor.seconds,
        )

    def _unused(self, stacks: Sequence[StackBackup]) -> list[Accepted]:
        """The accepted gaps that are none any more, where every profile that could have them was read to its end."""

        def is_unused(one: Accepted) -> bool:
            own = [stack for stack in stacks if one.profile in ("", stack.name)]
            is_told = own and all(stack.snapshot for stack in own)
            return bool(is_told) and not any(
                one.covers(gap, stack.name) for stack in own for gap in stack.gaps
            )

        return [one for one in self.accepted if is_unused(one)]


def _folders(asked: Sequence[PlaceLike]) -> dict[str, PlaceLike]:
    """The directory of each profile. Raises UsageError where two would have one, also where case is ignored."""
    if not asked:
        raise UsageError("no profile is given: name one, or several")
    found: dict[str, PlaceLike] = {}
    for where in asked:
        folder = _folder(where)
        if folder.casefold() in {one.casefold() for one in found}:
            raise UsageError(
                f"{_name(where)} is given twice, or another profile has the same name in capitals"
            )
        found[folder] = where
    return found


def _folder(where: PlaceLike) -> str:
    if isinstance(where, Endpoint):
        return directory_name(where.place)
    if isinstance(where, str) and is_place(where):
        return directory_name(find_place(where)[0])
    return directory_name(where)


def _name(where: PlaceLike) -> str:
    return str(where.place if isinstance(where, Endpoint) else where)


def _failed(name: str, error: Exception, monitor: Monitor) -> StackBackup:
    failure = failure_of(error)
    return StackBackup(
        name=name,
        exit_code=failure.code,
        error=redaction.redact_text(failure.message),
        objects={},
        gaps=(),
        requests=monitor.requests,
        seconds=monitor.seconds,
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)
