"""Commands of `stackferry entry` that change one: name, localize, unlocalize, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentstack.item_options import locales_option
from stackferry.cli.contentstack.stack_command import (
    FILE,
    LOCALE,
    YES,
    live_command,
    made,
    notice,
    read_object,
)

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call


@live_command("name")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
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

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import EntryVersions

        client = EntryVersions(call)
        one: dict[str, Any] = {"content_type_uid": content_type, "entry_uid": uid, "locale": locale}
        if name is None:
            report.facts["answer"] = await client.delete_name(**one, version_number=version)
        else:
            report.facts["answer"] = await client.set_name(
                **one, version_number=version, name=name, force=force or None
            )

    stack.ask("entry name", ask, notice)


@live_command("localize")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@click.argument("file", type=FILE)
@click.option("--locale", required=True, metavar="CODE", help="The language.")
def localize(stack: LiveStack, content_type: str, uid: str, file: Path, locale: str) -> None:
    """Give an entry content of its own in a language, or change what it has there.

    FILE ("-" for stdin) holds the entry as JSON, bare or as {"entry": …}. Nothing is published by this.
    """

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries

        report.facts["answer"] = await Entries(call).localize(
            content_type_uid=content_type, entry_uid=uid, locale=locale, entry=_bare(read_object(file))
        )

    stack.ask("entry localize", ask, made)


@live_command("unlocalize")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@click.option("--locale", required=True, metavar="CODE", help="The language.")
@YES
def unlocalize(stack: LiveStack, content_type: str, uid: str, locale: str, yes: bool) -> None:
    """Let a language fall back again: what the entry has there is lost, with all its versions."""

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries

        report.facts["answer"] = await Entries(call).unlocalize(
            content_type_uid=content_type, entry_uid=uid, locale=locale
        )

    question = f"Delete what {content_type}/{uid} has in {locale}, with all its versions?"
    stack.ask("entry unlocalize", ask, notice, question=question, yes=yes)


@live_command("delete")
@click.argument("content_type", metavar="TYPE")
@click.argument("uid")
@locales_option("A language; without it the master language")
@click.option("--all-locales", is_flag=True, help="In every language.")
@YES
def delete(
    stack: LiveStack, content_type: str, uid: str, locales: tuple[str, ...], all_locales: bool, yes: bool
) -> None:
    """Delete an entry, in one language, in several or in all of them."""
    if locales and all_locales:
        raise click.UsageError("--locale or --all-locales, not both")

    async def ask(call: Call, report: Report) -> None:
        from stackferry.providers.contentstack.api import Entries

        report.facts["answer"] = await Entries(call).delete(
            content_type_uid=content_type,
            entry_uid=uid,
            locale=locales[0] if len(locales) == 1 else None,
            locales=locales if len(locales) > 1 else (),
            delete_all_localized=all_locales or None,
        )

    where = "every language" if all_locales else ", ".join(locales) or "the master language"
    stack.ask("entry delete", ask, notice, question=f"Delete {content_type}/{uid} in {where}?", yes=yes)


def _bare(sent: JsonObject) -> JsonObject:
    """The entry itself, if a file wraps it as requests do."""
    inner = sent.get("entry")
    return inner if isinstance(inner, dict) and len(sent) == 1 else sent
