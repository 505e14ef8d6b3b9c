"""One bar on stderr, for people at a terminal: done, total, the rate beside its limit, the time left."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tqdm import tqdm

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.drivers.events import Emit, Event
    from stackferry.library.monitor import Monitor
    from stackferry.library.speed import Speed

_FORMAT = "  {desc} {bar:20} {n_fmt:>6} of {total_fmt:<6} {elapsed} < {remaining}"
_PLURAL = {"read": "reads", "write": "writes", "bulk": "bulk calls"}
_SPAN = 1.0  # seconds over which the rate is measured: shorter ones show single requests, not a rate
_COUNTING = frozenset({"export", "import", "convert"})  # stages whose events count; others name what begins


class _Sample(NamedTuple):
    """What had been sent at a moment."""

    at: float
    sent: Mapping[str, int]


class _Bar:
    """Counts the events of a run on a bar."""

    def __init__(self, bar: tqdm[NoReturn], monitor: Monitor) -> None:
        self._bar, self._monitor = bar, monitor
        self._sample = _Sample(time.monotonic(), monitor.requests)
        self._stage, self._rate = "connecting", ""
        self._expected: Mapping[str, int] = {}
        self._total: Counter[str] = Counter()
        self._done: Counter[str] = Counter()

    def show(self, event: Event) -> None:
        bar = self._bar
        if self._expected is not self._monitor.expected:
            self._restart()
        if event.stage not in _COUNTING:
            self._stage = event.stage.replace("_", " ")
        self._total[event.kind] += event.total
        self._done[event.kind] += event.done
        # What was expected may be less than what comes: the total never falls below what is known.
        kinds = {*self._expected, *self._total}
        bar.total = sum(max(self._expected.get(kind, 0), self._total[kind]) for kind in kinds)
        self._measure()
        bar.set_description_str(f"{self._stage:<22} {self._rate:<22}", refresh=False)
        bar.update(event.done)

    def _restart(self) -> None:
        """A new piece of work has begun."""
        self._expected = self._monitor.expected
        self._total, self._done = Counter(), Counter()
        self._bar.reset(total=sum(self._expected.values()))

    def _measure(self) -> None:
        """The rate of the busiest budget, beside what it allows."""
        now = time.monotonic()
        if now - self._sample.at < _SPAN:
            return
        from stackferry.model import Budget

        sent = self._monitor.requests
        budgets = (Budget.READ, Budget.WRITE, Budget.BULK)
        rates = {
            budget: (sent[budget] - self._sample.sent[budget]) / (now - self._sample.at) for budget in budgets
        }
        # A budget without a limit is never the busiest: it is taken to allow a billion requests a second.
        busiest = max(budgets, key=lambda budget: rates[budget] / (self._monitor.rate_limit(budget) or 1e9))
        limit = self._monitor.rate_limit(busiest)
        of = "" if limit is None else f" of {limit:g}"
        self._rate = f"{rates[busiest]:.1f}{of} {_PLURAL[busiest]}/s"
        self._sample = _Sample(now, sent)


@contextmanager
def shown(output: Output, report: Report) -> Iterator[Emit]:
    """Where a run sends its events for as long as the block runs; the bar is gone when it ends.

    Without a bar it is `silent`, and the run need not count ahead.
    """
    from stackferry.drivers.events import silent

    if not output.bars:
        yield silent
        return
    from tqdm import tqdm

    first = f"{'connecting':<45}"
    bar: tqdm[NoReturn] = tqdm(total=0, desc=first, bar_format=_FORMAT, leave=False, dynamic_ncols=True)
    try:
        yield _Bar(bar, report.monitor).show
    finally:
        bar.close()


class RunArguments(TypedDict):
    """Arguments that every operation of the library takes."""

    speed: Speed
    on_event: Emit
    monitor: Monitor


@contextmanager
def running(output: Output, report: Report, speed: Speed) -> Iterator[RunArguments]:
    """The arguments of an operation that shows its progress while the block runs."""
    with shown(output, report) as emit:
        yield RunArguments(speed=speed, on_event=emit, monitor=report.monitor)
