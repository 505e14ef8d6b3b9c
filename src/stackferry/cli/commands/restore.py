"""`stackferry restore`: single entries, assets and releases of a snapshot back into a place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from stackferry.cli import file_options, options, summary
from stackferry.cli.agreement import restore_question
from stackferry.cli.config.completing import place_after_words
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.progress.showing import running
from stackferry.cli.run_command import carry_out
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.library.speed import Speed
    from stackferry.model import JsonObject
    from stackferry.providers.reading.told import Told


@new_command("restore", REMOTE)
@click.argument("names", metavar="UID...", nargs=-1, required=True, shell_complete=place_after_words)
@click.argument("place", type=PLACE)
@click.option(
    "--from", "snapshot", type=options.DIRECTORY, required=True, metavar="SNAPSHOT", help="The snapshot."
)
@click.option(
    "--version",
    type=click.IntRange(min=1),
    metavar="N",
    help="Make the content of version N the latest version; nothing is published then.",
)
@click.option(
    "--locale",
    "locales",
    multiple=True,
    callback=options.named,
    metavar="CODE",
    help="Only this language of an entry (repeatable).",
)
@click.option(
    "--publish",
    type=click.Choice(["same", "none"]),
    help="Make live again what the snapshot has live of these objects, and nothing else of them (same, the default); "
    "or leave alone what is live.",
)
@click.option(
    "--dry-run", is_flag=True, help="List each field with its old and its new value; write nothing."
)
@file_options.RESTORE_HTML
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@options.BRANCH
@options.STATE
@options.IDENTITIES
@options.speed_options
@options.output_options
def command(**given: Any) -> None:
    """Put single entries, assets or releases of a snapshot back.

    UID is also the title or the url of an entry; the title, the file name or the url of an asset; the name of a
    release. Of what is there only the fields that differ are written. What was deleted comes back from the trash, or is
    made anew. Run again, it sends nothing. The credential comes from STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """
    _Restore(**given).carry_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restore:
    """What the command line asks for."""

    names: tuple[str, ...]
    place: str
    snapshot: Path
    version: int | None
    locales: tuple[str, ...]
    publish: str | None
    dry_run: bool
    html: Path | None
    yes: bool
    branch: str
    state: Path | None
    identities: Path | None
    speed: Speed
    output: Output

    def carry_out(self) -> None:
        if self.html is not None and not self.dry_run:
            raise click.UsageError("--html shows what would be done: give --dry-run, too")
        lines: list[str] = []
        ending = partial(_plan_ending, lines) if self.dry_run else _ending
        carry_out("restore", self.output, partial(self._done, lines), ending)

    async def _done(self, lines: list[str], report: Report) -> ExitCode:
        from stackferry.library.connect import find_endpoint
        from stackferry.library.restore import plan_restore, restore
        from stackferry.library.state import open_snapshot

        endpoint = find_endpoint(self.place, "target")
        report.system = endpoint.system
        with running(self.output, report, self.speed) as how:
            held = open_snapshot(self.snapshot, how["on_event"], self.branch)
            report.facts.update(snapshot=str(self.snapshot), target=str(endpoint.place))
            restoring: dict[str, Any] = {
                **how,
                "version": self.version or 0,
                "locales": self.locales,
                "publish": self.publish or "",
                "state": self.state,
                "identities": self.identities,
            }
            if self.dry_run:
                told: dict[str, Any] = {"html": self.html, "on_write": partial(_tell, lines)}
                report.take_plan(await plan_restore(self.names, held, endpoint, **told, **restoring))
                report.facts.update({"html": str(self.html)} if self.html else {})
            else:
                confirm = restore_question(self.names, self.snapshot, endpoint, yes=self.yes)
                report.take_import(await restore(self.names, held, endpoint, confirm=confirm, **restoring))
        return report.completed()


def _tell(lines: list[str], row: JsonObject, told: Sequence[Told]) -> bool:
    from stackferry.cli.plan_lines import field_lines

    lines += field_lines(row, told)
    return True


def _plan_ending(lines: list[str], report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Would restore {_named(report)} in {facts['target']}; nothing was written")
    if "html" in facts:
        output.say(f"Wrote {facts['html']}: what would be done as a page to read")
    output.say_lines("", *(lines or ["  nothing: everything is as the snapshot has it"]), "")
    summary.say_planned_requests(report, output)


def _ending(report: Report, output: Output) -> None:
    nothing = "" if report.written else ": nothing was left to write"
    output.say(f"Restored {_named(report)} in {report.facts['target']}{nothing}")
    summary.say_result(report, output, counts=bool(report.written))


def _named(report: Report) -> str:
    """What was asked for, in words."""
    rows = [as_object(row) for row in objects(report.facts["named"])]
    shown = [f"{text(row.get('uid'))} '{text(row.get('title'))}'" for row in rows[:3]]
    return ", ".join([*shown, *([f"and {len(rows) - 3} more"] if len(rows) > 3 else [])])
