"""Connections for requests under way, each with a client of its own.

The library's pool looks at every idle connection whenever a request begins and whenever one ends: with ten connections
that was half of what a request cost. A client with one connection has nothing to look at. The one that was used last is
used next, so that no more stay warm than are needed.
This module must never have more lines than it was told, nor keep a cookie.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


class _NoCookies(httpx.Cookies):
    """Keeps none. The library's own way of refusing them costs a tenth of a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Look at nothing."""


class _Client(httpx.AsyncClient):
    """A client that forgets at once what it was given to remember."""

    _none = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._none

    @cookies.setter
    def cookies(self, _: object) -> None:
        raise AttributeError("this client keeps no cookies")


class ConnectionPool:
    """At most so many clients of one connection, made when they are needed; beyond that the `pool`."""

    def __init__(self, pool: httpx.AsyncClient, made: Callable[[], httpx.AsyncClient], most: int) -> None:
        self.pool = pool
        self._made = made
        self._left = most
        self._idle: list[httpx.AsyncClient] = []

    @contextmanager
    def line(self) -> Iterator[httpx.AsyncClient]:
        """A client for one request and the whole of its answer."""
        if not (self._idle or self._left):
            yield self.pool
            return
        client = self._idle.pop() if self._idle else self._another()
        try:
            yield client
        finally:
            self._idle.append(client)

    def _another(self) -> httpx.AsyncClient:
        self._left -= 1
        return self._made()


@asynccontextmanager
async def open_lines(most: int, transport: httpx.AsyncBaseTransport | None) -> AsyncIterator[ConnectionPool]:
    """Lines, and a pool of as many connections, closed with the block; over a given transport the pool alone."""
    trusted = httpx.create_ssl_context()
    async with AsyncExitStack() as stack:

        def opened(connections: int) -> httpx.AsyncClient:
            limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
            client = _Client(verify=trusted, transport=transport, limits=limits, follow_redirects=False)
            stack.push_async_callback(client.aclose)
            return client

        yield ConnectionPool(opened(most), lambda: opened(1), 0 if transport else most)
