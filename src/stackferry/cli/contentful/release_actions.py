"""`stackferry release validate`, `publish`, `unpublish`, and what was done so far: `actions` and `action`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

from stackferry.cli.contentful.item_options import PAGE_NEXT, RELEASE, checked_id, ids_option
from stackferry.cli.contentful.release_group import command
from stackferry.cli.contentful.release_records import VERSION, version_of
from stackferry.cli.contentful.space_command import columns, of_sys, space_command
from stackferry.cli.live.command import YES, tabbed
from stackferry.cli.options import bundled, option, repeatable
from stackferry.errors import ExitCode
from stackferry.json_values import as_object, nested, text
from stackferry.providers.contentful.api.release_actions import failures, is_ended
from stackferry.providers.contentful.api.release_rows import every_row
from stackferry.providers.contentful.requests.build import PAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from stackferry.cli.contentful.space_command import LiveSpace, Space
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.api.release_actions import ActionFilters

WAIT = click.option("--wait/--no-wait", default=True, show_default=True, help="Follow the action to its end.")
_STATUS = click.Choice(["created", "inProgress", "succeeded", "failed"])
_ORDERS = [sign + name for name in ("sys.updatedAt", "sys.createdAt") for sign in ("", "-")]
_action_columns = columns(
    of_sys("id"),
    lambda row: row.get("action"),
    of_sys("status"),
    of_sys("release", "sys", "id"),
    of_sys("updatedAt"),
)


def _follow(
    space: LiveSpace,
    release: str,
    begin: Callable[[Space], Awaitable[JsonObject]],
    *,
    wait: bool,
    question: str = "",
) -> NoReturn:
    """Begin an action, follow it to its end, and tell how it ended: FAILED unless it has succeeded."""

    async def work(space: Space, report: Report) -> ExitCode:
        action = await begin(space)
        report.facts["answer"] = action
        uid = text(nested(action, "sys", "id"))
        if not wait:
            return ExitCode.COMPLETE
        action = await space.actions.wait(release_id=release, action_id=uid)
        report.facts["answer"] = action
        if not is_ended(action):
            ask = f"stackferry release action {space.place} {release} {uid}"
            report.error = f"action {uid} of release {release} has not ended yet; ask again with: {ask}"
        elif failures(action):
            name = text(action.get("action"))
            report.error = f"release {release}: {name} failed; mend what is named above, and try again"
        return ExitCode.FAILED if report.error else ExitCode.COMPLETE

    space.run(
        work,
        _action_lines,
        question=question,
        check=lambda space: space.releases.get(release_id=release),
    )


def _action_lines(report: Report) -> Iterator[str]:
    """The action, and a line for each entity that it failed at."""
    yield from _action_columns(report)
    for why in failures(as_object(report.facts.get("answer"))):
        yield tabbed("", why)


@space_command(command, "validate")
@RELEASE
@click.option(
    "--action",
    type=click.Choice(["publish", "unpublish"]),
    default="publish",
    show_default=True,
    help="What it is to be ready for.",
)
@WAIT
def validate(space: LiveSpace, release: str, action: str, wait: bool) -> None:
    """See whether a release could be published or unpublished; nothing is changed."""
    _follow(
        space,
        release,
        lambda space: space.releases.validate(release_id=release, action=action),
        wait=wait,
    )


@space_command(command, "publish")
@RELEASE
@VERSION
@WAIT
@YES
def publish(space: LiveSpace, release: str, version: int | None, wait: bool) -> None:
    """Carry a release out: what it publishes and unpublishes changes what readers see.

    A Timeline release is archived by the service when it was published.
    """

    async def begin(space: Space) -> JsonObject:
        current = await version_of(space, release, version)
        return await space.releases.publish(release_id=release, version=current)

    _follow(space, release, begin, wait=wait, question=f"Publish release {release}?")


@space_command(command, "unpublish")
@RELEASE
@VERSION
@WAIT
@YES
def unpublish(space: LiveSpace, release: str, version: int | None, wait: bool) -> None:
    """Take down what a Launch release holds. A Timeline release has items to unpublish instead."""

    async def begin(space: Space) -> JsonObject:
        current = await version_of(space, release, version)
        return await space.releases.unpublish(release_id=release, version=current)

    _follow(space, release, begin, wait=wait, question=f"Unpublish release {release}?")


@space_command(command, "action")
@RELEASE
@click.argument("action", callback=checked_id)
@click.option("--wait", is_flag=True, help="Follow it to its end.")
def action_(space: LiveSpace, release: str, action: str, wait: bool) -> None:
    """Show an action of a release: id, what it does, status, release, time, and why it failed."""

    async def send(space: Space) -> JsonObject:
        ask = space.actions.wait if wait else space.actions.get
        return await ask(release_id=release, action_id=action)

    space.answer(send, _action_lines)


def _filters(unique: bool, **given: Any) -> ActionFilters:
    """The filters that were given, as the client names them. Raises UsageError for two that exclude each other."""
    if given["status_in"] and given["status_nin"]:
        raise click.UsageError("give --status or --not-status, not both")
    given["unique_by"] = "sys.release.sys.id" if unique else None
    return cast("ActionFilters", {name: value for name, value in given.items() if value not in (None, ())})


@space_command(command, "actions")
@bundled(
    "filters",
    _filters,
    option("--unique-by-release", "unique", is_flag=True, help="Of each release its last action alone."),
    ids_option("--release", "release_in", "Only actions of this release"),
    ids_option("--id", "id_in", "Only this action"),
    option("--action", type=click.Choice(["validate", "publish", "unpublish"]), help="Only these."),
    repeatable("--status", "status_in", type=_STATUS, what="Only actions with this status"),
    repeatable("--not-status", "status_nin", type=_STATUS, what="No actions with this status"),
    option("--order", type=click.Choice(_ORDERS), help="The order; without it the last changed first."),
    PAGE_NEXT,
)
@click.option("--limit", "most", type=click.IntRange(min=1), metavar="N", help="At most N actions.")
def actions(space: LiveSpace, filters: ActionFilters, most: int | None) -> None:
    """List what was done with releases: id, action, status, release, time.

    With --limit the report's `next` is the address of the page that follows, where there is one.
    """
    filters["limit"] = min(most or PAGE, PAGE)

    async def send(space: Space) -> JsonObject:
        rows, following = await every_row(space.actions.pages(**filters), most)
        for release in () if rows else filters.get("release_in", ()):
            await space.releases.get(
                release_id=release
            )  # else one that is misspelt would look like one without any
        return {"items": [*rows], **({"next": following} if following else {})}

    space.answer(send, _action_columns)
