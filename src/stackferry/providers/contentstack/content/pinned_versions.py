"""Which older versions an export must fetch: those that something points at, or all.

A version that a listing already gave is never asked for again. Pure: looks only at rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    entry_publications,
    fallback_chain,
    locale_fallbacks,
    locales_fallback_first,
    publish_details,
)
from stackferry.providers.contentstack.content.publish_queue import ACTIONS, waiting_schedules
from stackferry.providers.contentstack.values import integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.source import GrowingStore, RecordStore

ASSET_TYPES = frozenset({"built_io_upload", "sys_assets"})  # how releases and bulk calls name an asset's type


@dataclass(frozen=True, slots=True)
class PinnedVersion:
    """A version that must be in the snapshot, and why."""

    kind: str
    content_type: str
    uid: str
    locale: str
    version: int
    why: str


def pinned_versions(staged: GrowingStore, versions: str) -> Iterator[PinnedVersion]:
    """The versions to fetch for `--versions latest|pinned|all`, each once."""
    return iter(PinnedVersions(staged, versions))


class PinnedVersions:
    """The versions that an export must fetch, found for one object at a time."""

    def __init__(self, staged: GrowingStore, versions: str) -> None:
        self._staged, self._versions = staged, versions
        self._published = EntryPublications(staged)
        self._codes = locales_fallback_first(staged)
        self._elsewhere: dict[
            tuple[str, str], list[PinnedVersion]
        ] = {}  # by what releases and the queue hold: not by entries
        for pin in (*_released(staged), *_scheduled(staged)) if versions != "latest" else ():
            self._elsewhere.setdefault((pin.kind, pin.uid), []).append(pin)

    def __iter__(self) -> Iterator[PinnedVersion]:
        """Those of every entry, then those of every asset."""
        if self._versions != "latest":
            for content_type, _, uid in self._published.entries():
                yield from self.of_entry(content_type, uid)
            yield from self.of_assets()

    def of_entry(self, content_type: str, uid: str) -> Iterator[PinnedVersion]:
        """Each version once, of whatever language; with `--versions all` when the versions lists are staged."""
        if self._versions != "latest":
            facts = self._published.of(content_type, uid)
            published = (
                PinnedVersion("entries", content_type, uid, one.owner, one.version, "published")
                for one in facts
            )
            listed = self._listed(content_type, uid) if self._versions == "all" else ()
            yield from self._once(published, self._elsewhere.get(("entries", uid), ()), listed)

    def first_of_entry(self, content_type: str, uid: str) -> Iterator[PinnedVersion]:
        """The one that creates the entry: the oldest of the language nearest the master, if it is not the latest."""
        pins = [*self.of_entry(content_type, uid)]
        for code in self._codes:
            if self._staged.get(Stream("entries", content_type, code), uid) is not None:
                own = [pin for pin in pins if pin.locale == code]
                yield from sorted(own, key=lambda pin: pin.version)[:1]
                return

    def of_assets(self) -> Iterator[PinnedVersion]:
        """Those of every asset."""
        for asset in self._staged.objects(Stream("assets")) if self._versions != "latest" else ():
            uid = text(asset.get("uid"))
            published = (
                PinnedVersion("assets", "", uid, "", one, "published") for *_, one in publish_details(asset)
            )
            earlier = range(1, integer(asset.get("_version")) or 1) if self._versions == "all" else ()
            listed = (PinnedVersion("assets", "", uid, "", number, "history") for number in earlier)
            yield from self._once(published, self._elsewhere.get(("assets", uid), ()), listed)

    def _listed(self, content_type: str, uid: str) -> Iterator[PinnedVersion]:
        """What the versions lists of an entry name."""
        for code in self._codes:
            for row in self._staged.of(Stream("history", content_type, code), uid):
                for version in objects(row.get("versions")):
                    number = integer(version.get("_version"))
                    if number is not None:
                        yield PinnedVersion("entries", content_type, uid, code, number, "history")

    def _once(self, *pins: Iterable[PinnedVersion]) -> Iterator[PinnedVersion]:
        """One object's pins, each version once, but for what the listing gave."""
        seen: set[tuple[str, int]] = set()
        for pin in chain(*pins):
            if (pin.locale, pin.version) not in seen and not _given(self._staged, pin):
                seen.add((pin.locale, pin.version))
                yield pin


def pinned_documents(staged: RecordStore) -> Iterator[tuple[str, str, str, int]]:
    """The documents that something points at: content type, uid, locale, version; some more than once."""
    for fact in entry_publications(staged):
        yield fact.content_type, fact.uid, fact.owner, fact.version
    for pin in (*_released(staged), *_scheduled(staged)):
        if pin.kind == "entries":
            yield pin.content_type, pin.uid, pin.locale, pin.version


def _released(staged: RecordStore) -> Iterator[PinnedVersion]:
    fallback = locale_fallbacks(staged)
    for row in staged.objects(Stream("release_items")):
        item = row.get("item")
        if isinstance(item, dict):
            yield from _of_item(staged, item, fallback)


def _scheduled(staged: RecordStore) -> Iterator[PinnedVersion]:
    """What waits to be published or taken down: the row says at which version."""
    fallback = locale_fallbacks(staged)
    for one in waiting_schedules(staged):
        if one.action in ACTIONS and one.version and not one.variant:
            if not one.content_type:
                yield PinnedVersion("assets", "", one.uid, "", one.version, "scheduled")
            elif owner := item_document_locale(
                staged, one.content_type, one.uid, one.locale, one.version, fallback
            ):
                yield PinnedVersion("entries", one.content_type, one.uid, owner, one.version, "scheduled")


def _of_item(staged: RecordStore, item: JsonObject, fallback: dict[str, str]) -> Iterator[PinnedVersion]:
    uid, version = text(item.get("uid")), integer(item.get("version"))
    content_type, locale = text(item.get("content_type_uid")), text(item.get("locale"))
    if version is None:
        return
    if content_type in ASSET_TYPES:
        yield PinnedVersion("assets", "", uid, "", version, "in a release")
        return
    owner = item_document_locale(staged, content_type, uid, locale, version, fallback)
    if owner:
        yield PinnedVersion("entries", content_type, uid, owner, version, "in a release")


def item_document_locale(
    staged: RecordStore, content_type: str, uid: str, locale: str, version: int, fallback: dict[str, str]
) -> str:
    """The language of the document that an item means: its own, or the one that it falls back to."""
    for candidate in fallback_chain(locale, fallback):
        document = staged.get(Stream("entries", content_type, candidate), uid)
        if document is not None and version <= (integer(document.get("_version")) or 0):
            return candidate
    return ""


def _given(staged: RecordStore, pin: PinnedVersion) -> bool:
    """Whether the listing already brought this very version, or the object is not in the export at all."""
    stream = Stream("assets") if pin.kind == "assets" else Stream("entries", pin.content_type, pin.locale)
    latest = staged.get(stream, pin.uid)
    return latest is None or latest.get("_version") == pin.version
