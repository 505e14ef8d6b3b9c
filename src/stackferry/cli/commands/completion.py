"""`stackferry completion`: what a shell needs to complete commands, options, profiles and names of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from stackferry.cli import options
from stackferry.cli.lazy_group import new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report


# The other shells quote what they insert by themselves.
_PLAIN_IN_BASH: Final = "COMPREPLY+=($value)"
_QUOTED_IN_BASH: Final = """COMPREPLY+=("$(printf '%q' "$value")")"""


@new_command("completion", (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE), has_defaults=False)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options.output_options
def command(shell: str, output: Output) -> None:
    """Print a script for a shell that completes commands.

    It completes commands and options, profiles of the configuration file, and kinds, content types, locales and
    environments of the snapshot on the command line. For bash: source <(stackferry completion bash) in ~/.bashrc.
    For zsh: the same with zsh in ~/.zshrc, after compinit.
    """

    def work(report: Report) -> ExitCode:
        from click.shell_completion import get_completion_class

        completer = get_completion_class(shell)
        assert completer is not None  # noqa: S101 - click has all three shells
        root = click.get_current_context().find_root().command
        script = completer(root, {}, "stackferry", "_STACKFERRY_COMPLETE").source()
        script = script.replace(_PLAIN_IN_BASH, _QUOTED_IN_BASH)
        report.facts["script"] = script
        for line in () if output.as_json else script.splitlines():
            output.show(line)
        return ExitCode.COMPLETE

    carry_out("completion", output, work)
