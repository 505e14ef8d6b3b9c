"""Commands of `stackferry entry` that only look: get, versions, references, languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack.stack_command import LOCALE, as_text, inner, live_command, rows_of, tabbed
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call


@live_command("get")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid", required=False)
@LOCALE
@click.option("--version", type=int, metavar="N", help="An older version.")
@click.option("--query", metavar="JSON", help="Without UID: only entries that this finds.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Without UID: at most so many.")
def get(
    stack: LiveStack,
    content_type: str,
    uid: str | None,
    locale: str | None,
    version: int | None,
    query: str | None,
    limit: int | None,
) -> None:
    """Print an entry, with its publish details and workflow stage; without UID list all of the type."""
    if uid is None:
        return _list(stack, content_type, locale, query, limit)

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries

        report.facts["answer"] = await Entries(call).get(
            content_type_uid=content_type,
            entry_uid=uid,
            version=version,
            locale=locale,
            include_publish_details=True,
            include_workflow=True,
            include_metadata=True,
        )

    stack.ask("entry get", ask, lambda report: [as_text(inner(report, "entry"))])
    return None


def _list(
    stack: LiveStack, content_type: str, locale: str | None, query: str | None, limit: int | None
) -> None:
    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries
        from stackferry.providers.contentstack.api.client import every_row

        facts: dict[str, Any] = {"content_type_uid": content_type, "locale": locale, "query": _query(query)}

        async def page(skip: int, size: int) -> JsonObject:
            return await Entries(call).get_all(**facts, skip=skip, limit=size, asc="uid", include_count=True)

        report.facts["answer"] = {"entries": [*await every_row(page, "entries", limit)]}

    def lines(report: Report) -> Iterator[str]:
        for row in rows_of(report, "entries"):
            yield tabbed(row.get("uid"), row.get("locale"), row.get("_version"), row.get("title"))

    stack.ask("entry get", ask, lines)


def _query(text: str | None) -> JsonObject | None:
    from stackferry import exact_json
    from stackferry.errors import JsonRefused

    try:
        value = None if text is None else exact_json.loads(text.encode())
    except JsonRefused as refused:
        raise UsageError(f"--query: {refused}") from refused
    if value is not None and not isinstance(value, dict):
        raise UsageError("--query: not a JSON object")
    return value


@live_command("versions")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@LOCALE
@click.option("--named", is_flag=True, help="Only versions that have a name.")
def versions(stack: LiveStack, content_type: str, uid: str, locale: str | None, named: bool) -> None:
    """List the versions of an entry, newest first: number, time, author, name."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import EntryVersions
        from stackferry.providers.contentstack.api.client import every_row

        async def page(skip: int, size: int) -> JsonObject:
            return await EntryVersions(call).get_all(
                content_type_uid=content_type,
                entry_uid=uid,
                locale=locale,
                named=named or None,
                include_count=True,
                include_updated_at=True,
                include_updated_by=True,
                skip=skip,
                limit=size,
            )

        report.facts["answer"] = {"versions": [*await every_row(page, "versions")]}

    def lines(report: Report) -> Iterator[str]:
        for row in rows_of(report, "versions"):
            name = row.get("_version_name")
            title = name.get("title") if isinstance(name, dict) else ""
            yield tabbed(row.get("_version"), row.get("updated_at"), row.get("updated_by"), title)

    stack.ask("entry versions", ask, lines)


@live_command("references")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@LOCALE
def references(stack: LiveStack, content_type: str, uid: str, locale: str | None) -> None:
    """List the entries that refer to an entry: content type, uid, locale, version, title."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries

        report.facts["answer"] = await Entries(call).references(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=locale,
            include_count=True,
            include_publish_details=True,
        )

    def lines(report: Report) -> Iterator[str]:
        for row in rows_of(report, "references"):
            names = ("content_type_uid", "entry_uid", "locale", "_version", "title")
            yield tabbed(*(row.get(name) for name in names))

    stack.ask("entry references", ask, lines)


@live_command("languages")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
def languages(stack: LiveStack, content_type: str, uid: str) -> None:
    """List the languages that an entry exists in."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries

        report.facts["answer"] = await Entries(call).languages(content_type_uid=content_type, entry_uid=uid)

    def lines(report: Report) -> Iterator[str]:
        for row in rows_of(report, "locales"):
            yield tabbed(row.get("code"), "localized" if row.get("localized") is True else "falls back")

    stack.ask("entry languages", ask, lines)
