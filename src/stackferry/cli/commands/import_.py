"""`stackferry import`: a snapshot into a target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, summary
from stackferry.cli.connect import reach
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.operations import bring, forecast, give_up, opened, state_of
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.options import Speed
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.errors import ExitCode
    from stackferry.providers.selection import Selection
    from stackferry.providers.target import WriteOptions


@new_command("import", REMOTE)
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("target")
@options.choice_options
@options.writing_options
@own_options("import")
@options.STATE
@click.option("--dry-run", is_flag=True, help="Count what would be written, and write nothing.")
@click.option("--abandon", is_flag=True, help="Only take back temporary changes that an import left behind.")
@options.speed_options
@options.output_options
def command(
    snapshot: Path,
    target: str,
    choice: Selection,
    writing: WriteOptions,
    own: GivenOptions,
    state: Path | None,
    dry_run: bool,
    abandon: bool,
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
        own_writing = own.write(writing, reached.system, reached.place)
        chosen = replace(own_writing, choice=choice, only=reached.system.kinds(writing.only))
        with progress.shown(output) as bar:
            source = opened(snapshot, bar)
            where = state_of(source, reached, state)
            report.facts.update(snapshot=str(snapshot), target=str(reached.place), state=str(where))
            if abandon:
                await give_up(reached, where, speed, report, bar)
            elif dry_run:
                await forecast(source, reached, where, chosen, speed, report, bar)
            else:
                await bring(source, reached, where, chosen, speed, report, bar)
        return report.completed()

    carry_out(
        "import", output, work, _abandon_ending if abandon else _forecast_ending if dry_run else _ending
    )


def _abandon_ending(report: Report, output: Output) -> None:
    found, target = report.facts["taken_back"], report.facts["target"]
    assert isinstance(found, int)  # noqa: S101 - written above
    output.say(f"Took back {summary.plural(found, 'temporary change')} in {target}; what was imported stays")


def _forecast_ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Would import {facts['snapshot']} into {facts['target']}; nothing was written")
    summary.forecast(report, output)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    nothing = "" if report.written else ": nothing was left to write"
    output.say(f"Imported {facts['snapshot']} into {facts['target']}{nothing}")
    summary.account(report, output)
