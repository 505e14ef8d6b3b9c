"""Progress in files: a line at intervals for people, and one event a line for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.cli.progress.rate import Rate, time_left

if TYPE_CHECKING:
    from types import TracebackType

    from stackferry.cli.output import Output
    from stackferry.drivers.events import Event
    from stackferry.library.monitor import Monitor
    from stackferry.library.progress import Phase, Progress
    from stackferry.model import JsonObject


class _Told:
    """A context that takes events and tells of them when asked."""

    def __init__(self, progress: Progress, monitor: Monitor, output: Output) -> None:
        self._progress, self._monitor, self._output = progress, monitor, output
        self._last: Phase | None = None  # the one that moved last

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def take(self, event: Event) -> None:
        self._last = self._progress.take(event) or self._last

    @property
    def _requests(self) -> int:
        sent = self._monitor.requests
        return sum(sent.values()) - sent["retried"]


class Lines(_Told):
    """A line of what is under way."""

    def __enter__(self) -> Lines:
        self._rate = Rate(self._monitor)
        return self

    def tell(self) -> None:
        """Say how far the phases are that have begun and are not over; called by another thread.

        Of some nobody knows that, since what was found so far was read at once: then it is the one that moved last.
        """
        under_way = [one for one in [*self._progress.phases.values()] if 0 < one.done < one.total]
        under_way = under_way or [one for one in [self._last] if one is not None]
        words = [f"{one.name} {one.count}" for one in under_way] or ["under way"]
        words += [f"{self._requests:,} requests", str(self._rate), *self._left(under_way)]
        self._output.say("  " + ", ".join(filter(None, words)))

    def _left(self, phases: list[Phase]) -> list[str]:
        return time_left(sum(self._progress.seconds_left(phase) or 0 for phase in phases))


class JsonEvents(_Told):
    """One event a line: `phase` when one begins, `progress` at intervals and at the end, for each kind that moved."""

    def __enter__(self) -> JsonEvents:
        self._told: dict[tuple[str, str], tuple[int, int]] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tell()

    def take(self, event: Event) -> None:
        phase = self._progress.take(event)
        if phase is not None and (phase.name, "") not in self._told:
            self._told[phase.name, ""] = (0, 0)
            self._output.event("phase", {"phase": phase.name, "requests": self._requests})

    def tell(self) -> None:
        """Say what has moved since the last time; called by another thread, too."""
        for phase in [*self._progress.phases.values()]:
            for kind in [*phase.kinds, *sorted(phase.expected.keys() - phase.kinds.keys())]:
                now = (phase.done_of(kind), phase.total_of(kind))
                if self._told.get((phase.name, kind)) != now:
                    self._told[phase.name, kind] = now
                    self._output.event("progress", self._fact(phase, kind, *now))

    def _fact(self, phase: Phase, kind: str, done: int, total: int) -> JsonObject:
        return {
            "phase": phase.name,
            "kind": kind,
            "done": done,
            "total": total,
            "at_least": phase.is_least,
            "requests": self._requests,
        }
