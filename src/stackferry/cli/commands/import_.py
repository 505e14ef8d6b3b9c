"""`stackferry import`: a snapshot into a place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from stackferry.cli import options, progress, summary
from stackferry.cli.agreement import agreement
from stackferry.cli.lazy_group import new_command
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode
from stackferry.json_values import integer, nested

if TYPE_CHECKING:
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.speed import Speed
    from stackferry.providers.selection import Selection
    from stackferry.providers.target import WriteOptions


@new_command("import", tuple(ExitCode))
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("target")
@options.selection_options
@options.importing_options
@own_options("import")
@options.BRANCH
@options.STATE
@options.IDENTITIES
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@options.PLAN
@click.option(
    "--apply",
    "applied",
    type=options.DIRECTORY,
    metavar="FILE",
    help="Do what a plan says (--plan FILE), with its options; stop before the first write if anything has moved.",
)
@options.YES
@click.option("--abandon", is_flag=True, help="Only undo temporary changes that an import left behind.")
@options.speed_options
@options.output_options
def command(
    snapshot: Path,
    target: str,
    selection: Selection,
    writing: WriteOptions,
    own: GivenOptions,
    branch: str,
    state: Path | None,
    identities: Path | None,
    dry_run: bool,
    plan: Path | None,
    applied: Path | None,
    yes: bool,
    abandon: bool,
    speed: Speed,
    output: Output,
) -> None:
    """Write a snapshot into a place.

    SNAPSHOT may also be an export made by the vendor's own CLI; TARGET is a place. Run again, it resumes. Run again
    after it was finished, it looks at the target: what has changed there is written with --on-conflict update, and
    else told, with exit code 5. The credential comes from STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """

    if applied and (dry_run or plan or abandon):
        raise click.UsageError("--apply does what was planned: leave --dry-run, --plan and --abandon out")
    defaults = _given_defaults(click.get_current_context(), writing)

    # The report's key "taken_back" is older than the word "undo", which everything else uses.
    async def work(report: Report) -> ExitCode:
        from stackferry.library.connect import find_endpoint
        from stackferry.library.import_ import abandon_import, import_, plan_import
        from stackferry.library.state import checkpoint_directory, open_snapshot

        place = find_endpoint(target, "target")
        if applied is not None:
            _refuse_other_options(applied, defaults)
        report.system = place.system
        asked = own.write(replace(writing, selection=selection), place.system, place.place)
        agree = agreement(writing, place, yes=yes or is_planned or abandon)
        with progress.running(output, report, speed) as how:
            held = open_snapshot(snapshot, how["on_event"], branch)
            where = checkpoint_directory(held, place.place, state)
            report.facts.update(snapshot=str(snapshot), target=str(place.place), state=str(where))
            if isinstance(made_by := nested(held.manifest, "export", "made_by"), str):
                report.facts["made_by"] = made_by
            if abandon:
                report.facts["taken_back"] = await abandon_import(held, place, state=where, **how)
            elif is_planned:
                report.take_plan(
                    await plan_import(
                        held, place, options=asked, state=state, identities=identities, plan=file, **how
                    )
                )
            else:
                report.take_import(
                    await import_(
                        held,
                        place,
                        options=asked,
                        state=state,
                        identities=identities,
                        apply=applied,
                        agree=agree,
                        **how,
                    )
                )
        return report.completed()

    def plan_ending(report: Report, output: Output) -> None:
        facts, told = report.facts, f": {plan} says what" if plan else ""
        output.say(f"Would import {facts['snapshot']} into {facts['target']}; nothing was written{told}")
        summary.say_plan(report, output, file)

    is_planned = dry_run or plan is not None
    with TemporaryDirectory(prefix="stackferry-") as scratch:
        file = plan or Path(scratch, "plan.jsonl")
        carry_out(
            "import", output, work, _abandon_ending if abandon else plan_ending if is_planned else _ending
        )


def _given_defaults(context: click.Context, writing: WriteOptions) -> dict[str, str]:
    """What was given on the command line although it is the default anyhow."""
    given = ParameterSource.COMMANDLINE
    names = (name for name in ("versions", "publish") if context.get_parameter_source(name) is given)
    return {name: str(getattr(writing, name)) for name in names}


def _refuse_other_options(plan: Path, given: dict[str, str]) -> None:
    from stackferry.drivers.plan_file import PlanFile
    from stackferry.errors import UsageError

    for name, value in given.items():
        if (planned := nested(PlanFile(plan).head, "options", name)) != value:
            raise UsageError(f"{plan} is for an import with --{name} {planned}: leave --{name} {value} out")


def _abandon_ending(report: Report, output: Output) -> None:
    count, target = integer(report.facts["taken_back"]) or 0, report.facts["target"]
    output.say(f"Undid {summary.plural(count, 'temporary change')} in {target}; what was imported stays")


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    nothing = "" if report.written else ": nothing was left to write"
    output.say(f"Imported {facts['snapshot']} into {facts['target']}{nothing}")
    if "made_by" in facts:
        output.say(
            "  an export of the vendor's CLI: its layout holds no releases, schedules, stages of entries and names"
        )
        output.say("  of versions; they stay in the source (-v and --json list all limits)")
    summary.say_result(report, output, counts=bool(report.written))
