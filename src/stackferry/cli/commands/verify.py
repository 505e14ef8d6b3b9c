"""`stackferry verify`: a snapshot against its own records, or a target against a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, summary
from stackferry.cli.connect import reach
from stackferry.cli.lazy_group import new_command
from stackferry.cli.operations import compare, counted, opened, state_of
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from stackferry.cli.options import Speed
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.providers.target import WriteOptions


@new_command("verify", tuple(ExitCode))
@click.argument("snapshot", type=options.DIRECTORY)
@click.option("--against", metavar="TARGET", help="Compare what this place holds with the snapshot.")
@options.STATE
@options.comparing_options
@own_options("verify")
@options.speed_options
@options.output_options
def command(
    snapshot: Path,
    against: str | None,
    state: Path | None,
    comparing: WriteOptions,
    own: GivenOptions,
    speed: Speed,
    output: Output,
) -> None:
    """Check a snapshot, or a place against a snapshot.

    Alone, SNAPSHOT is checked to be whole: every file, every count, every digest. With --against, read
    TARGET and compare it with the snapshot, field by field. Who became whom is known from the import's
    checkpoint, or else found by uid, title and URL. The credential then comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """

    def work(report: Report) -> ExitCode | Awaitable[ExitCode]:
        report.facts["snapshot"] = str(snapshot)
        if against is None:
            return _intact(snapshot, report, output)
        return _equal(snapshot, against, state, comparing, own, speed, report, output)

    carry_out("verify", output, work, _ending)


def _intact(snapshot: Path, report: Report, output: Output) -> ExitCode:
    from stackferry.io.storage.snapshot import Snapshot

    held = Snapshot(snapshot)
    damage = []
    for line in held.verify():
        output.show(line)
        damage.append(line)
    report.objects, report.gaps = counted(held), held.gaps()
    report.facts["damage"] = [*damage]
    report.facts["files"] = sum(1 for _ in held.file_entries())
    return ExitCode.CORRUPT if damage else ExitCode.COMPLETE


async def _equal(
    snapshot: Path,
    word: str,
    state: Path | None,
    comparing: WriteOptions,
    own: GivenOptions,
    speed: Speed,
    report: Report,
    output: Output,
) -> ExitCode:
    reached = reach(word, "target")
    report.facts["target"] = str(reached.place)
    with progress.shown(output) as bar:
        held = opened(snapshot, bar)
        where = state_of(held, reached, state)
        asked = own.write(comparing, reached.system, reached.place)
        verdict = await compare(held, reached, where, asked, speed, report, bar)
    if not output.as_json:
        for line in summary.difference_lines(verdict.differences):
            output.show(line)
    return ExitCode.DIFFERENT if verdict.differences else report.completed()


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    if "damage" in facts:
        _ending_alone(report, output)
        return
    differences = facts["differences"]
    assert isinstance(differences, list)  # noqa: S101 - written above
    found = summary.plural(len(differences), "difference") if differences else "no difference"
    output.say(f"Compared {facts['target']} with {facts['snapshot']}: {found}")
    summary.account(report, output)


def _ending_alone(report: Report, output: Output) -> None:
    damage, files = report.facts["damage"], report.facts["files"]
    assert isinstance(damage, list)  # noqa: S101 - written above
    assert isinstance(files, int)  # noqa: S101 - written above
    if damage:
        output.say(f"{report.facts['snapshot']} is damaged in {summary.plural(len(damage), 'place')}")
        return
    known = f"; it records {summary.plural(len(report.gaps), 'gap')}" if report.gaps else ""
    whole = f"{summary.plural(files, 'file')} as the manifest says"
    output.say(f"{report.facts['snapshot']} is whole: {whole}{known}")
