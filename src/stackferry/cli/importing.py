"""`stackferry import`: a snapshot into a target."""

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
    from stackferry.drivers.writing_run import Imported
    from stackferry.errors import ExitCode
    from stackferry.providers.provider import WriteOptions


@new_command("import", REMOTE)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("target")
@options.writing_options
@options.STATE
@options.speed_options
@options.output_options
def command(
    snapshot: Path, target: str, writing: WriteOptions, state: Path | None, speed: Speed, output: Output
) -> None:
    """Bring a SNAPSHOT into TARGET, a place: everything it holds, in the order that it needs.

    Run again it takes up where it stopped; a finished import writes nothing. The credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.drivers.writing_run import replay, state_path
        from stackferry.edges.settings import state_directory
        from stackferry.edges.snapshot import Snapshot

        reached = reach(target, "target")
        opened = Snapshot(snapshot)
        where = state or state_path(state_directory(), snapshot, reached.place)
        report.facts.update(snapshot=str(snapshot), target=str(reached.place), state=str(where))
        with progress.shown(output) as bar:
            async with connected(reached, speed, report, bar) as session:
                done = await replay(
                    reached.system, session, opened, reached.place, where, writing, emit=bar.emit
                )
        take_stock(report, done)
        return report.completed()

    carry_out("import", output, work, ending)


def take_stock(report: Report, done: Imported) -> None:
    """Write into the report what an import came to."""
    report.objects = dict(done.identities)
    report.gaps = done.gaps


def ending(report: Report, output: Output) -> None:
    """What an import says at its end."""
    facts = report.facts
    wrote = report.requests["write"] + report.requests["bulk"]
    output.say(
        f"Imported {facts['snapshot']} into {facts['target']}{'' if wrote else ': nothing was left to write'}"
    )
    for line in wording.counts_table(report.objects):
        output.say(line)
    output.say(f"  {wording.cost(report)}")
    for line in wording.gap_lines(report.gaps, "the report of the same command with --json"):
        output.say(line)
