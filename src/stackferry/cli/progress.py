"""One bar on stderr, for people at a terminal: done, all, the rate against its limit, the time to come."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqdm import tqdm

    from stackferry.cli.console import Output
    from stackferry.drivers.events import Event
    from stackferry.edges.http import Session

_FORMAT = "  {desc:<24}{bar:24} {n_fmt:>7} of {total_fmt:<7} {postfix:<22} {elapsed} < {remaining}"
_OPEN = "  {desc:<24}{n_fmt:>7} {postfix:<22} {elapsed}"
_SPAN = 1.0  # seconds over which the rate is taken


class Progress:
    """Counts the events of a driver; shows them if there is somebody to look."""

    def __init__(self, bar: tqdm[NoReturn] | None) -> None:
        self._bar = bar
        self._session: Session | None = None
        self._since = (time.monotonic(), 0)

    def watch(self, session: Session) -> None:
        """From now on show the rate of this session."""
        self._session = session
        self._since = (time.monotonic(), 0)

    def emit(self, event: Event) -> None:
        bar = self._bar
        if bar is None:
            return
        if not (event.done or event.total):
            bar.set_description_str(event.stage.replace("_", " "), refresh=False)
        if event.total:
            bar.total = (bar.total or 0) + event.total
        self._rate(bar)
        bar.update(event.done)

    def _rate(self, bar: tqdm[NoReturn]) -> None:
        now, (then, before) = time.monotonic(), self._since
        if self._session is None or now - then < _SPAN:
            return
        counts = self._session.counts
        sent = counts.read + counts.write + counts.bulk
        bar.set_postfix_str(f"{(sent - before) / (now - then):.1f}/s", refresh=False)
        self._since = (now, sent)


@contextmanager
def shown(output: Output) -> Iterator[Progress]:
    """Progress for as long as the block runs; the bar is gone when it ends."""
    if not output.bars:
        yield Progress(None)
        return
    from tqdm import tqdm

    bar: tqdm[NoReturn] = tqdm(
        total=0, bar_format=_FORMAT, leave=False, dynamic_ncols=True, desc="connecting"
    )
    try:
        yield Progress(bar)
    finally:
        bar.close()
