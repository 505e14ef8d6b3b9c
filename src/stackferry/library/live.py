"""`stackferry.connect`: a session with a live place, for the clients of its API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.drivers.events import silent
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint
from stackferry.library.monitor import Monitor
from stackferry.library.speed import Speed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stackferry.io.http.session import Session
    from stackferry.model import Place, Request, Response


@dataclass(frozen=True, slots=True)
class Connected:
    """A place, and a session with it that keeps to its rate limits and repeats what may be repeated."""

    place: Place
    session: Session

    async def call(self, request: Request) -> Response:
        """Send one request. Clients of an API take this: `Entries(connected.call)`."""
        return await self.session.call(request)


@asynccontextmanager
async def connect(
    place: PlaceLike, *, token: Token = None, speed: Speed | None = None, monitor: Monitor | None = None
) -> AsyncIterator[Connected]:
    """A session with a place, while the context is open.

    The credential is that of a target (`STACKFERRY_TARGET_TOKEN`, `STACKFERRY_TOKEN` or the profile's), unless one is
    given. Raises UsageError where there is no such place or credential; asks nothing before its first request, which
    is refused when the context has ended.
    """
    endpoint = find_endpoint(place, "target", token)
    connector = Connector(speed or Speed(), silent, monitor or Monitor())
    async with connector.session(endpoint) as session:
        yield Connected(endpoint.place, session)
