"""`stackferry config init`: asks for a place and where its token is, and writes the configuration file."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from stackferry.cli import options
from stackferry.cli.lazy_group import new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode, StackferryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.io.profiles import Profile
    from stackferry.model import Secret

_SOURCES: Mapping[str, str] = {
    "env": "an environment variable",
    "file": "a file that holds it alone",
    "keyring": "the keyring of this machine",
    "command": "what a program prints",
    "clear": "this configuration file, in clear",
}
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_QUESTIONS: Mapping[str, str] = {
    "env": "Name of the variable",
    "file": "Path of the file",
    "keyring": "Name of the entry",
    "command": "Program with its arguments",
}


@new_command(
    "init",
    (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.INTERRUPTED),
    has_defaults=False,
)
@click.argument("name", required=False)
@click.option("--place", metavar="URL", help="The place: SYSTEM://KEY@HOST/NAME.")
@click.option("--token-env", metavar="VARIABLE", help="The token is in this variable.")
@click.option("--token-file", metavar="FILE", help="The token is in this file.")
@click.option(
    "--keyring", metavar="ENTRY", help="The token is in the keyring, below the service 'stackferry'."
)
@click.option("--token-command", metavar="COMMAND", help="The token is the first line that this prints.")
@click.option("--add", is_flag=True, help="Add the profile to the configuration file that is there.")
@options.output_options
def command(
    name: str | None,
    place: str | None,
    token_env: str | None,
    token_file: str | None,
    keyring: str | None,
    token_command: str | None,
    add: bool,
    output: Output,
) -> None:
    """Write a configuration file with a first profile.

    NAME is what the place is called from then on. What is not given is asked for. The file is for its owner alone (mode
    0600). The token itself is written only where you ask for that. A file that is there is not overwritten.
    """
    given = {"env": token_env, "file": token_file, "keyring": keyring, "command": token_command}

    def work(report: Report) -> ExitCode:
        from stackferry.io.profile_writer import write_profile
        from stackferry.io.profiles import configuration_file
        from stackferry.library.connect import profile_place

        path = configuration_file()
        if path.exists() and not add:
            raise UsageError(f"{path} is there already and stays as it is: add a profile to it with --add")
        profile = _Asked(given).profile(name, place)
        profile_place(profile)
        write_profile(path, profile, add=add)
        report.facts.update(configuration=str(path), profile=profile.name)
        return ExitCode.COMPLETE

    carry_out("config init", output, work, _ending)


def _ending(report: Report, output: Output) -> None:
    name, path = report.facts["profile"], report.facts["configuration"]
    output.say(f"Wrote the profile '{name}' to {path}")
    output.say(f"  check it:  stackferry config check {name}")
    output.say(f"  use it:    stackferry export {name} backup/")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Takes what was given, and asks for the rest. Raises UsageError where nobody can be asked."""

    given: Mapping[str, str | None]

    def profile(self, name: str | None, place: str | None) -> Profile:
        from stackferry.io.profile_writer import check_name
        from stackferry.io.profiles import Profile
        from stackferry.library.connect import find_place

        name = name or self._ask("Name of the profile", "NAME")
        check_name(name)
        place = place or self._ask("Place (SYSTEM://KEY@HOST/NAME)", "--place")
        find_place(place)
        sources = [source for source, value in self.given.items() if value]
        if len(sources) > 1:
            raise UsageError("a profile has one token: give one of --token-env, --token-file and their like")
        source = sources[0] if sources else self._source()
        if source == "clear":
            return Profile(place, token=_secret("Token (it is not shown)"), name=name)
        value = self.given[source] or self._ask(_QUESTIONS[source], f"--token-{source}")
        return _profile(name, place, source, value)

    def _source(self) -> str:
        if not sys.stdin.isatty():
            raise UsageError(
                "where is the token? There is no terminal to ask at: give --token-env, --token-file, --keyring or "
                "--token-command"
            )
        click.echo("Where is the token?", err=True)
        for one, words in _SOURCES.items():
            click.echo(f"  {one:<8} {words}", err=True)
        source: str = click.prompt("Token in", type=click.Choice(list(_SOURCES)), default="env", err=True)
        if source == "clear" and not click.confirm("Write the token itself into the file?", err=True):
            raise StackferryError("nothing was written")
        return source

    def _ask(self, question: str, flag: str) -> str:
        if not sys.stdin.isatty():
            raise UsageError(f"{question}? There is no terminal to ask at: give {flag}")
        answer: str = click.prompt(question, err=True)
        return answer.strip()


def _secret(question: str) -> Secret:
    """A token that is typed without being shown."""
    from stackferry.io import redaction
    from stackferry.model import Secret

    secret = Secret(str(click.prompt(question, hide_input=True, err=True)).strip())
    redaction.register(secret)
    return secret


def _words(command: str) -> tuple[str, ...]:
    """A program with its arguments, as a shell would part them."""
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"the command of the token cannot be read: {error}") from error


def _profile(name: str, place: str, source: str, value: str) -> Profile:
    """A profile whose token is kept elsewhere; a file that is missing is made, if that is wanted."""
    from pathlib import Path

    from stackferry.io.profiles import Profile

    if source == "env" and not _VARIABLE.fullmatch(value):
        raise UsageError(f"'{value}' is no name of a variable: letters, digits and _")
    if source == "env":
        return Profile(place, token_env=value, name=name)
    if source == "command":
        return Profile(place, token_command=_words(value), name=name)
    if source == "keyring":
        return Profile(place, keyring=value, name=name)
    _offer_file(Path(value).expanduser())
    return Profile(place, token_file=value, name=name)


def _offer_file(path: Path) -> None:
    """Write a file with a token, if it is missing and a person wants it."""
    from stackferry.io.profile_writer import write_private

    is_missing = not path.exists() and sys.stdin.isatty()
    if is_missing and click.confirm(f"{path} is missing. Write it now?", err=True):
        write_private(path, f"{_secret('Token (it is not shown)').reveal()}\n")
