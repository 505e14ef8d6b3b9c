"""`stackferry mapping`: what a snapshot points at, and what that is in a place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import new_command
from stackferry.cli.progress.showing import running
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode
from stackferry.json_values import objects
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.speed import Speed


@new_command("mapping", (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.GAPS, ExitCode.ACCESS))
@click.argument("target", type=PLACE)
@click.argument("snapshot", type=options.DIRECTORY)
@click.option(
    "--write",
    "file",
    type=options.DIRECTORY,
    metavar="FILE",
    help="Write it as a file for 'stackferry import --map', to be filled in.",
)
@own_options("mapping")
@options.speed_options
@options.output_options
def command(
    target: str, snapshot: Path, file: Path | None, own: GivenOptions, speed: Speed, output: Output
) -> None:
    """Propose what the things that a snapshot points at are in another place.

    An import needs queues, groups, connections and people of the target, whose ids are others there. They are found
    by name; what has no counterpart is left empty (exit code 3). Nothing is written to the place. Only imports into
    Azure DevOps need this.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.library.connect import find_endpoint
        from stackferry.library.mappings.mapping import mapping
        from stackferry.library.mappings.mapping_file import mapping_lines

        endpoint = find_endpoint(target, "target")
        endpoint = replace(endpoint, place=own.place(endpoint.place))
        report.system = endpoint.system
        report.facts.update(snapshot=str(snapshot), target=str(endpoint.place))
        asked = own.write(WriteOptions(), endpoint.system, endpoint.place)
        with running(output, report, speed) as how:
            found = await mapping(endpoint, snapshot, write=file, options=asked, **how)
        report.facts.update(mapping=[one.as_json() for one in found], **({"file": str(file)} if file else {}))
        for line in () if output.as_json or file else mapping_lines(found):
            output.show(line)
        return ExitCode.GAPS if any(not one.target for one in found) else ExitCode.COMPLETE

    carry_out("mapping", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    rows = objects(report.facts["mapping"])
    left = sum(not row["target"] for row in rows)
    output.say(
        f"{summary.plural(len(rows), 'thing')} to map, {left:,} of them not in {report.facts['target']}"
    )
    if "file" in report.facts:
        output.say(f"Wrote {report.facts['file']}")
