"""Large answers that come together do not take several times the memory of one, and all of them arrive."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from stackferry.core.retry import RetryPolicy
from stackferry.errors import Unreachable
from stackferry.io.http.held_answers import LONGEST_WAIT, SMALL
from stackferry.io.http.session import Session, open_session
from stackferry.model import Request
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

pytestmark = pytest.mark.anyio

PIECE = 256 * 1024
LARGE = 7 * 1024 * 1024
MANY = 16


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """Answers piece by piece, `sizes` bytes for each path; counts what was taken of the answers under way.

    `stuck`: this one begins first, and its last piece never comes.
    """

    clock: VirtualClock
    sizes: Mapping[str, int]
    stuck: str = ""
    taken: dict[str, list[float]] = field(default_factory=dict)  # the times of the pieces
    most: int = 0
    longest_gap: float = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.clock.sleep(0.0 if request.url.path == self.stuck else 0.1)
        return httpx.Response(200, stream=Pieces(self, request.url.path))


@dataclass
class Pieces(httpx.AsyncByteStream):
    wire: Wire
    name: str

    async def __aiter__(self) -> AsyncIterator[bytes]:
        wire, left = self.wire, self.wire.sizes[self.name]
        times = wire.taken.setdefault(self.name, [])
        while left > 0:
            await wire.clock.sleep(0.01)
            if self.name == wire.stuck and left <= PIECE:
                await anyio.sleep_forever()
            times.append(wire.clock.monotonic())
            wire.longest_gap = max(wire.longest_gap, times[-1] - times[max(0, len(times) - 2)])
            wire.most = max(wire.most, sum(map(len, wire.taken.values())) * PIECE)
            yield b"a" * min(left, PIECE)
            left -= PIECE

    async def aclose(self) -> None:
        self.wire.taken.pop(self.name, None)


async def asked(session: Session, name: str, arrived: dict[str, int]) -> None:
    with suppress(Unreachable):
        arrived[name] = len((await session.call(Request(method="GET", path=name))).content)


async def all_asked(wire: Wire) -> dict[str, int]:
    """The sizes of the answers, in the order in which they were whole."""
    arrived: dict[str, int] = {}
    async with (
        wire.clock.running(),
        open_session(
            "https://invented.example",
            {},
            transport=wire,
            clock=wire.clock,
            policy=RetryPolicy(attempts=1),
        ) as session,
        anyio.create_task_group() as group,
    ):
        for name in wire.sizes:
            group.start_soon(asked, session, name, arrived)
    return arrived


async def test_large_answers_that_come_together_are_read_one_after_the_other() -> None:
    wire = Wire(VirtualClock(), {f"/{number}": LARGE for number in range(MANY)})
    assert await all_asked(wire) == wire.sizes
    assert wire.most <= 3 * LARGE


async def test_a_small_answer_waits_for_no_large_one() -> None:
    wire = Wire(VirtualClock(), {**{f"/{number}": LARGE for number in range(MANY)}, "/small": SMALL})
    arrived = await all_asked(wire)
    assert arrived == wire.sizes
    assert next(iter(arrived)) == "/small"


async def test_behind_an_answer_that_never_ends_the_others_are_read_on() -> None:
    """A piece now and then, so that no service takes the reader for dead; all of it once that one is given up."""
    wire = Wire(VirtualClock(), {f"/{number}": LARGE for number in range(3)}, stuck="/0")
    arrived = await all_asked(wire)
    assert arrived == {name: size for name, size in wire.sizes.items() if name != wire.stuck}
    assert 1 < wire.longest_gap <= LONGEST_WAIT + 1
