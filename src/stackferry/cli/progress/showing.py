"""Progress on stderr: bars for people at a terminal, lines at intervals for files, events for programs."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypedDict

from stackferry.cli.progress.lines import JsonEvents, Lines
from stackferry.library.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.drivers.events import Emit
    from stackferry.library.monitor import Monitor
    from stackferry.library.speed import Speed

_EXPORTS: Final = frozenset(
    {"export", "backup"}
)  # commands whose reading is the work, and has phases of its own


@contextmanager
def shown(output: Output, report: Report) -> Iterator[Emit]:
    """Where a run sends its events for as long as the block runs.

    Where nothing is shown it is `silent`, and the run need not count ahead.
    """
    from stackferry.drivers.events import silent

    progress = Progress(report.monitor, exports=report.command in _EXPORTS)
    if output.bars:
        from stackferry.cli.progress.bars import Bars

        with Bars(progress, report.monitor) as bars:
            yield bars.show
    elif output.quiet or (not output.stats and output.log_format == "text"):
        yield silent
    else:
        lines: Lines | JsonEvents = Lines(progress, report.monitor, output)
        if output.log_format == "json":
            lines = JsonEvents(progress, report.monitor, output)
        with lines, _every(output.stats, lines.tell):
            yield lines.take


@contextmanager
def _every(seconds: float, tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` at intervals for as long as the block runs, also while it waits for the service. 0: never."""
    if not seconds:
        yield
        return
    is_over = threading.Event()

    def repeat() -> None:
        while not is_over.wait(seconds):
            tell()

    thread = threading.Thread(target=repeat, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


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
