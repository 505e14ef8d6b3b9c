"""`stackferry import`: a snapshot into a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, wording
from stackferry.cli.command import REMOTE, new_command
from stackferry.cli.outcome import carry_out
from stackferry.cli.places import reach
from stackferry.cli.runs import bring, forecast, opened, state_of

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.console import Output
    from stackferry.cli.options import Speed
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.providers.provider import WriteOptions


@new_command("import", REMOTE)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("target")
@options.writing_options
@options.STATE
@click.option("--dry-run", is_flag=True, help="Count what would be written, and write nothing.")
@options.speed_options
@options.output_options
def command(
    snapshot: Path,
    target: str,
    writing: WriteOptions,
    state: Path | None,
    dry_run: bool,
    speed: Speed,
    output: Output,
) -> None:
    """Bring a snapshot into a stack or a branch.

    SNAPSHOT may also be an export made by the vendor's own CLI; TARGET is a place. Run again, it takes up
    where it stopped; a finished import writes nothing. The credential comes from STACKFERRY_TARGET_TOKEN or
    STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        reached = reach(target, "target")
        with progress.shown(output) as bar:
            source = opened(snapshot, bar)
            where = state_of(source, reached, state)
            report.facts.update(snapshot=str(snapshot), target=str(reached.place), state=str(where))
            if dry_run:
                await forecast(source, reached, where, writing, speed, report, bar)
            else:
                await bring(source, reached, where, writing, speed, report, bar)
        return report.completed()

    carry_out("import", output, work, _forecast_ending if dry_run else _ending)


def _forecast_ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Would import {facts['snapshot']} into {facts['target']}; nothing was written")
    wording.forecast(report, output)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    nothing = "" if report.written else ": nothing was left to write"
    output.say(f"Imported {facts['snapshot']} into {facts['target']}{nothing}")
    wording.account(report, output)
