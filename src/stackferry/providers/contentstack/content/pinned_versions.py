"""Which older versions an export must fetch: those that something points at, or all.

Published versions, versions that items of releases name, and versions that a schedule names are pinned. A listing
answers only the latest version of each entry, so each older one costs a request; what a listing gave is never fetched
again. Pure: reads staged records.
API pages: "Get a single entry" (`version`), "Get details of all versions of an entry", "Get all items of a release".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import locale_fallbacks, locales_fallback_first
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    locale_of_version,
    publish_details,
)
from stackferry.providers.contentstack.content.publish_queue import ACTIONS, waiting_schedules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.source import GrowingStore, RecordStore
    from stackferry.providers.target import ImportContext

    # Content type (empty for an asset), uid, locale, version, and why it is pinned.
    _Named: TypeAlias = tuple[str, str, str, int, str]

# How release items and bulk calls name the content type of an asset.
ASSET_TYPES = frozenset({"built_io_upload", "sys_assets"})


@dataclass(frozen=True, slots=True)
class PinnedVersion:
    """A version that must be in the snapshot; `kind` is "entries" or "assets", `reason` says why."""

    kind: str
    content_type: str
    uid: str
    locale: str
    version: int
    reason: str


class PinnedVersions:
    """The versions to fetch for `--versions latest|pinned|all`, each once; found for one object at a time."""

    def __init__(self, staged: GrowingStore, versions: str) -> None:
        self._staged, self._versions = staged, versions
        self._publications = EntryPublications(staged)
        self._locales = locales_fallback_first(staged)  # the master first
        # What releases and schedules pin, by kind and uid. It is few: their items, not every entry.
        self._by_object: dict[tuple[str, str], list[PinnedVersion]] = {}
        for pin in _named_versions(staged) if versions != "latest" else ():
            self._by_object.setdefault((pin.kind, pin.uid), []).append(pin)

    def __iter__(self) -> Iterator[PinnedVersion]:
        """Those of every entry, then those of every asset."""
        if self._versions != "latest":
            for content_type, _, uid in self._publications.entries():
                yield from self.of_entry(content_type, uid)
            yield from self.of_assets()

    def of_entry(self, content_type: str, uid: str) -> Iterator[PinnedVersion]:
        """Each version of the entry once, in every language.

        With `--versions all` the entry's lists of versions must be staged first.
        """
        if self._versions != "latest":
            published = (
                PinnedVersion("entries", content_type, uid, one.document_locale, one.version, "published")
                for one in self._publications.of(content_type, uid)
            )
            listed = self._listed_versions(content_type, uid) if self._versions == "all" else ()
            yield from self._once(published, self._by_object.get(("entries", uid), ()), listed)

    def first_of_entry(self, content_type: str, uid: str) -> Iterator[PinnedVersion]:
        """The one that creates the entry: the oldest of the language nearest the master, if it is not the latest."""
        pins = [*self.of_entry(content_type, uid)]
        for locale in self._locales:
            if self._staged.get(Stream("entries", content_type, locale), uid) is not None:
                of_locale = [pin for pin in pins if pin.locale == locale]
                yield from sorted(of_locale, key=lambda pin: pin.version)[:1]
                return

    def of_assets(self) -> Iterator[PinnedVersion]:
        """Those of every asset."""
        for asset in self._staged.objects(Stream("assets")) if self._versions != "latest" else ():
            uid = text(asset.get("uid"))
            published = (
                PinnedVersion("assets", "", uid, "", version, "published")
                for *_, version in publish_details(asset)
            )
            # The service lists no versions of assets: they are taken to be numbered from 1 without gaps.
            older = range(1, integer(asset.get("_version")) or 1) if self._versions == "all" else ()
            history = (PinnedVersion("assets", "", uid, "", version, "history") for version in older)
            yield from self._once(published, self._by_object.get(("assets", uid), ()), history)

    def _listed_versions(self, content_type: str, uid: str) -> Iterator[PinnedVersion]:
        for locale in self._locales:
            for page in self._staged.of(Stream("history", content_type, locale), uid):
                for listed in objects(page.get("versions")):
                    version = integer(listed.get("_version"))
                    if version is not None:
                        yield PinnedVersion("entries", content_type, uid, locale, version, "history")

    def _once(self, *pins: Iterable[PinnedVersion]) -> Iterator[PinnedVersion]:
        """The pins of one object, each version once, without those that a listing gave."""
        seen: set[tuple[str, int]] = set()
        for pin in chain(*pins):
            if (pin.locale, pin.version) in seen:
                continue
            seen.add((pin.locale, pin.version))
            stream = (
                Stream("assets") if pin.kind == "assets" else Stream("entries", pin.content_type, pin.locale)
            )
            latest = self._staged.get(stream, pin.uid)
            # Without a latest version the object is not part of the export; and a listing gave the latest itself.
            if latest is not None and latest.get("_version") != pin.version:
                yield pin


def pinned_documents(staged: RecordStore) -> Iterator[tuple[str, str, str, int]]:
    """The entries' versions that something points at: content type, uid, locale, version; some more than once."""
    for one in EntryPublications(staged):
        yield one.content_type, one.uid, one.document_locale, one.version
    for pin in _named_versions(staged):
        if pin.kind == "entries":
            yield pin.content_type, pin.uid, pin.locale, pin.version


