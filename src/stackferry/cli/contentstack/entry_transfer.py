"""Commands of `stackferry entry` that move one: as a file, and onto and off environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack.bulk_jobs import WAIT, followed, job_lines
from stackferry.cli.contentstack.item_options import environments_option, locales_option
from stackferry.cli.contentstack.stack_command import (
    FILE,
    LOCALE,
    YES,
    as_text,
    growing,
    live_command,
    made,
    notices,
    read_bytes,
)
from stackferry.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call


@live_command("export")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@click.argument("file", type=FILE, default="-")
@LOCALE
def export(stack: LiveStack, content_type: str, uid: str, file: Path, locale: str | None) -> None:
    """Write an entry into FILE, a new file, or print it: what `stackferry entry import` takes."""
    printed = str(file) == "-"
    if not printed and file.exists():
        raise click.UsageError(f"{file} is there already; it is not overwritten")

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import EntryFiles

        answer = await EntryFiles(call).export(content_type_uid=content_type, entry_uid=uid, locale=locale)
        report.facts["answer"] = answer
        if not printed:
            _write_new(file, f"{as_text(answer)}\n")

    stack.ask(
        "entry export", ask, lambda report: [as_text(report.facts["answer"])] if printed else [str(file)]
    )


def _write_new(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; it is not overwritten") from error


@live_command("import")
@click.argument("content_type", metavar="TYPE")
@click.argument("file", type=FILE)
@click.option("--uid", help="The entry that gets FILE as a new version; without it FILE becomes a new entry.")
@LOCALE
@click.option("--overwrite", is_flag=True, help="Let an entry with FILE's uid get it as a new version.")
def import_(
    stack: LiveStack, content_type: str, file: Path, uid: str | None, locale: str | None, overwrite: bool
) -> None:
    """Import FILE ("-" for stdin), a JSON file as `stackferry entry export` writes it. It is sent as it is."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import EntryFiles

        client = EntryFiles(call)
        facts: dict[str, Any] = {
            "content_type_uid": content_type,
            "entry": read_bytes(file),
            "locale": locale,
            "overwrite": overwrite or None,
        }
        if uid is None:
            report.facts["answer"] = await client.import_new(**facts)
        else:
            report.facts["answer"] = await client.import_existing(**facts, entry_uid=uid)

    stack.ask("entry import", ask, made)


def _when_and_where(function: Callable[..., None]) -> Callable[..., None]:
    """The options of publish and unpublish."""
    for add in (
        click.option("--at", "scheduled_at", metavar="TIME", help="Later, at this time (ISO 8601)."),
        click.option("--version", type=int, metavar="N", help="This version; without it the latest."),
        click.option(
            "--source-locale",
            metavar="CODE",
            help="The document that is meant, in all languages; without it each language's own.",
        ),
        locales_option("A language; without it the master language"),
        environments_option,
    ):
        function = add(function)
    return function


@live_command("publish")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@_when_and_where
@click.option("--all-localized", is_flag=True, help="Also localized content (your plan may not have this).")
@click.option("--with-references", is_flag=True, help="Also what the entry refers to, one level deep.")
@click.option(
    "--skip-workflow-stage-check", is_flag=True, help="With references: leave out what no rule allows."
)
@click.option("--approvals", is_flag=True, help="With references: leave out what nobody approved.")
@WAIT
def publish(
    stack: LiveStack,
    content_type: str,
    uid: str,
    with_references: bool,
    skip_workflow_stage_check: bool,
    approvals: bool,
    wait: bool,
    **more: Any,
) -> None:
    """Publish an entry: in each language the version that it has there."""
    rules = {"skip_workflow_stage_check": skip_workflow_stage_check or None, "approvals": approvals or None}
    if not with_references:
        if any(rules.values()):
            raise click.UsageError("--skip-workflow-stage-check and --approvals need --with-references")
        return _act(stack, "publish", content_type, uid, **more)
    if more["scheduled_at"] or more["all_localized"]:
        raise click.UsageError("with --with-references there is no --at and no --all-localized")

    async def ask(call: Call, report: Report) -> ExitCode:
        from stackferry.providers.contentstack.api import EntryPublishing

        answers = growing(report)
        await EntryPublishing(call).publish_with_references(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=more["source_locale"] or next(iter(more["locales"]), None),
            locales=more["locales"],
            environments=more["environments"],
            version=more["version"],
            answered=answers.append,
            **rules,
        )
        return await followed(call, answers, report, wait=wait)

    stack.ask("entry publish", ask, _sent_lines)
    return None


@live_command("unpublish")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@_when_and_where
@click.option("--all-localized", is_flag=True, help="Also localized content (your plan may not have this).")
@YES
def unpublish(stack: LiveStack, content_type: str, uid: str, yes: bool, **more: Any) -> None:
    """Take an entry off environments."""
    places = ", ".join(more["environments"])
    question = f"Take {content_type}/{uid} off {places}?"
    _act(stack, "unpublish", content_type, uid, question=question, yes=yes, **more)


def _act(
    stack: LiveStack,
    action: str,
    content_type: str,
    uid: str,
    *,
    question: str = "",
    yes: bool = True,
    **more: Any,
) -> None:
    """Send a request for each language: this call would leave localized content out of one for several."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import EntryPublishing

        answers = growing(report)
        do: Callable[..., Awaitable[JsonObject]] = getattr(EntryPublishing(call), action)
        for locales, source in _languages(more["locales"], more["source_locale"]):
            answer = await do(
                content_type_uid=content_type,
                entry_uid=uid,
                environments=more["environments"],
                locales=locales,
                locale=source,
                version=more["version"],
                scheduled_at=more["scheduled_at"],
                publish_all_localized=more["all_localized"] or None,
            )
            answers.append(answer)

    stack.ask(f"entry {action}", ask, notices, question=question, yes=yes)


def _languages(locales: tuple[str, ...], source: str | None) -> list[tuple[tuple[str, ...], str | None]]:
    """The languages of each request, and whose document it is about."""
    if source is not None or not locales:
        return [(locales, source)]
    return [((code,), code) for code in locales]


def _sent_lines(report: Report) -> Iterator[str]:
    yield from notices(report)
    yield from job_lines(report)
