"""Commands of `stackferry release` about its items: added, removed, updated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.contentstack.item_options import RELEASE_ASSET, items_options, locales_option
from stackferry.cli.contentstack.stack_command import YES, growing, live_command, notice, notices
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from stackferry.cli.contentstack.item_options import Item
    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call, Releases


@live_command("add")
@click.argument("release")
@items_options
@locales_option("The language of the items; with several, each item is added in each of them")
@click.option(
    "--action",
    type=click.Choice(["publish", "unpublish"]),
    default="publish",
    show_default=True,
    help="What a deployment does with the items.",
)
def add(
    stack: LiveStack,
    release: str,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    locales: tuple[str, ...],
    action: str,
) -> None:
    """Add entries and assets to a release, at the versions given or at their latest."""
    codes = locales or (None,)
    items = [{**one.for_release(code), "action": action} for one in (*entries, *assets) for code in codes]
    if not items:
        raise click.UsageError("name an --entry or an --asset")

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        answers = growing(report)
        if len(items) == 1:
            answers.append(await Releases(call).add_item(release_uid=release, item=items[0]))
        else:
            await Releases(call).add_items(release_uid=release, items=items, answered=answers.append)
        report.objects = {"release_items": len(items)}

    stack.ask("release add", ask, notices)


@live_command("remove")
@click.argument("release")
@items_options
@locales_option("Only items in this language")
@click.option("--all", "everything", is_flag=True, help="Every item.")
@YES
def remove(
    stack: LiveStack,
    release: str,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    locales: tuple[str, ...],
    everything: bool,
    yes: bool,
) -> None:
    """Take items out of a release. What it does not hold is a mistake, and then nothing is taken out."""
    named = (*entries, *assets)
    if everything is bool(named) or (everything and locales):
        raise click.UsageError("name an --entry or an --asset, or give --all alone")

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        client = Releases(call)
        if everything:
            report.facts["answer"] = await client.delete_items(release_uid=release, all=True)
            return
        found = await _found(client, release, named, locales)
        report.objects = {"release_items": len(found)}
        report.facts["answer"] = await client.remove_items(release_uid=release, items=found)

    what = "every item" if everything else ", ".join(one.uid for one in named)
    stack.ask("release remove", ask, notice, question=f"Take {what} out of release {release}?", yes=yes)


async def _found(
    client: Releases, release: str, named: tuple[Item, ...], locales: tuple[str, ...]
) -> list[JsonObject]:
    """The items of the release that are meant, as the service tells them. Raises UsageError for one it lacks."""
    from stackferry.providers.contentstack.api.client import every_row

    async def page(skip: int, size: int) -> JsonObject:
        return await client.items(release_uid=release, include_count=True, skip=skip, limit=size)

    held = await every_row(page, "items")
    found: list[JsonObject] = []
    for one in named:
        rows = [row for row in held if _is_meant(row, one, locales)]
        if not rows:
            raise UsageError(f"release {release} does not hold {one.uid} like that; nothing was taken out")
        found += rows
    return found


def _is_meant(row: JsonObject, one: Item, locales: tuple[str, ...]) -> bool:
    kinds = (RELEASE_ASSET, "sys_assets") if one.is_asset else (one.content_type,)
    return (
        row.get("uid") == one.uid
        and row.get("content_type_uid") in kinds
        and one.version in (None, row.get("version"))
        and (not locales or row.get("locale") in locales)
    )


@live_command("update-items")
@click.argument("release")
def update_items(stack: LiveStack, release: str) -> None:
    """Pin the latest version of every item of a release that was not deployed yet."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).update_items(release_uid=release)

    stack.ask("release update-items", ask, notice)
