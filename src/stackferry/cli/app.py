"""The program: its commands by name."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from stackferry import __version__
from stackferry.cli.lazy_group import Lazy, LazyGroup
from stackferry.cli.report import Report
from stackferry.errors import ExitCode
from stackferry.io.recursion_limit import make_room

_CLI = "stackferry.cli"


@click.group(
    cls=LazyGroup,
    lazy=[
        Lazy("export", f"{_CLI}.commands.export", "Back up a place into a snapshot."),
        Lazy("import", f"{_CLI}.commands.import_", "Write a snapshot into a place."),
        Lazy("copy", f"{_CLI}.commands.copy", "Copy a place into another one."),
        Lazy("verify", f"{_CLI}.commands.verify", "Check a snapshot, or a place against a snapshot."),
        Lazy(
            "diff",
            f"{_CLI}.commands.diff",
            "Compare two snapshots, two places, or one with the other, entry by entry.",
        ),
        Lazy("show", f"{_CLI}.commands.show", "Show what a snapshot holds and lacks."),
        Lazy("ls", f"{_CLI}.commands.ls", "List what a snapshot holds."),
        Lazy("cat", f"{_CLI}.commands.cat", "Print one object of a snapshot."),
        Lazy("convert", f"{_CLI}.commands.convert", "Make a snapshot of a vendor export, or the other way."),
        Lazy("entry", f"{_CLI}.contentstack.entry", "Look at one entry of a live stack, or change it."),
        Lazy(
            "release",
            f"{_CLI}.contentstack.release",
            "Look at the releases of a live stack, fill them, deploy them.",
        ),
        Lazy(
            "bulk",
            f"{_CLI}.contentstack.bulk",
            "Publish, unpublish, delete or move on many entries and assets at once.",
        ),
        Lazy("emulate", f"{_CLI}.commands.emulate", "Serve an emulated Contentstack."),
        Lazy("demo", f"{_CLI}.commands.demo", "See all of it on an emulated stack."),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="stackferry", message="%(prog)s %(version)s")
def app() -> None:
    """Back up, restore and copy headless-CMS content, losing nothing.

    A place is a URL, contentstack://API_KEY@REGION_OR_HOST/BRANCH, or the name of a profile. Credentials come
    from STACKFERRY_SOURCE_TOKEN and STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.

    "stackferry demo" shows all of it on an emulated stack, in a few seconds.
    """


def run(arguments: list[str]) -> NoReturn:
    """Run a command and end the process. With --json even a mistyped option gets its report."""
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
    from stackferry import exact_json

    context = error.ctx if isinstance(error, click.UsageError) else None
    report = Report(context.info_name or "" if context else "", exit_code=ExitCode(error.exit_code))
    report.error = error.format_message()
    click.echo(exact_json.dumps(report.as_json()))
