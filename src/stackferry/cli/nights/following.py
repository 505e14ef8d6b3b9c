"""Follows a backup of many profiles: a bar for one, a table for many at a terminal, otherwise a line for each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from stackferry.cli.nights.lines import stack_lines
from stackferry.cli.progress.showing import shown
from stackferry.library.nights.many import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tqdm import tqdm

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.drivers.events import Emit, Event
    from stackferry.library.monitor import Monitor
    from stackferry.library.nights.reports import StackBackup

_ROW = "  {desc} {n_fmt:>7} read {elapsed:>8}"
_TOTAL = "  {desc} {bar:20} {n_fmt:>4} of {total_fmt:<4} {elapsed} < {remaining}"
_WIDTH = 32  # of a profile's name in the table


class Lines(Watch):
    """Prints what each profile came to, and keeps it for the report of a run that is interrupted."""

    def __init__(self, report: Report, output: Output) -> None:
        self._report, self._output = report, output
        self._stacks: list[StackBackup] = []

    def ended(self, stack: StackBackup) -> None:
        self._stacks.append(stack)
        self._report.facts["stacks"] = [one.as_json() for one in self._stacks]
        first, *more = stack_lines(stack)
        say = self._output.fail if stack.error else self._output.say
        say(first)
        self._output.say_lines(*more)


class Bar(Lines):
    """One profile, with the bar of an export."""

    def __init__(self, report: Report, output: Output, emit: Emit) -> None:
        super().__init__(report, output)
        self._emit = emit

    def happened(self, name: str, event: Event) -> None:
        del name
        self._emit(event)


class Table(Lines):
    """A line for each profile that is being read, and one for all of them."""

    def __init__(self, report: Report, output: Output, count: int) -> None:
        super().__init__(report, output)
        from tqdm import tqdm

        self._new = tqdm
        self._rows: dict[str, tqdm[NoReturn]] = {}
        self._total: tqdm[NoReturn] = tqdm(
            total=count, desc=f"{'profiles':<{_WIDTH}}", bar_format=_TOTAL, leave=False, dynamic_ncols=True
        )

    def began(self, name: str, monitor: Monitor) -> None:
        del monitor
        shown = name if len(name) <= _WIDTH else f"{name[: _WIDTH - 1]}…"
        self._rows[name] = self._new(
            desc=f"{shown:<{_WIDTH}}", bar_format=_ROW, leave=False, dynamic_ncols=True, position=self._free()
        )

    def _free(self) -> int:
        """The first line below that of all profiles which no other has."""
        taken = {abs(row.pos) for row in self._rows.values()}
        return next(place for place in range(1, len(taken) + 2) if place not in taken)

    def happened(self, name: str, event: Event) -> None:
        if event.stage == "export":  # and not looking again, or verifying
            self._rows[name].update(event.done)

    def ended(self, stack: StackBackup) -> None:
        self._rows.pop(stack.name).close()
        super().ended(stack)
        self._total.update(1)

    def close(self) -> None:
        for bar in (*self._rows.values(), self._total):
            bar.close()


@contextmanager
def following(report: Report, output: Output, profiles: Sequence[str]) -> Iterator[Watch]:
    """Who follows the backup, for as long as the block runs."""
    if len(profiles) == 1:
        with shown(output, report) as emit:
            yield Bar(report, output, emit)
    elif output.bars:
        table = Table(report, output, len(profiles))
        try:
            yield table
        finally:
            table.close()
    else:
        yield Lines(report, output)
