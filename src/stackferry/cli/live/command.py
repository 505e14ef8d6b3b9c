"""What the commands on a live place share: they use the API as it is, whatever the system.

Their product goes to stdout, lists as columns parted by tabs; with --json the answer is in the report, as it came.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeAlias, TypeVar

import click

from stackferry.cli import options
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import Command, new_command
from stackferry.cli.output import asked
from stackferry.cli.progress.showing import shown
from stackferry.cli.run_command import carry_out
from stackferry.cli.system_options import own_options
from stackferry.errors import AnswerLost, ExitCode, UsageError
from stackferry.json_values import as_object, objects
from stackferry.providers.registry import system_options
from stackferry.safe_names import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from stackferry.cli.output import Output
    from stackferry.cli.report import Report
    from stackferry.cli.system_options import GivenOptions
    from stackferry.io.http.session import Session
    from stackferry.library.connect import Endpoint
    from stackferry.library.speed import Speed
    from stackferry.model import Json, JsonObject, Place

P = TypeVar("P", bound="LivePlace")
Ask: TypeAlias = "Callable[[Session, Place, Report], Awaitable[ExitCode | None]]"
Check: TypeAlias = "Callable[[Session, Place], Awaitable[None]]"
Lines: TypeAlias = "Callable[[Report], Iterable[str]]"

EXITS = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.USAGE, ExitCode.ACCESS, ExitCode.INTERRUPTED)
FILE = click.Path(path_type=Path, allow_dash=True, dir_okay=False)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask whether this is meant.")
# Options that every command has; help lists them after its own.
_SHARED = frozenset({"rate", "bulk_rate", "as_json", "verbose", "quiet", "log_format", "config"})


@dataclass(frozen=True, slots=True)
class LivePlace:
    """A place, and how `command` talks to it and to the user. `yes`: questions are answered already."""

    system: ClassVar[str]  # the scheme of the places that the command is for

    command: str
    place: str
    speed: Speed
    output: Output
    own: GivenOptions
    yes: bool

    def ask(
        self, ask: Ask, lines: Lines, *, question: str = "", check: Check | None = None, about: str = ""
    ) -> NoReturn:
        """Do what the command is for and end. `lines` of the report are its product.

        Where there is a `question`, it is asked before anything is written, and after the `check`, which raises
        UsageError for names that the place does not have. `about`: the words after PLACE with which the command that
        shows what this one may have done is to be called.
        """

        async def confirmed(session: Session, place: Place, report: Report) -> ExitCode | None:
            if question and not self.yes:
                if check is not None:
                    await check(session, place)
                _confirm(f"{question} ({place})")
            return await ask(session, place, report)

        def work(report: Report) -> Awaitable[ExitCode]:
            from stackferry.library.connect import find_endpoint

            endpoint = find_endpoint(self.place, "target")
            place = endpoint.place
            if place.system != self.system:
                raise UsageError(f"{place}: this 'stackferry {self.command}' is for {self.system}:// only")
            endpoint = replace(endpoint, place=self.own.place(place))
            report.facts["place"] = str(place)
            if question and not self.yes:
                _refuse_without_terminal(question)
            return self._asked(endpoint, confirmed, report, about, lines)

        def ending(report: Report, output: Output) -> None:
            for line in () if output.as_json else lines(report):
                output.show(line)
            if report.error:
                output.fail(report.error)

        carry_out(self.command, self.output, work, ending)

    async def _asked(
        self, endpoint: Endpoint, ask: Ask, report: Report, about: str, lines: Lines
    ) -> ExitCode:
        from stackferry.library.connect import Connector

        with shown(self.output, report) as emit:
            async with Connector(self.speed, emit, report.monitor).session(endpoint) as session:
                try:
                    code = await ask(session, endpoint.place, report)
                except AnswerLost as error:
                    look = f"look with `stackferry {self.showing()} {endpoint.place} {about}".rstrip() + "`"
                    raise AnswerLost(f"{error}; {look} before you send it again") from error
                except BaseException:
                    self._say_so_far(report, lines)
                    raise
        return ExitCode.COMPLETE if code is None else code

    def _say_so_far(self, report: Report, lines: Lines) -> None:
        """What a command that writes several things has done when an error ends it."""
        if report.unfinished is not None:
            report.so_far = report.unfinished()
            for line in () if self.output.as_json else lines(report):
                self.output.show(line)

    def showing(self) -> str:
        """The command that shows what this one may have done."""
        raise NotImplementedError


def live_command(
    made: type[P], handed: str, group: click.Group, name: str, *more_exits: ExitCode
) -> Callable[[Callable[..., None]], Command]:
    """Add a command to a group: its first argument is PLACE, and its function gets it `handed` as what is `made`.

    `more_exits`: exit codes that it may end with beside those of every such command.
    """

    def decorate(function: Callable[..., None]) -> Command:
        @wraps(function)
        def call(
            place: str, speed: Speed, output: Output, own: GivenOptions, yes: bool = True, **more: Any
        ) -> None:
            live = made(f"{group.name} {name}", place, speed, output, own, yes)
            function(**{handed: live}, **more)

        reached = own_options("release", [one for one in system_options() if one.system == made.system])
        shared = click.argument("place", type=PLACE)(
            reached(options.output_options(options.speed_options(call)))
        )
        command = new_command(name, tuple(sorted({*EXITS, *more_exits})))(shared)
        command.scheme = made.system
        command.params.sort(key=lambda param: param.name in _SHARED)
        group.add_command(command)
        return command

    return decorate


async def sleep(seconds: float) -> None:
    """Wait. The event loop is imported when something is waited for: `--help` needs none."""
    import anyio

    await anyio.sleep(seconds)


def _refuse_without_terminal(question: str) -> None:
    """Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask at: add --yes if this is meant")


