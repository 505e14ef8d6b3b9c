"""What the commands on a live stack share: `entry`, `release` and `bulk` use the API as it is.

Their product goes to stdout, lists as columns parted by tabs; with --json the answer is in the report, as it came.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import click

from stackferry.cli import options, progress
from stackferry.cli.json_format import pretty
from stackferry.cli.lazy_group import Command, new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import AnswerLost, ExitCode, StackferryError, UsageError
from stackferry.json_values import as_object, nested, objects

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.library.connect import Endpoint
    from stackferry.library.speed import Speed
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.api import Call

Ask: TypeAlias = "Callable[[Call, Report], Awaitable[ExitCode | None]]"
Lines: TypeAlias = "Callable[[Report], Iterable[str]]"

EXITS = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.ACCESS, ExitCode.INTERRUPTED)
FILE = click.Path(path_type=Path, allow_dash=True, dir_okay=False)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask whether this is meant.")
LOCALE = click.option("--locale", metavar="CODE", help="The language; without it the master language.")
_SHARED = frozenset({"rate", "bulk_rate", "as_json", "verbose", "quiet", "log_format"})


@dataclass(frozen=True, slots=True)
class LiveStack:
    """A place, and how its command talks to it and to the user."""

    word: str
    speed: Speed
    output: Output

    def ask(self, command: str, ask: Ask, lines: Lines, *, question: str = "", yes: bool = True) -> NoReturn:
        """Do what a command is for and end. `lines` of the report are its product.

        Where there is a `question`, it is asked before anything is sent, unless `yes` answers it.
        """

        def work(report: Report) -> Awaitable[ExitCode]:
            from stackferry.library.connect import find_endpoint

            endpoint = find_endpoint(self.word, "target")
            place = endpoint.place
            if place.system != "contentstack":
                raise UsageError(f"{place}: stackferry {command} is for Contentstack only")
            report.facts["place"] = str(place)
            lost = f"look with `stackferry {_look(command)} {place}` before you send it again"
            if question and not yes:
                _confirm(f"{question} ({place})")
            return self._call(endpoint, ask, report, lost)

        def ending(report: Report, output: Output) -> None:
            if not output.as_json:
                for line in lines(report):
                    output.show(line)
            if report.error:
                output.fail(report.error)

        carry_out(command, self.output, work, ending)

    async def _call(self, endpoint: Endpoint, ask: Ask, report: Report, lost: str) -> ExitCode:
        from stackferry.library.connect import Connector

        with progress.shown(self.output, report) as emit:
            async with Connector(self.speed, emit, report.monitor).session(endpoint) as session:
                try:
                    code = await ask(session.call, report)
                except AnswerLost as error:
                    raise AnswerLost(f"{error}; {lost}") from error
        return ExitCode.COMPLETE if code is None else code


def live_command(name: str) -> Callable[[Callable[..., None]], Command]:
    """Make a command: its first argument is PLACE, and its function gets a `LiveStack` as `stack`."""

    def decorate(function: Callable[..., None]) -> Command:
        @wraps(function)
        def call(place: str, speed: Speed, output: Output, **more: Any) -> None:
            function(stack=LiveStack(place, speed, output), **more)

        shared = click.argument("place")(options.output_options(options.speed_options(call)))
        made = new_command(name, EXITS)(shared)
        made.params.sort(key=lambda param: param.name in _SHARED)  # what all commands have goes last
        return made

    return decorate


def _look(command: str) -> str:
    """The command that shows what another one may have done."""
    group, _, name = command.partition(" ")
    if group == "release":
        return "release list" if name in ("create", "clone", "delete") else "release show"
    return "release show" if name == "add-to-release" else "entry get"


def _confirm(question: str) -> None:
    """Raises UsageError where nobody can be asked, StackferryError where the answer is no."""
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask at: add --yes if this is meant")
    try:
        meant = click.confirm(question, err=True)
    except click.Abort:
        meant = False
    if not meant:
        raise StackferryError("nothing was done")


def read_bytes(file: Path) -> bytes:
    """The content of a file, or of stdin for "-". Raises UsageError for one that cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error


def read_object(file: Path) -> JsonObject:
    """A file's JSON object. Raises UsageError for anything else."""
    from stackferry import exact_json
    from stackferry.errors import JsonRefused

    try:
        value = exact_json.loads(read_bytes(file))
    except JsonRefused as refused:
        raise UsageError(f"{file}: {refused}") from refused
    if not isinstance(value, dict):
        raise UsageError(f"{file}: not a JSON object")
    return value


def tabbed(*cells: object) -> str:
    """Cells as one line of columns: no cell can hold a tab or a line break."""
    return "\t".join(" ".join(str("" if cell is None else cell).split()) for cell in cells)


def as_text(value: Json) -> str:
    """A value as JSON for people, to the digit."""
    from stackferry import exact_json

    return pretty(exact_json.dumps(value).decode())


def notice(report: Report) -> Iterable[str]:
    """The notice in the service's answer."""
    answer = report.facts.get("answer")
    if isinstance(answer, dict) and (words := answer.get("notice")):
        yield str(words)


def notices(report: Report) -> Iterable[str]:
    """The notices in the answers to several requests, each once."""
    rows = objects(report.facts.get("answers"))
    yield from dict.fromkeys(str(row["notice"]) for row in rows if row.get("notice"))


def rows_of(report: Report, key: str) -> list[JsonObject]:
    """The rows under a key of the answer."""
    return objects(nested(report.facts.get("answer"), key))


def growing(report: Report) -> list[JsonObject]:
    """The report's list of answers, to append to: what came before a failure is in the report all the same."""
    answers: list[JsonObject] = []
    report.facts["answers"] = answers  # type: ignore[assignment]  # a list of JSON objects is JSON; lists are invariant
    return answers


def inner(report: Report, key: str) -> JsonObject:
    """The object that the answer wraps."""
    return as_object(nested(report.facts.get("answer"), key))


def made(report: Report) -> Iterable[str]:
    """The notice, and the version of the entry that there is now."""
    entry = inner(report, "entry")
    yield from notice(report)
    yield tabbed(entry.get("uid"), entry.get("locale"), entry.get("_version"), entry.get("title"))
