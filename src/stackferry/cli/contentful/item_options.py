"""Entries and assets named on the command line, and what becomes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import click

from stackferry.cli.options import Option, bundled, option, repeatable
from stackferry.providers.contentful.api import BulkItem, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.cli.options import F

# "Resource IDs": letters, digits, hyphen, underscore, dot; at most 64 of them.
_ID = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_VERSIONED = re.compile(rf"(?P<id>{_ID.pattern})(@(?P<version>[1-9][0-9]*))?")


def checked_id(context: click.Context, option: click.Parameter, word: str) -> str:
    """An id. The service has none of another form."""
    if _ID.fullmatch(word) is None:
        raise click.BadParameter(
            f"'{word}' is no id: 1 to 64 of the characters a-z A-Z 0-9 - _ .", context, option
        )
    return word


def ids(context: click.Context, option: click.Parameter, words: Iterable[str]) -> tuple[str, ...]:
    return tuple(checked_id(context, option, word) for word in words)


RELEASE = click.argument("release", callback=checked_id)
LOCALES = repeatable(
    "--locale", "locales", metavar="CODE", what="Publish this locale, and take down all that are not named"
)


def _cursor(context: click.Context, option: click.Parameter, word: str | None) -> str | None:
    """A cursor, or the address that has it."""
    del context, option
    found = dict(parse_qsl(urlsplit(word or "").query)).get("pageNext")
    return found or word


PAGE_NEXT = option(
    "--page-next",
    metavar="CURSOR",
    callback=_cursor,
    help="Begin at the page that `next` of a report leads to, which had the same filters.",
)


def ids_option(flag: str, name: str, what: str) -> Option:
    return repeatable(flag, name, metavar="ID", callback=ids, what=what)


def _wanted(
    entries: tuple[str, ...], assets: tuple[str, ...], action: str, locales: tuple[str, ...]
) -> tuple[Wanted, ...]:
    named = [*(("Entry", uid) for uid in entries), *(("Asset", uid) for uid in assets)]
    return tuple(Wanted(kind, uid, action, locales) for kind, uid in named)


wanted_options = bundled(
    "items",
    _wanted,
    ids_option("--entry", "entries", "An entry"),
    ids_option("--asset", "assets", "An asset"),
    option(
        "--action",
        type=click.Choice(["publish", "unpublish"]),
        default="publish",
        show_default=True,
        help="What the release does with them.",
    ),
    LOCALES,
)


def _versioned(link_type: str) -> Callable[..., tuple[BulkItem, ...]]:
    def convert(
        context: click.Context, option: click.Parameter, words: Iterable[str]
    ) -> tuple[BulkItem, ...]:
        items = []
        for word in words:
            match = _VERSIONED.fullmatch(word)
            if match is None:
                raise click.BadParameter(f"'{word}' is not of the form ID[@VERSION]", context, option)
            version = match["version"]
            items.append(BulkItem(link_type, match["id"], int(version) if version else None))
        return tuple(items)

    return convert


def _bulk_items(
    entries: tuple[BulkItem, ...], assets: tuple[BulkItem, ...], locales: tuple[str, ...] = ()
) -> tuple[BulkItem, ...]:
    """Raises UsageError for no item, and for one that is named twice."""
    items = (*entries, *assets)
    if not items:
        raise click.UsageError("name an --entry or an --asset")
    seen: set[tuple[str, str]] = set()
    for item in items:
        if (item.link_type, item.uid) in seen:
            raise click.UsageError(f"{item.link_type.lower()} {item.uid} is named twice")
        seen.add((item.link_type, item.uid))
    return tuple(item._replace(locales=locales) for item in items)


def bulk_items_options(what_of_locales: str = "") -> Callable[[F], F]:
    """The options of the items of a bulk action, handed over as `items`; with `--locale` where that has a meaning."""
    entries = repeatable(
        "--entry", "entries", metavar="ID[@VERSION]", callback=_versioned("Entry"), what="An entry"
    )
    assets = repeatable(
        "--asset", "assets", metavar="ID[@VERSION]", callback=_versioned("Asset"), what="An asset"
    )
    more = (
        (repeatable("--locale", "locales", metavar="CODE", what=what_of_locales),) if what_of_locales else ()
    )
    return bundled("items", _bulk_items, entries, assets, *more)
