"""`stackferry release list` on a space: every filter and order of the API page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from stackferry.cli.contentful.item_options import PAGE_NEXT, ids_option
from stackferry.cli.contentful.release_group import command
from stackferry.cli.contentful.space_command import columns, of_sys, space_command
from stackferry.cli.options import bundled, option, repeatable
from stackferry.json_values import nested, objects, text
from stackferry.providers.contentful.api.release_rows import release_rows
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.releases import is_timeline

if TYPE_CHECKING:
    from stackferry.cli.contentful.space_command import LiveSpace, Space
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.api.release_rows import Generation
    from stackferry.providers.contentful.api.releases import ReleaseFilters

_STATUS = click.Choice(["active", "archived"])
_ORDERS = [sign + name for name in ("sys.updatedAt", "sys.createdAt", "title") for sign in ("", "-")]


def _filters(
    entries: tuple[str, ...], assets: tuple[str, ...], holds: str | None, empty: bool | None, **given: Any
) -> ReleaseFilters:
    """The filters that were given, as the client names them. Raises UsageError for some that contradict each other."""
    if entries and assets:
        raise click.UsageError("releases are found by entries or by assets: give --entry or --asset")
    kind = "entry" if entries else "asset" if assets else holds or ""
    if holds and kind != holds:
        raise click.UsageError(f"--holds {holds} and --{kind} contradict each other")
    given |= {"entities_in": entries or assets, "entities_link_type": kind.capitalize()}
    given["entities_exist"] = None if empty is None else not empty
    chosen: Any = {name: value for name, value in given.items() if value not in (None, (), "")}
    return cast("ReleaseFilters", chosen)


filter_options = bundled(
    "filters",
    _filters,
    ids_option("--id", "id_in", "Only this release"),
    ids_option("--not-id", "id_nin", "Not this release"),
    ids_option("--created-by", "created_by_in", "Only releases that this user has made"),
    repeatable("--status", "status_in", type=_STATUS, what="Only releases with this status"),
    repeatable("--not-status", "status_nin", type=_STATUS, what="No releases with this status"),
    ids_option("--entry", "entries", "Only releases that hold this entry, or another one of those named"),
    ids_option("--asset", "assets", "Only releases that hold this asset, or another one of those named"),
    option("--holds", type=click.Choice(["entry", "asset"]), help="Only releases that hold any of these."),
    option(
        "--empty/--not-empty", "empty", default=None, help="Only releases that hold nothing, or anything."
    ),
    option("--title", "title_match", metavar="TEXT", help="Only releases with this in their title."),
    option(
        "--order",
        type=click.Choice(_ORDERS),
        default=None,
        help="The order; without it the last changed first.",
    ),
    PAGE_NEXT,
)


@space_command(command, "list")
@filter_options
@click.option("--timeline", "generation", flag_value="timeline", help="Only Timeline releases.")
@click.option("--launch", "generation", flag_value="launch", help="Only Launch releases.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N releases.")
def list_(
    space: LiveSpace, filters: ReleaseFilters, generation: Generation | None, limit: int | None
) -> None:
    """List releases: id, generation, status, number of items, title.

    With --limit the report's `next` is the address of the page that follows, where there is one.
    """
    filters["limit"] = min(limit or PAGE, PAGE)

    async def send(live: Space) -> JsonObject:
        found = await release_rows(live.releases, filters, generation=generation or "", most=limit)
        if found.refused:
            space.output.say(f"Timeline releases are not listed: {found.refused}")
        more = {"next": found.following, "refused": found.refused}
        return {"items": [*found.rows], **{name: value for name, value in more.items() if value}}

    space.answer(send, columns(of_sys("id"), generation_of, of_sys("status"), item_count, title_of))


def generation_of(release: JsonObject) -> str:
    return "timeline" if is_timeline(release) else "launch"


def item_count(release: JsonObject) -> int:
    return len(objects(nested(release, "entities", "items")))


def title_of(release: JsonObject) -> str:
    return text(release.get("title"))
