"""Two spaces on an emulator, and one call each to export, import or copy them with the drivers under test.

Everything runs in this process. Nothing waits in real time. `SpaceBench.emulator.log` has every request.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from workbench import InstantClock, RecordingTransport, no_wait, run_async

from repository import SHARED
from stackferry import exact_json
from stackferry.core.rates import Rates
from stackferry.drivers.copy_run import copy
from stackferry.drivers.export_run import export
from stackferry.drivers.import_run import dry_run, import_snapshot
from stackferry.drivers.planning.plan_file import write_plan
from stackferry.drivers.run import Agree, Run, always
from stackferry.drivers.verify_run import VerifyResult, verify_target
from stackferry.emulators.contentful import Emulator, Environment, Limits, Space, Switches
from stackferry.emulators.contentful.seed.vendor_file import load, read_file
from stackferry.io.http.decorators import Counts
from stackferry.io.http.session import open_session
from stackferry.io.storage.files import Files
from stackferry.json_values import as_object
from stackferry.model import Place, Secret
from stackferry.providers.contentful.options import ContentfulReadOptions, ContentfulWriteOptions
from stackferry.providers.contentful.system import Contentful

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.drivers.planning.plan_file import PlanFile
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

SOURCE, TARGET, TOKEN = "invented-source", "invented-target", "cf-invented-token"
DATASETS = ("covid-19-site-template", "gatsby-multi-locale", "portfolio-garethf89")
SYSTEM = Contentful()


@dataclass
class SpaceBench:
    """An emulator with a filled space and an empty one; all that runs write to disk is below `root`."""

    root: Path
    emulator: Emulator
    source: Space
    target: Space
    counts: Counts = field(default_factory=Counts)
    host: str = "emulator.invented"

    def place(self, key: str = SOURCE, environment: str = "master") -> Place:
        return Place(system="contentful", key=key, host=self.host, name=environment, secure=False)

    def session(
        self, place: Place, transport: RecordingTransport | None = None, rates: Rates | None = None
    ) -> Any:
        """A session with a place, to be entered. Without `rates` nothing is limited."""
        return open_session(
            place.origin,
            SYSTEM.headers(place, ("token", Secret(TOKEN))),
            origins=SYSTEM.origins(place),
            rates=rates or Rates(),
            rules=SYSTEM.answer_rules,
            transport=transport or RecordingTransport(self.emulator),
            clock=InstantClock(),
        )

    def export(
        self,
        name: str = "snapshot",
        *,
        key: str = SOURCE,
        environment: str = "master",
        transport: RecordingTransport | None = None,
        base: BaseSnapshot | None = None,
        disk: Callable[[Path], Files] = Files,
        **options: Any,
    ) -> Snapshot:
        """Export an environment into a directory below the root."""
        place = self.place(key, environment)

        async def run() -> Snapshot:
            async with self.session(place, transport) as session:
                self.counts = session.counts
                asked = SYSTEM.read_options(ContentfulReadOptions(**options))
                run = Run(SYSTEM, session, place, sleep=no_wait)
                return await export(run, self.root / name, asked, disk=disk, base=base)

        return run_async(run)

    def import_snapshot(
        self,
        snapshot: Snapshot,
        state: str = "state",
        *,
        key: str = TARGET,
        environment: str = "master",
        transport: RecordingTransport | None = None,
        identities: FindMap | None = None,
        plan: PlanFile | None = None,
        agree: Agree = always,
        **options: Any,
    ) -> ImportResult:
        """Import a snapshot with its schedules into the target; the state directory is below the root."""
        place = self.place(key, environment)

        async def run() -> ImportResult:
            async with self.session(place, transport) as session:
                self.counts = session.counts
                asked = SYSTEM.write_options(ContentfulWriteOptions(**{"schedules": True, **options}))
                run = Run(SYSTEM, session, place, sleep=no_wait, agree=agree)
                return await import_snapshot(
                    run, snapshot, self.root / state, asked, identities=identities, plan=plan
                )

        return run_async(run)

    def plan(
        self,
        snapshot: Snapshot,
        state: str = "state",
        *,
        key: str = TARGET,
        identities: FindMap | None = None,
        **options: Any,
    ) -> list[JsonObject]:
        """The lines of the plan of an import; the file is below the root."""
        place, file = self.place(key), self.root / "plan.jsonl"

        async def run() -> None:
            async with self.session(place) as session:
                asked = SYSTEM.write_options(ContentfulWriteOptions(**{"schedules": True, **options}))
                run = Run(SYSTEM, session, place, sleep=no_wait)
                async with dry_run(run, snapshot, self.root / state, asked, identities=identities) as done:
                    requests: JsonObject = {**done.writes.with_reads(session.counts.as_json())}
                    write_plan(file, done, "now", {"requests": requests})

        run_async(run)
        return [as_object(exact_json.loads(line)) for line in file.read_bytes().splitlines()]

    def verify(
        self,
        snapshot: Snapshot,
        state: str | None = "state",
        *,
        key: str = TARGET,
        environment: str = "master",
        assets: bool = True,
        **options: Any,
    ) -> VerifyResult:
        """Compare a snapshot with the target."""
        place = self.place(key, environment)
        where = self.root / state if state else None

        async def run() -> VerifyResult:
            async with self.session(place) as session:
                self.counts = session.counts
                asked = SYSTEM.write_options(ContentfulWriteOptions(**{"schedules": True, **options}))
                run = Run(SYSTEM, session, place, sleep=no_wait)
                return await verify_target(run, snapshot, where, options=asked, assets=assets)

        return run_async(run)

    def copy(
        self,
        name: str = "copied",
        state: str = "copying",
        *,
        key: str = TARGET,
        environment: str = "master",
        transports: Sequence[RecordingTransport | None] = (None, None),
        versions: str = "pinned",
        **options: Any,
    ) -> tuple[Snapshot, ImportResult]:
        """Copy the source to the target. `transports` are those of the source and of the target."""
        places = (self.place(SOURCE), self.place(key, environment))

        async def run() -> tuple[Snapshot, ImportResult]:
            async with (
                self.session(places[0], transports[0]) as source,
                self.session(places[1], transports[1]) as target,
            ):
                reading = SYSTEM.read_options(ContentfulReadOptions(versions=versions))
                writing = ContentfulWriteOptions(**{"schedules": True, "versions": versions, **options})
                return await copy(
                    Run(SYSTEM, source, places[0], sleep=no_wait),
                    Run(SYSTEM, target, places[1], sleep=no_wait),
                    self.root / name,
                    self.root / state,
                    reading,
                    SYSTEM.write_options(writing),
                )

        return run_async(run)

    def writes(self) -> int:
        """The number of writes that the emulator has received, bulk calls included."""
        return self.emulator.count("write") + self.emulator.count("bulk")

    def paths(self, method: str = "GET") -> list[str]:
        """The paths that were asked for since the log was cleared, below the environment, without parameters."""
        found = (one.path for one in self.emulator.log if one.method == method)
        return [path.partition("/environments/")[2].partition("/")[2] or path for path in found]


def make_space_bench(
    root: Path,
    fill: Callable[[Space, Environment], None] = lambda _space, _environment: None,
    *,
    switches: Switches | None = None,
    limits: Limits | None = None,
    locale: str = "en-US",
) -> SpaceBench:
    """A bench whose source is filled by `fill`. The target holds nothing but its default locale."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    root.mkdir(exist_ok=True)
    emulator = Emulator(switches=switches, limits=limits)
    source = emulator.add_space(key=SOURCE, token=TOKEN, locale=locale)
    fill(source, source.master)
    target = emulator.add_space(key=TARGET, token=TOKEN, locale=source.master.default_locale)
    return SpaceBench(root, emulator, source, target)


def dataset(name: str) -> Callable[[Space, Environment], None]:
    """Fills a space with one of the real exports; the test is skipped where these are missing."""
    file = SHARED / "datasets" / "contentful" / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    content = read_file(file)
    return lambda space, environment: load(space, environment, content)
