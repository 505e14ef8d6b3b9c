"""Which handler serves a method and a path. Routes are rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import unquote

from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.application import Answer

CallT = TypeVar("CallT")
"""What a system's handlers take: a request with what its front has found out about it."""


@dataclass(frozen=True, slots=True)
class Route(Generic[CallT]):
    """A method, a path whose `{parts}` are variable, and what serves it. A `public` route needs no credential."""

    method: str
    pattern: str
    handler: Callable[[CallT], Answer]
    budget: Budget | None = None
    public: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.pattern.strip("/").split("/"))

    @property
    def counted_budget(self) -> Budget:
        """The budget that a request of this route counts against."""
        return self.budget or (Budget.READ if self.method == "GET" else Budget.WRITE)


class RouteTable(Generic[CallT]):
    """All routes of a system. A path with fewer variable parts is tried first: `entries/import` is no entry.

    `any_case`: the fixed parts of a path may be written in any letter case.
    """

    def __init__(self, routes: Iterable[Route[CallT]], *, any_case: bool = False) -> None:
        self._any_case = any_case
        self._rows: dict[tuple[str, int], list[tuple[tuple[str, ...], Route[CallT]]]] = {}
        for route in sorted(routes, key=lambda row: row.pattern.count("{")):
            segments = route.segments
            self._rows.setdefault((route.method, len(segments)), []).append((segments, route))

    def find(self, method: str, path: str) -> tuple[Route[CallT], dict[str, str]] | None:
        """The route of a path that is still percent-encoded, and its variable parts."""
        given = [unquote(segment) for segment in path.strip("/").split("/")]
        for segments, route in self._rows.get((method, len(given)), ()):
            args = self._matched(segments, given)
            if args is not None:
                return route, args
        return None

    def _matched(self, segments: tuple[str, ...], given: list[str]) -> dict[str, str] | None:
        """The variable parts when a path, decoded, fits the segments of a pattern; it has as many."""
        args: dict[str, str] = {}
        for wanted, plain in zip(segments, given, strict=True):
            if wanted.startswith("{"):
                args[wanted[1:-1]] = plain
            elif wanted != plain and not (self._any_case and wanted.lower() == plain.lower()):
                return None
        return args
