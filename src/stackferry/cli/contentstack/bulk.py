"""`stackferry bulk`: many entries and assets of a live stack at once, by the API's bulk operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack.bulk_jobs import WAIT, followed, job_lines, looked_at
from stackferry.cli.contentstack.item_options import (
    BULK_ASSET,
    environments_option,
    items_options,
    locales_option,
)
from stackferry.cli.contentstack.stack_command import YES, growing, live_command, notices

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from stackferry.cli.contentstack.item_options import Item
    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Bulk, Call

    Send = Callable[[Bulk, Callable[[JsonObject], None]], Awaitable[object]]


@click.group()
def command() -> None:
    """Publish, unpublish, delete or move on many entries and assets at once.

    PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH or a profile; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN. What is too much for one request becomes several. The service
    works on them in jobs, which are followed to their end.
    """


def _sending(
    stack: LiveStack, name: str, send: Send, *, wait: bool, question: str = "", yes: bool = True
) -> None:
    """Send what is to be sent, follow the jobs, and tell how they ended."""

    async def ask(call: Call, report: Report) -> ExitCode:
        from stackferry.providers.contentstack.api import Bulk

        answers = growing(report)
        await send(Bulk(call), answers.append)
        return await followed(call, answers, report, wait=wait)

    stack.ask(f"bulk {name}", ask, _lines, question=question, yes=yes)


def _lines(report: Report) -> Iterator[str]:
    yield from notices(report)
    yield from job_lines(report)


def _named(entries: tuple[Item, ...], assets: tuple[Item, ...]) -> str:
    """How many things a question is about. Raises UsageError for none."""
    count = len(entries) + len(assets)
    if not count:
        raise click.UsageError("name an --entry or an --asset")
    return f"{count:,} {'item' if count == 1 else 'items'}"


def _by_language(
    entries: tuple[Item, ...], locales: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[JsonObject]]]:
    """The languages of each request and its entries: in one for several, a version counts for one of them only."""
    if any(one.version for one in entries):
        for code in locales or (None,):
            yield (() if code is None else (code,)), [one.for_bulk(code) for one in entries]
    else:
        first = next(iter(locales), None)
        yield locales, [one.for_bulk(first) for one in entries]


def _publishing(function: Callable[..., None]) -> Callable[..., None]:
    """The options of publish and unpublish."""
    for add in (
        WAIT,
        click.option("--approvals", is_flag=True, help="Leave out what nobody approved."),
        click.option(
            "--skip-workflow-stage-check", is_flag=True, help="Leave out what no publish rule allows."
        ),
        click.option("--at", "scheduled_at", metavar="TIME", help="Later, at this time (ISO 8601)."),
        locales_option("A language; without it the master language"),
        environments_option,
        items_options,
    ):
        function = add(function)
    return function


def _facts(
    environments: tuple[str, ...], scheduled_at: str | None, skip_workflow_stage_check: bool, approvals: bool
) -> dict[str, Any]:
    return {
        "environments": environments,
        "scheduled_at": scheduled_at,
        "skip_workflow_stage_check": skip_workflow_stage_check or None,
        "approvals": approvals or None,
    }


@live_command("publish")
@_publishing
@click.option("--with-references", is_flag=True, help="Also what they refer to, five levels deep.")
def publish(
    stack: LiveStack,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    locales: tuple[str, ...],
    with_references: bool,
    wait: bool,
    **more: Any,
) -> None:
    """Publish entries and assets, at the versions given or at their latest."""
    _named(entries, assets)
    facts = {**_facts(**more), "publish_with_reference": with_references or None}

    async def send(bulk: Bulk, answered: Callable[[JsonObject], None]) -> None:
        for codes, rows in _by_language(entries, locales):
            files = [one.for_bulk() for one in assets]
            await bulk.publish(entries=rows, assets=files, locales=codes, answered=answered, **facts)

    _sending(stack, "publish", send, wait=wait)


@live_command("unpublish")
@_publishing
@YES
def unpublish(
    stack: LiveStack,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    locales: tuple[str, ...],
    wait: bool,
    yes: bool,
    **more: Any,
) -> None:
    """Take entries and assets off environments."""
    question = f"Take {_named(entries, assets)} off {', '.join(more['environments'])}?"

    async def send(bulk: Bulk, answered: Callable[[JsonObject], None]) -> None:
        for codes, rows in _by_language(entries, locales):
            files = [one.for_bulk() for one in assets]
            await bulk.unpublish(
                entries=rows, assets=files, locales=codes, answered=answered, **_facts(**more)
            )

    _sending(stack, "unpublish", send, wait=wait, question=question, yes=yes)


@live_command("delete")
@items_options
@locales_option("Entries in this language; without it in the master language")
@YES
@WAIT
def delete(
    stack: LiveStack,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    locales: tuple[str, ...],
    yes: bool,
    wait: bool,
) -> None:
    """Delete entries, in the languages given, and assets. A version is no part of what is deleted."""
    question = f"Delete {_named(entries, assets)}?"
    if any(one.version for one in (*entries, *assets)):
        raise click.UsageError("entries and assets are deleted whole, without @VERSION")
    rows = [one.for_bulk(code) for one in entries for code in locales or (None,)]

    async def send(bulk: Bulk, answered: Callable[[JsonObject], None]) -> None:
        await bulk.delete(entries=rows, assets=[one.for_bulk() for one in assets], answered=answered)

    _sending(stack, "delete", send, wait=wait, question=question, yes=yes)


@live_command("workflow")
@items_options
@click.option("--stage", required=True, metavar="UID", help="The workflow stage to move to.")
@click.option("--locale", metavar="CODE", help="The entries' language; without it the master language.")
@click.option("--comment", metavar="TEXT", help="A comment for those who take it from there.")
@click.option("--due-date", metavar="DATE", help="When it is due.")
@click.option("--notify", is_flag=True, help="Notify those it is assigned to.")
def workflow(
    stack: LiveStack,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    stage: str,
    locale: str | None,
    comment: str | None,
    due_date: str | None,
    notify: bool,
) -> None:
    """Move up to 10 entries that are in one workflow stage into another, all of them or none."""
    if assets or not entries:
        raise click.UsageError("name entries with --entry; assets have no workflow")
    facts = {"uid": stage, "comment": comment, "due_date": due_date, "notify": notify or None}
    given: JsonObject = {name: value for name, value in facts.items() if value is not None}

    async def send(bulk: Bulk, answered: Callable[[JsonObject], None]) -> None:
        rows = [one._replace(version=None).for_bulk(locale) for one in entries]
        answered(await bulk.workflow(entries=rows, workflow={"workflow_stage": given}))

    _sending(stack, "workflow", send, wait=False)


@live_command("add-to-release")
@click.argument("release")
@items_options
@locales_option("A language of the items; without it the master language")
@click.option("--action", type=click.Choice(["publish", "unpublish"]), default="publish", show_default=True)
@click.option("--with-references", is_flag=True, help="Also what they refer to.")
@WAIT
def add_to_release(
    stack: LiveStack,
    release: str,
    entries: tuple[Item, ...],
    assets: tuple[Item, ...],
    locales: tuple[str, ...],
    action: str,
    with_references: bool,
    wait: bool,
) -> None:
    """Add entries and assets to a release by one job."""
    _named(entries, assets)
    items = [one.for_release(None, asset=BULK_ASSET) for one in (*entries, *assets)]

    async def send(bulk: Bulk, answered: Callable[[JsonObject], None]) -> None:
        answer = await bulk.add_to_release(
            release=release, items=items, action=action, locale=locales, reference=with_references
        )
        answered(answer)

    _sending(stack, "add-to-release", send, wait=wait)


@live_command("status")
@click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
@click.option("--wait", is_flag=True, help="Follow them to their end.")
def status(stack: LiveStack, jobs: tuple[str, ...], wait: bool) -> None:
    """Tell how far bulk jobs are, and what they did not do; "unknown" where the service does not tell."""

    async def ask(call: Call, report: Report) -> ExitCode:
        return await looked_at(call, [*jobs], report, wait=wait)

    stack.ask("bulk status", ask, job_lines)


for one in (publish, unpublish, delete, workflow, add_to_release, status):
    command.add_command(one)
