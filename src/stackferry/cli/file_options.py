"""Options that name files for people, written beside the report: pages, and who became whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.options import DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path

HTML = click.option(
    "--html",
    type=DIRECTORY,
    metavar="FILE",
    help="Write it as a page for a browser or a printer, too; it needs no network.",
)
PLAN_HTML = click.option(
    "--html",
    type=DIRECTORY,
    metavar="FILE",
    help="With --dry-run or --plan: write what would be done as a page for a browser or a printer.",
)
RESTORE_HTML = click.option(
    "--html",
    type=DIRECTORY,
    metavar="FILE",
    help="With --dry-run: write what would be done as a page for a browser or a printer.",
)
IDENTITIES_OUT = click.option(
    "--identities-out",
    type=DIRECTORY,
    metavar="FILE",
    help="When it is done, write which object of the target is which of the source: a table where the name ends in "
    ".csv, JSON where it ends in .json. --identities takes either.",
)


def refuse_page(html: Path | None, *, is_planned: bool) -> None:
    """Raise click's UsageError for a page of what would be done, where it is done."""
    if html is not None and not is_planned:
        raise click.UsageError("--html shows what would be done: give --dry-run or --plan, too")


def refuse_identities_out(
    file: Path | None, *, is_planned: bool = False, option: str = "--identities-out"
) -> None:
    """Raise click's UsageError for a name that says no format, and where nothing is imported."""
    if file is None:
        return
    if file.suffix not in (".csv", ".json"):
        raise click.UsageError(f"{option} {file}: name a file that ends in .csv or .json")
    if is_planned:
        raise click.UsageError(
            "--identities-out tells what an import has made: leave --dry-run and --plan out"
        )
