"""`stackferry release`: the releases of a live stack, by the API's own operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack.item_options import (
    AT,
    BULK_ASSET,
    RELEASE_ASSET,
    environments_option,
    items_options,
    locales_option,
)
from stackferry.cli.contentstack.stack_command import columns, notices, stack_command
from stackferry.cli.live.command import YES, answers_of, tabbed
from stackferry.cli.options import named
from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested, objects
from stackferry.providers.contentstack.api import Releases
from stackferry.providers.contentstack.api.client import every_row
from stackferry.providers.contentstack.requests.build import given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.cli.contentstack.item_options import Item
    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.options import F
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

RELEASE = click.argument("release")
DESCRIPTION = click.option("--description", metavar="TEXT")
_ACTIONS = click.Choice(["publish", "unpublish"])
_created = columns("release", "uid", "name")  # the uid comes first: the next command needs it


def _variant(text: str) -> Callable[[F], F]:
    return click.option("--variant", metavar="UID", help=f"{text}.")


def _check_variant(items: tuple[Item, ...], variant: str | None) -> None:
    if variant is not None and any(item.is_asset for item in items):
        raise click.UsageError("assets have no variants: leave --asset or --variant out")


@click.group("release")
def command() -> None:
    """PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH; RELEASE is the uid of a release."""


@stack_command(command, "list")
def list_(stack: LiveStack) -> None:
    """List the releases of a branch: uid, number of items, lock, name."""
    stack.rows(
        "releases",
        lambda call, skip, limit: Releases(call).get_all(
            include_count=True, include_items_count=True, skip=skip, limit=limit
        ),
        columns("releases", "uid", "items_count", _lock, "name"),
    )


@stack_command(command, "show")
@RELEASE
def show(stack: LiveStack, release: str) -> None:
    """Show a release: what it is, where it was deployed, and its items."""

    async def send(call: Call) -> JsonObject:
        client = Releases(call)
        found = as_object((await client.get(release_uid=release)).get("release"))
        return {"release": {**found, "items": [*await _items(client, release)]}}

    stack.answer(send, _release_lines)


async def _items(client: Releases, release: str) -> list[JsonObject]:
    return await every_row(
        lambda skip, limit: client.items(release_uid=release, include_count=True, skip=skip, limit=limit),
        "items",
    )


def _release_lines(report: Report) -> Iterator[str]:
    release = as_object(nested(report.facts.get("answer"), "release"))
    yield tabbed(release.get("uid"), _lock(release), release.get("name"), release.get("description"))
    for row in objects(release.get("status")):
        yield tabbed("deployed", *(row.get(name) for name in ("environment", "status", "time")))
    for row in objects(release.get("items")):
        names = ("action", "content_type_uid", "uid", "locale", "version", "title")
        variant = [row["variant_id"]] if row.get("variant_id") else []
        yield tabbed("item", *(row.get(name) for name in names), *variant)


def _lock(release: JsonObject) -> str:
    return "locked" if release.get("locked") is True else "open"


@stack_command(command, "create")
@click.argument("name", callback=named)
@DESCRIPTION
def create(stack: LiveStack, name: str, description: str | None) -> None:
    """Make a new, empty release called NAME and print its uid."""
    facts = given(name=name, description=description)
    stack.answer(lambda call: Releases(call).create(release=facts), _created)


@stack_command(command, "update")
@RELEASE
@click.option("--name", metavar="TEXT", callback=named)
@DESCRIPTION
def update(stack: LiveStack, release: str, name: str | None, description: str | None) -> None:
    """Change the name or the description of a release."""
    facts = given(name=name, description=description)
    if not facts:
        raise click.UsageError("give a --name or a --description")
    stack.answer(lambda call: Releases(call).update(release_uid=release, release=facts), notices)


@stack_command(command, "clone")
@RELEASE
@click.argument("name", callback=named)
@DESCRIPTION
def clone(stack: LiveStack, release: str, name: str, description: str | None) -> None:
    """Copy a release and its items into a new one called NAME and print its uid."""
    stack.answer(
        lambda call: Releases(call).clone(release_uid=release, name=name, description=description), _created
    )


@stack_command(command, "lock")
@RELEASE
def lock(stack: LiveStack, release: str) -> None:
    """Let nobody change a release."""
    stack.answer(lambda call: Releases(call).lock(release_uid=release), notices)


@stack_command(command, "unlock")
@RELEASE
def unlock(stack: LiveStack, release: str) -> None:
    """Let a release be changed again."""
    stack.answer(lambda call: Releases(call).unlock(release_uid=release), notices)


@stack_command(command, "deploy")
@RELEASE
@environments_option
@locales_option("Only items in this locale")
@click.option("--action", type=_ACTIONS, help="Instead of each item's own action.")
@AT
@YES
def deploy(stack: LiveStack, release: str, **facts: Any) -> None:
    """Carry out all items of a release: what they publish and unpublish changes what readers see.

    The service does it after it has answered; `stackferry release show` tells how it went.
    """
    question = f"Deploy {release} to {', '.join(facts['environments'])}?"
    stack.answer(lambda call: Releases(call).deploy(release_uid=release, **facts), notices, question=question)


@stack_command(command, "delete")
@RELEASE
@YES
def delete(stack: LiveStack, release: str) -> None:
    """Delete a release. Entries and assets stay as they are."""
    question = f"Delete release {release}?"
    stack.answer(lambda call: Releases(call).delete(release_uid=release), notices, question=question)


@stack_command(command, "add")
@RELEASE
@items_options
@_variant("A variant of the entries, by its uid; versions are those of the variant")
@locales_option("The locale of the items; with several, each item is added in each of them")
@click.option(
    "--action",
    type=_ACTIONS,
    default="publish",
    show_default=True,
    help="What a deployment does with the items.",
)
def add(
    stack: LiveStack,
    release: str,
    items: tuple[Item, ...],
    variant: str | None,
    locales: tuple[str, ...],
    action: str,
) -> None:
    """Add entries and assets to a release, at the versions given or at their latest."""
    _check_variant(items, variant)
    facts = given(variant_id=variant, action=action)
    rows = [{**item.for_release(code), **facts} for item in items for code in locales or (None,)]
    if not rows:
        raise click.UsageError("name an --entry or an --asset")

    async def run_call(call: Call, report: Report) -> None:
        answers = answers_of(report)
        if len(rows) == 1:  # the API has a call for one item, and another for several
            answers.append(await Releases(call).add_item(release_uid=release, item=rows[0]))
        else:
            await Releases(call).add_items(release_uid=release, items=rows, answered=answers.append)
        report.objects = {"release_items": len(rows)}

    stack.run_call(run_call, notices)


@stack_command(command, "remove")
@RELEASE
@items_options
@_variant("Only items of this variant of the entries, by its uid")
@locales_option("Only items in this locale")
@click.option("--all", "everything", is_flag=True, help="Every item.")
@YES
def remove(
    stack: LiveStack,
    release: str,
    items: tuple[Item, ...],
    variant: str | None,
    locales: tuple[str, ...],
    everything: bool,
) -> None:
    """Take items out of a release. What it does not hold is a mistake, and then nothing is taken out."""
    if everything is bool(items) or (everything and (locales or variant)):
        raise click.UsageError("name an --entry or an --asset, or give --all alone")
    _check_variant(items, variant)

    async def run_call(call: Call, report: Report) -> None:
        client = Releases(call)
        if everything:
            report.facts["answer"] = await client.delete_items(release_uid=release, all=True)
            return
        held = await _items(client, release)
        if variant is not None:
            held = [row for row in held if row.get("variant_id") == variant]
        found = _named_rows(held, release, items, locales)
        report.objects = {"release_items": len(found)}
        report.facts["answer"] = await client.remove_items(release_uid=release, items=found)

    what = "every item" if everything else ", ".join(item.uid for item in items)
    stack.run_call(run_call, notices, question=f"Take {what} out of release {release}?")


def _named_rows(
    held: list[JsonObject], release: str, items: tuple[Item, ...], locales: tuple[str, ...]
) -> list[JsonObject]:
    """The items of the release that are meant, as the service tells them. Raises UsageError for one it lacks."""
    found: list[JsonObject] = []
    for item in items:
        rows = [row for row in held if _is_meant(row, item, locales)]
        if not rows:
            raise UsageError(f"release {release} does not hold {item.uid} like that; nothing was taken out")
        found += rows
    return found


def _is_meant(row: JsonObject, item: Item, locales: tuple[str, ...]) -> bool:
    # An asset that was added in bulk is listed under the content type of bulk requests.
    kinds = (RELEASE_ASSET, BULK_ASSET) if item.is_asset else (item.content_type,)
    return (
        row.get("uid") == item.uid
        and row.get("content_type_uid") in kinds
        and item.version in (None, row.get("version"))
        and (not locales or row.get("locale") in locales)
    )


@stack_command(command, "update-items")
@RELEASE
def update_items(stack: LiveStack, release: str) -> None:
    """Pin the latest version of every item of a release that was not deployed yet."""
    stack.answer(lambda call: Releases(call).update_items(release_uid=release), notices)
