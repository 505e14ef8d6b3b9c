"""The program: its commands by name."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from stackferry import __version__
from stackferry.cli.command import LazyGroup
from stackferry.cli.report import Report
from stackferry.errors import ExitCode

_HERE = "stackferry.cli"
ROOM = 16 * 1024  # calls; jsonio refuses documents deeper than 1,024 levels


@click.group(
    cls=LazyGroup,
    modules={
        "export": f"{_HERE}.export",
        "import": f"{_HERE}.importing",
        "copy": f"{_HERE}.copying",
        "verify": f"{_HERE}.verify",
        "diff": f"{_HERE}.diff",
        "show": f"{_HERE}.show",
        "ls": f"{_HERE}.ls",
        "cat": f"{_HERE}.cat",
        "convert": f"{_HERE}.convert",
        "entry": f"{_HERE}.entry",
        "release": f"{_HERE}.release",
        "bulk": f"{_HERE}.bulk",
        "emulate": f"{_HERE}.emulate",
        "demo": f"{_HERE}.demo",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="stackferry", message="%(prog)s %(version)s")
def app() -> None:
    """Back up, restore and copy headless-CMS content, losing nothing.

    A place is a URL, contentstack://API_KEY@REGION_OR_HOST/BRANCH, or the name of a profile. Credentials come
    from STACKFERRY_SOURCE_TOKEN and STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.

    "stackferry demo" shows all of it on an emulated stack, in a few seconds.
    """


def make_room() -> None:
    """Let documents be walked that are as deep as an answer may be; a level takes a few calls."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), ROOM))


def run(arguments: list[str]) -> NoReturn:
    """Do what the arguments say and end the process. With --json even a mistyped option gets its report."""
    make_room()
    try:
        sys.exit(app.main(arguments, prog_name="stackferry", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        if "--json" in arguments:
            _report(error)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(ExitCode.INTERRUPTED)


def _report(error: click.ClickException) -> None:
    from stackferry import jsonio

    context = error.ctx if isinstance(error, click.UsageError) else None
    report = Report(context.info_name or "" if context else "", exit_code=ExitCode(error.exit_code))
    report.error = error.format_message()
    click.echo(jsonio.dumps(report.as_json()))
