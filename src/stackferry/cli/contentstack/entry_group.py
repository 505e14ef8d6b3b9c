"""The group `entry`, and the arguments and options that several of its commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stackferry.cli.options import F

TYPE = click.argument("content_type", metavar="TYPE")
ONE_LOCALE = click.option("--locale", required=True, metavar="CODE", help="The locale.")


def ENTRY(function: F) -> F:  # noqa: N802 - used as the others are
    """The arguments TYPE and UID."""
    return TYPE(click.argument("uid")(function))


@click.group("entry")
def command() -> None:
    """PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH; TYPE is the uid of a content type, UID of an entry."""
