"""How fast a command goes: what the service announces, unless the user says otherwise."""

from __future__ import annotations

from collections import deque

import anyio
import httpx
import pytest

from stackferry.io.http.session import open_session
from stackferry.library.speed import Speed
from stackferry.model import Budget, Request
from stackferry.providers.contentstack.connection import RATES
from virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio


async def seconds(speed: Speed, limit: float, *, budget: Budget, number: int) -> tuple[float, int]:
    """How long so many requests take of a service that allows and announces a limit; and how many it refused."""
    clock, taken, refused = VirtualClock(), deque[float](), 0

    async def service(_: httpx.Request) -> httpx.Response:
        nonlocal refused
        while taken and taken[0] <= clock.monotonic() - 1:
            taken.popleft()
        headers = {
            "x-ratelimit-limit": f"{limit:g}",
            "x-ratelimit-remaining": f"{max(0, limit - len(taken) - 1):g}",
        }
        if len(taken) >= limit:
            refused += 1
            return httpx.Response(429, headers={**headers, "retry-after": "1"})
        taken.append(clock.monotonic())
        await clock.sleep(0.1)
        return httpx.Response(200, headers=headers, json={})

    request, left = Request(method="GET", path="/v3/entries", budget=budget), iter(range(number))
    async with (
        clock.running(),
        open_session(
            "https://invented.example",
            {},
            rates=speed.rates(RATES),
            clock=clock,
            transport=httpx.MockTransport(service),
        ) as session,
    ):

        async def work() -> None:
            for _ in left:
                assert (await session.call(request)).ok

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(work)
    return clock.monotonic(), refused


@pytest.mark.parametrize("budget", [Budget.READ, Budget.WRITE])
@pytest.mark.parametrize("limit", [5, 10, 30])
async def test_without_a_rate_the_service_decides(budget: Budget, limit: int) -> None:
    """A limit of 30 is used to the full, one of 5 is kept, and neither leads to more than the first refusals."""
    took, refused = await seconds(Speed(), limit, budget=budget, number=20 * limit)
    assert 20 - 1 <= took <= 1.05 * 20 + 2
    assert refused <= 1  # what left before the first answer said that 10 are too many


@pytest.mark.parametrize(("rate", "limit", "pace"), [(10, 30, 10), (4, 30, 4), (20, 20, 20), (20, 5, 5)])
async def test_a_rate_is_never_exceeded(rate: float, limit: int, pace: int) -> None:
    """A rate that was given is a share of the budget: no announcement raises it, a lower one is kept."""
    took, refused = await seconds(Speed(rate=rate), limit, budget=Budget.READ, number=20 * pace)
    assert 20 - 1 <= took <= 1.05 * 20 + 3
    assert refused <= 3


async def test_the_rate_of_bulk_calls_is_never_raised() -> None:
    """A general limit on an answer to a bulk call says nothing of bulk calls."""
    took, refused = await seconds(Speed(), 30, budget=Budget.BULK, number=20)
    assert took >= 19 - 0.3
    assert refused == 0
