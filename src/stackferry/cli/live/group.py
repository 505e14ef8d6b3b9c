"""A group whose commands come from the systems; the place among the arguments says whose command is meant.

A system keeps its commands of a group in `cli/PACKAGE/GROUP.py`, in a click group called `command`. Must never name a
system.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import click

from stackferry.cli.lazy_group import write_examples
from stackferry.cli.live.meant_system import meant_system
from stackferry.providers.registry import packages, system_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from click.shell_completion import CompletionItem

GROUPS = ("entry", "release", "bulk", "queue")


class SystemCommands(NamedTuple):
    """The commands of one system in the groups that it has, by the group's name."""

    scheme: str
    heading: str
    groups: Mapping[str, click.Group]


Systems: TypeAlias = "Callable[[], Sequence[SystemCommands]]"


def registered() -> list[SystemCommands]:
    """The commands of every system that this version supports."""
    names = packages()
    return [
        SystemCommands(table.system, table.heading, dict(_groups(f"stackferry.cli.{names[table.system]}")))
        for table in system_options()
    ]


def _groups(package: str) -> Iterator[tuple[str, click.Group]]:
    for name in GROUPS:
        if find_spec(package) is not None and find_spec(f"{package}.{name}") is not None:
            yield name, import_module(f"{package}.{name}").command


class LiveGroup(click.Group):
    """A group of the same name in each system. Systems are asked for when a command or its help is."""

    def __init__(self, name: str, help: str, systems: Systems = registered) -> None:  # noqa: A002 - click's word
        super().__init__(name, help=help)
        self._group, self._systems = name, systems

    @cached_property
    def systems(self) -> Sequence[SystemCommands]:
        return self._systems()

    @cached_property
    def own(self) -> Mapping[str, click.Group]:
        """This group in the systems that have it, by their schemes."""
        return {one.scheme: one.groups[self._group] for one in self.systems if self._group in one.groups}

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the same commands in every context
        return list(dict.fromkeys(name for group in self.own.values() for name in group.commands))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command; where several systems have one of that name, and no place says which, their common help."""
        del ctx
        having = self._having(cmd_name)
        if len(having) < 2:
            return next(iter(having.values()), None)
        headings = {one.scheme: one.heading for one in self.systems}
        return _OfSeveral(cmd_name, {headings[scheme]: command for scheme, command in having.items()})

    def _having(self, name: str) -> dict[str, click.Command]:
        return {scheme: group.commands[name] for scheme, group in self.own.items() if name in group.commands}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, words = args[0], args[1:]
        having = self._having(name)
        scheme = meant_system(having, words, ctx, known={one.scheme for one in self.systems})
        if scheme in having:
            return name, having[scheme], words
        lacking = next((one for one in self.systems if one.scheme == scheme), None)
        # Where a shell completes, it shows no errors.
        if lacking is not None and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(self._lacks(lacking, name), ctx)
        return super().resolve_command(ctx, args)

    def _lacks(self, system: SystemCommands, name: str) -> str:
        group = system.groups.get(self._group)
        if group is not None:
            return f"{system.heading} has no command '{self._group} {name}'; it has {_listed(group.commands)}"
        return (
            f"{system.heading} has no commands of '{self._group}'; it has those of {_listed(system.groups)}"
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for system in self.systems:
            if (group := system.groups.get(self._group)) is None:
                continue
            with formatter.section(f"{system.heading} commands"):
                if group.help:
                    formatter.write_text(group.help)
                    formatter.write_paragraph()
                width = formatter.width - 6 - max(map(len, group.commands))
                found = [(name, group.commands[name]) for name in group.list_commands(ctx)]
                formatter.write_dl([(name, one.get_short_help_str(width)) for name, one in found])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        write_examples(ctx, formatter)


class _OfSeveral(click.Command):
    """A command of several systems, where no place says which is meant: its help shows all of them."""

    def __init__(self, name: str, commands: Mapping[str, click.Command]) -> None:
        super().__init__(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
        self._commands = commands
        self.help = next(iter(commands.values())).help

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises UsageError, or shows the help: what was typed is a command of none of them."""
        if ctx.resilient_parsing:  # a shell completes, and shows no errors
            return super().parse_args(ctx, args)
        errors: list[click.UsageError] = []
        rest = super().parse_args(ctx, [*args])
        for command in self._commands.values():
            try:
                command.make_context(ctx.info_name, [*args], parent=ctx.parent)
            except click.UsageError as error:
                errors.append(error)
        # Whose option it is decides: there all that is missing is the place.
        if errors:
            raise next((one for one in errors if isinstance(one, click.MissingParameter)), errors[0])
        return rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The options of all systems, or the profiles, one of which says which system it is."""
        from stackferry.cli.config.completing import profiles

        if not incomplete.startswith("-"):
            return profiles(incomplete, or_path=False)
        found = [
            one for command in self._commands.values() for one in command.shell_complete(ctx, incomplete)
        ]
        return [*{one.value: one for one in found}.values()]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for number, (heading, command) in enumerate(self._commands.items()):
            if number:
                formatter.write_paragraph()
            formatter.write_heading(heading)
            with formatter.indentation():
                command.format_help(
                    click.Context(command, parent=ctx.parent, info_name=ctx.info_name), formatter
                )


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(names) or "none"
