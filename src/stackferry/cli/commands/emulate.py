"""`stackferry emulate`: a Contentstack of one's own, on this machine."""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.lazy_group import new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode, StackferryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.emulators.contentstack import Branch, Emulator

TOKEN = "emulated-token"  # noqa: S105 - opens nothing but the emulator on this machine


@new_command("emulate", (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.CORRUPT))
@click.argument("directories", metavar="[DIR]...", nargs=-1, type=options.DIRECTORY)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8777, show_default=True, help="0: any free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--empty", multiple=True, metavar="KEY[:LOCALE]", help="An empty stack as well (repeatable).")
@click.option(
    "--token",
    default=TOKEN,
    show_default=True,
    help="Opens every stack: as a management token, an authtoken, or after `Bearer ` as an OAuth token.",
)
@click.option(
    "--asset-origin",
    metavar="URL",
    help="What the addresses of files begin with, to try another host for them: http://localhost:8777",
)
@click.option(
    "--rate-limits", is_flag=True, help="Refuse more than 10 reads, 10 writes, 1 bulk call a second."
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
    token: str,
    asset_origin: str | None,
    rate_limits: bool,
    latency: float,
    faults: Path | None,
    output: Output,
) -> None:
    """Serve an emulated Contentstack.

    There is a stack for each DIR, an export with all of its branches or a snapshot, until Ctrl-C. Nothing is kept when
    it ends. It is for trying things out, and for tests.
    """

    def work(report: Report) -> ExitCode:
        from stackferry.emulators.contentstack import Emulator, RateLimits
        from stackferry.emulators.faults_file import read_faults_file

        limits = RateLimits(read=10, write=10, bulk=1) if rate_limits else RateLimits()
        emulator = Emulator(limits=limits, latency=latency, asset_origin=_checked_origin(asset_origin))
        if faults is not None:
            emulator.faults = read_faults_file(faults)
        for directory in directories:
            _add_seeded(emulator, directory, token)
        for word in empty:
            _add_empty(emulator, word, token)
        if not emulator.stacks:
            raise UsageError("nothing to serve: name an export or a snapshot, or --empty KEY")
        for stack in emulator.stacks.values():
            stack.authtokens.add(token)
            stack.oauth_tokens.add(token)
        report.facts["stacks"] = [*emulator.stacks]
        _serve(emulator, host, port, token, output)
        budgets = ("read", "write", "bulk", "asset")
        report.monitor.add({budget: emulator.count(budget) for budget in budgets})
        report.facts["faults"] = emulator.faults.taken
        return ExitCode.COMPLETE

    carry_out("emulate", output, work, _ending)


def _checked_origin(given: str | None) -> str | None:
    if given is not None and not re.fullmatch(r"https?://[^/?#@\s]+/?", given):
        raise UsageError(f"--asset-origin {given}: scheme and host, and no path: http://localhost:8777")
    return given.rstrip("/") if given else None


def _add_seeded(emulator: Emulator, directory: Path, token: str) -> None:
    from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seeds

    wanted = re.sub(r"[^A-Za-z0-9_.-]+", "-", directory.resolve().name).strip("-.") or "stack"
    key = next(key for key in _keys(wanted) if key not in emulator.stacks)
    seeds = read_seeds(directory)
    first = "main" if "main" in seeds else next(iter(seeds))
    others = {name: seed for name, seed in seeds.items() if name != "main"}
    add_seeded_stack(emulator, seeds[first], api_key=key, management_token=token, branches=others)


def _add_empty(emulator: Emulator, word: str, token: str) -> None:
    key, _, locale = word.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", key) or key in emulator.stacks:
        raise UsageError(f"--empty {word}: the key is of letters, digits, '-', '_' and '.', each one once")
    emulator.add_stack(api_key=key, management_token=token, master_locale=locale or "en-us")


def _keys(wanted: str) -> Iterator[str]:
    """The key for a directory, and those for further directories of the same name."""
    yield wanted
    yield from (f"{wanted}-{number}" for number in itertools.count(2))


def _serve(emulator: Emulator, host: str, port: int, token: str, output: Output) -> None:
    """Serve until somebody interrupts, which is how this ends."""
    from stackferry.emulators.contentstack import serve

    try:
        if host not in ("127.0.0.1", "localhost", "::1"):
            output.say(f"Anybody who reaches {host} can read and write these stacks with the token.")
        with serve(emulator, port=port, host=host) as origin:
            place = origin.removeprefix("http://")
            for stack in emulator.stacks.values():
                for name, branch in stack.branches.items():
                    output.show(f"contentstack+http://{stack.api_key}@{place}/{name}   {_holds(branch)}")
            output.say(f"The token of every stack:  export STACKFERRY_TOKEN={token}")
            output.say("Ctrl-C ends it; nothing is kept.")
            while True:  # the server has a thread of its own
                time.sleep(3600)
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise StackferryError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error


def _holds(branch: Branch) -> str:
    entries = sum(len(entries) for entries in branch.entries.values())
    if not entries and not branch.content_types:
        return "empty"
    types = summary.plural(len(branch.content_types), "content type")
    return f"{types}, {summary.plural(entries, 'entry', 'entries')}"


def _ending(report: Report, output: Output) -> None:
    faults = report.facts["faults"]
    failed = f", {faults} of them with a fault" if faults else ""
    output.say(f"Ended after {summary.plural(report.sent, 'request')}{failed}.")
