"""Entries and assets named on the command line: `--entry TYPE/UID[@VERSION]` and `--asset UID[@VERSION]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

from stackferry.cli.options import Option, bundled, repeatable
from stackferry.json_values import epoch_seconds
from stackferry.providers.contentstack.requests.build import given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.cli.options import F
    from stackferry.model import JsonObject

_ENTRY = re.compile(r"(?P<type>[^/@]+)/(?P<uid>[^/@]+)(@(?P<version>[1-9][0-9]*))?")
_ASSET = re.compile(r"(?P<uid>[^/@]+)(@(?P<version>[1-9][0-9]*))?")
# How the API pages say that the content type of an asset is written: in releases, and in bulk requests to them.
RELEASE_ASSET, BULK_ASSET = "built_io_upload", "sys_assets"


class Item(NamedTuple):
    """An entry, or an asset (whose content type is empty), perhaps at a version."""

    content_type: str
    uid: str
    version: int | None = None

    @property
    def is_asset(self) -> bool:
        return not self.content_type

    def for_bulk(self, locale: str | None = None) -> JsonObject:
        """As bulk requests name it."""
        if self.is_asset:
            return given(uid=self.uid, version=self.version)
        return given(uid=self.uid, content_type=self.content_type, version=self.version, locale=locale)

    def for_release(self, locale: str | None, *, asset: str = RELEASE_ASSET) -> JsonObject:
        """As releases name it."""
        kind = asset if self.is_asset else self.content_type
        return given(uid=self.uid, content_type_uid=kind, version=self.version, locale=locale)


def _named(pattern: re.Pattern[str], form: str) -> Callable[..., tuple[Item, ...]]:
    """A callback that makes items of words of a form."""

    def convert(context: click.Context, option: click.Parameter, words: Iterable[str]) -> tuple[Item, ...]:
        items = []
        for word in words:
            match = pattern.fullmatch(word)
            if match is None:
                raise click.BadParameter(f"'{word}' is not of the form {form}", context, option)
            facts = match.groupdict()
            version = int(facts["version"]) if facts["version"] else None
            items.append(Item(facts.get("type", ""), facts["uid"], version))
        return tuple(items)

    return convert


def _items_option(flag: str, name: str, what: str, pattern: re.Pattern[str], form: str) -> Option:
    return repeatable(flag, name, callback=_named(pattern, form), metavar=form, what=what)


items_options = bundled(
    "items",
    lambda entries, assets: (*entries, *assets),
    _items_option("--entry", "entries", "An entry", _ENTRY, "TYPE/UID[@VERSION]"),
    _items_option("--asset", "assets", "An asset", _ASSET, "UID[@VERSION]"),
)
environments_option = repeatable(
    *("--environment", "-e", "environments"),
    required=True,
    metavar="NAME",
    what="An environment, by its name or uid",
).add


def _time(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A time as it was given: the service takes it so. Of one that is none it might publish at once."""
    if value is not None and epoch_seconds(value) is None:
        raise click.BadParameter(
            f"'{value}' is no time; write 2026-11-30 or 2026-11-30T08:00:00Z", context, option
        )
    return value


AT = click.option(
    "--at", "scheduled_at", metavar="TIME", callback=_time, help="Later, at this time (ISO 8601)."
)


def locales_option(text: str) -> Callable[[F], F]:
    """An option that hands over `locales`."""
    return repeatable("--locale", "locales", metavar="CODE", what=text).add
