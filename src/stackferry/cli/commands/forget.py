"""`stackferry forget`: retention of the snapshots in a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli import options
from stackferry.cli.lazy_group import LOCAL, new_command
from stackferry.cli.options import Option, bundled, option
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode
from stackferry.json_values import integer, objects

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.library.nights.reports import ForgetReport, ForgetRow
    from stackferry.library.nights.retention import Policy

_EXITS = (*LOCAL[:-1], ExitCode.BUSY, LOCAL[-1])


def _count(context: click.Context, option: click.Parameter, value: str) -> int:
    """A number of snapshots; -1 is all."""
    if value in ("unlimited", "-1"):
        return -1
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise click.BadParameter(f"'{value}' is neither a number nor 'unlimited'", context, option)
    return int(value)


def _keep(rule: str, short: str, what: str) -> Option:
    return option(
        short, f"--keep-{rule}", metavar="N", default="0", show_default=False, callback=_count, help=what
    )


def _policy(**counts: Any) -> Policy:
    from stackferry.library.nights.retention import Policy

    return Policy(**{name.removeprefix("keep_"): count for name, count in counts.items()})


_KEEP = (
    _keep("last", "-l", "Keep the N newest snapshots; 'unlimited' keeps all, here and below."),
    _keep("hourly", "-H", "Keep the newest one of each of the last N hours that have any."),
    _keep("daily", "-d", "The same for days."),
    _keep("weekly", "-w", "The same for weeks, which begin on Monday."),
    _keep("monthly", "-m", "The same for months."),
    _keep("yearly", "-y", "The same for years."),
    option(
        "--keep-within",
        metavar="DURATION",
        default="",
        show_default=False,
        help="Keep all that are less than so long older than the newest one: years, months, days, hours, as 1y5m7d2h.",
    ),
)


@new_command("forget", _EXITS)
@click.argument("directory", metavar="DIR", type=options.DIRECTORY)
@bundled("policy", _policy, *_KEEP)
@click.option(
    "--unfinished",
    is_flag=True,
    help="Also delete backups that were stopped and are older than a complete one: no backup goes on with them.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Delete nothing; say what would be deleted.")
@options.output_options
def command(directory: Path, policy: Policy, unfinished: bool, dry_run: bool, output: Output) -> None:
    """Delete the snapshots that a retention policy does not keep.

    The options mean what they mean to restic. The snapshots of each place are judged for themselves, and so are those
    that were made with other options: one stays if any rule keeps it, and where there are fewer days (weeks, …) than N,
    the oldest one stays, too. Days are those of UTC.
    Before anything is deleted one of the snapshots that stay is checked, byte by byte. What `latest` leads to stays,
    and what has no date for a name. Files that snapshots share are hard links and stay whole in those that stay.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.library.nights.forget import forget

        found = forget(directory, policy, unfinished=unfinished, dry_run=dry_run)
        _take(report, found, dry_run=dry_run)
        for row in () if output.as_json else found.rows:
            output.show(_line(row, dry_run=dry_run))
        for problem in found.problems:
            output.fail(str(problem["error"]))
        return found.exit_code

    def ending(report: Report, output: Output) -> None:
        from stackferry.cli.summary import plural, size

        done = "would be deleted" if dry_run else "deleted"
        freed = size(integer(report.facts["freed_bytes"]) or 0)
        gone = plural(report.objects["removed"], "snapshot")
        output.say(f"{gone} {done}, which frees {freed}; {report.objects['kept']:,} kept")
        if problems := objects(report.facts["problems"]):
            output.say(f"  nothing was deleted in {plural(len(problems), 'directory', 'directories')}")

    carry_out("forget", output, work, ending)


def _take(report: Report, found: ForgetReport, *, dry_run: bool) -> None:
    report.take_offline(found.as_json())
    report.facts["dry_run"] = dry_run


def _line(row: ForgetRow, *, dry_run: bool) -> str:
    name = f"{row.profile}/{row.path.name}" if row.profile else row.path.name
    if row.reasons:
        return f"keep    {name}  {', '.join(row.reasons)}"
    return f"{'would remove' if dry_run else 'removed'} {name}"
