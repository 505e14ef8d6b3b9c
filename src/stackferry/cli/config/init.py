"""`stackferry config init`: asks for a place and where its token is, and writes the configuration file."""

from __future__ import annotations

import os
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
    from collections.abc import Callable, Collection, Mapping
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
        from stackferry.io.profiles import configuration_file, read_configuration
        from stackferry.library.connect import profile_place

        path = configuration_file()
        if path.exists() and not add:
            raise UsageError(f"{path} is there already and stays as it is: add a profile to it with --add")
        _refuse_unwritable(path)
        taken = read_configuration(path).names if path.exists() else ()
        profile = _Asked(given, taken).profile(name, place)
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
    """Takes what was given, and asks for the rest, again after a wrong answer. `taken`: names of other profiles.

    Raises UsageError for what was given and is wrong, and where nobody can be asked.
    """

    given: Mapping[str, str | None]
    taken: Collection[str]

    def profile(self, name: str | None, place: str | None) -> Profile:
        from stackferry.io.profile_writer import check_name
        from stackferry.io.profiles import Profile
        from stackferry.library.connect import find_place

        name = self._answer(name, "Name of the profile", "NAME", check_name if name else self._check_name)
        place = self._answer(place, "Place (SYSTEM://KEY@HOST/NAME)", "--place", find_place)
        sources = [source for source, value in self.given.items() if value]
        if len(sources) > 1:
            raise UsageError("a profile has one token: give one of --token-env, --token-file and their like")
        source = sources[0] if sources else self._source()
        if source == "clear":
            return Profile(place, token=_secret("Token (it is not shown)"), name=name)
        check = {"env": _check_variable, "command": _words}.get(source, str)
        value = self._answer(self.given[source], _QUESTIONS[source], f"--token-{source}", check)
        return _profile(name, place, source, value)

    def _check_name(self, name: str) -> None:
        from stackferry.io.profile_writer import check_name

        check_name(name)
        if name in self.taken:
            raise UsageError(f"there is a profile '{name}' already, and it stays as it is")

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

    def _answer(self, value: str | None, question: str, flag: str, check: Callable[[str], object]) -> str:
        """What was given, or else is answered: until the `check` raises no UsageError."""
        if value:
            check(value)
            return value
        if not sys.stdin.isatty():
            raise UsageError(f"{question}? There is no terminal to ask at: give {flag}")

        def checked(answer: str) -> str:
            try:
                check(answer.strip())
            except UsageError as wrong:  # click tells it, and asks again
                raise click.UsageError(str(wrong)) from wrong
            return answer.strip()

        answer: str = click.prompt(question, err=True, value_proc=checked)
        return answer


def _refuse_unwritable(path: Path) -> None:
    """Raise StackferryError, before anything is asked, where the file cannot be made."""
    there = next(one for one in path.absolute().parents if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "cannot be written to" if there.is_dir() else "is a file"
        raise StackferryError(f"cannot create {path}: {there} {why}")


def _secret(question: str) -> Secret:
    """A token that is typed without being shown."""
    from stackferry.io import redaction
    from stackferry.model import Secret

    secret = Secret(str(click.prompt(question, hide_input=True, err=True)).strip())
    redaction.register(secret)
    return secret


def _check_variable(name: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise UsageError(f"'{name}' is no name of a variable: letters, digits and _")


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
