"""Commands: a help page that lists the system's options and the exit codes, and modules imported when asked for."""

from __future__ import annotations

import importlib
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.COMPLETE: "complete",
    ExitCode.FAILED: "failed; the message gives the reason",
    ExitCode.USAGE: "invalid arguments or settings, or a question answered with no; nothing was done",
    ExitCode.GAPS: "complete, with the gaps that are listed",
    ExitCode.ACCESS: "authentication or permission",
    ExitCode.DIFFERENT: "differences found; nothing was written",
    ExitCode.CORRUPT: "a snapshot, an export or a checkpoint is damaged",
    ExitCode.BUSY: "another run holds the snapshot or the target",
    ExitCode.INTERRUPTED: "interrupted; run it again to resume",
}
ELSEWHERE: Mapping[str, str] = {
    "check": "verify",
    "stats": "show",
    "info": "show",
    "dump": "cat",
    "find": "ls",
    "list": "ls",
    "lsjson": "ls SNAPSHOT KIND --json",
    "init": "config init",
    "clone": "copy",
    "sync": "copy --mirror",
    "pull": "export",
    "push": "import",
    "plan": "import --dry-run",
    "apply": "import --apply FILE",
    "prune": "forget",
    "serve": "emulate",
    "version": "--version",
    "help": "--help",
}
"""What commands of other tools (restic, rclone, terraform, git) are called here."""
# Which codes a command may end with: one that reads local files, one that converts them, one that calls a service.
LOCAL = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.CORRUPT, ExitCode.INTERRUPTED)
CONVERTING = (*LOCAL[:3], ExitCode.GAPS, *LOCAL[3:])
REMOTE = tuple(code for code in ExitCode if code is not ExitCode.DIFFERENT)


class OwnOption(click.Option):
    """An option that only some systems have; `headings` are their names."""

    def __init__(self, *args: Any, headings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headings = headings


def write_examples(ctx: click.Context, formatter: click.HelpFormatter, scheme: str = "") -> None:
    """The examples of a command at the end of its help, each on a line of its own that can be copied."""
    from stackferry.cli.examples import examples_of

    path = ctx.command_path.partition(" ")[2]
    if found := examples_of(path, scheme):
        with formatter.section("Examples"):
            for example in found:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class Command(click.Command):
    """A command whose help ends with the exit codes that it may end with."""

    exits: tuple[ExitCode, ...] = tuple(ExitCode)
    has_defaults = True
    """Whether the configuration file has defaults for it: not for the commands that write or check that file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take values of the environment and of the configuration file, unless only the help is asked for."""
        if self.has_defaults and not ctx.resilient_parsing and not {"-h", "--help"} & {*args}:
            from stackferry.cli.config.defaults import name_variables, set_defaults

            name_variables(ctx)
            set_defaults(ctx, args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of every system first, then those of each system below its heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = None if isinstance(param, click.Argument) else param.get_help_record(ctx)
            for heading in param.headings if isinstance(param, OwnOption) else ("",):
                if record is not None:
                    sections.setdefault(heading, []).append(record)
        for heading, records in sorted(sections.items()):  # "", the options of every system, sorts first
            with formatter.section(f"{heading} options" if heading else "Options"):
                formatter.write_dl(records)

    scheme = ""
    """The scheme of the places that it is for, where each system has its own command of this name."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        write_examples(ctx, formatter, self.scheme)
        with formatter.section("Exit status"):
            formatter.write_dl([(str(code.value), MEANINGS[code]) for code in self.exits])


def new_command(
    name: str, exits: tuple[ExitCode, ...], *, has_defaults: bool = True
) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function, as `click.command` does."""

    def decorate(function: Callable[..., None]) -> Command:
        made = click.command(name, cls=Command)(function)
        made.exits, made.has_defaults = exits, has_defaults
        made.params.append(_config_option())
        return made

    return decorate


def _config_option() -> click.Option:
    """The option of every command. `ConfiguredGroup` takes its value, before it looks for the command."""
    return click.Option(
        ["--config"],
        metavar="FILE",
        expose_value=False,
        help="The configuration file, in place of STACKFERRY_CONFIG and of the platform's.",
    )


class Lazy(NamedTuple):
    """A command that is imported when it is run: its name, its module in the group's package, its help's first line."""

    name: str
    module: str
    summary: str


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, each defining `command`.

    They are listed in the order given. Listing them imports none of them, so that `--help` is quick.
    """

    def __init__(self, *args: Any, package: str, lazy: Sequence[Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.package, self.lazy = package, {command.name: command for command in lazy}

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the same commands in every context
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        found = importlib.import_module(f"{self.package}.{self.lazy[cmd_name].module}").command
        assert isinstance(found, click.Command)  # noqa: S101 - for the type checker
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx  # see above
        width = formatter.width - 6 - max(map(len, self.lazy))  # as click computes it for its own list
        commands = [click.Command(command.name, help=command.summary) for command in self.lazy.values()]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(command.name or "", command.get_short_help_str(width)) for command in commands]
            )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        write_examples(ctx, formatter)


class Group(click.Group):
    """A group of commands whose help ends with examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        write_examples(ctx, formatter)


class ConfiguredGroup(LazyGroup):
    """The program's own group: it takes --config FILE wherever it stands, before it looks for the command."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_config_option())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError for a word that is no command, with the one that other tools call so."""
        word = args[0]
        if not ctx.resilient_parsing and not word.startswith("-") and self.get_command(ctx, word) is None:
            from stackferry.core.nearest import did_you_mean

            meant = ELSEWHERE.get(word)
            told = f"; that is 'stackferry {meant}' here" if meant else did_you_mean(word, self.lazy)
            raise click.UsageError(f"there is no command '{word}'{told}", ctx)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if named := _named_config(args):
            from pathlib import Path

            from stackferry.cli.config.defaults import configured

            ctx.with_resource(configured(Path(named)))
        return super().parse_args(ctx, args)


def _named_config(words: Sequence[str]) -> str:
    """The file after the last --config; empty where there is none."""
    found = ""
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        if word == "--":
            break
        if word == "--config":
            found = following
        elif word.startswith("--config="):
            found = word.partition("=")[2]
    return found
