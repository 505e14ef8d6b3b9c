"""`stackferry export`: a place into a snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.progress.showing import running
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import UsageError
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.errors import ExitCode
    from stackferry.library.speed import Speed
    from stackferry.providers.source import ReadOptions


@new_command("export", REMOTE)
@click.argument("source", type=PLACE)
@click.argument("snapshot", type=options.DIRECTORY)
@click.option(
    "--base",
    type=options.DIRECTORY,
    metavar="PREVIOUS",
    help="An earlier snapshot of the same place. What it holds and has not changed is not read again.",
)
@click.option(
    "--keep-version-lists",
    is_flag=True,
    help="With --base and --versions all: where nothing else has changed, take the list of an entry's versions from "
    "PREVIOUS too. A name given to an older version since is then missed.",
)
@click.option(
    "--note",
    default="",
    callback=options.named,
    metavar="TEXT",
    help="Why this snapshot was made; `show` tells it. Kept beside the snapshot, whose bytes stay the same.",
)
@options.reading_options
@options.TRANSFORM
@own_options("export")
@options.speed_options
@options.output_options
def command(
    source: str,
    snapshot: Path,
    base: Path | None,
    keep_version_lists: bool,
    note: str,
    reading: ReadOptions,
    transforms: tuple[str, ...],
    own: GivenOptions,
    speed: Speed,
    output: Output,
) -> None:
    """Back up a place into a snapshot.

    SOURCE is a place; SNAPSHOT a new directory. Run again on an unfinished SNAPSHOT, it resumes. The credential comes
    from STACKFERRY_SOURCE_TOKEN or STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.library.connect import find_endpoint
        from stackferry.library.export import export

        endpoint = find_endpoint(source, "source")
        endpoint = replace(endpoint, place=own.place(endpoint.place))
        if keep_version_lists and base is None:
            raise UsageError("--keep-version-lists is about what to reuse of a base: give --base too")
        report.system = endpoint.system
        report.monitor.defers = True
        report.facts.update(source=str(endpoint.place), snapshot=str(snapshot))
        with running(output, report, speed) as how:
            found = await export(
                endpoint,
                snapshot,
                options=own.read(reading, endpoint.system, endpoint.place),
                base=base,
                trust_version_lists=keep_version_lists,
                transforms=transforms,
                note=note,
                **how,
            )
        report.take(found)
        if found.reused is not None:
            report.facts |= {"base": {**found.reused}, "reused": {**found.reused}}
        return report.completed()

    carry_out("export", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Exported {facts['source']} to {facts['snapshot']}")
    summary.say_result(report, output, f"{facts['snapshot']}/manifest.json")
    for line in _from_base(report):
        output.say(line)


def _from_base(report: Report) -> Iterator[str]:
    if "base" not in report.facts:
        return
    words = summary.words_of(report)
    reused = as_object(report.facts["base"]).items()
    counts = {kind: count for kind, count in reused if isinstance(count, int)}
    yield f"  reused from the base: {summary.some_counts(counts, words, *words.order) or 'nothing'}"
    lists = report.objects.get(words.version_lists, 0)
    if lists and words.version_lists not in counts:
        yield f"  {lists:,} reads asked for lists of versions, since names may be new; see --keep-version-lists"
