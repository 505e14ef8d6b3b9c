"""What the commands on a live project share beside those of every system: its clients, its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, NoReturn, TypeAlias

from stackferry.cli.live.command import LivePlace, live_command, tabbed
from stackferry.json_values import as_object, objects
from stackferry.providers.azure_devops.api import Definitions, Releases
from stackferry.providers.azure_devops.hosts import Root

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import click

    from stackferry.cli.lazy_group import Command
    from stackferry.cli.live.command import Lines
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.io.http.session import Session
    from stackferry.model import Json, JsonObject, Place

Work: TypeAlias = "Callable[[Project, Report], Awaitable[ExitCode | None]]"
Send: TypeAlias = "Callable[[Project], Awaitable[JsonObject]]"


class Project(NamedTuple):
    """A session with one project, and the clients of its API."""

    session: Session
    place: Place

    @property
    def root(self) -> Root:
        return Root.of(self.place)

    @property
    def releases(self) -> Releases:
        return Releases(self.session.call, self.root)

    @property
    def definitions(self) -> Definitions:
        return Definitions(self.session.call, self.root)


@dataclass(frozen=True, slots=True)
class LiveProject(LivePlace):
    """A project, and how a command talks to it and to the user."""

    system: ClassVar[str] = "azure-devops"

    def run(self, work: Work, lines: Lines, *, question: str = "") -> NoReturn:
        """Do what the command is for and end. `lines` of the report are its product.

        Where there is a `question`, it is asked before anything is sent.
        """
        self.ask(
            lambda session, place, report: work(Project(session, place), report), lines, question=question
        )

    def answer(self, send: Send, lines: Lines, *, question: str = "") -> NoReturn:
        """Make one call: its answer is in the report as it came."""

        async def work(project: Project, report: Report) -> None:
            report.facts["answer"] = await send(project)

        self.run(work, lines, question=question)

    def showing(self) -> str:
        """The command that shows what this one may have done."""
        return "release list" if self.command == "release create" else "release show"


def project_command(group: click.Group, name: str) -> Callable[[Callable[..., None]], Command]:
    """Add a command to a group: its first argument is PLACE, and its function gets a `LiveProject` as `project`."""
    return live_command(LiveProject, "project", group, name)


def columns(*cells: Callable[[JsonObject], Json]) -> Lines:
    """A line for each row of the answer, or for the one object that it is."""

    def lines(report: Report) -> Iterable[str]:
        answer = as_object(report.facts.get("answer"))
        found = answer.get("value")
        for row in objects(found) if isinstance(found, list) else [answer]:
            yield tabbed(*(cell(row) for cell in cells))

    return lines
