"""`stackferry copy`: export and import at once, by way of a snapshot that is thrown away."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, progress, summary
from stackferry.cli.connect import reach, same
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.operations import back_up, bring, contrast, named, pipe
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from stackferry.cli.connect import Reached
    from stackferry.cli.options import Speed
    from stackferry.cli.output import Output
    from stackferry.cli.progress import Progress
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.core.rate_limit import Pacer
    from stackferry.errors import ExitCode
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions


@new_command("copy", REMOTE)
@click.argument("source")
@click.argument("target")
@options.narrowing_options
@options.writing_options
@own_options("copy")
@options.STATE
@click.option(
    "--dry-run", is_flag=True, help="Compare, entry by entry; count what would be written; write nothing."
)
@options.speed_options
@options.output_options
def command(
    source: str,
    target: str,
    narrowing: ReadOptions,
    writing: WriteOptions,
    own: GivenOptions,
    state: Path | None,
    dry_run: bool,
    speed: Speed,
    output: Output,
) -> None:
    """Copy a branch to another branch or another stack.

    SOURCE and TARGET are places. What is copied lies in the platform's state directory until it has arrived,
    so the same command takes up where it stopped. Credentials come from STACKFERRY_SOURCE_TOKEN and
    STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.
    """
    if dry_run and state:
        raise click.UsageError("--dry-run looks at both sides afresh and keeps nothing: leave --state out")
    reading = replace(narrowing, versions=writing.versions)

    async def work(report: Report) -> ExitCode:
        origin, goal = reach(source, "source"), reach(target, "target")
        if same(origin.place, goal.place):
            raise UsageError(f"{goal.place} is both source and target; name another stack or branch")
        report.facts.update(source=str(origin.place), target=str(goal.place))
        with progress.shown(output) as bar:
            asked = own.read(reading, origin.system, origin.place)
            chosen = replace(
                own.write(writing, goal.system, goal.place), only=goal.system.kinds(writing.only)
            )
            if dry_run:
                await _compare(origin, goal, asked, chosen, speed, report, bar)
            else:
                await _copy(origin, goal, asked, chosen, state, speed, report, bar)
        return report.completed()

    carry_out("copy", output, work, _comparison if dry_run else _ending)


async def _compare(
    origin: Reached,
    goal: Reached,
    reading: ReadOptions,
    writing: WriteOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
) -> None:
    """Both sides as they are now, whatever an earlier copy left behind."""
    from stackferry.core.rate_limit import Pacer

    pacer = Pacer(speed.rates(origin.system.rates))
    shared = pacer if origin.place.origin == goal.place.origin else None
    report.facts["on_conflict"] = writing.on_conflict or "update"
    with tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        snapshot = await back_up(origin, Path(scratch) / "snapshot", reading, speed, report, bar, pacer)
        assumed = replace(writing, on_conflict=writing.on_conflict or "update")
        await contrast(snapshot, goal, assumed, speed, report, bar, shared)


async def _copy(
    origin: Reached,
    goal: Reached,
    reading: ReadOptions,
    writing: WriteOptions,
    state: Path | None,
    speed: Speed,
    report: Report,
    bar: Progress,
) -> None:
    """Both halves at once where that can be; else one after the other.

    An import belongs to one snapshot, byte for byte: when the source has changed since a copy, the next one is another.
    """
    from stackferry.core.rate_limit import Pacer
    from stackferry.io.config import state_directory

    pacer = Pacer(speed.rates(origin.system.rates))
    shared = pacer if origin.place.origin == goal.place.origin else None
    options_key = named(*(f"{name}={value}" for name, value in reading.as_json().items()))
    home = state_directory() / "copies" / named(str(origin.place), str(goal.place), options_key)
    held, running_export = home / "snapshot", home / "arriving"
    if _can_be_alongside(home, reading, writing):
        report.facts["state"] = str(state or running_export)
        await pipe(
            origin, goal, held, state or running_export, reading, writing, speed, report, bar, pacer, shared
        )
        _settle(home, report)
    else:
        snapshot = await _held(held, origin, reading, speed, report, bar, pacer)
        _settle(home, report)
        where = state or _state_of(home, snapshot)
        report.facts["state"] = str(where)
        await bring(snapshot, goal, where, writing, speed, report, bar, shared)
    _throw_away(held)


def _can_be_alongside(home: Path, reading: ReadOptions, writing: WriteOptions) -> bool:
    """Everything is copied, for the first time, and no earlier run came as far as to seal what it read.

    Whether an earlier copy was of the same content shows only when all is read.
    """
    from stackferry.io.storage.snapshot_layout import MANIFEST, WORK

    if reading.is_narrow or writing.choice.is_narrow or writing.only:
        return False
    held = home / "snapshot"
    is_sealed = (held / MANIFEST).is_file() and not (held / WORK).is_dir()
    earlier = [one for one in home.glob("*/checkpoint.sqlite") if one.parent.name != "arriving"]
    return not is_sealed and not earlier


def _throw_away(held: Path) -> None:
    """At once, as far as the next run can see: one that was killed in between would leave a damaged snapshot."""
    thrown = held.with_name("thrown away")
    shutil.rmtree(thrown, ignore_errors=True)  # what a run that was killed here left of it
    held.rename(thrown)
    shutil.rmtree(thrown)


def _settle(home: Path, report: Report) -> None:
    """The state of an import that went on alongside its export gets its place beside those of other snapshots."""
    from stackferry.io.storage.snapshot import Snapshot

    running_export = home / "arriving"
    if running_export.is_dir():
        where = _state_of(home, Snapshot(home / "snapshot"))
        running_export.rename(where)
        report.facts["state"] = str(where)
        report.lists = {name: where / path.name for name, path in report.lists.items()}


def _state_of(home: Path, snapshot: Snapshot) -> Path:
    return home / snapshot.files.digest("manifest.json").sha256[:32]


async def _held(
    directory: Path,
    origin: Reached,
    reading: ReadOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
    pacer: Pacer,
) -> Snapshot:
    """The snapshot of a copy that was interrupted later on, or a new one."""
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.io.storage.snapshot_layout import MANIFEST

    if (directory / MANIFEST).is_file():
        return Snapshot(directory)
    return await back_up(origin, directory, reading, speed, report, bar, pacer)


def _ending(report: Report, output: Output) -> None:
    facts = report.facts
    nothing = "" if report.written else ": nothing was left to write"
    output.say(f"Copied {facts['source']} to {facts['target']}{nothing}")
    summary.account(report, output)


def _comparison(report: Report, output: Output) -> None:
    facts = report.facts
    output.say(f"Compared {facts['source']} with {facts['target']}; nothing was written")
    output.say(f"Counted as with --on-conflict {facts['on_conflict']}")
    report.minimum = {}  # it would be that of the export alone
    summary.comparison(report, output)
