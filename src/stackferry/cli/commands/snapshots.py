"""`stackferry snapshots`: what backups have made in a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.library.nights.reports import SnapshotsReport


@new_command("snapshots", LOCAL)
@click.argument("directory", metavar="DIR", type=options.DIRECTORY)
@click.option(
    "--write-gaps",
    type=options.DIRECTORY,
    metavar="FILE",
    help="Write the gaps of each profile's newest snapshot as a file for `backup --accept`; to a file that is there "
    "those are added that it does not accept.",
)
@options.output_options
def command(directory: Path, write_gaps: Path | None, output: Output) -> None:
    """List the snapshots that backups have made.

    For each: when it was begun (its name), its size, how much of that it shares with other snapshots by hard links, how
    many gaps it has, and whether it is complete. Nothing is checked but the manifests: `stackferry verify` does that.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.cli.nights.lines import snapshot_table
        from stackferry.library.nights.catalogue import snapshots

        found = snapshots(directory)
        report.take_offline(found.as_json())
        report.facts["directory"] = str(directory)
        for line in () if output.as_json or not found.snapshots else snapshot_table(found.snapshots):
            output.show(line)
        if write_gaps is not None:
            report.facts["written"] = _write(write_gaps, found)
        damaged = [row.error for row in found.snapshots if row.error]
        for error in damaged:
            output.fail(error)
        return ExitCode.CORRUPT if damaged else ExitCode.COMPLETE

    def ending(report: Report, output: Output) -> None:
        from stackferry.cli.summary import plural, size

        taken = report.facts["disk_bytes"]
        count = plural(report.objects["snapshots"], "snapshot")
        output.say(f"{count}, {size(taken if isinstance(taken, int) else 0)} on disk")
        if "written" in report.facts:
            output.say(f"{write_gaps}: {report.facts['written']} gaps added")

    carry_out("snapshots", output, work, ending)


def _write(file: Path, found: SnapshotsReport) -> int:
    from stackferry.library.nights.accepted import write_accepted

    newest = {
        row.profile: row for row in found.snapshots if row.state == "whole"
    }  # the last one is the newest
    return write_accepted(file, [(profile, gap) for profile, row in newest.items() for gap in row.gaps])
