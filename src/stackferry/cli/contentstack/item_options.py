"""Entries and assets named on the command line: `--entry TYPE/UID[@VERSION]` and `--asset UID[@VERSION]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.model import JsonObject

_ENTRY = re.compile(r"(?P<type>[^/@]+)/(?P<uid>[^/@]+)(@(?P<version>[1-9][0-9]*))?")
_ASSET = re.compile(r"(?P<uid>[^/@]+)(@(?P<version>[1-9][0-9]*))?")
RELEASE_ASSET = "built_io_upload"  # "the content type should be passed as …" in releases
BULK_ASSET = "sys_assets"  # … and in bulk requests to releases


class Item(NamedTuple):
    """An entry, or an asset (whose content type is empty), perhaps at a version."""

    content_type: str
    uid: str
    version: int | None = None

    @property
    def is_asset(self) -> bool:
        return not self.content_type

    def versioned(self) -> JsonObject:
        return {} if self.version is None else {"version": self.version}

    def for_bulk(self, locale: str | None = None) -> JsonObject:
        """As bulk requests name it."""
        if self.is_asset:
            return {"uid": self.uid, **self.versioned()}
        where: JsonObject = {} if locale is None else {"locale": locale}
        return {"uid": self.uid, "content_type": self.content_type, **self.versioned(), **where}

    def for_release(self, locale: str | None, *, asset: str = RELEASE_ASSET) -> JsonObject:
        """As releases name it."""
        where: JsonObject = {} if locale is None else {"locale": locale}
        kind = asset if self.is_asset else self.content_type
        return {"uid": self.uid, "content_type_uid": kind, **self.versioned(), **where}


def _named(pattern: re.Pattern[str], form: str) -> Callable[..., tuple[Item, ...]]:
    """A callback that makes items of words of a form."""

    def convert(context: click.Context, option: click.Parameter, words: Iterable[str]) -> tuple[Item, ...]:
        found = [(word, pattern.fullmatch(word)) for word in words]
        for word, match in found:
            if match is None:
                raise click.BadParameter(f"'{word}' is not of the form {form}", context, option)
        return tuple(_item(match.groupdict()) for _, match in found if match)

    return convert


def _item(facts: dict[str, str | None]) -> Item:
    version = facts["version"]
    return Item(facts.get("type") or "", facts["uid"] or "", None if version is None else int(version))


def items_options(function: Callable[..., None]) -> Callable[..., None]:
    """Options that hand over `entries` and `assets`."""
    for name, pattern, form, what in (
        ("asset", _ASSET, "UID[@VERSION]", "An asset"),
        ("entry", _ENTRY, "TYPE/UID[@VERSION]", "An entry"),
    ):
        function = click.option(
            f"--{name}",
            "assets" if name == "asset" else "entries",
            multiple=True,
            callback=_named(pattern, form),
            metavar=form,
            help=f"{what} (repeatable).",
        )(function)
    return function


def locales_option(text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that hands over `locales`."""
    return click.option("--locale", "locales", multiple=True, metavar="CODE", help=f"{text} (repeatable).")


def environments_option(function: Callable[..., None]) -> Callable[..., None]:
    """An option that hands over `environments`, at least one."""
    return click.option(
        "--environment",
        "-e",
        "environments",
        multiple=True,
        required=True,
        metavar="NAME",
        help="An environment, by its name or uid (repeatable).",
    )(function)
