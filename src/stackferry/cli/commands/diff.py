"""`stackferry diff`: what two snapshots or places hold differently."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackferry.cli import file_options, options, summary
from stackferry.cli.config.place_argument import SIDE
from stackferry.cli.lazy_group import new_command
from stackferry.cli.progress.showing import running
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.speed import Speed
    from stackferry.library.verify import Side
    from stackferry.providers.target import WriteOptions


@new_command("diff", tuple(ExitCode))
@click.argument("a", type=SIDE)
@click.argument("b", type=SIDE)
@options.BRANCH
@options.comparing_options
@own_options("diff")
@file_options.HTML
@options.speed_options
@options.output_options
def command(
    a: str,
    b: str,
    branch: str,
    comparing: WriteOptions,
    own: GivenOptions,
    html: Path | None,
    speed: Speed,
    output: Output,
) -> None:
    """Compare two snapshots or places, entry by entry.

    A and B are snapshots, exports made by the vendor's own CLI, or places. Of one place, say of two nights,
    it tells what was edited: objects are matched by uid, each edit is one line, a part that moved is one. Of
    two places objects are matched by uid, name, url and title; what is ambiguous counts as missing on both
    sides. --html FILE makes a page of it for editors. The credential for A comes from
    STACKFERRY_SOURCE_TOKEN, for B from STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.cli.change_lines import change_lines
        from stackferry.io.storage.snapshot import Snapshot
        from stackferry.library.verify import diff, find_side, origin_of_side

        report.facts.update(a=a, b=b)
        with running(output, report, speed) as how:
            left, right = (
                _reached(find_side(side, role, emit=how["on_event"], branch=branch), own, role)
                for side, role in ((a, "source"), (b, "target"))
            )
            if isinstance(left, Snapshot) and isinstance(right, Snapshot):
                own.offline()
            report.system, place = origin_of_side(left)
            writing = own.write(comparing, report.system, place)
            found = await diff(left, right, options=writing, html=html, **how)
        report.facts.update({"html": str(html)} if html is not None else {})
        return summary.differences(found, report, output, change_lines)

    carry_out("diff", output, work, _ending)


def _reached(side: Side, own: GivenOptions, role: str) -> Side:
    """A side of which a place is reached as the options say."""
    from stackferry.io.storage.snapshot import Snapshot

    return side if isinstance(side, Snapshot) else replace(side, place=own.place(side.place, role))


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Compared A, {facts['a']}, with B, {facts['b']}: {summary.difference_count(report)}")
    if "html" in facts:
        output.say(f"Wrote {facts['html']}: the differences as a page to read")
    summary.say_result(report, output, gaps_mean="what could not be compared")
