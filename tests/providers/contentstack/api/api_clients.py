"""How the rows of the endpoint table are driven: each by its own client method, over a socket, to its effect."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
from api_endpoints import ENDPOINTS, Endpoint

from live_stack import KEY, TOKEN, LiveStack, Row, open_live_stack
from stackferry.core.rates import Rates
from stackferry.io.http.session import Session, open_session
from stackferry.model import Secret
from stackferry.providers.contentstack import api

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Switches

CLIENTS: dict[str, Any] = {name: getattr(api, name) for name in api.__all__ if name != "Call"}
UNLIMITED = Rates()


@dataclass
class ApiClients:
    """The stack, the row's own method, and the clients for whatever else a scenario needs."""

    live: LiveStack
    session: Session
    method: Callable[..., Awaitable[Any]]

    @property
    def entries(self) -> api.Entries:
        return api.Entries(self.session.call)

    @property
    def releases(self) -> api.Releases:
        return api.Releases(self.session.call)

    @property
    def bulk(self) -> api.Bulk:
        return api.Bulk(self.session.call)

    @property
    def jobs(self) -> api.BulkJobs:
        return api.BulkJobs(self.session.call, anyio.sleep)


Scenario: TypeAlias = Callable[[ApiClients], Awaitable[None]]


def drive(row: Endpoint, scenario: Scenario) -> None:
    """Play a row's scenario with its method, and see that its request was really sent."""
    with open_live_stack() as live:
        play(live, lambda session: scenario(ApiClients(live, session, method_of(row, session))))
        sent = {(one.method, one.path) for one in live.emulator.log}
    assert any(method == row.method and pattern(row).fullmatch(path) for method, path in sent), sent


def play(live: LiveStack, work: Callable[[Session], Awaitable[None]]) -> None:
    """Run something with a session on the stack."""

    async def run() -> None:
        headers: dict[str, Secret | str] = {"api_key": KEY, "branch": "main", "authorization": Secret(TOKEN)}
        async with open_session(live.origin, headers, rates=UNLIMITED) as session:
            await work(session)

    anyio.run(run)


def with_clients(work: Scenario, switches: Switches | None = None) -> None:
    """Run something with the clients that is no row's own."""

    async def no_method() -> None:
        raise AssertionError("this is no row's scenario")

    with open_live_stack(switches) as live:
        play(live, lambda session: work(ApiClients(live, session, no_method)))


def method_of(row: Endpoint, session: Session) -> Callable[..., Awaitable[Any]]:
    """The client method that the row names, ready to be called."""
    owner, _, name = row.client.partition(".")
    more = (anyio.sleep,) if owner == "BulkJobs" else ()
    found: Callable[..., Awaitable[Any]] = getattr(CLIENTS[owner](session.call, *more), name)
    return found


def pattern(row: Endpoint) -> re.Pattern[str]:
    return re.compile("/v3" + re.sub(r"\{\w+\}", "[^/]+", row.path))


def rows(page: str) -> list[Endpoint]:
    return [row for row in ENDPOINTS if row.page == page]


def named(row: Endpoint) -> str:
    return row.name


__all__ = ["CLIENTS", "ApiClients", "LiveStack", "Row", "Scenario", "drive", "named", "rows", "with_clients"]
