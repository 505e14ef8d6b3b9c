"""The plan of an export that feeds an import while it goes on: the same requests, in another order.

First what entries stand on; then the entries' versions lists and older versions, part by part, in the order in which
they can be written; then what hangs on them. Pure.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.model import Shelf
from stackferry.providers.contentstack import arranging, reading, translations
from stackferry.providers.contentstack.pins import EntryPins, pinned_assets
from stackferry.providers.provider import Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.providers.contentstack.documents import Entry
    from stackferry.providers.provider import Growing, Job, ReadOptions, Rounds, Scratch, Stage


def stages(scratch: Scratch) -> Sequence[Stage | Rounds | Parts]:
    """All stages; of the last ones those find nothing to do whose requests were made for some part."""
    return (
        reading.basics,
        translations.trees,
        translations.translated_terms,
        reading.contents,
        _older_assets,
        reading.older_files,
        _called(arranging.LISTED, partial(_arranged, scratch)),
        Parts(_parts),
        reading.variants,
        reading.histories,
        reading.older_versions,
        _called(arranging.COMPLETE, reading.older_files),
    )


def _called(name: str, stage: Stage) -> Stage:
    def called(staged: Growing, options: ReadOptions) -> Iterator[Job]:
        return stage(staged, options)

    called.__name__ = name
    return called


def _older_assets(staged: Growing, options: ReadOptions) -> Iterator[Job]:
    return map(reading.older_version, pinned_assets(staged, options.versions))


def _arranged(scratch: Scratch, staged: Growing, options: ReadOptions) -> Iterator[Job]:
    pins = EntryPins(staged, options.versions)
    return arranging.arrange(
        staged, scratch, _all_reads if options.versions == "all" else partial(_pinned_reads, pins)
    )


def _all_reads(entry: Entry) -> int:
    """The versions list of each language, and each version but the latest."""
    return sum(document.version for document in entry.documents)


def _pinned_reads(pins: EntryPins, entry: Entry) -> int:
    return sum(1 for _ in pins.of(entry.content_type, entry.uid))


def _parts(staged: Growing, options: ReadOptions) -> Iterator[Stage]:
    """The stages of every part: what versions there are, and then the versions."""
    pins = EntryPins(staged, options.versions)
    for part in range(arranging.parts_staged(staged)):
        name = arranging.part_name(part)
        if options.versions == "all":
            yield _called(f"versions lists of {name}", partial(_histories, part))
        yield _called(name, partial(_older_versions, part, pins))


def _histories(part: int, staged: Growing, _: ReadOptions) -> Iterator[Job]:
    codes = [*reading.uids(staged, "locales", key="code")]
    for content_type, uid in arranging.members_of(staged, part):
        for code in codes:
            shelf = Shelf("entries", content_type, code)
            if staged.get(shelf, uid) is not None:
                yield reading.history(shelf, uid)


def _older_versions(part: int, pins: EntryPins, staged: Growing, _: ReadOptions) -> Iterator[Job]:
    for content_type, uid in arranging.members_of(staged, part):
        yield from map(reading.older_version, pins.of(content_type, uid))
