"""Single objects restored with the library, in place unless said otherwise. The workbench must be served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import SOURCE, TOKEN, run_async

import stackferry
from stackferry import Speed

if TYPE_CHECKING:
    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.reports import RestorePlan, RestoreReport

UNLIMITED = Speed(rate=0, bulk_rate=0)


def restored(
    bench: Workbench, snapshot: Snapshot, *names: str, key: str = SOURCE, branch: str = "main", **options: Any
) -> tuple[RestoreReport, list[str]]:
    """What was reported, and the writes that were sent: "PUT /v3/…"."""
    asked = {"state": bench.root / "restore", **options}
    before = len(bench.emulator.log)
    place = bench.place(key, branch)

    async def run() -> RestoreReport:
        return await stackferry.restore(names, snapshot, place, token=TOKEN, speed=UNLIMITED, **asked)

    report = run_async(run)
    calls = [f"{one.method} {one.path}" for one in bench.emulator.log[before:]]
    return report, [call for call in calls if not call.startswith("GET")]


def plan(bench: Workbench, snapshot: Snapshot, *names: str, key: str = SOURCE, **options: Any) -> RestorePlan:
    """What a restore would do."""
    asked = {"state": bench.root / "restore", **options}
    place = bench.place(key)

    async def run() -> RestorePlan:
        return await stackferry.plan_restore(names, snapshot, place, token=TOKEN, speed=UNLIMITED, **asked)

    return run_async(run)
