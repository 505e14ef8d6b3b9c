"""`stackferry config check`: whether the configuration file is well-formed, and what its tokens are good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.config.place_argument import ProfileType
from stackferry.cli.lazy_group import new_command
from stackferry.cli.live.command import tabbed
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.profiles import Configuration
    from stackferry.library.access import AccessReport
    from stackferry.library.monitor import Monitor
    from stackferry.library.speed import Speed
    from stackferry.model import JsonObject

_EXITS = (
    ExitCode.COMPLETE,
    ExitCode.FAILED,
    ExitCode.USAGE,
    ExitCode.GAPS,
    ExitCode.ACCESS,
    ExitCode.INTERRUPTED,
)
# The worst of several profiles decides, in this order.
_WORST_FIRST = (ExitCode.USAGE, ExitCode.ACCESS, ExitCode.FAILED, ExitCode.GAPS)


@new_command("check", _EXITS, has_defaults=False)
@click.argument("profiles", metavar="[PROFILE]...", nargs=-1, type=ProfileType())
@options.speed_options
@options.output_options
def command(profiles: tuple[str, ...], speed: Speed, output: Output) -> None:
    """Check the configuration file, and what its tokens may read.

    Without PROFILE every profile is checked, one after the other: whether the file is well-formed, whether the service
    accepts the token, which kinds the token may read, which branch or environment an alias leads to, and which limits
    the service announces. Nothing is written; whether a token may write, no service tells without a write. The kinds
    that a token may not read are listed with the service's reason (-v lists all), and end with exit code 3.
    """

    async def work(report: Report) -> ExitCode:
        configuration = _read()
        names = profiles or configuration.names
        width = max(map(len, names))
        rows: list[JsonObject] = []
        codes: set[ExitCode] = set()
        for name in names:
            found = await _checked(configuration, name, speed, report.monitor)
            rows.append({"profile": name, **found.as_json()})
            codes.add(found.exit_code)
            for line in () if output.as_json else _lines(name.ljust(width), found, every=output.verbose > 0):
                output.show(line)
        report.facts.update(configuration=str(configuration.path), profiles=[*rows])
        report.objects = {"profiles": len(rows)}
        return next((code for code in _WORST_FIRST if code in codes), ExitCode.COMPLETE)

    carry_out("config check", output, work)


def _read() -> Configuration:
    """The configuration, with defaults that are good. Raises UsageError, with file and line."""
    from stackferry.cli.config.defaults import check_defaults
    from stackferry.io.profiles import read_configuration

    configuration = read_configuration()
    if configuration.file is None:
        raise UsageError(
            f"there is no configuration file {configuration.path}: `stackferry config init` writes one"
        )
    check_defaults(click.get_current_context().find_root(), configuration)
    if not configuration.names:
        raise UsageError(f"{configuration.path} holds no profile: [profiles.NAME]")
    return configuration


async def _checked(configuration: Configuration, name: str, speed: Speed, monitor: Monitor) -> AccessReport:
    """What was found out about a profile; a mistake in it keeps nobody from looking at the others."""
    from stackferry.cli.config.defaults import check_defaults
    from stackferry.library.access import AccessReport, access

    try:
        check_defaults(click.get_current_context().find_root(), configuration, name)
    except UsageError as error:
        return AccessReport(error=str(error), exit_code=error.exit_code)
    return await access(name, speed=speed, monitor=monitor)


def _lines(name: str, found: AccessReport, *, every: bool) -> Iterator[str]:
    """A row of the table, and below it what cannot be read and why."""
    token = {True: "token accepted", False: "token refused", None: "not asked"}[found.is_accepted]
    yield tabbed(
        name,
        found.place or "not well-formed",
        token,
        _rights(found) if found.kinds else "",
        _limits(found) if found.is_accepted else "",
        f"({found.token})" if found.token else "",
    )
    if found.error:
        yield f"  {found.error}"
    for one in () if found.error else found.kinds if every else found.refused:
        yield f"  {one.kind}: {one.answer}{f': {one.reason}' if one.reason else ''}"


def _rights(found: AccessReport) -> str:
    """What the token may do, as far as a service tells that of a token that only reads."""
    read = sum(one.answer == "read" for one in found.kinds)
    absent = len(found.kinds) - read - len(found.refused)
    more = f" ({absent} not offered here)" if absent else ""
    return f"reads {read} of {len(found.kinds)} kinds{more}, whether it may write is not known"


def _limits(found: AccessReport) -> str:
    if not found.limits:
        return "announces no limit"
    return "announces " + ", ".join(f"{rate:g} {budget}s/s" for budget, rate in found.limits.items())
