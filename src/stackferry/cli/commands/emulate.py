"""`stackferry emulate`: a Contentstack, a Contentful and an Azure DevOps of one's own, on this machine."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.emulated import Emulated
from stackferry.cli.lazy_group import new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode, StackferryError, UsageError

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report

TOKEN = "emulated-token"  # noqa: S105 - opens nothing but the emulator on this machine


@new_command("emulate", (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.CORRUPT))
@click.argument("directories", metavar="[PATH]...", nargs=-1, type=options.DIRECTORY)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8777, show_default=True, help="0: any free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--empty",
    multiple=True,
    metavar="[SYSTEM:]KEY[:LOCALE]",
    help="An empty stack as well, or with contentful:KEY an empty space, with azure-devops:ORGANIZATION/PROJECT an "
    "empty project; after :SEED it has the queues, groups, connections and people of a made-up one (repeatable).",
)
@click.option(
    "--generated",
    multiple=True,
    metavar="[SYSTEM:]KEY[:SEED]",
    help="A made-up space of Contentful with something of every kind as well, or with "
    "azure-devops:ORGANIZATION/PROJECT a project with 230 releases (repeatable).",
)
@click.option(
    "--token",
    default=TOKEN,
    show_default=True,
    help="Opens everything: as a management token, an authtoken, a PAT, or after `Bearer ` as an OAuth token.",
)
@click.option(
    "--asset-origin",
    metavar="URL",
    help="What the addresses of files begin with, to try another host for them: http://localhost:8777",
)
@click.option(
    "--rate-limits",
    is_flag=True,
    help="Refuse more than 10 reads, 10 writes, 1 bulk call a second; of spaces, more than 10 requests; of projects, "
    "delay and then refuse what is over 200 TSTU in five minutes.",
)
@click.option(
    "--tls",
    type=options.DIRECTORY,
    metavar="DIR",
    help="Speak TLS with the certificate in DIR (ca.pem, key.pem); openssl makes one where there is none.",
)
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS", help="Answer later.")
@click.option(
    "--faults",
    type=options.DIRECTORY,
    metavar="FILE",
    help="Which requests fail, and how: see docs/reliability.md.",
)
@options.output_options
def command(
    directories: tuple[Path, ...],
    port: int,
    host: str,
    empty: tuple[str, ...],
    generated: tuple[str, ...],
    token: str,
    asset_origin: str | None,
    rate_limits: bool,
    tls: Path | None,
    latency: float,
    faults: Path | None,
    output: Output,
) -> None:
    """Serve an emulated Contentstack, Contentful and Azure DevOps.

    There is a stack, a space or a project for each PATH, until Ctrl-C: an export with all of its branches, an export of
    contentful-export (the JSON file, or the folder that holds it and the files), or a snapshot. Nothing is kept when it
    ends. It is for trying things out, and for tests.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.emulators.certificates import tls_context
        from stackferry.emulators.faults_file import read_faults_file

        origin = _checked_origin(asset_origin)
        emulated = _emulated(token, origin, rate_limits=rate_limits, latency=latency)
        if faults is not None:
            emulated.app.faults = read_faults_file(faults)
        for directory in directories:
            emulated.add(directory)
        for word in empty:
            emulated.add_empty(word)
        for word in generated:
            emulated.add_generated(word)
        if not emulated.added:
            raise UsageError("nothing to serve: name an export or a snapshot, or --empty KEY")
        emulated.open_all()
        report.facts["stacks"] = [*emulated.keys("contentstack")]
        report.facts["spaces"] = [*emulated.keys("contentful")]
        report.facts["projects"] = [*emulated.keys("azure-devops")]
        _serve(emulated, host, port, tls_context(tls) if tls else None, output)
        budgets = ("read", "write", "bulk", "asset")
        report.monitor.add({budget: emulated.app.count(budget) for budget in budgets})
        report.facts["faults"] = emulated.app.faults.taken
        return ExitCode.COMPLETE

    carry_out("emulate", output, work, _ending)


def _checked_origin(given: str | None) -> str | None:
    if given is not None and not re.fullmatch(r"https?://[^/?#@\s]+/?", given):
        raise UsageError(f"--asset-origin {given}: scheme and host, and no path: http://localhost:8777")
    return given.rstrip("/") if given else None


def _emulated(token: str, origin: str | None, *, rate_limits: bool, latency: float) -> Emulated:
    """The emulators of all systems on one port, without anything in them."""
    from stackferry.emulators import azure_devops, contentful, contentstack
    from stackferry.emulators.combined import Combined

    limits = contentstack.RateLimits(read=10, write=10, bulk=1) if rate_limits else None
    stacks = contentstack.Emulator(limits=limits, asset_origin=origin)
    host = origin.partition("://")[2] if origin else None
    of_spaces = contentful.Limits(second=10) if rate_limits else None
    spaces = contentful.Emulator(limits=of_spaces, asset_host=host)
    projects = azure_devops.Emulator(limits=azure_devops.Limits(tstu=200 if rate_limits else None))
    # What Azure DevOps serves is told by its path alone, so it comes first.
    return Emulated(stacks, spaces, projects, Combined((projects, spaces, stacks), latency=latency), token)


def _serve(emulated: Emulated, host: str, port: int, tls: ssl.SSLContext | None, output: Output) -> None:
    """Serve until somebody interrupts, which is how this ends."""
    from stackferry.emulators.http_server import serve

    try:
        if host not in ("127.0.0.1", "localhost", "::1"):
            output.say(
                f"Anybody who reaches {host} can read and write these stacks, spaces and projects with the token."
            )
        with serve(emulated.app, port=port, host=host, tls=tls) as origin:
            for line in emulated.places(origin.partition("://")[2], tls=tls is not None):
                output.show(line)
            output.say(f"The token of every one:  export STACKFERRY_TOKEN={emulated.token}")
            output.say("Ctrl-C ends it; nothing is kept.")
            while True:  # the server has a thread of its own
                time.sleep(3600)
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise StackferryError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error


def _ending(report: Report, output: Output) -> None:
    faults = report.facts["faults"]
    failed = f", {faults} of them with a fault" if faults else ""
    output.say(f"Ended after {summary.plural(report.sent, 'request')}{failed}.")
