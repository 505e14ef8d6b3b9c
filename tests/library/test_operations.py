"""Each operation as a Python program calls it, over the emulator on a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from command_line import FILLED, READ_ONLY, SOURCE, TARGET, TOKEN

import stackferry
from stackferry import Speed

if TYPE_CHECKING:
    from command_line import CommandLine

    from stackferry.drivers.events import Event

pytestmark = pytest.mark.anyio

UNLIMITED = Speed(rate=0, bulk_rate=0)


async def exported(emulated: CommandLine, name: str = "snapshot") -> stackferry.ExportReport:
    return await stackferry.export(emulated.place(SOURCE), emulated.home / name, token=TOKEN, speed=UNLIMITED)


async def test_an_export_reports_what_its_snapshot_holds(emulated: CommandLine) -> None:
    report = await exported(emulated)
    assert report.is_complete
    assert (report.objects["entries"], report.objects["documents"]) == (3, 6)
    assert report.snapshot.root == emulated.home / "snapshot"
    assert report.requests["read"] >= report.minimum["read"] > 0
    assert report.requests["write"] == 0
    assert report.seconds > 0


async def test_an_incremental_export_reports_what_it_reused(emulated: CommandLine) -> None:
    base = (await exported(emulated)).snapshot
    report = await stackferry.export(
        emulated.place(SOURCE), emulated.home / "next", token=TOKEN, base=base.root, speed=UNLIMITED
    )
    assert report.reused
    assert report.objects == (await stackferry.verify(base)).objects


async def test_an_import_writes_once_and_is_then_equal(emulated: CommandLine) -> None:
    snapshot = (await exported(emulated)).snapshot
    target, state = emulated.place(TARGET), emulated.home / "import"
    report = await stackferry.import_(snapshot, target, token=TOKEN, state=state, speed=UNLIMITED)
    assert report.is_complete
    assert report.requests["write"] > 0
    assert (report.state, report.renumbered.parent) == (state, state)
    again = await stackferry.import_(snapshot.root, target, token=TOKEN, state=state, speed=UNLIMITED)
    assert (again.requests["write"], again.requests["bulk"]) == (0, 0)
    found = await stackferry.verify(snapshot, target, token=TOKEN, state=state, speed=UNLIMITED)
    assert found.is_equal


async def test_a_plan_writes_nothing(emulated: CommandLine) -> None:
    snapshot = (await exported(emulated)).snapshot
    report = await stackferry.plan_import(snapshot, emulated.place(TARGET), token=TOKEN, speed=Speed(rate=10))
    assert emulated.writes == 0
    assert report.plan["entries"]
    assert report.planned_seconds >= report.planned_requests["write"] / 10 > 0


async def test_a_copy_arrives_and_keeps_nothing_but_its_checkpoint(emulated: CommandLine) -> None:
    source, target = emulated.place(SOURCE), emulated.place(TARGET)
    plan = await stackferry.plan_copy(source, target, source_token=TOKEN, target_token=TOKEN, speed=UNLIMITED)
    assert emulated.writes == 0
    assert plan.comparison["documents"] == {"missing": 6}
    report = await stackferry.copy(source, target, source_token=TOKEN, target_token=TOKEN, speed=UNLIMITED)
    assert report.is_complete
    assert report.renumbered.is_file()
    assert not (report.state.parent / "snapshot").exists()


async def test_a_diff_compares_a_place_with_a_snapshot(emulated: CommandLine) -> None:
    snapshot = (await exported(emulated)).snapshot
    equal = await stackferry.diff(emulated.place(SOURCE), snapshot, left_token=TOKEN, speed=UNLIMITED)
    assert (equal.objects["entries"], equal.objects["documents"]) == (3, 6)
    found = await stackferry.diff(
        emulated.home / "snapshot", emulated.place(FILLED), right_token=TOKEN, speed=UNLIMITED
    )
    assert not found.is_equal
    assert found.differences


async def test_a_damaged_snapshot_is_reported_by_verify_and_refused_by_import(emulated: CommandLine) -> None:
    snapshot = (await exported(emulated)).snapshot
    path = next(file for file in snapshot.root.rglob("*.jsonl") if file.stat().st_size)
    path.write_bytes(path.read_bytes()[:-2])
    report = await stackferry.verify(snapshot.root)
    assert report.damage
    assert not report.is_equal
    with pytest.raises(stackferry.CorruptError):
        await stackferry.import_(snapshot.root, emulated.place(TARGET), token=TOKEN)
    assert emulated.writes == 0


async def test_an_import_that_was_not_begun_cannot_be_abandoned(emulated: CommandLine) -> None:
    snapshot = (await exported(emulated)).snapshot
    with pytest.raises(stackferry.UsageError, match="no import"):
        await stackferry.abandon_import(snapshot, emulated.place(TARGET), token=TOKEN)


async def test_errors_have_the_type_of_their_cause_never_a_group(emulated: CommandLine) -> None:
    source = emulated.place(SOURCE)
    with pytest.raises(stackferry.UsageError, match="no credential"):
        await stackferry.export(source, emulated.home / "a")
    with pytest.raises(stackferry.AccessError):
        await stackferry.export(source, emulated.home / "b", token="cs-wrong-token")
    snapshot = (await exported(emulated)).snapshot
    with pytest.raises(stackferry.AccessError):
        await stackferry.import_(snapshot, emulated.place(TARGET), token=READ_ONLY)
    with pytest.raises(stackferry.UsageError, match="already holds content"):
        await stackferry.import_(snapshot, emulated.place(FILLED), token=TOKEN)


async def test_no_report_error_or_representation_holds_a_token(emulated: CommandLine) -> None:
    monitor = stackferry.Monitor()
    report = await stackferry.export(
        emulated.place(SOURCE), emulated.home / "snapshot", token=TOKEN, monitor=monitor, speed=UNLIMITED
    )
    credential = stackferry.Credential("token", stackferry.Secret(TOKEN))
    assert TOKEN not in f"{report!r}{monitor!r}{vars(monitor)!r}{credential!r}"
    with pytest.raises(stackferry.StackferryError) as caught:
        await stackferry.export(emulated.place("blt_unknown"), emulated.home / "other", token=TOKEN)
    assert TOKEN not in f"{caught.value!r}{caught.value}"


async def test_a_monitor_counts_the_requests_of_a_run_that_fails(emulated: CommandLine) -> None:
    snapshot, monitor = (await exported(emulated)).snapshot, stackferry.Monitor()
    with pytest.raises(stackferry.AccessError):
        await stackferry.import_(snapshot, emulated.place(TARGET), token=READ_ONLY, monitor=monitor)
    assert monitor.requests["read"] > 0
    assert monitor.state is not None


async def test_two_runs_share_an_event_loop_and_nothing_else(emulated: CommandLine) -> None:
    reports: dict[str, stackferry.ExportReport] = {}
    events: dict[str, list[Event]] = {"one": [], "two": []}

    async def run(name: str, key: str) -> None:
        reports[name] = await stackferry.export(
            emulated.place(key),
            emulated.home / name,
            token=TOKEN,
            on_event=events[name].append,
            speed=UNLIMITED,
        )

    async with anyio.create_task_group() as group:
        group.start_soon(run, "one", SOURCE)
        group.start_soon(run, "two", FILLED)
    assert reports["one"].objects["documents"] == 6
    assert "entries" not in reports["two"].objects
    assert reports["one"].requests["read"] != reports["two"].requests["read"]
    assert events["one"] != events["two"]
