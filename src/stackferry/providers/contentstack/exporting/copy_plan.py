"""The export half of a copy: the same requests as an export, ordered so that the import can begin early.

First what entries need: types, locales, terms. Then the entries' versions lists and older versions, part by part, in
the order in which they can be written. Then variants and files. Pure.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import locales_fallback_first
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersions
from stackferry.providers.contentstack.exporting import listings, parts, translations
from stackferry.providers.source import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.providers.contentstack.content.entries import Entry
    from stackferry.providers.source import ExportStage, GrowingStore, Job, ReadOptions, TempTables


def stages(scratch: TempTables, least: int) -> Sequence[ExportStage | Parts]:
    """All stages; the last ones find nothing left to do where parts made the requests.

    `least` is how many requests make a part.
    """
    return (
        listings.basics,
        translations.trees,
        translations.translated_terms,
        listings.contents,
        _older_assets,
        listings.older_files,
        _renamed(parts.LISTED, partial(_split, scratch, least)),
        Parts(_parts),
        listings.variants,
        listings.histories,
        listings.older_versions,
        _renamed(parts.COMPLETE, listings.older_files),
    )


def _renamed(name: str, stage: ExportStage) -> ExportStage:
    def called(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        return stage(staged, options)

    called.__name__ = name
    return called


def _older_assets(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    return map(listings.older_version, PinnedVersions(staged, options.versions).of_assets())


def _split(scratch: TempTables, least: int, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    pins = PinnedVersions(staged, options.versions)
    reads = _all_reads if options.versions == "all" else partial(_pinned_reads, pins)
    return parts.arrange(staged, scratch, reads, least)


def _all_reads(entry: Entry) -> int:
    """The versions list of each language, and each version but the latest."""
    return sum(document.version for document in entry.versions)


def _pinned_reads(pins: PinnedVersions, entry: Entry) -> int:
    return sum(1 for _ in pins.of_entry(entry.content_type, entry.uid))


def _parts(staged: GrowingStore, options: ReadOptions) -> Iterator[ExportStage]:
    """A stage for each part: its older versions, and already the versions lists of the next part."""
    pins, lists = PinnedVersions(staged, options.versions), options.versions == "all"
    if lists:
        yield _renamed("first versions lists", partial(_histories, 0))
    for part in range(parts.parts_staged(staged)):
        yield _renamed(parts.part_name(part), partial(_part, part, pins, lists))


def _part(
    part: int, pins: PinnedVersions, lists: bool, staged: GrowingStore, options: ReadOptions
) -> Iterator[Job]:
    for content_type, uid, whole in parts.members_of(staged, part):
        wanted = pins.of_entry(content_type, uid) if whole else pins.first_of_entry(content_type, uid)
        yield from map(listings.older_version, wanted)
    if lists:
        yield from _histories(part + 1, staged, options)


def _histories(part: int, staged: GrowingStore, _: ReadOptions) -> Iterator[Job]:
    codes = locales_fallback_first(staged)
    for content_type, uid, whole in parts.members_of(staged, part):
        streams = (Stream("entries", content_type, code) for code in codes)
        found = (stream for stream in streams if staged.get(stream, uid) is not None)
        for stream in found if whole else islice(found, 1):
            yield listings.history(stream, uid)
