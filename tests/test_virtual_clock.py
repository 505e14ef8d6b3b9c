"""The virtual clock, and that the system clock has the same interface."""

from __future__ import annotations

import time

import anyio
import anyio.to_thread
import pytest

from stackferry.io.clock import Clock, SystemClock
from virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio


async def test_sleeping_tasks_wake_in_order_at_exactly_their_times() -> None:
    """F1: a day passes in milliseconds, and no task wakes early or late."""
    clock = VirtualClock(wall=1000)
    woken: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic()))

    async with clock.running(), anyio.create_task_group() as group:
        for seconds in (86_400.0, 0.0, 3.5, 1.0, 3.5):
            group.start_soon(sleep, seconds)
    assert woken == [(seconds, seconds) for seconds in (0.0, 1.0, 3.5, 3.5, 86_400.0)]
    assert clock.wall() == 1000 + 86_400


async def test_a_deadline_cancels_its_block_and_no_other() -> None:
    """B6: time that runs out inside is caught at the block; time that does not leaves no alarm behind."""
    clock = VirtualClock()
    async with clock.running():
        with clock.deadline(5) as short:
            await clock.sleep(10)
        with clock.deadline(5) as enough:
            await clock.sleep(1)
        await clock.sleep(100)
    assert (short.cancelled_caught, enough.cancelled_caught, clock.monotonic()) == (True, False, 106)


async def test_time_stops_while_a_thread_is_busy() -> None:
    """A write to disk on a thread does not let a deadline of minutes run out."""
    clock = VirtualClock()
    async with clock.running():
        with clock.deadline(60) as scope:
            await anyio.to_thread.run_sync(time.sleep, 0.02)
    assert not scope.cancelled_caught
    assert clock.monotonic() == 0


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_the_wall_may_step_and_the_monotonic_clock_does_not(step: float) -> None:
    """B9: durations stay right when an administrator sets the time."""
    clock = VirtualClock()
    before = clock.wall()
    clock.step_wall(step)
    assert (clock.wall() - before, clock.monotonic()) == (step, 0)


async def test_the_system_clock_is_a_clock() -> None:
    """Its deadlines cancel, too."""
    clock: Clock = SystemClock()
    began = clock.monotonic()
    with clock.deadline(0.01) as scope:
        await clock.sleep(30)
    assert scope.cancelled_caught
    assert clock.monotonic() >= began
    assert clock.wall() > 1_700_000_000
