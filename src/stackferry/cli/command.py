"""What every command shares with every other: a help page that lists its exit codes, and lazy loading."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.COMPLETE: "complete: everything was done",
    ExitCode.FAILED: "failed; the message says why",
    ExitCode.USAGE: "the command cannot mean what it says; nothing was written",
    ExitCode.GAPS: "completed, and something that the source has is missing: see the gaps",
    ExitCode.ACCESS: "the service does not accept the credential, or not for this",
    ExitCode.DIFFERENT: "differences were found",
    ExitCode.CORRUPT: "a snapshot, an export or a checkpoint is damaged",
    ExitCode.BUSY: "another run is at work on the same thing",
    ExitCode.INTERRUPTED: "interrupted: the same command again takes it up where it stopped",
}
LOCAL = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.CORRUPT, ExitCode.INTERRUPTED)
CONVERTING = (*LOCAL[:3], ExitCode.GAPS, *LOCAL[3:])
REMOTE = tuple(code for code in ExitCode if code is not ExitCode.DIFFERENT)


class Command(click.Command):
    """A command whose help ends with the exit codes that it may end with."""

    exits: tuple[ExitCode, ...] = tuple(ExitCode)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit status"):
            formatter.write_dl([(str(code.value), MEANINGS[code]) for code in self.exits])


def new_command(name: str, exits: tuple[ExitCode, ...]) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function, as `click.command` does."""

    def decorate(function: Callable[..., None]) -> Command:
        made = click.command(name, cls=Command)(function)
        made.exits = exits
        return made

    return decorate


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported when they are asked for.

    `modules` gives the module of each command, in the order in which help shows them; each defines `command`.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = dict(modules or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the same commands in every context
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return super().get_command(ctx, cmd_name)
        found = importlib.import_module(self._modules[cmd_name]).command
        assert isinstance(found, click.Command)  # noqa: S101 - a module of ours
        return found
