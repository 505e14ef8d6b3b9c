"""Releases by name, and what their items name. Pure.

API pages: "Get all Releases", "Get all items in a Release".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore

_RELEASES: Final = Stream("releases")


class Items(NamedTuple):
    """The entries, by content type and uid, and the assets that items of a release name."""

    entries: frozenset[tuple[str, str]] = frozenset()
    assets: frozenset[str] = frozenset()


NO_ITEMS: Final = Items()


def releases_named(store: RecordStore, name: str) -> list[str]:
    """The uids of the releases that a name may mean: the one of that uid, or else those of that name."""
    if store.get(_RELEASES, name) is not None:
        return [name]
    return sorted(text(row.get("uid")) for row in store.objects(_RELEASES) if row.get("name") == name)


def release_of(store: RecordStore, name: str) -> str:
    """The uid of the one release of this name or uid; empty where there is none, or more than one."""
    found = releases_named(store, name)
    return found[0] if len(found) == 1 else ""


def releases_asked(store: RecordStore, name: str) -> list[str]:
    """The uids of all releases; with a name or a uid of the one that it means, if any."""
    if not name:
        return [text(row.get("uid")) for row in store.objects(_RELEASES)]
    return [found for found in [release_of(store, name)] if found]


def rows_of(store: RecordStore, release: str) -> Iterator[JsonObject]:
    """The items of a release, as the service lists them."""
    for row in store.objects(Stream("release_items")):
        if release and text(row.get("release")) == release:
            yield as_object(row.get("item"))


def items_of(store: RecordStore, release: str) -> Items:
    """What the items of a release name, be it to publish or to unpublish it."""
    entries, assets = set[tuple[str, str]](), set[str]()
    for item in rows_of(store, release):
        content_type, uid = text(item.get("content_type_uid")), text(item.get("uid"))
        if content_type in ASSET_TYPES:
            assets.add(uid)
        else:
            entries.add((content_type, uid))
    return Items(frozenset(entries), frozenset(assets))
