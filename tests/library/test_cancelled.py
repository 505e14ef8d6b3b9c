"""A run that is cancelled at any of its events leaves what was done, and the same call goes on from there."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from command_line import SOURCE, TARGET, TOKEN
from workbench import file_digests

import stackferry
from sampling import sampled
from stackferry import Speed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from command_line import CommandLine

pytestmark = pytest.mark.anyio
FAST: Any = {"token": TOKEN, "speed": Speed(rate=0, bulk_rate=0)}


async def cancelled_at(instant: int, operation: Callable[..., Awaitable[Any]]) -> bool:
    """Whether the operation was cancelled, at the event of that number."""
    left = instant
    with anyio.CancelScope() as scope:

        def count(_: stackferry.Event) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                scope.cancel()

        await operation(on_event=count)
    return scope.cancelled_caught


@pytest.mark.parametrize("seed", sampled(range(24), 3))
async def test_what_was_done_stays_and_the_next_call_goes_on(emulated: CommandLine, seed: int) -> None:
    """Every warning is an error here, so no socket and no file is left open either."""
    instants = random.Random(seed)
    place, target, home = emulated.place(SOURCE), emulated.place(TARGET), emulated.home
    whole = (await stackferry.export(place, home / "whole", **FAST)).snapshot
    export = partial(stackferry.export, place, home / "stopped", **FAST)
    was_cancelled = [await cancelled_at(instants.randrange(1, 25), export) for _ in range(3)]
    found = (
        home / "stopped" if (home / "stopped" / "manifest.json").exists() else (await export()).snapshot.root
    )
    assert any(was_cancelled)
    assert file_digests(found) == file_digests(whole.root)

    importing = partial(stackferry.import_, whole, target, state=home / "state", **FAST)
    assert await cancelled_at(instants.randrange(1, 20), importing)
    await cancelled_at(instants.randrange(1, 20), importing)
    await importing()
    assert (await stackferry.verify(whole, target, state=home / "state", **FAST)).is_equal
    again = await importing()
    assert again.requests["write"] == again.requests["bulk"] == 0
    pages = emulated.emulator.stacks[TARGET].main.entries["page"]
    assert len(pages) == len(emulated.emulator.stacks[SOURCE].main.entries["page"])
