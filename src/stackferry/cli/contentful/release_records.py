"""`stackferry release show`, `create`, `update`, `delete`, `archive` and `unarchive` on a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.contentful.item_options import RELEASE, ids_option, wanted_options
from stackferry.cli.contentful.release_group import command
from stackferry.cli.contentful.release_list import generation_of, title_of
from stackferry.cli.contentful.space_command import columns, of_sys, space_command
from stackferry.cli.live.command import YES, nothing, tabbed
from stackferry.cli.options import bundled, named
from stackferry.json_values import as_list, as_object, integer, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.contentful.space_command import LiveSpace, Space
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.api import Wanted

VERSION = click.option(
    "--version", type=click.IntRange(min=1), metavar="N", help="Only if the release still has this version."
)
_changed = columns(of_sys("id"), generation_of, of_sys("status"), of_sys("version"), title_of)
_removed_options = bundled(
    "removed",
    lambda no_entries, no_assets: [
        *(("Entry", uid) for uid in no_entries),
        *(("Asset", uid) for uid in no_assets),
    ],
    ids_option("--remove-entry", "no_entries", "Take this entry out"),
    ids_option("--remove-asset", "no_assets", "Take this asset out"),
)


async def version_of(space: Space, release: str, given: int | None) -> int | None:
    """The version that was given, or that the release has now."""
    if given is not None:
        return given
    return integer(nested(await space.releases.get(release_id=release), "sys", "version"))


@space_command(command, "show")
@RELEASE
def show(space: LiveSpace, release: str) -> None:
    """Show a release and its items: what becomes of each entry and asset, and in which locales."""
    space.answer(lambda space: space.releases.get(release_id=release), _release_lines)


def _release_lines(report: Report) -> Iterator[str]:
    yield from _changed(report)
    release = as_object(report.facts.get("answer"))
    if action := text(nested(release, "sys", "lastAction", "sys", "id")):
        yield tabbed("last action", action)
    for row in objects(nested(release, "entities", "items")):
        sys = as_object(nested(row, "entity", "sys") or row.get("sys"))
        entity = (text(sys.get("linkType")).lower(), text(sys.get("id")))
        for action, codes in _what_becomes(row):
            yield tabbed("item", action, *entity, codes)


def _what_becomes(item: JsonObject) -> Iterator[tuple[str, str]]:
    """What a release does with an item, and in which locales where it names them."""
    named = [
        (action, ", ".join(map(str, as_list(nested(item, part, "fields", "*")))))
        for part, action in (("add", "publish"), ("remove", "unpublish"))
        if part in item
    ]
    if not named:
        yield text(item.get("action")) or "publish", ""
    yield from ((action, codes) for action, codes in named if codes)


@space_command(command, "create")
@click.argument("title", callback=named)
@click.option("--launch", is_flag=True, help="Make a Launch release, not a Timeline release.")
@wanted_options
def create(space: LiveSpace, title: str, launch: bool, items: tuple[Wanted, ...]) -> None:
    """Make a release called TITLE that holds the entries and assets named, and print its id."""
    space.answer(lambda space: space.editor.create(title=title, items=items, timeline=not launch), _changed)


@space_command(command, "update")
@RELEASE
@click.option("--title", metavar="TEXT", help="Another title.")
@wanted_options
@_removed_options
@VERSION
def update(
    space: LiveSpace,
    release: str,
    title: str | None,
    items: tuple[Wanted, ...],
    removed: list[tuple[str, str]],
    version: int | None,
) -> None:
    """Change the title of a release, put entries and assets in, or take them out.

    What it holds already and is named again gets the action or the locales that are given. All else stays, but for
    locales that an item leaves out, because the environment was given them since: they are published by an item that
    publishes all others, else taken down, and each is told.
    """
    if title is None and not items and not removed:
        raise click.UsageError("give a --title, an --entry or --asset, or one to remove")
    if both := {item.key for item in items} & set(removed):
        kind, uid = next(iter(both))
        raise click.UsageError(f"{kind.lower()} {uid} is to be put in and to be taken out")
    space.answer(
        lambda one: one.editor.update(
            release_id=release, title=title, add=items, remove=removed, version=version, told=space.output.say
        ),
        _changed,
    )


@space_command(command, "delete")
@RELEASE
@YES
def delete(space: LiveSpace, release: str) -> None:
    """Delete a release, its actions, and what exists in it alone. Entries and assets stay as they are."""
    space.answer(
        lambda space: space.releases.delete(release_id=release),
        nothing,
        question=f"Delete release {release}?",
        check=lambda space: space.releases.get(release_id=release),
    )


@space_command(command, "archive")
@RELEASE
@VERSION
def archive(space: LiveSpace, release: str, version: int | None) -> None:
    """Put a release away: it cannot be published, unpublished or scheduled until it is unarchived."""

    async def send(space: Space) -> JsonObject:
        current = await version_of(space, release, version)
        return await space.releases.archive(release_id=release, version=current)

    space.answer(send, _changed)


@space_command(command, "unarchive")
@RELEASE
@VERSION
def unarchive(space: LiveSpace, release: str, version: int | None) -> None:
    """Make an archived release active again."""

    async def send(space: Space) -> JsonObject:
        current = await version_of(space, release, version)
        return await space.releases.unarchive(release_id=release, version=current)

    space.answer(send, _changed)
