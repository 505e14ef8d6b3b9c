"""`stackferry export`: a branch into a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, wording
from stackferry.cli.command import REMOTE
from stackferry.cli.command import command as new_command
from stackferry.cli.outcome import carry_out
from stackferry.cli.places import connected, reach

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.console import Output
    from stackferry.cli.options import Speed
    from stackferry.cli.report import Report
    from stackferry.edges.snapshot import Snapshot
    from stackferry.errors import ExitCode
    from stackferry.providers.provider import ReadOptions


@new_command("export", REMOTE)
@click.argument("source")
@click.argument("snapshot", type=options.DIRECTORY)
@options.reading_options
@options.speed_options
@options.output_options
def command(source: str, snapshot: Path, reading: ReadOptions, speed: Speed, output: Output) -> None:
    """Back up a branch: SOURCE, a place, into SNAPSHOT, a new directory.

    Run again on an unfinished SNAPSHOT it takes up where it stopped. The credential comes from
    STACKFERRY_SOURCE_TOKEN or STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.drivers.reading_run import export

        reached = reach(source, "source")
        report.facts.update(source=str(reached.place), snapshot=str(snapshot))
        with progress.shown(output) as bar:
            async with connected(reached, speed, report, bar) as session:
                made = await export(reached.system, session, reached.place, snapshot, reading, bar.emit)
        take_stock(report, made)
        return report.completed()

    carry_out("export", output, work, ending)


def take_stock(report: Report, made: Snapshot) -> None:
    """Write into the report what a snapshot holds and lacks."""
    counts = made.manifest["counts"]
    assert isinstance(counts, dict)  # noqa: S101 - sealed a moment ago
    report.objects = {kind: count for kind, count in counts.items() if isinstance(count, int)}
    report.gaps = made.gaps()


def ending(report: Report, output: Output) -> None:
    """What an export says at its end."""
    facts = report.facts
    output.say(f"Exported {facts['source']} to {facts['snapshot']}")
    for line in wording.counts_table(report.objects):
        output.say(line)
    output.say(f"  {wording.cost(report)}")
    for line in wording.gap_lines(report.gaps, f"{facts['snapshot']}/manifest.json"):
        output.say(line)
