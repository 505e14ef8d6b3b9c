"""`stackferry backup`: dated snapshots of any number of profiles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.config.defaults import values_for
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import UsageError
from stackferry.io.profiles import configuration_file, read_configuration

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.errors import ExitCode
    from stackferry.library.connect import Endpoint
    from stackferry.library.nights.reports import BackupReport
    from stackferry.library.speed import Speed
    from stackferry.providers.source import ReadOptions


@options.reading_options
@own_options("export")
def _chosen(reading: ReadOptions, own: GivenOptions) -> tuple[ReadOptions, GivenOptions]:
    """What is read of one profile's place: from the values of these options."""
    return reading, own


_OPTIONS = [str(param.name) for param in getattr(_chosen, "__click_params__")]  # noqa: B009 - set by click


@new_command("backup", REMOTE)
@click.argument("profiles", metavar="PROFILE...", nargs=-1, type=PLACE)
@click.option("--all", "every", is_flag=True, help="Every profile of the configuration file.")
@click.option(
    "--into",
    type=options.DIRECTORY,
    required=True,
    metavar="DIR",
    help="The directory of all backups; each profile has its own in it.",
)
@click.option(
    "--accept",
    type=options.DIRECTORY,
    metavar="FILE",
    help="Gaps that are known (`snapshots DIR --write-gaps FILE` writes them): exit code 3 then means that something "
    "new is missing.",
)
@click.option(
    "--at-a-time",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    metavar="N",
    help="Profiles that are backed up at the same time. Those of one organization share its rate.",
)
@click.option(
    "--keep-version-lists",
    is_flag=True,
    help="With --versions all: where nothing else has changed, take the list of an entry's versions from the snapshot "
    "before. A name given to an older version since is then missed.",
)
@options.reading_options
@own_options("export")
@options.speed_options
@options.output_options
def command(
    profiles: tuple[str, ...],
    every: bool,
    into: Path,
    accept: Path | None,
    at_a_time: int,
    keep_version_lists: bool,
    reading: ReadOptions,
    own: GivenOptions,
    speed: Speed,
    output: Output,
) -> None:
    """Back up one or many profiles every night: dated, checked.

    A snapshot of each PROFILE (or place) is made in DIR/PROFILE, named by its time in UTC, on top of the newest one of
    the same place, and checked. DIR/PROFILE/latest leads to the newest one that is whole. A backup that was stopped is
    gone on with. What goes wrong with one profile stops no other; the exit code is the worst of all, in the order 130,
    6, 1, 4, 2, 7, 3, 0.
    """

    del reading, own  # each profile may have defaults of its own
    asked = _asked(profiles, every=every)
    context = click.get_current_context()

    def adapt(endpoint: Endpoint, name: str) -> tuple[Endpoint, ReadOptions]:
        try:
            values = values_for(context, name, ["--into", str(into), "--", name])
        except click.ClickException as error:  # of this profile's defaults alone
            raise UsageError(error.format_message()) from error
        reading, own = _chosen(**{option: values[option] for option in _OPTIONS})
        reached = replace(endpoint, place=own.place(endpoint.place))
        return reached, own.read(reading, reached.system, reached.place)

    async def work(report: Report) -> ExitCode:
        from stackferry.cli.nights.following import following
        from stackferry.library.nights.accepted import read_accepted
        from stackferry.library.nights.many import Nights

        report.facts["into"] = str(into)
        with following(report, output, asked) as watch:
            nights = Nights(
                into=into,
                adapt=adapt,
                accepted=read_accepted(accept) if accept else (),
                trust_version_lists=keep_version_lists,
                at_a_time=at_a_time,
                speed=speed,
                watch=watch,
                monitor=report.monitor,
            )
            found = await nights.run(asked)
        _take(report, found)
        return found.exit_code

    carry_out("backup", output, work, _ending)


def _asked(profiles: tuple[str, ...], *, every: bool) -> tuple[str, ...]:
    """The profiles to back up. Raises click's UsageError unless either some are named or all are meant."""
    if bool(profiles) == every:
        raise click.UsageError("name profiles, or say --all: one of the two")
    try:
        names = tuple(read_configuration().names) if every else profiles
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    if not names:
        raise click.UsageError(f"there is no profile in {configuration_file()}")
    return names


def _take(report: Report, found: BackupReport) -> None:
    report.take(found)
    report.facts |= found.own_json()


def _ending(report: Report, output: Output) -> None:
    from stackferry.cli.nights.lines import ending_lines

    output.say_lines(*ending_lines(report))
