"""What the commands on a live stack share beside those of every system: listings, notices, columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeAlias

import click

from stackferry.cli.contentstack.item_options import Item
from stackferry.cli.contentstack.known_names import (
    PARAMS,
    names_before,
    refuse_unknown_names,
    refuse_unknown_objects,
)
from stackferry.cli.live.command import LivePlace, live_command, tabbed
from stackferry.errors import Refused
from stackferry.json_values import as_list, nested, objects, text
from stackferry.providers.contentstack.api.client import every_row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from stackferry.cli.lazy_group import Command
    from stackferry.cli.live.command import Lines
    from stackferry.cli.report import Report
    from stackferry.errors import ExitCode
    from stackferry.io.http.session import Session
    from stackferry.model import Json, JsonObject, Place
    from stackferry.providers.contentstack.api import Call

Ask: TypeAlias = "Callable[[Call, Report], Awaitable[ExitCode | None]]"
Send: TypeAlias = "Callable[[Call], Awaitable[JsonObject]]"
Page: TypeAlias = "Callable[[Call, int, int], Awaitable[JsonObject]]"  # skip and limit

LOCALE = click.option("--locale", metavar="CODE", help="The locale; without it the master locale.")


@dataclass(frozen=True, slots=True)
class LiveStack(LivePlace):
    """A stack, and how a command talks to it and to the user."""

    system: ClassVar[str] = "contentstack"

    def run_call(self, run_call: Ask, lines: Lines, *, question: str = "") -> NoReturn:
        """Do what the command is for and end. `lines` of the report are its product.

        Where there is a `question`, it is asked before anything is written, of what the stack has.
        """
        params = click.get_current_context().params

        async def ask(session: Session, _: Place, report: Report) -> ExitCode | None:
            await refuse_unknown_names(session.call, params, among=names_before(self.command))
            try:
                return await run_call(session.call, report)
            except Refused:  # the service says that it has no such thing, but not what it has
                await refuse_unknown_names(session.call, params)
                raise

        async def check(session: Session, _: Place) -> None:
            await refuse_unknown_names(session.call, params, among={**PARAMS, **names_before(self.command)})
            await refuse_unknown_objects(session.call, params)

        self.ask(ask, lines, question=question, check=check, about=self._about(params))

    def _about(self, params: Mapping[str, Any]) -> str:
        """What follows PLACE in the command that shows what this one may have done."""
        if self.showing() == "release show":
            return text(params.get("release"))
        if self.showing() != "entry get":
            return ""
        items: Iterable[Item] = params.get("entries") or ()
        first = next(iter(items), Item("TYPE", ""))
        named = (params.get("content_type") or first.content_type, params.get("uid") or first.uid)
        return " ".join(filter(None, named))

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

    def showing(self) -> str:
        """The command that shows what this one may have done."""
        group, _, name = self.command.partition(" ")
        if group == "release":
            return "release list" if name in ("create", "clone", "delete") else "release show"
        if group == "queue" or name in ("publish", "unpublish"):
            return "queue list"
        return "release show" if name == "add-to-release" else "entry get"


def stack_command(
    group: click.Group, name: str, *more_exits: ExitCode
) -> Callable[[Callable[..., None]], Command]:
    """Add a command to a group: its first argument is PLACE, and its function gets a `LiveStack` as `stack`."""
    return live_command(LiveStack, "stack", group, name, *more_exits)


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
