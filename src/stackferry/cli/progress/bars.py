"""Progress at a terminal: a bar for each phase, and above them what is sent and how long it takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from tqdm import tqdm

from stackferry.cli.progress.rate import Rate, time_left

if TYPE_CHECKING:
    from types import TracebackType

    from stackferry.drivers.events import Event
    from stackferry.library.monitor import Monitor
    from stackferry.library.progress import Phase, Progress

_HEAD: Final = "{desc}"
_BAR: Final = "  {desc:<14}{bar:10} {unit}"  # at most 60 columns with counts of six digits
_PAUSE: Final = 0.1  # seconds between two drawings of a bar: more often nobody can read it


class Bars:
    """A context: the bars are there while it is open, and gone when it ends."""

    def __init__(self, progress: Progress, monitor: Monitor) -> None:
        self._progress, self._monitor = progress, monitor
        self._rate = Rate(monitor)
        self._bars: dict[str, Any] = {}
        self._drawn: dict[str, float] = {}

    def __enter__(self) -> Bars:
        self._head = self._bar(_HEAD, desc="  connecting")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bar in reversed([self._head, *self._bars.values()]):  # from below: each line is cleared once
            bar.close()

    def show(self, event: Event) -> None:
        """Take an event, and draw what it changed."""
        phase = self._progress.take(event)
        for known in self._progress.phases.values():  # those that the plan expects have a bar from the start
            if known.name not in self._bars:
                self._bars[known.name] = self._bar(_BAR, desc=known.name, total=known.total)
                self._draw(known)
            elif event.is_last:
                self._draw(known)
        if phase is not None and self._is_time(phase):
            self._draw(phase)
            self._head.set_description_str(self._sent(phase))

    def _bar(self, bar_format: str, **facts: Any) -> Any:
        return tqdm(
            bar_format=bar_format,
            position=len(self._bars) + (bar_format is _BAR),
            leave=False,
            unit="",
            dynamic_ncols=True,
            **facts,
        )

    def _is_time(self, phase: Phase) -> bool:
        now = time.monotonic()
        is_end = phase.done == phase.total
        if not is_end and now - self._drawn.get(phase.name, 0.0) < _PAUSE:
            return False
        self._drawn[phase.name] = now
        return True

    def _draw(self, phase: Phase) -> None:
        bar = self._bars[phase.name]
        bar.total, bar.n = phase.total, phase.done
        bar.unit = " ".join([phase.count, *time_left(self._progress.seconds_left(phase))])
        bar.refresh()

    def _sent(self, phase: Phase) -> str:
        sent = self._monitor.requests
        words = [phase.name, str(self._rate), f"{sum(sent.values()) - sent['retried']:,} requests"]
        return "  " + ", ".join(filter(None, words))
