"""Which handler serves a method and a path. Routes are rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentstack.request import Answer, Call

    Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path whose `{parts}` are variable, and what serves it.

    A `reads` route is open to read-only tokens and counts as a read whatever its method; `open` ones need no
    credential at all.
    """

    method: str
    pattern: str
    handler: Handler
    budget: Budget | None = None
    open: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.pattern.strip("/").split("/"))

    def spends(self) -> Budget:
        """The budget that a request of this route counts against."""
        return self.budget or (Budget.READ if self.method == "GET" else Budget.WRITE)

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The variable parts of a path that this route serves."""
        args: dict[str, str] = {}
        for ours, theirs in zip(self.segments, segments, strict=True):
            if ours.startswith("{"):
                args[ours[1:-1]] = unquote(theirs)
            elif ours != theirs:
                return None
        return args


class Table:
    """All routes. A path with fewer variable parts comes first, so `entries/import` is no entry's uid."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._rows: dict[tuple[str, int], list[Route]] = {}
        for route in sorted(routes, key=lambda row: row.pattern.count("{")):
            self._rows.setdefault((route.method, len(route.segments)), []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a raw (still encoded) path, and its variable parts."""
        segments = tuple(path.strip("/").split("/"))
        for route in self._rows.get((method, len(segments)), ()):
            args = route.match(segments)
            if args is not None:
                return route, args
        return None
