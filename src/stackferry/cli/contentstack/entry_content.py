"""Commands that write the content of one entry: `entry create`, `entry update` and `entry localize`.

A body comes from a file or from stdin and is sent as it is, every number digit by digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.contentstack.entry_group import ENTRY, ONE_LOCALE, TYPE, command
from stackferry.cli.contentstack.entry_operators import operators_options, with_operations
from stackferry.cli.contentstack.known_fields import refuse_unknown_fields
from stackferry.cli.contentstack.stack_command import LOCALE, changed_entry, columns, stack_command
from stackferry.cli.live.command import FILE, read_object
from stackferry.providers.contentstack.api import Entries

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.cli.contentstack.entry_operators import Operation
    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.api import Call

_BODY_HELP = 'The entry as JSON ("-" for stdin), bare or as {"entry": …}.'


def _entry_in(file: Path) -> JsonObject:
    """The entry that a file holds, bare or wrapped as a request is."""
    read = read_object(file)
    wrapped = read.get("entry")
    return wrapped if isinstance(wrapped, dict) and len(read) == 1 else read


@stack_command(command, "create")
@TYPE
@click.option("--body", "file", type=FILE, required=True, metavar="FILE", help=_BODY_HELP)
@LOCALE
@click.option(
    "--copy-to-master",
    is_flag=True,
    help="FILE holds the uid of an entry without a master document: make that, with what is localized.",
)
def create(stack: LiveStack, content_type: str, file: Path, locale: str | None, copy_to_master: bool) -> None:
    """Make a new entry of what FILE holds and print its uid. Nothing is published by this."""
    if copy_to_master and locale is not None:
        raise click.UsageError("--copy-to-master is about the master locale: leave --locale out")

    async def send(call: Call) -> JsonObject:
        client, entry = Entries(call), _entry_in(file)
        await refuse_unknown_fields(call, content_type, entry)
        if copy_to_master:
            return await client.create_with_master_locale(content_type_uid=content_type, entry=entry)
        return await client.create(content_type_uid=content_type, entry=entry, locale=locale)

    stack.answer(send, columns("entry", "uid", "locale", "_version", "title"))


@stack_command(command, "update")
@ENTRY
@click.option("--body", "file", type=FILE, metavar="FILE", help=_BODY_HELP)
@operators_options
@LOCALE
def update(
    stack: LiveStack,
    content_type: str,
    uid: str,
    file: Path | None,
    operations: list[Operation],
    locale: str | None,
) -> None:
    """Make a new version of an entry: the fields that FILE names change, the others stay.

    The operators change a field by what it holds by then: --push 'numbers=[2, 3]', --add count=1,
    --update 'banner[1]={"title": "New"}'. All of it is one version. Nothing is published by this.
    """
    if file is None and not operations:
        raise click.UsageError("give a --body, or an operator such as --push FIELD=JSON")

    async def send(call: Call) -> JsonObject:
        body = {} if file is None else _entry_in(file)
        entry = with_operations(body, operations)
        await refuse_unknown_fields(call, content_type, body, operations)
        return await Entries(call).update(
            content_type_uid=content_type, entry_uid=uid, locale=locale, entry=entry
        )

    stack.answer(send, changed_entry)


@stack_command(command, "localize")
@ENTRY
@click.argument("file", type=FILE)
@ONE_LOCALE
def localize(stack: LiveStack, content_type: str, uid: str, file: Path, locale: str) -> None:
    """Give an entry content of its own in a locale, or change what it has there.

    FILE ("-" for stdin) holds the entry as JSON, bare or as {"entry": …}. Nothing is published by this.
    """

    async def send(call: Call) -> JsonObject:
        entry = _entry_in(file)
        await refuse_unknown_fields(call, content_type, entry)
        return await Entries(call).localize(
            content_type_uid=content_type, entry_uid=uid, locale=locale, entry=entry
        )

    stack.answer(send, changed_entry)
