"""What the commands on a live stack share: `entry`, `release` and `bulk` use the API as it is.

Their product goes to stdout, lists as columns parted by tabs; with --json the answer is in the report, as it came.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import click

from stackferry.cli import options, progress
from stackferry.cli.lazy_group import Command, new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import AnswerLost, ExitCode, StackferryError, UsageError
from stackferry.json_values import as_list, nested, objects
from stackferry.providers.contentstack.api.client import every_row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.library.connect import Endpoint
    from stackferry.library.speed import Speed
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.api import Call

Ask: TypeAlias = "Callable[[Call, Report], Awaitable[ExitCode | None]]"
Send: TypeAlias = "Callable[[Call], Awaitable[JsonObject]]"
Page: TypeAlias = "Callable[[Call, int, int], Awaitable[JsonObject]]"  # skip and limit
Lines: TypeAlias = "Callable[[Report], Iterable[str]]"

EXITS = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.ACCESS, ExitCode.INTERRUPTED)
FILE = click.Path(path_type=Path, allow_dash=True, dir_okay=False)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask whether this is meant.")
LOCALE = click.option("--locale", metavar="CODE", help="The locale; without it the master locale.")
# Options that every command has; help lists them after its own.
_SHARED = frozenset({"rate", "bulk_rate", "as_json", "verbose", "quiet", "log_format"})


@dataclass(frozen=True, slots=True)
class LiveStack:
    """A place, and how `command` talks to it and to the user. `yes`: questions are answered already."""

    command: str
    place: str
    speed: Speed
    output: Output
    yes: bool

    def run_call(self, run_call: Ask, lines: Lines, *, question: str = "") -> NoReturn:
        """Do what the command is for and end. `lines` of the report are its product.

        Where there is a `question`, it is asked before anything is sent.
        """

        def work(report: Report) -> Awaitable[ExitCode]:
            from stackferry.library.connect import find_endpoint

            endpoint = find_endpoint(self.place, "target")
            place = endpoint.place
            if place.system != "contentstack":
                raise UsageError(f"{place}: stackferry {self.command} is for Contentstack only")
            report.facts["place"] = str(place)
            # The question comes last, when nothing but the call itself can go wrong.
            if question and not self.yes:
                _confirm(f"{question} ({place})")
            return self._call(endpoint, run_call, report)

        def ending(report: Report, output: Output) -> None:
            for line in () if output.as_json else lines(report):
                output.show(line)
            if report.error:
                output.fail(report.error)

        carry_out(self.command, self.output, work, ending)

    async def _call(self, endpoint: Endpoint, run_call: Ask, report: Report) -> ExitCode:
        from stackferry.library.connect import Connector

        with progress.shown(self.output, report) as emit:
            async with Connector(self.speed, emit, report.monitor).session(endpoint) as session:
                try:
                    code = await run_call(session.call, report)
                except AnswerLost as error:
                    look = f"look with `stackferry {_showing(self.command)} {endpoint.place}`"
                    raise AnswerLost(f"{error}; {look} before you send it again") from error
        return ExitCode.COMPLETE if code is None else code

    def answer(self, send: Send, lines: Lines, *, question: str = "") -> NoReturn:
        """Make one call: its answer is in the report as it came."""

        async def run_call(call: Call, report: Report) -> None:
            report.facts["answer"] = await send(call)

        self.run_call(run_call, lines, question=question)

    def rows(self, key: str, page: Page, lines: Lines, limit: int | None = None) -> NoReturn:
        """List what a listing holds under `key`, page by page; at most `limit` rows."""

        async def send(call: Call) -> JsonObject:
            return {key: [*await every_row(partial(page, call), key, limit)]}

        self.answer(send, lines)


def live_command(group: click.Group, name: str) -> Callable[[Callable[..., None]], Command]:
    """Add a command to a group: its first argument is PLACE, and its function gets a `LiveStack` as `stack`."""

    def decorate(function: Callable[..., None]) -> Command:
        @wraps(function)
        def call(place: str, speed: Speed, output: Output, yes: bool = True, **more: Any) -> None:
            function(stack=LiveStack(f"{group.name} {name}", place, speed, output, yes), **more)

        shared = click.argument("place")(options.output_options(options.speed_options(call)))
        made = new_command(name, EXITS)(shared)
        made.params.sort(key=lambda param: param.name in _SHARED)
        group.add_command(made)
        return made

    return decorate


def _showing(command: str) -> str:
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


def notices(report: Report) -> Iterable[str]:
    """The notices in the service's answers, each once."""
    rows = objects([report.facts.get("answer"), *as_list(report.facts.get("answers"))])
    yield from dict.fromkeys(str(row["notice"]) for row in rows if row.get("notice"))


def columns(key: str, *names: str | Callable[[JsonObject], Json]) -> Lines:
    """A line for each row, or for the one object, under `key` of the answer; a column is a field or computed."""

    def lines(report: Report) -> Iterable[str]:
        found = nested(report.facts.get("answer"), key)
        for row in objects(found if isinstance(found, list) else [found]):
            yield tabbed(*(row.get(name) if isinstance(name, str) else name(row) for name in names))

    return lines


def changed_entry(report: Report) -> Iterable[str]:
    """The notice, and the version of the entry that there is now."""
    yield from notices(report)
    yield from columns("entry", "uid", "locale", "_version", "title")(report)


def answers_of(report: Report) -> list[JsonObject]:
    """The report's list of answers, to append to: what came before a failure is in the report all the same."""
    answers: list[JsonObject] = []
    report.facts["answers"] = answers  # type: ignore[assignment]  # a list of JSON objects is JSON; lists are invariant
    return answers
