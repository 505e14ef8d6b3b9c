"""`stackferry bulk`: many entries and assets of a live stack at once, by the API's bulk operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack.assignees import assignees_options
from stackferry.cli.contentstack.bulk_jobs import WAIT, job_lines, read_jobs, send_jobs
from stackferry.cli.contentstack.bulk_selection import DRY_RUN, publish_selected, selection_options
from stackferry.cli.contentstack.item_options import (
    AT,
    BULK_ASSET,
    environments_option,
    items_options,
    locales_option,
)
from stackferry.cli.contentstack.stack_command import stack_command
from stackferry.cli.live.command import YES
from stackferry.errors import ExitCode
from stackferry.providers.contentstack.api import Bulk
from stackferry.providers.contentstack.api.bulk import STAGED
from stackferry.providers.contentstack.requests.build import given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.contentstack.bulk_selection import Selection
    from stackferry.cli.contentstack.item_options import Item
    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.options import F
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call
    from stackferry.providers.contentstack.api.client import Answered


@click.group("bulk")
def command() -> None:
    """PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH."""


def _count(items: tuple[Item, ...]) -> str:
    """How many things a question is about. Raises UsageError for none."""
    if not items:
        raise click.UsageError("name an --entry or an --asset")
    return f"{len(items):,} {'item' if len(items) == 1 else 'items'}"


def _publishing(function: F) -> F:
    """The options of publish and unpublish."""
    for add in (
        WAIT,
        click.option("--approvals", is_flag=True, help="Leave out what nobody approved."),
        click.option(
            "--skip-workflow-stage-check", is_flag=True, help="Leave out what no publish rule allows."
        ),
        AT,
        locales_option("A locale; without it the master locale"),
        environments_option,
        items_options,
    ):
        function = add(function)
    return function


@stack_command(command, "publish", ExitCode.GAPS)
@_publishing
@click.option(
    "--with-references",
    "publish_with_reference",
    is_flag=True,
    help="Also what they refer to, five levels deep.",
)
@selection_options
@DRY_RUN
@YES
def publish(
    stack: LiveStack, items: tuple[Item, ...], selection: Selection, dry_run: bool, **more: Any
) -> None:
    """Publish entries and assets, at the versions given or at their latest.

    They are named, or selected by type, query, time or by what is live in another environment. Of what is
    selected every item is accounted for: what is not live at the end is a gap.
    """
    if selection.is_given:
        if items:
            raise click.UsageError("name items, or select them; not both")
        publish_selected(stack, selection, dry_run=dry_run, **_without_off_switches(more))
    _count(items)
    if dry_run:
        raise click.UsageError("--dry-run shows what is selected; what is named is published as it is named")
    _send_publishing(stack, "publish", items, **more)


@stack_command(command, "unpublish")
@_publishing
@YES
def unpublish(stack: LiveStack, items: tuple[Item, ...], **more: Any) -> None:
    """Take entries and assets off environments."""
    question = f"Take {_count(items)} off {', '.join(more['environments'])}?"
    _send_publishing(stack, "unpublish", items, question=question, **more)


def _send_publishing(
    stack: LiveStack,
    action: str,
    items: tuple[Item, ...],
    *,
    locales: tuple[str, ...],
    wait: bool,
    question: str = "",
    **more: Any,
) -> None:
    facts = _without_off_switches(more)
    entries, assets = _by_kind(items)
    unpinned = [item for item in entries if item.version is None]
    if action == "publish" and more["scheduled_at"] and unpinned:  # as the page about bulk operations says
        first = f"{unpinned[0].content_type}/{unpinned[0].uid}"
        raise click.UsageError(f"with --at an entry needs its version: --entry {first}@VERSION")

    async def send(call: Call, answered: Answered) -> None:
        do = getattr(Bulk(call), action)
        for codes, rows in _by_locale(entries, locales):
            files = [item.for_bulk() for item in assets]
            await do(entries=rows, assets=files, locales=codes, answered=answered, **facts)

    send_jobs(stack, send, wait=wait, question=question)


def _without_off_switches(facts: dict[str, Any]) -> dict[str, Any]:
    """What was given. An empty text stays: the service refuses an empty time, and would publish at once without."""
    return {name: None if value is False else value for name, value in facts.items()}


def _by_kind(items: tuple[Item, ...]) -> tuple[list[Item], list[Item]]:
    """Entries and assets."""
    return [item for item in items if not item.is_asset], [item for item in items if item.is_asset]


def _by_locale(
    entries: list[Item], locales: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[JsonObject]]]:
    """The locales of each request and its entries: in one for several, a version counts for one of them only."""
    if any(item.version for item in entries):
        for code in locales or (None,):
            yield (() if code is None else (code,)), [item.for_bulk(code) for item in entries]
    else:
        first = next(iter(locales), None)
        yield locales, [item.for_bulk(first) for item in entries]


@stack_command(command, "delete")
@items_options
@locales_option("Entries in this locale; without it in the master locale")
@YES
@WAIT
def delete(stack: LiveStack, items: tuple[Item, ...], locales: tuple[str, ...], wait: bool) -> None:
    """Delete entries, in the locales given, and assets. A version is no part of what is deleted."""
    question = f"Delete {_count(items)}?"
    if any(item.version for item in items):
        raise click.UsageError("entries and assets are deleted whole, without @VERSION")
    entries, assets = _by_kind(items)
    rows = [item.for_bulk(code) for item in entries for code in locales or (None,)]

    async def send(call: Call, answered: Answered) -> None:
        files = [item.for_bulk() for item in assets]
        await Bulk(call).delete(entries=rows, assets=files, answered=answered)

    send_jobs(stack, send, wait=wait, question=question)


@stack_command(command, "workflow")
@items_options
@click.option("--stage", required=True, metavar="UID", help="The workflow stage to move to.")
@click.option("--locale", metavar="CODE", help="The entries' locale; without it the master locale.")
@click.option("--comment", metavar="TEXT", help="A comment for those who take it from there.")
@click.option("--due-date", metavar="DATE", help="When it is due.")
@click.option("--notify", is_flag=True, help="Notify those it is assigned to.")
@assignees_options
def workflow(
    stack: LiveStack,
    items: tuple[Item, ...],
    stage: str,
    locale: str | None,
    assignees: JsonObject,
    **more: Any,
) -> None:
    """Move up to 10 entries that are in one workflow stage into another, all of them or none."""
    if not items or any(item.is_asset for item in items):
        raise click.UsageError("name entries with --entry; assets have no workflow")
    if len(items) > STAGED:
        raise click.UsageError(f"1 to {STAGED} entries change their stage together, not {len(items)}")
    facts = given(uid=stage, **_without_off_switches(more), **assignees)

    async def send(call: Call, answered: Answered) -> None:
        rows = [item._replace(version=None).for_bulk(locale) for item in items]
        answered(await Bulk(call).workflow(entries=rows, workflow={"workflow_stage": facts}))

    send_jobs(stack, send, wait=False)


@stack_command(command, "add-to-release")
@click.argument("release")
@items_options
@locales_option("A locale of the items; without it the master locale")
@click.option("--action", type=click.Choice(["publish", "unpublish"]), default="publish", show_default=True)
@click.option("--with-references", "reference", is_flag=True, help="Also what they refer to.")
@WAIT
def add_to_release(
    stack: LiveStack, items: tuple[Item, ...], locales: tuple[str, ...], wait: bool, **facts: Any
) -> None:
    """Add entries and assets to a release by one job."""
    _count(items)

    async def send(call: Call, answered: Answered) -> None:
        rows = [item.for_release(None, asset=BULK_ASSET) for item in items]
        answered(await Bulk(call).add_to_release(items=rows, locale=locales, **facts))

    send_jobs(stack, send, wait=wait)


@stack_command(command, "status")
@click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
@click.option("--wait", is_flag=True, help="Follow them to their end.")
def status(stack: LiveStack, jobs: tuple[str, ...], wait: bool) -> None:
    """Tell how far bulk jobs are, and what they did not do; "unknown" where the service does not tell."""
    stack.run_call(lambda call, report: read_jobs(call, jobs, report, wait=wait), job_lines)
