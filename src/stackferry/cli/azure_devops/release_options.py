"""Options and arguments of the `release` commands: releases by id, enums by word or number, times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.options import Option, option, repeatable
from stackferry.errors import UsageError
from stackferry.json_values import epoch_seconds
from stackferry.providers.azure_devops.api import Held

if TYPE_CHECKING:
    from stackferry.providers.azure_devops.requests.enums import Enum


class ObjectId(click.IntRange):
    """An id of an object of some kind. Names are no ids: several objects may have the same one."""

    def __init__(self, kind: str, listing: str) -> None:
        super().__init__(min=1, max=2**63 - 1)
        self.name, self._kind, self._listing = kind, kind, listing

    def _describe_range(self) -> str:
        return ""  # what click would add to the help text

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            words = f"{value!r} is no id of {self._kind}: 'stackferry {self._listing}' shows them"
            self.fail(words, param, ctx)


RELEASE_ID = ObjectId("a release", "release list")
APPROVAL_ID = ObjectId("an approval", "release approvals")
RELEASE = click.argument("release", type=RELEASE_ID)
COMMENT = click.option(
    "--comment", default="", metavar="TEXT", help="What the history of the release says about it."
)
MANUAL = (
    repeatable("--manual", metavar="STAGE", what="This stage is started by hand only"),
    option("--all-manual", is_flag=True, help="Every stage is started by hand only."),
)


def enum_option(enum: Enum, *declared: str, what: str, several: bool | None = None, **facts: Any) -> Option:
    """An option that takes words of an enum, in any letter case, or numbers; its value is a tuple of words.

    `several` may be given, without that word where the numbers are bits.
    """
    words = f"{what}: {enum.listed()}"

    def convert(
        context: click.Context, option: click.Parameter, values: str | tuple[str, ...] | None
    ) -> tuple[str, ...]:
        try:
            given = (values,) if isinstance(values, str) else values or ()
            return tuple(dict.fromkeys(word for value in given for word in enum.parse(value)))
        except UsageError as error:
            raise click.BadParameter(str(error), context, option) from error

    facts = {"callback": convert, **facts}
    if enum.flags if several is None else several:
        added = "; numbers may be added" if enum.flags else ""
        return repeatable(*declared, what=f"{words}{added}", **facts)
    return option(*declared, help=f"{words}.", **facts)


def time_option(*declared: str, **facts: Any) -> Option:
    """An option that takes a time, in UTC where it names no zone. The service is sent the zone."""

    def convert(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
        seconds = None if value is None else epoch_seconds(value)
        if value is not None and seconds is None:
            words = f"{value!r} is no time: it reads 2026-01-31 or 2026-01-31T12:00:00Z"
            raise click.BadParameter(words, context, option)
        return None if seconds is None else _in_utc(seconds)

    return option(*declared, metavar="TIME", callback=convert, **facts)


def _in_utc(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def held_stages(manual: tuple[str, ...], all_manual: bool) -> Held:
    """Which stages are to be started by hand only."""
    if manual and all_manual:
        raise click.UsageError("--all-manual is about every stage: leave out --manual")
    return Held(manual, every=all_manual)
