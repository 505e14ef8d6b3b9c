"""Commands of `stackferry release` about releases as such: looked at, made, changed, locked, deployed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.contentstack.item_options import environments_option, locales_option
from stackferry.cli.contentstack.stack_command import YES, inner, live_command, notice, rows_of, tabbed
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

_ITEM = ("action", "content_type_uid", "uid", "locale", "version", "title")


@live_command("list")
def list_(stack: LiveStack) -> None:
    """List the releases of a branch: uid, number of items, lock, name."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases
        from stackferry.providers.contentstack.api.client import every_row

        async def page(skip: int, size: int) -> JsonObject:
            return await Releases(call).get_all(
                include_count=True, include_items_count=True, skip=skip, limit=size
            )

        report.facts["answer"] = {"releases": [*await every_row(page, "releases")]}

    def lines(report: Report) -> Iterator[str]:
        for row in rows_of(report, "releases"):
            yield tabbed(row.get("uid"), row.get("items_count"), _lock(row), row.get("name"))

    stack.ask("release list", ask, lines)


@live_command("show")
@click.argument("release")
def show(stack: LiveStack, release: str) -> None:
    """Show a release: what it is, where it was deployed, and its items."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases
        from stackferry.providers.contentstack.api.client import every_row

        client = Releases(call)

        async def page(skip: int, size: int) -> JsonObject:
            return await client.items(release_uid=release, include_count=True, skip=skip, limit=size)

        found = (await client.get(release_uid=release)).get("release")
        items = await every_row(page, "items")
        report.facts["answer"] = {"release": {**as_object(found), "items": [*items]}}

    stack.ask("release show", ask, _release_lines)


def _release_lines(report: Report) -> Iterator[str]:
    release = inner(report, "release")
    yield tabbed(release.get("uid"), _lock(release), release.get("name"), release.get("description"))
    for title, names in (("status", ("environment", "status", "time")), ("items", _ITEM)):
        for row in objects(release.get(title)):
            first = "deployed" if title == "status" else "item"
            yield tabbed(first, *(row.get(name) for name in names))


def _lock(release: JsonObject) -> str:
    return "locked" if release.get("locked") is True else "open"


def _made(report: Report) -> Iterator[str]:
    """The uid of the release that there is now, for the next command."""
    release = inner(report, "release")
    yield tabbed(release.get("uid"), release.get("name"))


@live_command("create")
@click.argument("name")
@click.option("--description", metavar="TEXT")
def create(stack: LiveStack, name: str, description: str | None) -> None:
    """Make a new, empty release called NAME and print its uid."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        described: JsonObject = {} if description is None else {"description": description}
        report.facts["answer"] = await Releases(call).create(release={"name": name, **described})

    stack.ask("release create", ask, _made)


@live_command("update")
@click.argument("release")
@click.option("--name", metavar="TEXT")
@click.option("--description", metavar="TEXT")
def update(stack: LiveStack, release: str, name: str | None, description: str | None) -> None:
    """Change the name or the description of a release."""
    facts: JsonObject = {} if name is None else {"name": name}
    facts |= {} if description is None else {"description": description}
    if not facts:
        raise click.UsageError("give a --name or a --description")

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).update(release_uid=release, release=facts)

    stack.ask("release update", ask, notice)


@live_command("clone")
@click.argument("release")
@click.argument("name")
@click.option("--description", metavar="TEXT")
def clone(stack: LiveStack, release: str, name: str, description: str | None) -> None:
    """Copy a release and its items into a new one called NAME and print its uid."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).clone(
            release_uid=release, name=name, description=description
        )

    stack.ask("release clone", ask, _made)


@live_command("lock")
@click.argument("release")
def lock(stack: LiveStack, release: str) -> None:
    """Let nobody change a release."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).lock(release_uid=release)

    stack.ask("release lock", ask, notice)


@live_command("unlock")
@click.argument("release")
def unlock(stack: LiveStack, release: str) -> None:
    """Let a release be changed again."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).unlock(release_uid=release)

    stack.ask("release unlock", ask, notice)


@live_command("deploy")
@click.argument("release")
@environments_option
@locales_option("Only items in this language")
@click.option(
    "--action", type=click.Choice(["publish", "unpublish"]), help="Instead of each item's own action."
)
@click.option("--at", "scheduled_at", metavar="TIME", help="Later, at this time (ISO 8601).")
@YES
def deploy(
    stack: LiveStack,
    release: str,
    environments: tuple[str, ...],
    locales: tuple[str, ...],
    action: str | None,
    scheduled_at: str | None,
    yes: bool,
) -> None:
    """Carry out all items of a release: what they publish and unpublish changes what readers see.

    The service does it after it has answered; `stackferry release show` tells how it went.
    """

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).deploy(
            release_uid=release,
            environments=environments,
            locales=locales,
            action=action,
            scheduled_at=scheduled_at,
        )

    question = f"Deploy {release} to {', '.join(environments)}?"
    stack.ask("release deploy", ask, notice, question=question, yes=yes)


@live_command("delete")
@click.argument("release")
@YES
def delete(stack: LiveStack, release: str, yes: bool) -> None:
    """Delete a release. Entries and assets stay as they are."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Releases

        report.facts["answer"] = await Releases(call).delete(release_uid=release)

    stack.ask("release delete", ask, notice, question=f"Delete release {release}?", yes=yes)
