"""`stackferry export`: a branch into a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, wording
from stackferry.cli.command import REMOTE, new_command
from stackferry.cli.outcome import carry_out
from stackferry.cli.places import reach
from stackferry.cli.runs import back_up

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.console import Output
    from stackferry.cli.options import Speed
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.providers.provider import ReadOptions


@new_command("export", REMOTE)
@click.argument("source")
@click.argument("snapshot", type=options.DIRECTORY)
@options.reading_options
@options.speed_options
@options.output_options
def command(source: str, snapshot: Path, reading: ReadOptions, speed: Speed, output: Output) -> None:
    """Back up a branch into a snapshot.

    SOURCE is a place; SNAPSHOT a new directory. Run again on an unfinished SNAPSHOT, it takes up where it
    stopped. The credential comes from STACKFERRY_SOURCE_TOKEN or STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        reached = reach(source, "source")
        report.facts.update(source=str(reached.place), snapshot=str(snapshot))
        with progress.shown(output) as bar:
            await back_up(reached, snapshot, reading, speed, report, bar)
        return report.completed()

    carry_out("export", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Exported {facts['source']} to {facts['snapshot']}")
    wording.account(report, output, f"{facts['snapshot']}/manifest.json")
