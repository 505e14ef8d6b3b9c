"""`stackferry convert`: an export in one layout into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, summary
from stackferry.cli.lazy_group import CONVERTING, new_command
from stackferry.cli.run_command import carry_out

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.model import Gap


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
        from stackferry.formats.contentful.convert import snapshot_to_contentful_file
        from stackferry.formats.csdx.convert import snapshot_to_csdx
        from stackferry.formats.exports import export_to_snapshot
        from stackferry.io.storage.snapshot import Snapshot
        from stackferry.library.state import counts, system_of_snapshot

        report.facts.update(source=str(source), out=str(out))
        lost: list[Gap] = []
        with progress.shown(output, report) as emit:
            if to != "stackferry":
                snapshot = Snapshot(source)
                write = snapshot_to_csdx if to == "csdx" else snapshot_to_contentful_file
                lost = write(snapshot, out, emit, report.monitor.when_reported)
            else:
                snapshot = export_to_snapshot(
                    source, out, branch=branch, keep_secrets=keep_secrets, emit=emit
                )
        report.objects, report.system = counts(snapshot), system_of_snapshot(snapshot)
        report.limits = snapshot.limits()
        report.gaps = [*snapshot.gaps(), *(gap.as_json() for gap in lost)]
        return report.completed()

    carry_out("convert", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    output.say(f"Converted {report.facts['source']} to {report.facts['out']}")
    summary.say_result(report, output)
