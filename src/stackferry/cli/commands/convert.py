"""`stackferry convert`: an export in one layout into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli import options, summary
from stackferry.cli.lazy_group import CONVERTING, new_command
from stackferry.cli.progress.showing import shown
from stackferry.cli.run_command import carry_out

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode


@new_command("convert", CONVERTING)
@click.argument("source", metavar="IN", type=options.DIRECTORY)
@click.argument("out", metavar="OUT", type=options.DIRECTORY)
@click.option(
    "--to",
    type=click.Choice(["stackferry", "csdx", "contentful"]),
    default="stackferry",
    show_default=True,
    help="The layout to write: a snapshot, or an export that the vendor's own tool reads.",
)
@options.BRANCH
@options.KEEP_SECRETS.add
@options.output_options
def command(source: Path, out: Path, to: str, branch: str, keep_secrets: bool, output: Output) -> None:
    """Make a snapshot of a vendor export, or the other way.

    IN, an export of Contentstack's csdx or the JSON file of contentful-export (for --to csdx and --to contentful:
    a snapshot), is left as it is; OUT is a new directory. What the other layout cannot hold is a gap.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.library.convert import convert
        from stackferry.library.state import system_of_snapshot

        report.facts.update(source=str(source), out=str(out))
        with shown(output, report) as emit:
            how: Any = {"to": to, "branch": branch, "keep_secrets": keep_secrets}
            found = convert(source, out, **how, on_event=emit, monitor=report.monitor)
        report.take(found)
        report.system = system_of_snapshot(found.snapshot)
        return report.completed()

    carry_out("convert", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    output.say(f"Converted {report.facts['source']} to {report.facts['out']}")
    summary.say_result(report, output)
