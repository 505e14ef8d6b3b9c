"""What the commands on a live space share beside those of every system: its clients, its options, its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, NoReturn, TypeAlias

from stackferry.cli.live.command import LivePlace, columns_of, live_command, sleep
from stackferry.errors import Refused
from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Budget
from stackferry.providers.contentful.api import (
    BulkActions,
    ReleaseActions,
    ReleaseAssets,
    ReleaseEditor,
    ReleaseEntries,
    Releases,
    Root,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import click

    from stackferry.cli.lazy_group import Command
    from stackferry.cli.live.command import Lines
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.io.http.session import Session
    from stackferry.model import Json, JsonObject, Place

Work: TypeAlias = "Callable[[Space, Report], Awaitable[ExitCode | None]]"
Send: TypeAlias = "Callable[[Space], Awaitable[JsonObject]]"
Look: TypeAlias = "Callable[[Space], Awaitable[object]]"

# How a release, an entry or an environment that is not there is refused, and a space or an environment that is not.
_MAY_BE_THE_PLACE = frozenset({400, 404})


class Space(NamedTuple):
    """A session with one environment, and the clients of its API."""

    session: Session
    place: Place

    @property
    def root(self) -> Root:
        return Root.of(self.place)

    @property
    def releases(self) -> Releases:
        return Releases(self.session.call, self.root, sleep)

    @property
    def editor(self) -> ReleaseEditor:
        return ReleaseEditor(self.session.call, self.root, sleep)

    @property
    def actions(self) -> ReleaseActions:
        return ReleaseActions(self.session.call, self.root, sleep)

    @property
    def entries(self) -> ReleaseEntries:
        return ReleaseEntries(self.session.call, self.root)

    @property
    def assets(self) -> ReleaseAssets:
        return ReleaseAssets(self.session.call, self.root)

    @property
    def bulk(self) -> BulkActions:
        return BulkActions(
            self.session.call, self.root, sleep, lambda: self.session.action_ended(Budget.BULK)
        )


@dataclass(frozen=True, slots=True)
class LiveSpace(LivePlace):
    """An environment of a space, and how a command talks to it and to the user."""

    system: ClassVar[str] = "contentful"

    def run(self, work: Work, lines: Lines, *, question: str = "", check: Look | None = None) -> NoReturn:
        """Do what the command is for and end. `lines` of the report are its product.

        Where there is a `question`, it is asked before anything is written, and after the `check`, which raises an
        error where what it is about is not there.
        """

        async def look(session: Session, place: Place) -> None:
            if check is not None:
                try:
                    await check(Space(session, place))
                except Refused as refused:
                    if refused.status in _MAY_BE_THE_PLACE:
                        await _check_place(session, place)
                    raise

        async def ask(session: Session, place: Place, report: Report) -> ExitCode | None:
            try:
                code = await work(Space(session, place), report)
            except Refused as refused:
                if refused.status in _MAY_BE_THE_PLACE:
                    await _check_place(session, place)
                raise
            self._note_alias(place, report)
            return code

        self.ask(ask, lines, question=question, check=look)

    def answer(self, send: Send, lines: Lines, *, question: str = "", check: Look | None = None) -> NoReturn:
        """Make one call: its answer is in the report as it came."""

        async def work(space: Space, report: Report) -> None:
            report.facts["answer"] = await send(space)

        self.run(work, lines, question=question, check=check)

    def _note_alias(self, place: Place, report: Report) -> None:
        """Say which environment an alias led to: every object names its own."""
        answer = as_object(report.facts.get("answer"))
        rows = [answer, *objects(answer.get("items"))]
        names = (text(nested(row, "sys", "environment", "sys", "id")) for row in rows)
        environment = next(filter(None, names), "")
        if environment and environment != place.name:
            report.facts["environment"] = environment
            self.output.say(f"'{place.name}' is an alias of environment '{environment}'")

    def showing(self) -> str:
        """The command that shows what this one may have done."""
        group, _, name = self.command.partition(" ")
        if group == "bulk":
            return "bulk show"
        if name in ("validate", "publish", "unpublish"):
            return "release actions"
        if " " in name:
            return f"release {name.partition(' ')[0]} list"
        return "release list" if name in ("create", "delete") else "release show"


async def _check_place(session: Session, place: Place) -> None:
    """Raises UsageError where the space or the environment does not exist, AccessError where it may not be read."""
    from stackferry.drivers.run import Run
    from stackferry.providers.registry import system_of

    await Run(system_of(place.system), session, place).resolved()


def space_command(group: click.Group, name: str) -> Callable[[Callable[..., None]], Command]:
    """Add a command to a group: its first argument is PLACE, and its function gets a `LiveSpace` as `space`."""
    return live_command(LiveSpace, "space", group, name)


def columns(*cells: Callable[[JsonObject], Json]) -> Lines:
    """A line for each item of the answer, or for the one object that it is."""
    return columns_of("items", *cells)


def of_sys(*names: str) -> Callable[[JsonObject], Json]:
    """A column: what stands below `sys`."""
    return lambda row: nested(row, "sys", *names)
