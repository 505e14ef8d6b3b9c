"""`stackferry verify`: a snapshot against its manifest, or a place against a snapshot."""

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
from stackferry.json_values import as_list, integer

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.speed import Speed
    from stackferry.providers.selection import Selection
    from stackferry.providers.target import WriteOptions


@new_command("verify", tuple(ExitCode))
@click.argument("snapshot", type=options.DIRECTORY)
@click.option(
    "--against", type=PLACE, metavar="TARGET", help="Compare what this place holds with the snapshot."
)
@options.selection_options
@options.BRANCH
@options.STATE
@options.IDENTITIES
@options.TRANSFORM
@options.comparing_options
@own_options("verify")
@options.speed_options
@options.output_options
def command(
    snapshot: Path,
    against: str | None,
    selection: Selection,
    branch: str,
    state: Path | None,
    identities: Path | None,
    transforms: tuple[str, ...],
    comparing: WriteOptions,
    own: GivenOptions,
    speed: Speed,
    output: Output,
) -> None:
    """Check a snapshot, or a place against a snapshot.

    Alone, SNAPSHOT is checked to be whole: every file, every count, every digest. With --against, read TARGET and
    compare it with the snapshot, field by field. Which object became which is known from the import's checkpoint, or
    else found by uid, title and URL. After an import of some entries these are compared, or those that are selected
    here. The credential then comes from STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """

    if against is None and selection.is_narrow:
        raise click.UsageError("a snapshot is checked as a whole: what is selected goes with --against")
    if against is None and own.values:
        raise click.UsageError(f"{min(own.values)} is about a target: it goes with --against")
    if against is None and transforms:
        raise click.UsageError("--transform says what the target was given: it goes with --against")

    async def work(report: Report) -> ExitCode:
        from stackferry.library.connect import find_endpoint
        from stackferry.library.state import open_snapshot
        from stackferry.library.verify import verify

        report.facts["snapshot"] = str(snapshot)
        if against is None:
            with running(output, report, speed) as how:
                found = await verify(snapshot, **how)
            report.take(found)
            report.facts["damage"], report.facts["files"] = [*found.damage], found.files
            for line in found.damage:
                output.show(line)
            return ExitCode.CORRUPT if found.damage else ExitCode.COMPLETE
        target = find_endpoint(against, "target")
        target = replace(target, place=own.place(target.place))
        report.system, report.facts["target"] = target.system, str(target.place)
        asked = own.write(replace(comparing, selection=selection), target.system, target.place)
        with running(output, report, speed) as how:
            held = open_snapshot(snapshot, how["on_event"], branch)
            found = await verify(
                held, target, options=asked, state=state, identities=identities, transforms=transforms, **how
            )
        return summary.differences(found, report, output, summary.difference_lines)

    carry_out("verify", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    if "damage" in facts:
        _ending_alone(report, output)
        return
    output.say(f"Compared {facts['target']} with {facts['snapshot']}: {summary.difference_count(report)}")
    summary.say_result(report, output)


def _ending_alone(report: Report, output: Output) -> None:
    snapshot, damage = report.facts["snapshot"], as_list(report.facts["damage"])
    if damage:
        output.say(f"{snapshot} is damaged in {summary.plural(len(damage), 'place')}")
        return
    files = summary.plural(integer(report.facts["files"]) or 0, "file")
    gaps = f"; it records {summary.plural(len(report.gaps), 'gap')}" if report.gaps else ""
    output.say(f"{snapshot} is whole: {files} as the manifest lists them{gaps}")
