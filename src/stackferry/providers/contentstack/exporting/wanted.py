"""What a narrowed import reads of a target in the same stack: what it looks for by uid, and more where that is missing.

With `n` entries of `t` content types in `l` languages, and their assets, that is the listings of small kinds and
t × l × ⌈n / 50⌉ requests, instead of every entry of the stack. What is missing and was made since the branches parted
is looked for by name; what is missing and is older was deleted in the target: where it comes back everything is listed,
for others may still refer to it. Pure.
API pages: "Get all entries", "Get all assets", with a `query` for uids, titles and urls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.json_values import text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.branches import BRANCHES, parted
from stackferry.providers.contentstack.exporting.listings import (
    asset_listing,
    codes,
    entries,
    entry_listing,
    owned_listing,
    uids,
)
from stackferry.providers.contentstack.kinds import RELEASE_ITEMS
from stackferry.providers.contentstack.options import read_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.contentstack.options import Wanted
    from stackferry.providers.source import GrowingStore, Job, ReadOptions

_BATCH: Final = 50  # names in a query: it is part of an address
_NAMES: Final = {True: ("filename",), False: ("title", "url")}  # of an asset, of an entry


def by_uid(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """What is looked for, by uid; and the items of releases."""
    yield from (owned_listing(RELEASE_ITEMS, one) for one in _releases(staged, options))
    grouped: dict[str, list[str]] = {}
    for content_type, uid in sorted(read_options(options).wanted or ()):
        grouped.setdefault(content_type, []).append(uid)
    for content_type, members in grouped.items():
        yield from _listings("wanted", staged, options, content_type, "uid", members)


def _releases(staged: GrowingStore, options: ReadOptions) -> list[str]:
    """The releases whose items are read: where one of them is gone it may have become any other."""
    rows, found = [*staged.objects(Stream("releases"))], list[str]()
    for uid, name in read_options(options).releases.items():
        same = _same(rows, uid, name)
        if not same:
            return [*uids(staged, "releases")]
        found += (text(row.get("uid")) for row in same)
    return found


def _same(rows: Iterable[JsonObject], uid: str, name: str) -> list[JsonObject]:
    """The release of this uid, or else those of this name."""
    of_uid = [row for row in rows if row.get("uid") == uid]
    return of_uid or [row for row in rows if name and row.get("name") == name]


def by_name(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """What was not found by uid: by what else names it, or everything where it was deleted."""
    missing = [*_missing(staged, options)]
    if any(_was_there(staged, options, one) for _, one in missing):
        yield from _rest(staged, options)
        return
    grouped: dict[tuple[str, str], set[str]] = {}
    for content_type, one in missing:
        for name, value in one.names:
            if name in _NAMES[not content_type]:
                grouped.setdefault((content_type, name), set()).add(value)
    for (content_type, name), values in sorted(grouped.items()):
        yield from _listings("named", staged, options, content_type, name, sorted(values))


def _missing(staged: GrowingStore, options: ReadOptions) -> Iterator[tuple[str, Wanted]]:
    for (content_type, uid), one in (read_options(options).wanted or {}).items():
        locales = codes(staged, options) if content_type else ("",)
        kind = "entries" if content_type else "assets"
        if all(staged.get(Stream(kind, content_type, code), uid) is None for code in locales):
            yield content_type, one


def _was_there(staged: GrowingStore, options: ReadOptions, one: Wanted) -> bool:
    """Whether the target had the object once, and is to have it back: it was made before the two branches parted."""
    if not one.is_selected:
        return False
    places = read_options(options).branches
    since = parted(staged.objects(BRANCHES), *places) if places else None
    if since is None or not one.made:
        return True
    stays_deleted = bool(one.edited) and one.edited < since
    return one.made < since and not stays_deleted


def _rest(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    yield asset_listing("assets")
    yield from entries(staged, options)


def _listings(
    name: str, staged: GrowingStore, options: ReadOptions, content_type: str, key: str, values: list[str]
) -> Iterator[Job]:
    for number, batch in enumerate(batched(values, _BATCH)):
        query: JsonObject = {key: {"$in": [*batch]}}
        if not content_type:
            yield asset_listing(f"{name} assets/{key}/{number}", query)
        elif content_type in uids(staged, "content_types"):
            for locale in codes(staged, options):
                yield entry_listing(
                    f"{name}/{content_type}/{locale}/{key}/{number}", content_type, locale, query
                )
