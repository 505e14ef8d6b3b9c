"""`stackferry evidence`: who deployed what and who approved it, for an auditor."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.live.command import tabbed
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode
from stackferry.json_values import as_list, objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject

_LONGEST = 80  # letters of a name on a line


@new_command("evidence", LOCAL)
@click.argument("snapshots", metavar="SNAPSHOT...", type=options.DIRECTORY, nargs=-1, required=True)
@click.option(
    "--definition",
    "definitions",
    multiple=True,
    metavar="NAME",
    callback=options.named,
    help="Only of this one, by name or id (repeatable).",
)
@click.option(
    "--stage",
    "stages",
    multiple=True,
    callback=options.named,
    metavar="NAME",
    help="Only to this stage (repeatable).",
)
@click.option(
    "--since",
    default="",
    callback=options.named,
    metavar="TIME",
    help="Only what was queued at or after this time.",
)
@click.option(
    "--until",
    default="",
    callback=options.named,
    metavar="TIME",
    help="Only what was queued before this time.",
)
@click.option(
    "--csv", type=options.DIRECTORY, metavar="FILE", help="Write the rows as a table for a spreadsheet."
)
@click.option(
    "--html", type=options.DIRECTORY, metavar="FILE", help="Write them as a page to read, sort and print."
)
@options.output_options
def command(
    snapshots: tuple[Path, ...],
    definitions: tuple[str, ...],
    stages: tuple[str, ...],
    since: str,
    until: str,
    csv: Path | None,
    html: Path | None,
    output: Output,
) -> None:
    """Report who deployed what and who approved it, from snapshots.

    No network is needed. One row for each attempt to deploy a release to a stage. Several snapshots of one project
    tell of an attempt once, as the newest of them has it. Only releases of Azure DevOps are evidence of deployments.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.library.evidence import evidence

        found = evidence(
            snapshots, definitions=definitions, stages=stages, since=since, until=until, csv=csv, html=html
        )
        report.take_offline(found.facts_json())
        report.rows["rows"] = found.rows
        files = (("csv", csv), ("html", html))
        report.facts.update({name: str(file) for name, file in files if file is not None})
        for row in () if output.as_json or csv or html else found.rows:
            output.show(tabbed(*_columns(row)))
        return ExitCode.COMPLETE

    carry_out("evidence", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    """How many attempts there are, and what of them an auditor looks at first."""
    marks, vanished = Counter[str](), 0
    for row in report.rows["rows"]:
        marks.update(map(str, as_list(row["marks"])))
        vanished += bool(row["vanished"])
    output.say(f"{report.objects['rows']:,} attempts to deploy a release")
    for mark, count in marks.items():
        output.say(f"  {count:,} {mark}")
    if vanished:
        output.say(f"  {vanished:,} vanished: the service no longer has them")
    for name in ("csv", "html"):
        if name in report.facts:
            output.say(f"Wrote {report.facts[name]}")
    if report.gaps:
        output.say(f"  {len(report.gaps):,} gaps in the archives: `stackferry show` lists them")


def _columns(row: JsonObject) -> Iterator[str]:
    """What a line shows of a row: when, what, where, how it ended, and what to look at."""
    from stackferry.formats.evidence.cells import answer, words

    yield from (_one_line(words(row[name])) for name in ("queued_on", "definition", "release", "stage"))
    yield f"attempt {row['attempt']}"
    yield _one_line(words(row["status"]))
    yield ", ".join(_one_line(answer(one)) for one in objects(row["approvals"]))
    yield ", ".join([*(("vanished",) if row["vanished"] else ()), *map(words, as_list(row["marks"]))])


def _one_line(words: str) -> str:
    """Words of somebody else on a line of a terminal: no control characters, and not without end."""
    clean = "".join(letter if letter.isprintable() else " " for letter in words)
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}…"
