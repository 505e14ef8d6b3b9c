"""What the commands on a live project share beside those of every system: its clients, its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, NoReturn, TypeAlias

from stackferry.cli.live.command import LivePlace, columns_of, live_command, sleep
from stackferry.errors import ExitCode
from stackferry.providers.azure_devops.api import (
    Approvals,
    Definitions,
    Keeper,
    Logs,
    ReleaseMaker,
    Releases,
    Stages,
)
from stackferry.providers.azure_devops.hosts import Root

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import click

    from stackferry.cli.lazy_group import Command
    from stackferry.cli.live.command import Lines
    from stackferry.cli.report import Report
    from stackferry.io.http.session import Session
    from stackferry.model import Budget, Json, JsonObject, Place
    from stackferry.providers.azure_devops.api import Made

Work: TypeAlias = "Callable[[Project, Report], Awaitable[ExitCode | None]]"
Make: TypeAlias = "Callable[[Project], Awaitable[Made]]"
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
    def maker(self) -> ReleaseMaker:
        return ReleaseMaker(self.session.call, self.root)

    @property
    def keeper(self) -> Keeper:
        return Keeper(self.session.call, self.root)

    @property
    def stages(self) -> Stages:
        return Stages(self.session.call, self.root, sleep)

    @property
    def approvals(self) -> Approvals:
        return Approvals(self.session.call, self.root)

    @property
    def logs(self) -> Logs:
        return Logs(self.session.call, self.root, self.session.download)

    @property
    def definitions(self) -> Definitions:
        return Definitions(self.session.call, self.root)

    async def for_each(
        self, numbers: Iterable[int], work: Callable[[int], Awaitable[None]], budget: Budget
    ) -> None:
        """Work on many releases, as many at once as the rate lets go. The first error ends it.

        One goes ahead of all others: where the token is refused, that is one request.
        """
        from stackferry.drivers.concurrency import WorkerPool
        from stackferry.library.connect import single_error

        others = iter(numbers)
        for first in others:
            await work(first)
            break
        with single_error():
            await WorkerPool(others).run(work, lambda: self.session.in_flight(budget))


@dataclass(frozen=True, slots=True)
class LiveProject(LivePlace):
    """A project, and how a command talks to it and to the user."""

    system: ClassVar[str] = "azure-devops"

    def run(self, work: Work, lines: Lines, *, about: str = "") -> NoReturn:
        """Do what the command is for and end. `lines` of the report are its product.

        `about` names what is worked on, as the command takes it that shows what this one may have done.
        """
        self.ask(lambda session, place, report: work(Project(session, place), report), lines, about=about)

    def answer(self, send: Send, lines: Lines, *, about: str = "") -> NoReturn:
        """Make one call: its answer is in the report as it came."""

        async def work(project: Project, report: Report) -> None:
            report.facts["answer"] = await send(project)

        self.run(work, lines, about=about)

    def make(self, make: Make, lines: Lines, *, about: str) -> NoReturn:
        """Make or change a release. What the service did not take is told, and the exit code is FAILED."""

        async def work(project: Project, report: Report) -> ExitCode:
            release, problems = await make(project)
            report.facts["answer"] = release
            if problems:
                what = "; ".join(problems)
                report.error = f"release {release.get('id')}: the service took the call, but not {what}"
            return ExitCode.FAILED if problems else ExitCode.COMPLETE

        self.run(work, lines, about=about)

    def showing(self) -> str:
        """The command that shows what this one may have done."""
        shown = {"release create": "release list", "release approve": "release approvals"}
        return shown.get(self.command.replace("reject", "approve"), "release show")


def project_command(group: click.Group, name: str) -> Callable[[Callable[..., None]], Command]:
    """Add a command to a group: its first argument is PLACE, and its function gets a `LiveProject` as `project`."""
    return live_command(LiveProject, "project", group, name)


def columns(*cells: Callable[[JsonObject], Json]) -> Lines:
    """A line for each row of the answer, or for the one object that it is."""
    return columns_of("value", *cells)
