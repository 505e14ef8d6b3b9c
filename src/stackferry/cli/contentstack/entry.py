"""`stackferry entry`: one entry of a live stack, by the API's own operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack import entry_content
from stackferry.cli.contentstack.bulk_jobs import WAIT, send_jobs
from stackferry.cli.contentstack.entry_group import ENTRY, ONE_LOCALE, TYPE, command
from stackferry.cli.contentstack.item_options import AT, environments_option, locales_option
from stackferry.cli.contentstack.stack_command import LOCALE, changed_entry, columns, notices, stack_command
from stackferry.cli.json_format import pretty
from stackferry.cli.live.command import FILE, YES, answers_of, read_bytes
from stackferry.cli.option_values import json_object
from stackferry.errors import StackferryError
from stackferry.json_values import nested, objects
from stackferry.providers.contentstack.api import Entries, EntryFiles, EntryPublishing, EntryVersions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.options import F
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call
    from stackferry.providers.contentstack.api.client import Answered

__all__ = ["command", "entry_content"]


@stack_command(command, "get")
@TYPE
@click.argument("uid", required=False)
@LOCALE
@click.option("--version", type=click.IntRange(min=1), metavar="N", help="An older version.")
@click.option(
    "--query", metavar="JSON", callback=json_object, help="Without UID: only entries that this finds."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Without UID: at most so many.")
@click.option("--environment", metavar="NAME", help="What is live in this environment, at the live version.")
@click.option("--apply-draft", is_flag=True, help="With what somebody has written and not saved yet.")
@click.option("--include-branch", is_flag=True, help="With the branch, under _branch.")
def get(
    stack: LiveStack,
    content_type: str,
    uid: str | None,
    locale: str | None,
    version: int | None,
    query: JsonObject | None,
    limit: int | None,
    environment: str | None,
    apply_draft: bool,
    include_branch: bool,
) -> None:
    """Print an entry, with its publish details and workflow stage; without UID list all of the type."""
    if version is not None and (environment is not None or apply_draft):
        raise click.UsageError("--version stands for itself, without --environment and --apply-draft")
    more: dict[str, Any] = {
        "content_type_uid": content_type,
        "locale": locale,
        "environment": environment,
        "include_branch": include_branch or None,
    }
    if uid is None:
        stack.rows(
            "entries",
            lambda call, skip, limit: Entries(call).get_all(
                **more,
                query=query,
                apply_draft=apply_draft or None,
                skip=skip,
                limit=limit,
                asc="uid",  # in a fixed order, or an entry could be on two pages or on none
                include_count=True,
            ),
            columns("entries", "uid", "locale", "_version", "title"),
            limit,
        )
    included: dict[str, Any] = {
        f"include_{name}": True for name in ("publish_details", "workflow", "metadata")
    }

    async def send(call: Call) -> JsonObject:
        if not apply_draft:
            return await Entries(call).get(**more, **included, entry_uid=uid, version=version)
        # The page has `apply_draft` for the list alone.
        found = await Entries(call).get_all(**more, **included, query={"uid": uid}, apply_draft=True)
        entries = objects(found.get("entries"))
        if not entries:
            raise StackferryError(f"{content_type} has no entry {uid} here")
        return {"entry": entries[0]}

    stack.answer(send, lambda report: [pretty(nested(report.facts["answer"], "entry"))])


@stack_command(command, "versions")
@ENTRY
@LOCALE
@click.option("--named", is_flag=True, help="Only versions that have a name.")
def versions(stack: LiveStack, content_type: str, uid: str, locale: str | None, named: bool) -> None:
    """List the versions of an entry, newest first: number, time, author, name."""
    stack.rows(
        "versions",
        lambda call, skip, limit: EntryVersions(call).get_all(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=locale,
            named=named or None,
            include_count=True,
            include_updated_at=True,
            include_updated_by=True,
            skip=skip,
            limit=limit,
        ),
        columns(
            "versions",
            *("_version", "updated_at", "updated_by"),
            lambda row: nested(row, "_version_name", "title"),
        ),
    )


@stack_command(command, "references")
@ENTRY
@LOCALE
@click.option("--deleted", is_flag=True, help="Ask for those that were deleted, too.")
def references(stack: LiveStack, content_type: str, uid: str, locale: str | None, deleted: bool) -> None:
    """List the entries that refer to an entry: content type, uid, locale, version, title."""
    stack.answer(
        lambda call: Entries(call).references(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=locale,
            deleted=deleted or None,
            include_count=True,
            include_publish_details=True,
        ),
        columns("references", "content_type_uid", "entry_uid", "locale", "_version", "title"),
    )


@stack_command(command, "languages")
@ENTRY
def languages(stack: LiveStack, content_type: str, uid: str) -> None:
    """List the locales that an entry exists in."""
    stack.answer(
        lambda call: Entries(call).languages(content_type_uid=content_type, entry_uid=uid),
        columns("locales", "code", lambda row: "localized" if row.get("localized") is True else "falls back"),
    )


@stack_command(command, "name")
@ENTRY
@click.argument("version", type=int)
@click.argument("name", required=False)
@LOCALE
@click.option("--remove", is_flag=True, help="Take the version's name away.")
@click.option("--force", is_flag=True, help="Take the name from another version that has it.")
def name(
    stack: LiveStack,
    content_type: str,
    uid: str,
    version: int,
    name: str | None,
    locale: str | None,
    remove: bool,
    force: bool,
) -> None:
    """Give a version a NAME of at most 32 characters, or take it away with --remove."""
    if remove is (name is not None):
        raise click.UsageError("give a NAME, or --remove")

    async def send(call: Call) -> JsonObject:
        client = EntryVersions(call)
        one: dict[str, Any] = {"content_type_uid": content_type, "entry_uid": uid, "locale": locale}
        if name is None:
            return await client.delete_name(**one, version_number=version)
        return await client.set_name(**one, version_number=version, name=name, force=force or None)

    stack.answer(send, notices)


@stack_command(command, "unlocalize")
@ENTRY
@ONE_LOCALE
@YES
def unlocalize(stack: LiveStack, content_type: str, uid: str, locale: str) -> None:
    """Let a locale fall back again: what the entry has there is lost, with all its versions."""
    stack.answer(
        lambda call: Entries(call).unlocalize(content_type_uid=content_type, entry_uid=uid, locale=locale),
        notices,
        question=f"Delete what {content_type}/{uid} has in {locale}, with all its versions?",
    )


@stack_command(command, "delete")
@ENTRY
@locales_option("A locale; without it the master locale")
@click.option("--all-locales", is_flag=True, help="In every locale.")
@YES
def delete(
    stack: LiveStack, content_type: str, uid: str, locales: tuple[str, ...], all_locales: bool
) -> None:
    """Delete an entry, in one locale, in several or in all of them."""
    if locales and all_locales:
        raise click.UsageError("--locale or --all-locales, not both")
    where = "every locale" if all_locales else ", ".join(locales) or "the master locale"
    stack.answer(
        lambda call: Entries(call).delete(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=locales[0] if len(locales) == 1 else None,
            locales=locales if len(locales) > 1 else (),
            delete_all_localized=all_locales or None,
        ),
        notices,
        question=f"Delete {content_type}/{uid} in {where}?",
    )


@stack_command(command, "export")
@ENTRY
@click.argument("file", type=FILE, default="-")
@LOCALE
def export(stack: LiveStack, content_type: str, uid: str, file: Path, locale: str | None) -> None:
    """Write an entry into FILE, a new file, or print it: what `stackferry entry import` takes."""
    printed = str(file) == "-"
    if not printed:
        _check_new(file)

    async def run_call(call: Call, report: Report) -> None:
        client = EntryFiles(call)
        answer = await client.export(content_type_uid=content_type, entry_uid=uid, locale=locale)
        report.facts["answer"] = answer
        if not printed:
            _write_new(file, f"{pretty(answer)}\n".encode())

    stack.run_call(run_call, lambda report: [pretty(report.facts["answer"]) if printed else str(file)])


def _check_new(file: Path) -> None:
    if file.exists():
        raise click.UsageError(f"{file} is there already; it is not overwritten")


def _write_new(file: Path, content: bytes) -> None:
    """For its owner alone, like everything else that holds content."""
    from stackferry.io.storage.named_file import write_named

    _check_new(file)  # it was not there before the request
    write_named(file, [content])


@stack_command(command, "import")
@TYPE
@click.argument("file", type=FILE)
@click.option("--uid", help="The entry that gets FILE as a new version; without it FILE becomes a new entry.")
@LOCALE
@click.option("--overwrite", is_flag=True, help="Let an entry with FILE's uid get it as a new version.")
def import_(
    stack: LiveStack, content_type: str, file: Path, uid: str | None, locale: str | None, overwrite: bool
) -> None:
    """Import FILE ("-" for stdin), a JSON file as `stackferry entry export` writes it. It is sent as it is."""

    async def send(call: Call) -> JsonObject:
        client = EntryFiles(call)
        facts: dict[str, Any] = {
            "content_type_uid": content_type,
            "entry": read_bytes(file),
            "locale": locale,
            "overwrite": overwrite or None,
        }
        return await (
            client.import_new(**facts) if uid is None else client.import_existing(**facts, entry_uid=uid)
        )

    stack.answer(send, changed_entry)


def _when_and_where(function: F) -> F:
    """The options of publish and unpublish."""
    for add in (
        click.option(
            "--all-localized",
            "publish_all_localized",
            is_flag=True,
            help="Also localized content (your plan may not have this).",
        ),
        AT,
        click.option("--version", type=int, metavar="N", help="This version; without it the latest."),
        click.option(
            "--source-locale",
            metavar="CODE",
            help="Publish the entry as it is in this locale, in all locales; without it each locale's own.",
        ),
        locales_option("A locale; without it the master locale"),
        environments_option,
    ):
        function = add(function)
    return function


@stack_command(command, "publish")
@ENTRY
@_when_and_where
@click.option("--with-references", is_flag=True, help="Also what the entry refers to, one level deep.")
@click.option(
    "--skip-workflow-stage-check", is_flag=True, help="With references: leave out what no rule allows."
)
@click.option("--approvals", is_flag=True, help="With references: leave out what nobody approved.")
@WAIT
def publish(
    stack: LiveStack, content_type: str, uid: str, with_references: bool, wait: bool, **more: Any
) -> None:
    """Publish an entry: in each locale the version that it has there."""
    rules = {name: more.pop(name) or None for name in ("skip_workflow_stage_check", "approvals")}
    if not with_references:
        if any(rules.values()):
            raise click.UsageError("--skip-workflow-stage-check and --approvals need --with-references")
        _publish_by_locale(stack, "publish", content_type, uid, **more)
        return
    if more["scheduled_at"] or more["publish_all_localized"]:
        raise click.UsageError("with --with-references there is no --at and no --all-localized")

    async def send(call: Call, answered: Answered) -> None:
        await EntryPublishing(call).publish_with_references(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=more["source_locale"] or next(iter(more["locales"]), None),
            locales=more["locales"],
            environments=more["environments"],
            version=more["version"],
            answered=answered,
            **rules,
        )

    send_jobs(stack, send, wait=wait)


@stack_command(command, "unpublish")
@ENTRY
@_when_and_where
@YES
def unpublish(stack: LiveStack, content_type: str, uid: str, **more: Any) -> None:
    """Take an entry off environments."""
    question = f"Take {content_type}/{uid} off {', '.join(more['environments'])}?"
    _publish_by_locale(stack, "unpublish", content_type, uid, question, **more)


def _publish_by_locale(
    stack: LiveStack,
    action: str,
    content_type: str,
    uid: str,
    question: str = "",
    *,
    locales: tuple[str, ...],
    source_locale: str | None,
    **facts: Any,
) -> None:
    """Send a request for each locale: one request for several would leave localized content out."""
    # Pairs: the locales of a request, and the locale whose document it is about.
    asked: list[tuple[tuple[str, ...], str | None]] = [((code,), code) for code in locales]
    if source_locale is not None or not locales:
        asked = [(locales, source_locale)]
    facts["publish_all_localized"] = facts["publish_all_localized"] or None

    async def run_call(call: Call, report: Report) -> None:
        answers = answers_of(report)
        send: Callable[..., Awaitable[JsonObject]] = getattr(EntryPublishing(call), action)
        for codes, source in asked:
            one = await send(
                content_type_uid=content_type, entry_uid=uid, locales=codes, locale=source, **facts
            )
            answers.append(one)

    stack.run_call(run_call, notices, question=question)
