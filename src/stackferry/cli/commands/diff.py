"""`stackferry diff`: what two snapshots or places hold differently."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, summary
from stackferry.cli.connect import reach
from stackferry.cli.lazy_group import new_command
from stackferry.cli.operations import back_up, opened
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from stackferry.cli.options import Speed
    from stackferry.cli.output import Output
    from stackferry.cli.progress import Progress
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.providers.target import WriteOptions


@new_command("diff", tuple(ExitCode))
@click.argument("a")
@click.argument("b")
@options.comparing_options
@own_options("diff")
@options.speed_options
@options.output_options
def command(a: str, b: str, comparing: WriteOptions, own: GivenOptions, speed: Speed, output: Output) -> None:
    """Compare two snapshots, two places, or one with the other, entry by entry.

    A and B are snapshots, exports made by the vendor's own CLI, or places. Objects are matched by uid, name,
    url and title; what cannot be told apart counts as missing on both sides. The credential for A comes from
    STACKFERRY_SOURCE_TOKEN, for B from STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.drivers.import_target import origin_of
        from stackferry.drivers.verify_run import diff_snapshots
        from stackferry.providers.registry import system_of

        report.facts.update(a=a, b=b)
        with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch, progress.shown(output) as bar:
            left = await _side(a, "source", Path(scratch, "a"), speed, report, bar)
            right = await _side(b, "target", Path(scratch, "b"), speed, report, bar)
            system = system_of(_system(left))
            asked = own.write(comparing, system, origin_of(system, left))
            verdict = diff_snapshots(system, left, right, asked)
        report.objects, report.gaps = verdict.compared, verdict.gaps
        report.facts["differences"] = [*verdict.differences]
        if not output.as_json:
            for line in summary.difference_lines(verdict.differences):
                output.show(line)
        return ExitCode.DIFFERENT if verdict.differences else report.completed()

    carry_out("diff", output, work, _ending)


async def _side(word: str, role: str, scratch: Path, speed: Speed, report: Report, bar: Progress) -> Snapshot:
    """A snapshot of what a word means: itself, or the place as it is now."""
    from stackferry.io.config import is_place
    from stackferry.providers.source import ReadOptions

    if not is_place(word) and _is_directory(word):
        return opened(Path(word), bar)
    reading = ReadOptions(versions="latest")
    return await back_up(reach(word, role), scratch, reading, speed, report, bar)


def _system(snapshot: Snapshot) -> str:
    """The scheme of the system that a snapshot was exported from."""
    source = snapshot.manifest.get("source")
    return str(source.get("system")) if isinstance(source, dict) else ""


def _is_directory(word: str) -> bool:
    return Path(word).is_dir()


def _ending(report: Report, output: Output) -> None:
    differences = report.facts["differences"]
    count = len(differences) if isinstance(differences, list) else 0
    found = summary.plural(count, "difference") if count else "no difference"
    output.say(f"Compared {report.facts['a']} with {report.facts['b']}: {found}")
    report.minimum = {}
    summary.account(report, output)
