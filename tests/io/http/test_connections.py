"""Connections: as many as there are requests under way, used again, and never more than allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from loopback import keeps_alive, serving

from stackferry.core.rate_limit import MOST_IN_FLIGHT
from stackferry.core.rates import Rates
from stackferry.io.http.connections import ConnectionPool
from stackferry.io.http.session import open_session
from stackferry.model import Request

if TYPE_CHECKING:
    from stackferry.io.http.session import Session

pytestmark = pytest.mark.anyio

READ = Request(method="GET", path="/v3/locales")
UNLIMITED = Rates()


async def call_repeatedly(session: Session, times: int) -> None:
    for _ in range(times):
        assert (await session.call(READ)).ok


async def connections(tasks: int, times: int) -> int:
    """How many connections are opened by so many tasks that each send so many requests, one after the other."""
    async with (
        serving([keeps_alive]) as server,
        open_session(server.origin, {}, rates=UNLIMITED) as one,
    ):
        async with anyio.create_task_group() as group:
            for _ in range(tasks):
                group.start_soon(call_repeatedly, one, times)
        return len(server.requests)


async def test_requests_one_after_the_other_share_a_connection() -> None:
    assert await connections(tasks=1, times=20) == 1


async def test_there_are_no_more_connections_than_requests_under_way() -> None:
    """Five tasks keep five connections, however many requests they send."""
    assert await connections(tasks=5, times=10) == 5


async def test_very_many_tasks_open_a_bounded_number_of_connections() -> None:
    assert await connections(tasks=5 * MOST_IN_FLIGHT, times=1) <= 2 * 2 * MOST_IN_FLIGHT


async def test_a_client_is_never_used_by_two_at_a_time() -> None:
    """Each request has its own client until there are no more; then the shared one, which has a queue."""
    async with httpx.AsyncClient() as overflow, httpx.AsyncClient() as one, httpx.AsyncClient() as other:
        left = [other, one]
        connections = ConnectionPool(overflow, left.pop, 2)
        with connections.client("") as first:
            with (
                connections.client("") as second,
                connections.client("") as third,
                connections.client("") as fourth,
            ):
                assert (first, second, third, fourth) == (one, other, overflow, overflow)
            with connections.client("uploads") as elsewhere:
                assert elsewhere is overflow  # the idle one is connected to another origin
            with connections.client("") as again:
                assert again is other
        with connections.client("") as last:
            assert last is one