def _named_versions(staged: RecordStore) -> Iterator[PinnedVersion]:
    """The versions that items of releases and schedules name."""
    fallbacks = locale_fallbacks(staged)
    for content_type, uid, locale, version, reason in chain(_in_releases(staged), _in_schedules(staged)):
        if not content_type:
            yield PinnedVersion("assets", "", uid, "", version, reason)
        elif document_locale := item_document_locale(staged, content_type, uid, locale, version, fallbacks):
            yield PinnedVersion("entries", content_type, uid, document_locale, version, reason)


class ReleasePins:
    """The versions that items of the source's releases name; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._pins = context.scratch.table(4, self._rows(context.source))

    def has(self, content_type: str, uid: str, locale: str, version: int) -> bool:
        """Whether a release pins a version of a document; of an asset `content_type` and `locale` are empty."""
        return bool(self._pins.of(content_type, uid, locale, version))

    def _rows(self, source: RecordStore) -> Iterator[Row]:
        fallbacks = locale_fallbacks(source)
        for content_type, uid, locale, version, _ in _in_releases(source):
            names = (content_type, uid, locale, version)
            owner = item_document_locale(source, *names, fallbacks) if content_type else ""
            yield content_type, uid, owner, version


def _in_releases(staged: RecordStore) -> Iterator[_Named]:
    for row in staged.objects(Stream("release_items")):
        item = as_object(row.get("item"))
        version, content_type = integer(item.get("version")), text(item.get("content_type_uid"))
        # An item without a version pins nothing. Variants have versions of their own.
        if version is not None and content_type and not item.get("variant_id"):
            type_or_asset = "" if content_type in ASSET_TYPES else content_type
            yield type_or_asset, text(item.get("uid")), text(item.get("locale")), version, "in a release"


def _in_schedules(staged: RecordStore) -> Iterator[_Named]:
    for one in waiting_schedules(staged):
        # Variants have versions of their own.
        if one.action in ACTIONS and one.version and not one.variant:
            yield one.content_type, one.uid, one.locale, one.version, "scheduled"


def item_document_locale(
    staged: RecordStore, content_type: str, uid: str, locale: str, version: int, fallbacks: Mapping[str, str]
) -> str:
    """The language of the document that a release item or a schedule for `locale` means; empty if there is none."""
    return locale_of_version(
        lambda code: staged.get(Stream("entries", content_type, code), uid), locale, version, fallbacks
    )
