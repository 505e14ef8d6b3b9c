"""The pace of an archive: what the service says of its load slows a run down, before it refuses anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from project_bench import SYSTEM, TOKEN, ids, project_bench
from stopwatch import DistantTransport
from workbench import run_async

from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.emulators.azure_devops import Limits
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.azure_devops.options import AzureReadOptions
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from project_bench import ProjectBench

    from stackferry.io.storage.snapshot import Snapshot


def timed(bench: ProjectBench) -> tuple[Snapshot, float]:
    """An archive at the rate of the system, and how long it took on a clock that passes while everybody waits."""

    async def work() -> tuple[Snapshot, float]:
        clock = VirtualClock()
        bench.emulator.clock = lambda: datetime.fromtimestamp(clock.wall(), UTC)
        opened = open_session(
            bench.place.origin,
            SYSTEM.headers(bench.place, ("token", Secret(TOKEN))),
            rates=SYSTEM.rates,
            rules=SYSTEM.answer_rules,
            origins=SYSTEM.origins(bench.place),
            transport=DistantTransport(bench.emulator, clock, 0.05),
            clock=clock,
        )
        async with clock.running(), opened as session:
            run = Run(SYSTEM, session, bench.place, sleep=clock.sleep)
            made = await export(run, bench.root / "paced", SYSTEM.read_options(AzureReadOptions()))
            return made, clock.monotonic()

    return run_async(work)


def test_without_a_limit_it_takes_the_requests_by_the_rate() -> None:
    with project_bench(40) as bench:
        before = len(bench.emulator.log)
        _, seconds = timed(bench)
        assert seconds <= 1.05 * (len(bench.emulator.log) - before) / (SYSTEM.rates.lanes["api"].rate or 1)


@pytest.mark.parametrize("tells", [True, False], ids=["retry-after", "headers alone"])
def test_a_small_load_is_kept_and_nothing_is_refused(tells: bool) -> None:
    with project_bench(40) as bench:
        bench.emulator.limits = Limits(tstu=60, sleeps=False, retry_after_on_200=tells)
        snapshot, seconds = timed(bench)
        assert ids(snapshot, "releases") == sorted(bench.project.releases)
        statuses = [request.status for request in bench.emulator.log]
        assert 429 not in statuses
        assert seconds > 60, "more than a window allows takes longer than a window"
