"""`stackferry places`: what an account holds, one place a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import new_command
from stackferry.cli.live.command import EXITS, tabbed
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import ExitCode
from stackferry.json_values import objects

if TYPE_CHECKING:
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.library.speed import Speed
    from stackferry.model import JsonObject
    from stackferry.providers.places import FoundPlace


@new_command("places", EXITS)
@click.argument("account", metavar="URL", type=PLACE)
@click.option("--no-aliases", is_flag=True, help="Only places of their own.")
@own_options("places")
@options.speed_options
@options.output_options
def command(account: str, no_aliases: bool, own: GivenOptions, speed: Speed, output: Output) -> None:
    """List the projects, branches or environments of an account.

    They are places, one a line, as other commands take them. URL is that of an organization of Azure DevOps
    (azure-devops://ORGANIZATION@services), whose projects are listed, of a stack (contentstack://API_KEY@REGION), whose
    branches are, or of a space (contentful://SPACE@REGION), whose environments are; or the name of a profile. After an
    alias stands, behind a tab, what it is an alias of. The credential comes from STACKFERRY_SOURCE_TOKEN or
    STACKFERRY_TOKEN.
    """

    async def work(report: Report) -> ExitCode:
        from stackferry.library.places import places

        found = await places(account, speed=speed, monitor=report.monitor, reached=own.place)
        rows = [_row(one) for one in found if not (one.alias_of and no_aliases)]
        report.facts["places"], report.objects = [*rows], {"places": len(rows)}
        return ExitCode.COMPLETE

    def ending(report: Report, output: Output) -> None:
        for row in () if output.as_json else objects(report.facts["places"]):
            output.show(tabbed(row["place"], *([f"alias of {row['alias_of']}"] if "alias_of" in row else [])))

    carry_out("places", output, work, ending)


def _row(found: FoundPlace) -> JsonObject:
    row: JsonObject = {"place": str(found.place), "name": found.place.name}
    return {**row, "alias_of": found.alias_of} if found.alias_of else row
