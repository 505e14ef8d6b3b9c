"""The program: its commands by name."""

from __future__ import annotations

import click

from stackferry import __version__
from stackferry.cli.command import LazyGroup

_HERE = "stackferry.cli"


@click.group(
    cls=LazyGroup,
    modules={
        "export": f"{_HERE}.export",
        "import": f"{_HERE}.importing",
        "copy": f"{_HERE}.copying",
        "verify": f"{_HERE}.verify",
        "show": f"{_HERE}.show",
        "ls": f"{_HERE}.ls",
        "cat": f"{_HERE}.cat",
        "convert": f"{_HERE}.convert",
        "emulate": f"{_HERE}.emulate",
        "demo": f"{_HERE}.demo",
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="stackferry", message="%(prog)s %(version)s")
def app() -> None:
    """Back up, restore and copy headless-CMS content, losing nothing.

    A place is a URL, contentstack://API_KEY@REGION_OR_HOST/BRANCH, or the name of a profile. Credentials come
    from STACKFERRY_SOURCE_TOKEN and STACKFERRY_TARGET_TOKEN, or STACKFERRY_TOKEN for both.

    "stackferry demo" shows all of it on an emulated stack, in a few seconds.
    """
