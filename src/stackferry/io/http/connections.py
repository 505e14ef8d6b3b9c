"""Connections for requests under way, each with a client of its own.

The library's pool looks at every idle connection whenever a request begins and whenever one ends: with ten connections
that was half of what a request cost (encode/httpx#3215). A client with one connection has nothing to look at. The
client that was used last is used next, so that no more connections stay open than are needed.
There are never more clients than the pool was given, and no client keeps a cookie.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cache
from typing import TYPE_CHECKING

import httpx

from stackferry.errors import UsageError
from stackferry.io.http.local_hosts import is_local_host

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator


# A proxy that the environment names cannot reach this machine's loopback; and it would be given the credential.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def _without_proxy(origins: Iterable[str]) -> dict[str, None]:
    """The hosts that are reached without a proxy: those of origins on this machine, however they are spelled, too."""
    own = filter(is_local_host, (httpx.URL(one).host for one in origins))
    return {f"all://{one}": None for one in (*_LOOPBACK, *(f"[{one}]" if ":" in one else one for one in own))}


class _NoCookies(httpx.Cookies):
    """Keeps none. The library's own way of refusing them costs a tenth of a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Ignore them."""


class _Client(httpx.AsyncClient):
    """A client without cookies: the credential is the only identity that requests have."""

    _none = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._none

    @cookies.setter
    def cookies(self, _: object) -> None:
        raise AttributeError("this client keeps no cookies")


class ConnectionPool:
    """At most `size` clients of one connection each, created when they are needed; beyond that `overflow`."""

    def __init__(
        self, overflow: httpx.AsyncClient, create: Callable[[], httpx.AsyncClient], size: int
    ) -> None:
        self.overflow = overflow
        self._create = create
        self._left = size
        self._idle: defaultdict[str, list[httpx.AsyncClient]] = defaultdict(list)
        self.is_closed = False

    @contextmanager
    def client(self, origin: str) -> Iterator[httpx.AsyncClient]:
        """A client for one request to this origin and the whole of its answer.

        Raises UsageError in a pool that is closed: what is opened there would never be closed.
        """
        if self.is_closed:
            raise UsageError("this session is over: send requests while its context is open")
        idle = self._idle[origin]
        if not (idle or self._left):
            yield self.overflow
            return
        if idle:
            client = idle.pop()
        else:
            self._left -= 1
            client = self._create()
        try:
            yield client
        finally:
            idle.append(client)  # at the end, so that the client used last is used next


@cache
def _trusted(*sources: str | None) -> ssl.SSLContext:
    """What servers must prove. Once for each choice of certificates: reading them takes longer than ten requests."""
    del sources  # the library looks them up
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_pool(
    size: int, transport: httpx.AsyncBaseTransport | None, origins: Iterable[str] = ()
) -> AsyncIterator[ConnectionPool]:
    """A pool that is closed with the block. Over a given transport all requests go through one client.

    `origins` are those that receive a credential: one on this machine is never reached through a proxy.
    """
    mounts = _without_proxy(origins)
    trusted = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    async with AsyncExitStack() as stack:

        def opened(connections: int) -> httpx.AsyncClient:
            limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
            client = _Client(
                verify=trusted, transport=transport, limits=limits, follow_redirects=False, mounts=mounts
            )
            stack.push_async_callback(client.aclose)
            return client

        # A given transport may count or order requests: it must see them through one client.
        pool = ConnectionPool(opened(size), lambda: opened(1), 0 if transport else size)
        try:
            yield pool
        finally:
            pool.is_closed = True
