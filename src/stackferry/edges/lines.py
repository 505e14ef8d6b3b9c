"""Connections for requests under way, each with a client of its own.

The library's pool looks at every idle connection whenever a request begins and whenever one ends: with ten connections
that was half of what a request cost. A client with one connection has nothing to look at. The one that was used last is
used next, so that no more stay warm than are needed.
This module must never have more lines than it was told.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx


class Lines:
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
