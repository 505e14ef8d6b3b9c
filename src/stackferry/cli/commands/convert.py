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
    from stackferry.drivers.events import Emit
    from stackferry.errors import ExitCode


@new_command("convert", CONVERTING)
@click.argument("source", metavar="IN", type=options.DIRECTORY)
@click.argument("out", metavar="OUT", type=options.DIRECTORY)
@click.option(
    "--to",
    type=click.Choice(["stackferry", "csdx"]),
    default="stackferry",
    show_default=True,
    help="The layout to write: a snapshot, or an export as the vendor's own CLI makes them.",
)
@click.option("--branch", default="", metavar="NAME", help="The branch, where an export holds several.")
@options.KEEP_SECRETS.add
@options.output_options
def command(source: Path, out: Path, to: str, branch: str, keep_secrets: bool, output: Output) -> None:
    """Make a snapshot of a vendor export, or the other way.

    IN, an export of either generation of the vendor's CLI (for csdx: a snapshot), is left as it is; OUT is a new
    directory. What the other layout cannot hold is a gap.
    """

    def work(report: Report) -> ExitCode:
        report.facts.update(source=str(source), out=str(out))
        with progress.shown(output, report) as emit:
            if to == "csdx":
                _to_vendor(source, out, report, emit)
            else:
                _to_snapshot(source, out, branch, report, emit, keep_secrets=keep_secrets)
        return report.completed()

    carry_out("convert", output, work, _ending)


def _to_snapshot(
    source: Path, out: Path, branch: str, report: Report, emit: Emit, *, keep_secrets: bool
) -> None:
    from stackferry.formats.csdx.convert import csdx_to_snapshot
    from stackferry.library.state import counts, system_of_snapshot

    made = csdx_to_snapshot(source, out, branch=branch, keep_secrets=keep_secrets, emit=emit)
    report.objects, report.gaps, report.system = counts(made), made.gaps(), system_of_snapshot(made)


def _to_vendor(source: Path, out: Path, report: Report, emit: Emit) -> None:
    from stackferry.formats.csdx.convert import snapshot_to_csdx
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.state import counts, system_of_snapshot

    held = Snapshot(source)
    lost = snapshot_to_csdx(held, out, emit)
    report.objects, report.system = counts(held), system_of_snapshot(held)
    report.gaps = [*held.gaps(), *(gap.as_json() for gap in lost)]


def _ending(report: Report, output: Output) -> None:
    output.say(f"Converted {report.facts['source']} to {report.facts['out']}")
    summary.say_result(report, output)
