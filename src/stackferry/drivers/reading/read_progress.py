"""How much of each kind was read, and how much is known to be there, as events of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.drivers.events import Event, kind_of_job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.drivers.events import Emit
    from stackferry.model import Stream


class ReadProgress:
    """Counts records as they come, and what is announced before they do: the rows of a listing, or jobs of a kind.

    A row may hold no record of its kind, a job may bring none or several, and a listing may be begun again. So what
    comes takes the place of what was announced, and what does not come is taken back.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._ahead: Counter[str] = Counter()  # announced and not there yet, by listing or kind

    def announce(self, name: str, count: int) -> None:
        """So much more of a listing, or of jobs of a kind, is known to lie ahead; also of a listing that is empty."""
        if count:
            self._ahead[name] += count
        self._emit(Event("export", kind_of_job(name), total=count))

    def came(self, streams: Iterable[Stream], announced: Mapping[str, int]) -> None:
        """These records came in place of so many rows or jobs; a plan's own notes (.kind) do not count."""
        came = Counter(stream.kind for stream in streams if not stream.kind.startswith("."))
        settled = Counter[str]()
        for name, count in announced.items():
            settled[kind_of_job(name)] += self._take(name, count)
        for kind in came | settled:
            self._emit(Event("export", kind, done=came[kind], total=came[kind] - settled[kind]))

    def drop(self, name: str) -> None:
        """What has not come of a listing, or of jobs of a kind, does not come any more."""
        if left := self._take(name, self._ahead[name]):
            self._emit(Event("export", kind_of_job(name), total=-left))

    def drop_all(self) -> None:
        """A part of the run is over: what was announced for it and has not come is not there."""
        for name in [*self._ahead]:
            self.drop(name)

    def _take(self, name: str, count: int) -> int:
        taken = min(count, self._ahead[name])
        self._ahead[name] -= taken
        if not self._ahead[name]:
            del self._ahead[name]
        return taken
