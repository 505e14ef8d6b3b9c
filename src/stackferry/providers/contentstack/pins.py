"""Which older versions an export must fetch: those that something points at, or all.

A version that a listing already gave is never asked for again. Pure: looks only at rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain as chain_of
from typing import TYPE_CHECKING

from stackferry.model import JsonObject, Shelf
from stackferry.providers.contentstack.answers import integer, objects, text
from stackferry.providers.contentstack.published import (
    PublishedEntries,
    asset_publications,
    chain,
    entry_publications,
    fallbacks,
    nearest_first,
)
from stackferry.providers.contentstack.schedules import ACTIONS, waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.provider import Growing, Staged

ASSET_TYPES = frozenset({"built_io_upload", "sys_assets"})  # how releases and bulk calls name an asset's type


@dataclass(frozen=True, slots=True)
class Pin:
    """A version that must be in the snapshot, and why."""

    kind: str
    content_type: str
    uid: str
    locale: str
    version: int
    why: str


def pinned(staged: Staged, versions: str) -> Iterator[Pin]:
    """The versions to fetch for `--versions latest|pinned|all`, each once."""
    if versions != "latest":
        yield from _once(staged, _candidates(staged, everything=versions == "all"))


def _once(staged: Staged, pins: Iterable[Pin]) -> Iterator[Pin]:
    seen: set[tuple[str, str, str, str, int]] = set()
    for pin in pins:
        key = (pin.kind, pin.content_type, pin.uid, pin.locale, pin.version)
        if key not in seen and not _given(staged, pin):
            seen.add(key)
            yield pin


def pinned_assets(staged: Staged, versions: str) -> Iterator[Pin]:
    """Those of assets, each once."""
    if versions == "latest":
        return
    found = (*_released(staged), *_scheduled(staged))
    elsewhere = (pin for pin in found if pin.kind == "assets")
    pins = chain_of(_published_assets(staged), elsewhere, _all_of_assets(staged) if versions == "all" else ())
    yield from _once(staged, pins)


class EntryPins:
    """The older versions that an export must fetch, of one entry at a time."""

    def __init__(self, staged: Growing, versions: str) -> None:
        self._staged, self._versions = staged, versions
        self._published = PublishedEntries(staged)
        self._codes = nearest_first(staged)
        self._elsewhere: dict[str, list[Pin]] = {}
        for pin in (*_released(staged), *_scheduled(staged)) if versions != "latest" else ():
            if pin.kind == "entries":
                self._elsewhere.setdefault(pin.uid, []).append(pin)

    def of(self, content_type: str, uid: str) -> Iterator[Pin]:
        """Each version once, of whatever language; with `--versions all` when the versions lists are staged."""
        if self._versions != "latest":
            facts = self._published.of(content_type, uid)
            published = (
                Pin("entries", content_type, uid, one.owner, one.version, "published") for one in facts
            )
            listed = self._listed(content_type, uid) if self._versions == "all" else ()
            yield from _once(self._staged, chain_of(published, self._elsewhere.get(uid, ()), listed))

    def first_of(self, content_type: str, uid: str) -> Iterator[Pin]:
        """The one that creates the entry: the oldest of the language nearest the master, if it is not the latest."""
        pins = [*self.of(content_type, uid)]
        for code in self._codes:
            if self._staged.get(Shelf("entries", content_type, code), uid) is not None:
                own = [pin for pin in pins if pin.locale == code]
                yield from sorted(own, key=lambda pin: pin.version)[:1]
                return

    def _listed(self, content_type: str, uid: str) -> Iterator[Pin]:
        for code in self._codes:
            shelf = Shelf("history", content_type, code)
            for row in self._staged.of(shelf, uid):
                yield from _in_list(shelf, row)


def pinned_documents(staged: Staged) -> Iterator[tuple[str, str, str, int]]:
    """The documents that something points at: content type, uid, locale, version; some more than once."""
    for pin in _candidates(staged, everything=False):
        if pin.kind == "entries":
            yield pin.content_type, pin.uid, pin.locale, pin.version


def _candidates(staged: Staged, *, everything: bool) -> Iterator[Pin]:
    for fact in entry_publications(staged):
        yield Pin("entries", fact.content_type, fact.uid, fact.owner, fact.version, "published")
    yield from _published_assets(staged)
    yield from _released(staged)
    yield from _scheduled(staged)
    if everything:
        yield from _all_versions(staged)
        yield from _all_of_assets(staged)


def _published_assets(staged: Staged) -> Iterator[Pin]:
    for fact in asset_publications(staged):
        yield Pin("assets", "", fact.uid, "", fact.version, "published")


def _released(staged: Staged) -> Iterator[Pin]:
    fallback = fallbacks(staged)
    for row in staged.objects(Shelf("release_items")):
        item = row.get("item")
        if isinstance(item, dict):
            yield from _of_item(staged, item, fallback)


def _scheduled(staged: Staged) -> Iterator[Pin]:
    """What waits to be published or taken down: the row says at which version."""
    fallback = fallbacks(staged)
    for one in waiting(staged):
        if one.action in ACTIONS and one.version and not one.variant:
            if not one.content_type:
                yield Pin("assets", "", one.uid, "", one.version, "scheduled")
            elif owner := item_owner(staged, one.content_type, one.uid, one.locale, one.version, fallback):
                yield Pin("entries", one.content_type, one.uid, owner, one.version, "scheduled")


def _of_item(staged: Staged, item: JsonObject, fallback: dict[str, str]) -> Iterator[Pin]:
    uid, version = text(item.get("uid")), integer(item.get("version"))
    content_type, locale = text(item.get("content_type_uid")), text(item.get("locale"))
    if version is None:
        return
    if content_type in ASSET_TYPES:
        yield Pin("assets", "", uid, "", version, "in a release")
        return
    owner = item_owner(staged, content_type, uid, locale, version, fallback)
    if owner:
        yield Pin("entries", content_type, uid, owner, version, "in a release")


def item_owner(
    staged: Staged, content_type: str, uid: str, locale: str, version: int, fallback: dict[str, str]
) -> str:
    """The language of the document that an item means: its own, or the one that it falls back to."""
    for candidate in chain(locale, fallback):
        document = staged.get(Shelf("entries", content_type, candidate), uid)
        if document is not None and version <= (integer(document.get("_version")) or 0):
            return candidate
    return ""


def _all_versions(staged: Staged) -> Iterator[Pin]:
    for shelf in staged.shelves():
        if shelf.kind == "history":
            for row in staged.objects(shelf):
                yield from _in_list(shelf, row)


def _in_list(shelf: Shelf, row: JsonObject) -> Iterator[Pin]:
    """What a versions list, or a page of one, names."""
    for version in objects(row.get("versions")):
        number = integer(version.get("_version"))
        if number is not None:
            yield Pin("entries", shelf.content_type, text(row.get("uid")), shelf.locale, number, "history")


def _all_of_assets(staged: Staged) -> Iterator[Pin]:
    for asset in staged.objects(Shelf("assets")):
        for number in range(1, integer(asset.get("_version")) or 1):
            yield Pin("assets", "", text(asset.get("uid")), "", number, "history")


def _given(staged: Staged, pin: Pin) -> bool:
    """Whether the listing already brought this very version, or the object is not in the export at all."""
    shelf = Shelf("assets") if pin.kind == "assets" else Shelf("entries", pin.content_type, pin.locale)
    latest = staged.get(shelf, pin.uid)
    return latest is None or latest.get("_version") == pin.version
