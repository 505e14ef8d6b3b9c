"""`stackferry copy`: export and import at the same time, by way of a snapshot that is removed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from stackferry.cli import file_options, options, summary
from stackferry.cli.agreement import agreement, confirmation
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import new_command
from stackferry.cli.plan_lines import keep_items
from stackferry.cli.progress.showing import running
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.connect import Endpoint
    from stackferry.library.speed import Speed
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions


@new_command("copy", tuple(ExitCode))
@click.argument("source", type=PLACE)
@click.argument("target", type=PLACE)
@options.narrowing_options
@options.writing_options
@own_options("copy")
@options.STATE
@options.IDENTITIES
@file_options.IDENTITIES_OUT
@options.TRANSFORM
@click.option(
    "--dry-run", is_flag=True, help="Compare, entry by entry; count what would be written; write nothing."
)
@options.PLAN
@file_options.PLAN_HTML
@options.YES
@options.speed_options
@options.output_options
def command(**given: Any) -> None:
    """Copy a place into another one.

    SOURCE and TARGET are places. What was read lies in the platform's state directory until it has arrived, so the
    same command resumes. Credentials come from STACKFERRY_SOURCE_TOKEN and STACKFERRY_TARGET_TOKEN, or
    STACKFERRY_TOKEN for both.
    """
    _Copy(**given).carry_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """What the command line asks for."""

    source: str
    target: str
    narrowing: ReadOptions
    writing: WriteOptions
    own: GivenOptions
    state: Path | None
    identities: Path | None
    identities_out: Path | None
    transforms: tuple[str, ...]
    dry_run: bool
    plan: Path | None
    html: Path | None
    yes: bool
    speed: Speed
    output: Output

    @property
    def is_planned(self) -> bool:
        return self.dry_run or self.plan is not None

    def carry_out(self) -> None:
        file_options.refuse_page(self.html, is_planned=self.is_planned)
        file_options.refuse_identities_out(self.identities_out, is_planned=self.is_planned)
        if self.is_planned and self.state:
            raise click.UsageError("a dry run always reads both places and keeps nothing: leave --state out")
        with TemporaryDirectory(prefix="stackferry-") as scratch:
            file = self.plan or Path(scratch, "plan.jsonl")

            def plan_ending(report: Report, output: Output) -> None:
                _plan_ending(report, output)
                if output.as_json:
                    keep_items(file, Path(scratch, "items.jsonl"), report)

            ending = plan_ending if self.is_planned else _ending
            carry_out("copy", self.output, partial(self._done, file), ending)

    def _endpoint(self, where: str, side: str) -> Endpoint:
        from stackferry.library.connect import find_endpoint

        found = find_endpoint(where, side)
        return replace(found, place=self.own.place(found.place, side))

    async def _done(self, plan: Path, report: Report) -> ExitCode:
        from stackferry.library.copy import copy, plan_copy

        origin, goal = self._endpoint(self.source, "source"), self._endpoint(self.target, "target")
        report.system = origin.system
        report.facts.update(source=str(origin.place), target=str(goal.place))
        reading = replace(self.narrowing, versions=self.writing.versions)
        writing = self.own.write(self.writing, goal.system, goal.place)
        if self.is_planned:  # objects that the target has count as updated, unless the user says otherwise
            writing = replace(writing, on_conflict=writing.on_conflict or "update")
            report.facts["on_conflict"] = writing.on_conflict
        agree = agreement(self.writing, goal, yes=self.yes or self.is_planned)
        with running(self.output, report, self.speed) as how:
            copying: dict[str, Any] = {
                **how,
                "reading": self.own.read(reading, origin.system, origin.place),
                "writing": writing,
                "identities": self.identities,
                "transforms": self.transforms,
            }
            try:
                if self.is_planned:
                    files: dict[str, Any] = {"plan": plan, "html": self.html}
                    report.take_plan(await plan_copy(origin, goal, **files, **copying))
                    report.facts.update({"html": str(self.html)} if self.html else {})
                else:
                    what = f"Copy {origin.place} into it (--on-conflict {writing.on_conflict or 'update'})"
                    copying["confirm"] = confirmation(what, goal, yes=self.yes)
                    copying |= {"state": self.state, "agree": agree, "identities_out": self.identities_out}
                    report.take_import(await copy(origin, goal, **copying))
            except BaseException:
                report.take_failed_copy()
                raise
        return report.completed()


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    nothing = "" if report.written else ": nothing was left to write"
    output.say(f"Copied {facts['source']} to {facts['target']}{nothing}")
    summary.say_result(report, output, counts=bool(report.written))


def _plan_ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Compared {facts['source']} with {facts['target']}; nothing was written")
    if "html" in facts:
        output.say(f"Wrote {facts['html']}: what would be done as a page to read")
    output.say(f"Counted as with --on-conflict {facts['on_conflict']}")
    report.minimum = {}  # it would be that of the export alone
    summary.say_comparison(report, output)