def _confirm(question: str) -> None:
    """Raises UsageError where the answer is no."""
    if not asked(question):
        raise UsageError("nothing was done: it was not confirmed")


def read_bytes(file: Path) -> bytes:
    """The content of a file, or of stdin for "-". Raises UsageError for one that cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error


def read_json(file: Path) -> Json:
    """A file's JSON. Raises UsageError for anything else."""
    from stackferry import exact_json
    from stackferry.errors import JsonRefused

    try:
        return exact_json.loads(read_bytes(file))
    except JsonRefused as refused:
        raise UsageError(f"{file}: {refused}") from refused


def read_object(file: Path) -> JsonObject:
    """A file's JSON object. Raises UsageError for anything else."""
    value = read_json(file)
    if not isinstance(value, dict):
        raise UsageError(f"{file}: not a JSON object")
    return value


def tabbed(*cells: object) -> str:
    """Cells as one line of columns: no cell can hold a tab, a line break, or what a terminal takes for a command."""
    return "\t".join(visible(" ".join(str("" if cell is None else cell).split())) for cell in cells)


def columns_of(rows: str, *cells: Callable[[JsonObject], Json]) -> Lines:
    """A line for each object of the list `rows` of the answer, or for the one object that the answer is."""

    def lines(report: Report) -> Iterable[str]:
        answer = as_object(report.facts.get("answer"))
        found = answer.get(rows)
        for row in objects(found) if isinstance(found, list) else [answer]:
            yield tabbed(*(cell(row) for cell in cells))

    return lines


def nothing(report: Report) -> Iterator[str]:
    """No product: that the command succeeded is all there is to say."""
    del report
    return iter(())


def answers_of(report: Report) -> list[JsonObject]:
    """The report's list of answers, to append to: what came before a failure is in the report all the same."""
    answers: list[JsonObject] = []
    report.facts["answers"] = answers  # type: ignore[assignment]  # a list of JSON objects is JSON; lists are invariant
    return answers
