"""`stackferry convert`: an export in one layout into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, wording
from stackferry.cli.command import CONVERTING, new_command
from stackferry.cli.outcome import carry_out
from stackferry.cli.runs import counted

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.console import Output
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode


@new_command("convert", CONVERTING)
@click.argument("source", metavar="IN", type=options.DIRECTORY)
@click.argument("snapshot", metavar="OUT", type=options.DIRECTORY)
@click.option(
    "--to",
    type=click.Choice(["stackferry"]),
    default="stackferry",
    show_default=True,
    help="The layout to write.",
)
@click.option("--branch", default="", metavar="NAME", help="The branch, where an export holds several.")
@click.option("--keep-secrets", is_flag=True, help="Keep credentials of webhooks and extensions.")
@options.output_options
def command(source: Path, snapshot: Path, to: str, branch: str, keep_secrets: bool, output: Output) -> None:
    """Make a snapshot of a vendor export.

    IN, an export that the vendor's own CLI made, of either generation, is left as it is; OUT is a new directory.
    """
    del to  # one layout can be written so far

    def work(report: Report) -> ExitCode:
        from stackferry.drivers.converting import adopt

        report.facts.update(source=str(source), snapshot=str(snapshot))
        with progress.shown(output) as bar:
            made = adopt(source, snapshot, branch=branch, keep_secrets=keep_secrets, emit=bar.emit)
        report.objects, report.gaps = counted(made), made.gaps()
        return report.completed()

    carry_out("convert", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Converted {facts['source']} to {facts['snapshot']}")
    wording.account(report, output, f"{facts['snapshot']}/manifest.json")
