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

    def match(self, segments: tuple[str, ...], *, any_case: bool = False) -> dict[str, str] | None:
        """The variable parts, decoded, when the path fits; it has as many segments as the pattern."""
        args: dict[str, str] = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            plain = unquote(given)
            if wanted.startswith("{"):
                args[wanted[1:-1]] = plain
            elif wanted != plain and not (any_case and wanted.lower() == plain.lower()):
                return None
        return args


class RouteTable(Generic[CallT]):
    """All routes of a system. A path with fewer variable parts is tried first: `entries/import` is no entry.

    `any_case`: the fixed parts of a path may be written in any letter case.
    """

    def __init__(self, routes: Iterable[Route[CallT]], *, any_case: bool = False) -> None:
        self._any_case = any_case
        self._rows: dict[tuple[str, int], list[Route[CallT]]] = {}
        for route in sorted(routes, key=lambda row: row.pattern.count("{")):
            self._rows.setdefault((route.method, len(route.segments)), []).append(route)

    def find(self, method: str, path: str) -> tuple[Route[CallT], dict[str, str]] | None:
        """The route of a path that is still percent-encoded, and its variable parts."""
        segments = tuple(path.strip("/").split("/"))
        for route in self._rows.get((method, len(segments)), ()):
            args = route.match(segments, any_case=self._any_case)
            if args is not None:
                return route, args
        return None
