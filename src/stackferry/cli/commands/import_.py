"""`stackferry import`: a snapshot into a place."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from stackferry.cli import file_options, options, summary
from stackferry.cli.agreement import agreement, confirmation
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import new_command
from stackferry.cli.plan_lines import WriteLines, keep_items
from stackferry.cli.progress.showing import running
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode
from stackferry.json_values import integer, nested

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.speed import Speed
    from stackferry.providers.selection import Selection
    from stackferry.providers.target import WriteOptions


@new_command("import", tuple(ExitCode))
@click.argument("snapshot", type=options.DIRECTORY)
@click.argument("target", type=PLACE)
@options.selection_options
@options.importing_options
@own_options("import")
@options.BRANCH
@options.STATE
@options.IDENTITIES
@file_options.IDENTITIES_OUT
@options.TRANSFORM
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@options.PLAN
@file_options.PLAN_HTML
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
def command(**given: Any) -> None:
    """Write a snapshot into a place.

    SNAPSHOT may also be an export made by the vendor's own CLI; TARGET is a place. Run again, it resumes. Run again
    after it was finished, it looks at the target: what has changed there is written with --on-conflict update, and
    else told, with exit code 5. The credential comes from STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """
    _Import(**given).carry_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """What the command line asks for."""

    snapshot: Path
    target: str
    selection: Selection
    writing: WriteOptions
    own: GivenOptions
    branch: str
    state: Path | None
    identities: Path | None
    identities_out: Path | None
    transforms: tuple[str, ...]
    dry_run: bool
    plan: Path | None
    html: Path | None
    applied: Path | None
    yes: bool
    abandon: bool
    speed: Speed
    output: Output

    @property
    def is_planned(self) -> bool:
        return self.dry_run or self.plan is not None

    def carry_out(self) -> None:
        file_options.refuse_page(self.html, is_planned=self.is_planned)
        file_options.refuse_identities_out(self.identities_out, is_planned=self.is_planned)
        if self.applied and (self.is_planned or self.abandon):
            raise click.UsageError("--apply does what was planned: leave --dry-run, --plan and --abandon out")
        defaults = _given_defaults(click.get_current_context(), self.writing)
        with TemporaryDirectory(prefix="stackferry-") as scratch, ExitStack() as stack:
            file = self.plan or Path(scratch, "plan.jsonl")
            told = stack.enter_context(Path(scratch, "lines.txt").open("w+", encoding="utf-8", newline="\n"))
            lines = WriteLines(told, every=self.output.verbose > 0)

            async def work(report: Report) -> ExitCode:
                if self.applied is not None:
                    _refuse_other_options(self.applied, defaults)
                return await self._done(report, file, lines)

            def plan_ending(report: Report, output: Output) -> None:
                _plan_ending(report, output, self.plan, partial(lines.say, file, output))
                if output.as_json:
                    keep_items(file, Path(scratch, "items.jsonl"), report)

            ending = _abandon_ending if self.abandon else plan_ending if self.is_planned else _ending
            carry_out("import", self.output, work, ending)

    async def _done(self, report: Report, plan: Path, lines: WriteLines) -> ExitCode:
        from stackferry.library.connect import find_endpoint
        from stackferry.library.import_ import abandon_import, import_, plan_import
        from stackferry.library.state import checkpoint_directory, open_snapshot

        place = find_endpoint(self.target, "target")
        place = replace(place, place=self.own.place(place.place))
        report.system = place.system
        options = self.own.write(replace(self.writing, selection=self.selection), place.system, place.place)
        agree = agreement(self.writing, place, yes=self.yes or self.is_planned or self.abandon)
        with running(self.output, report, self.speed) as how:
            held = open_snapshot(self.snapshot, how["on_event"], self.branch)
            where = checkpoint_directory(held, place.place, self.state)
            report.facts.update(snapshot=str(self.snapshot), target=str(place.place), state=str(where))
            if isinstance(made_by := nested(held.manifest, "export", "made_by"), str):
                report.facts["made_by"] = made_by
            importing: dict[str, Any] = {
                **how,
                "options": options,
                "state": self.state,
                "identities": self.identities,
            }
            if self.abandon:
                given_up = await abandon_import(held, place, state=where, **how)
                report.take(given_up)
                report.facts |= given_up.own_json()
            elif self.is_planned:
                files: dict[str, Any] = {"plan": plan, "html": self.html, "transforms": self.transforms}
                told = None if self.output.as_json else lines
                report.take_plan(await plan_import(held, place, on_write=told, **files, **importing))
                report.facts.update({"html": str(self.html)} if self.html else {})
            else:
                what = f"Import {self.snapshot} into it (--on-conflict {options.on_conflict or 'update'})"
                sure = self.yes or self.applied is not None
                confirm = confirmation(what, place, yes=sure)
                importing.update(apply=self.applied, agree=agree, confirm=confirm, transforms=self.transforms)
                importing["identities_out"] = self.identities_out
                report.take_import(await import_(held, place, **importing))
        return report.completed()


def _given_defaults(context: click.Context, writing: WriteOptions) -> dict[str, str]:
    """What was given on the command line although it is the default anyhow."""
    given = ParameterSource.COMMANDLINE
    names = (name for name in ("versions", "publish") if context.get_parameter_source(name) is given)
    return {name: str(getattr(writing, name)) for name in names}


def _refuse_other_options(plan: Path, given: dict[str, str]) -> None:
    from stackferry.drivers.planning.plan_file import PlanFile
    from stackferry.errors import UsageError

    for name, value in given.items():
        if (planned := nested(PlanFile(plan).head, "options", name)) != value:
            raise UsageError(f"{plan} is for an import with --{name} {planned}: leave --{name} {value} out")


def _plan_ending(
    report: Report, output: Output, asked_for: Path | None, say_objects: Callable[[], None]
) -> None:
    facts, told = report.facts, f": {asked_for} says what" if asked_for else ""
    output.say(f"Would import {facts['snapshot']} into {facts['target']}; nothing was written{told}")
    if "html" in facts:
        output.say(f"Wrote {facts['html']}: what would be done as a page to read")
    summary.say_plan(report, output, say_objects)


def _abandon_ending(report: Report, output: Output) -> None:
    count, target = integer(report.facts["taken_back"]) or 0, report.facts["target"]
    output.say(f"Undid {summary.plural(count, 'temporary change')} in {target}; what was imported stays")
    output.say_lines(*summary.remark_lines(report.remarks, every=output.verbose > 0))


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
