"""Operations that are followed by their events, and what becomes of one that is left early."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from command_line import SOURCE, TARGET, TOKEN

import stackferry
from stackferry import Speed
from stackferry.drivers.events import Event
from stackferry.library.running import EventStream

if TYPE_CHECKING:
    from command_line import CommandLine

pytestmark = pytest.mark.anyio

UNLIMITED = Speed(rate=0, bulk_rate=0)


async def test_an_export_is_followed_event_by_event(emulated: CommandLine) -> None:
    async with stackferry.exporting(
        emulated.place(SOURCE), emulated.home / "s", token=TOKEN, speed=UNLIMITED
    ) as run:
        with pytest.raises(RuntimeError, match="not ended"):
            _ = run.report
        events = [event async for event in run.events]
    assert run.report.objects["documents"] == 6
    assert run.monitor.requests == run.report.requests
    stages = [*dict.fromkeys(event.stage for event in events if event.stage != "export")]
    assert stages[0] == "named_listings"
    assert stages.index("entries") < len(stages) - 1


async def test_importing_copying_and_verifying_are_followed_too(emulated: CommandLine) -> None:
    source, target = emulated.place(SOURCE), emulated.place(TARGET)
    async with stackferry.copying(
        source, target, source_token=TOKEN, target_token=TOKEN, speed=UNLIMITED
    ) as copy:
        pass
    assert copy.report.is_complete
    snapshot = (await stackferry.export(source, emulated.home / "s", token=TOKEN, speed=UNLIMITED)).snapshot
    state = copy.report.state
    async with stackferry.verifying(snapshot, target, token=TOKEN, state=state, speed=UNLIMITED) as verify:
        assert [event async for event in verify.events]
    assert verify.report.is_equal
    options = stackferry.WriteOptions(on_conflict="update")
    place = emulated.place(TARGET, "redesign")
    async with stackferry.importing(
        snapshot, place, token=TOKEN, options=options, speed=UNLIMITED
    ) as running:
        assert {event.stage for event in [event async for event in running.events]} > {"import"}
    assert running.report.objects["entries"] > 0


async def test_an_error_of_the_run_is_raised_as_itself(emulated: CommandLine) -> None:
    async def follow() -> None:
        async with stackferry.exporting(
            emulated.place(SOURCE), emulated.home / "s", token="cs-wrong-token"
        ) as run:
            assert [event async for event in run.events] == []

    with pytest.raises(stackferry.AccessError):
        await follow()


async def test_an_exception_inside_cancels_the_run_and_is_raised_as_itself(emulated: CommandLine) -> None:
    emulated.emulator.latency = 0.05

    async def follow() -> None:
        async with stackferry.exporting(
            emulated.place(SOURCE), emulated.home / "s", token=TOKEN, speed=UNLIMITED
        ) as run:
            async for event in run.events:
                if event.stage == "entries":
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await follow()
    assert not (emulated.home / "s" / "manifest.json").exists()


async def test_a_cancelled_run_is_resumed_by_the_same_call(emulated: CommandLine) -> None:
    emulated.emulator.latency = 0.05
    with anyio.move_on_after(10) as scope:
        async with stackferry.exporting(
            emulated.place(SOURCE), emulated.home / "s", token=TOKEN, speed=UNLIMITED
        ) as run:
            async for event in run.events:
                if event.stage == "entries":
                    scope.cancel()
    assert scope.cancelled_caught
    first = run.monitor.requests["read"]
    emulated.emulator.latency = 0
    report = await stackferry.export(
        emulated.place(SOURCE), emulated.home / "s", token=TOKEN, speed=UNLIMITED
    )
    whole = await stackferry.export(emulated.place(SOURCE), emulated.home / "t", token=TOKEN, speed=UNLIMITED)
    assert first > 0
    assert report.requests["read"] < whole.requests["read"]
    assert report.objects == whole.objects


async def test_unread_events_of_a_kind_are_summed_in_the_order_of_the_first() -> None:
    stream = EventStream()
    for _ in range(1000):
        stream.put(Event("export", "entries", done=1, total=2))
        stream.put(Event("export", "assets", done=1))
    stream.close()
    assert [event async for event in stream] == [
        Event("export", "entries", done=1000, total=2000),
        Event("export", "assets", done=1000),
    ]
