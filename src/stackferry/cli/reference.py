"""Writes docs/cli.md, the help pages of all commands: `python -m stackferry.cli.reference > docs/cli.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from stackferry.cli.app import app
from stackferry.cli.live.group import LiveGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 100
_HEAD = """\
# Commands

Every command with its options, as `--help` prints it. This page is written by
`python -m stackferry.cli.reference > docs/cli.md`, and a test holds it to what the commands say.

What a place, a profile and a snapshot are: [glossary.md](glossary.md). Settings, environment variables and
their order: [configuration.md](configuration.md).
"""


class HelpPage(NamedTuple):
    """A command or a group, how it is called, and the system whose it is, where each has its own."""

    title: str
    command: click.Command
    context: click.Context

    def text(self) -> str:
        return self.command.get_help(self.context)


def pages() -> Iterator[HelpPage]:
    """The help page of every command and group, in the order of the program's own help."""
    facts = {**app.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    root = click.Context(app, info_name="stackferry", **facts)
    yield from _pages(app, root, "")


def _pages(command: click.Command, context: click.Context, of: str) -> Iterator[HelpPage]:
    yield HelpPage(f"{context.command_path}{f' ({of})' if of else ''}", command, context)
    if isinstance(command, LiveGroup):
        for system in command.systems:
            group = command.own.get(system.scheme)
            for name, one in group.commands.items() if group else ():
                yield from _pages(one, _below(one, name, context), system.heading)
    elif isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None  # noqa: S101 - it was listed
            yield from _pages(found, _below(found, name, context), of)


def _below(command: click.Command, name: str, context: click.Context) -> click.Context:
    return click.Context(command, info_name=name, parent=context, terminal_width=_WIDTH)


def reference() -> str:
    """The page as it should be."""
    sections = (f"\n## {page.title}\n\n```text\n{page.text().rstrip()}\n```\n" for page in pages())
    return f"{_HEAD}{''.join(sections)}"


if __name__ == "__main__":
    click.echo(reference(), nl=False)
