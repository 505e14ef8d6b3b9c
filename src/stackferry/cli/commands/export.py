"""`stackferry export`: a branch into a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, summary
from stackferry.cli.connect import reach
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.operations import back_up
from stackferry.cli.run_command import carry_out
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.options import Speed
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.errors import ExitCode
    from stackferry.providers.source import ReadOptions

_TAKEN = ("versions", "history", "files", "asset_versions")


@new_command("export", REMOTE)
@click.argument("source")
@click.argument("snapshot", type=options.DIRECTORY)
@click.option(
    "--base",
    type=options.DIRECTORY,
    metavar="PREVIOUS",
    help="An earlier snapshot of the same branch: what it holds and is still so is not asked for again.",
)
@click.option(
    "--keep-version-lists",
    is_flag=True,
    help="With --base and --versions all: where nothing else has changed, take the list of an entry's versions from "
    "PREVIOUS too. A name given to an older version since is then missed.",
)
@options.reading_options
@options.speed_options
@options.output_options
def command(
    source: str,
    snapshot: Path,
    base: Path | None,
    keep_version_lists: bool,
    reading: ReadOptions,
    speed: Speed,
    output: Output,
) -> None:
    """Back up a branch into a snapshot.

    SOURCE is a place; SNAPSHOT a new directory. Run again on an unfinished SNAPSHOT, it takes up where it
    stopped. The credential comes from STACKFERRY_SOURCE_TOKEN or STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        reached, previous = (
            reach(source, "source"),
            _base_snapshot(base, keep_version_lists=keep_version_lists),
        )
        report.facts.update(source=str(reached.place), snapshot=str(snapshot))
        with progress.shown(output) as bar:
            await back_up(reached, snapshot, reading, speed, report, bar, base=previous)
        return report.completed()

    carry_out("export", output, work, _ending)


def _base_snapshot(base: Path | None, *, keep_version_lists: bool) -> BaseSnapshot | None:
    from stackferry.drivers.incremental_base import BaseSnapshot

    if base is not None:
        return BaseSnapshot(base, trust_version_lists=keep_version_lists)
    if keep_version_lists:
        raise UsageError("--keep-version-lists says what to take from a base, and no --base is named")
    return None


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Exported {facts['source']} to {facts['snapshot']}")
    summary.account(report, output, f"{facts['snapshot']}/manifest.json")
    for line in _from_base(report):
        output.say(line)


def _from_base(report: Report) -> Iterator[str]:
    taken, lists = report.facts.get("base"), report.objects.get("history", 0)
    if not isinstance(taken, dict):
        return
    counts = {kind: count for kind, count in taken.items() if isinstance(count, int)}
    yield f"  taken over from the base: {summary.amounts(counts, *_TAKEN) or 'nothing'}"
    if lists and "history" not in counts:
        yield f"  {lists:,} reads asked for lists of versions, since names may be new; see --keep-version-lists"
