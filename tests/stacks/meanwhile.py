"""An editor who acts between the requests of a run, whether it runs in this process, in a thread or in another one.

    editors = Editors(bench, key=TARGET)
    with meanwhile(bench.emulator, (before(match="PUT .*/entries/"), lambda: editors.save("page", HEN))) as moments:
        bench.import_snapshot(snapshot)
    moments.lines                       # the requests before or after which it acted, as "METHOD /path?query"

An edit whose moment never came fails the test: it would prove nothing.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest


@dataclass(frozen=True)
class Moment:
    """Before or after the `number`-th request that matches, counted from 1, and then again after every `period`.

    `match` is looked for in "METHOD /path?query", `holds` in the body.
    """

    number: int
    match: str
    holds: bytes
    is_after: bool
    period: int = 0

    def fits(self, request: HttpRequest) -> bool:
        """Whether the request is one of those that are counted."""
        return bool(re.search(self.match, line(request))) and self.holds in request.body

    def has_come(self, count: int) -> bool:
        """Whether this is the moment, after so many requests that match."""
        over = count - self.number
        return over == 0 or (self.period > 0 and over > 0 and over % self.period == 0)


def before(number: int = 1, *, match: str = "", holds: bytes = b"") -> Moment:
    """Before the n-th request (of those that match): the service has not seen it yet."""
    return Moment(number, match, holds, is_after=False)


def after(number: int = 1, *, match: str = "", holds: bytes = b"") -> Moment:
    """After the n-th request (of those that match) was carried out; its answer is not there yet."""
    return Moment(number, match, holds, is_after=True)


def every(period: int, *, match: str = "", holds: bytes = b"") -> Moment:
    """After every so many requests (that match)."""
    return Moment(period, match, holds, is_after=True, period=period)


def line(request: HttpRequest) -> str:
    """A request as "METHOD /path?query", the path without the version of the API."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    return f"{request.method} {request.path.removeprefix('/v3')}{query}"


@dataclass
class Moments:
    """The edits that wait for their moments, and the requests at which they were made."""

    edits: list[tuple[Moment, Callable[[], object]]]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._counts = [0] * len(self.edits)
        self._made = [0] * len(self.edits)

    def watch(self, request: HttpRequest, answer: Answer | None) -> None:
        """What the emulator calls before and after each request."""
        for place, (moment, edit) in enumerate(self.edits):
            if moment.is_after is (answer is not None) and moment.fits(request):
                self._counts[place] += 1
                if moment.has_come(self._counts[place]):
                    self._made[place] += 1
                    self.lines.append(line(request))
                    edit()

    @property
    def missed(self) -> list[Moment]:
        """The moments that never came."""
        return [moment for (moment, _), made in zip(self.edits, self._made, strict=True) if not made]


@contextmanager
def meanwhile(
    emulator: EmulatorApplication, *edits: tuple[Moment, Callable[[], object]]
) -> Iterator[Moments]:
    """Make edits at their moments, as long as the context lasts. An edit's own requests are not counted."""
    moments = Moments(list(edits))
    emulator.watchers.append(moments.watch)
    try:
        yield moments
    finally:
        emulator.watchers.remove(moments.watch)
    assert moments.missed == [], f"these moments never came: {moments.missed}"
