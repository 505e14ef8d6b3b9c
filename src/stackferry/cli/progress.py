"""One bar on stderr, for people at a terminal: done, all, the rate against its limit, the time to come."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tqdm import tqdm

    from stackferry.cli.output import Output
    from stackferry.drivers.events import Emit, Event
    from stackferry.io.http.session import Session

_FORMAT = "  {desc} {bar:20} {n_fmt:>6} of {total_fmt:<6} {elapsed} < {remaining}"
_PLURAL = {"read": "reads", "write": "writes", "bulk": "bulk calls"}
_SPAN = 1.0  # seconds over which the rate is taken
_WORK = frozenset({"export", "import", "convert"})  # events that count; all others name what begins


class _Look(NamedTuple):
    """What a session had sent at a moment."""

    at: float
    sent: Mapping[str, int]


class Progress:
    """Counts the events of a driver; shows them if there is somebody to look."""

    def __init__(self, bar: tqdm[NoReturn] | None) -> None:
        self._bar = bar
        self._session: Session | None = None
        self._look = _Look(0.0, {})
        self._stage, self._rate = "connecting", ""
        self._expected: Mapping[str, int] = {}
        self._known: Counter[str] = Counter()
        self._done: Counter[str] = Counter()

    def watch(self, session: Session) -> None:
        """From now on show the rate of this session."""
        self._session = session
        self._look = _Look(time.monotonic(), session.counts.as_json())

    def expect(self, counts: Mapping[str, int]) -> None:
        """Begin a new piece of work, of which so much of each kind is known to lie ahead."""
        self._expected = counts
        self._known, self._done = Counter(), Counter()
        if self._bar is not None:
            self._bar.reset(total=sum(counts.values()))

    @property
    def emit(self) -> Emit:
        """Where a driver tells its events. Without a bar nobody looks, and the driver need not count ahead."""
        from stackferry.drivers.events import silent

        return silent if self._bar is None else self._heard

    def _heard(self, event: Event) -> None:
        bar = self._bar
        assert bar is not None  # noqa: S101 - see `emit`
        if event.stage not in _WORK:
            self._stage = event.stage.replace("_", " ")
        self._known[event.kind] += event.total
        self._done[event.kind] += event.done
        kinds = {*self._expected, *self._known}
        bar.total = sum(max(self._expected.get(kind, 0), self._known[kind]) for kind in kinds)
        self._measure()
        bar.set_description_str(f"{self._stage:<22} {self._rate:<22}", refresh=False)
        bar.update(event.done)

    def _measure(self) -> None:
        """The rate of the busiest budget, beside what it allows."""
        now = time.monotonic()
        session = self._session
        if session is None or now - self._look.at < _SPAN:
            return
        from stackferry.model import Budget

        sent = session.counts.as_json()
        lanes = (Budget.READ, Budget.WRITE, Budget.BULK)
        rates = {lane: (sent[lane] - self._look.sent[lane]) / (now - self._look.at) for lane in lanes}
        busiest = max(lanes, key=lambda lane: rates[lane] / (session.pacer.rate(lane) or 1e9))
        limit = session.pacer.rate(busiest)
        of = "" if limit is None else f" of {limit:g}"
        self._rate = f"{rates[busiest]:.1f}{of} {_PLURAL[busiest]}/s"
        self._look = _Look(now, sent)


@contextmanager
def shown(output: Output) -> Iterator[Progress]:
    """Progress for as long as the block runs; the bar is gone when it ends."""
    if not output.bars:
        yield Progress(None)
        return
    from tqdm import tqdm

    first = f"{'connecting':<45}"
    bar: tqdm[NoReturn] = tqdm(total=0, desc=first, bar_format=_FORMAT, leave=False, dynamic_ncols=True)
    try:
        yield Progress(bar)
    finally:
        bar.close()
