"""The plan of an export: its stages in their order, and their order where the export feeds an import.

A narrowed export differs from the entries on: it follows references from the selected entries, level by level, and
reads only the assets that are referenced. In an export of everything those stages yield no job.

A copy sends the same requests as an export, ordered so that the import can begin early. First comes what entries need:
types, locales, terms. Then come the entries' versions lists and older versions, part by part, in the order in which
they can be written. Variants and files come last. Pure.
"""

from __future__ import annotations

from functools import partial, wraps
from itertools import islice
from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import LISTED
from stackferry.providers.contentstack.content.locales import locales_fallback_first
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersions
from stackferry.providers.contentstack.exporting import (
    asset_files,
    changes,
    listings,
    parts,
    selection,
    unknown_names,
    wanted,
)
from stackferry.providers.contentstack.exporting.branches import branches
from stackferry.providers.contentstack.exporting.incremental import BaseReuse
from stackferry.providers.contentstack.exporting.not_offered import not_offered
from stackferry.providers.contentstack.exporting.stack_settings import stack_settings
from stackferry.providers.contentstack.options import read_options
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.source import Parts, Rounds
from stackferry.providers.stages import if_narrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import Request, Response
    from stackferry.providers.contentstack.content.entries import Entry
    from stackferry.providers.source import (
        Change,
        Derived,
        ExportStage,
        GrowingStore,
        Job,
        KnownRecord,
        Outdated,
        ReadOptions,
        RecordStore,
        TempTables,
    )
    from stackferry.providers.target import WriteOptions


def _together(*stages: ExportStage) -> ExportStage:
    """Stages that need nothing of each other as one, which has the name of the last."""

    @wraps(stages[-1])
    def jobs(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        for stage in stages:
            yield from stage(staged, options)

    return jobs


class ContentstackExportPlan:
    """Contentstack's side of an export."""

    file_signer = None  # the addresses of its files need no signature

    def __init__(self, reads_per_part: int = parts.READS) -> None:
        """`reads_per_part`: how many requests make a part, where the export feeds an import."""
        self._reads_per_part = reads_per_part
        # Each waits for the answers to the one before it, so there are few.
        self._read_by_type = (
            _together(listings.terms, listings.entries),
            _together(listings.translated_terms, *if_narrow(False, listings.variants, listings.histories)),
        )
        # With `--versions all` the versions lists say which older versions there are, so they come first.
        level = (
            selection.referenced_entries,
            listings.variants,
            listings.histories,
            listings.older_versions,
            selection.next_level,
        )
        self.stages: tuple[ExportStage | Rounds, ...] = (
            *if_narrow(True, listings.named_listings, unknown_names.refuse_unknown),
            # Types and locales first: entries are listed by both.
            listings.simple_listings,
            *self._read_by_type,
            *if_narrow(False, listings.older_versions),
            *if_narrow(True, unknown_names.refuse_unknown_entries, selection.selected),
            Rounds(if_narrow(True, *level)),
            *if_narrow(True, selection.asset_references, selection.referenced_assets),
            *if_narrow(True, asset_files.files, listings.older_versions),
            asset_files.older_files,
            asset_files.pending_files,
            # Last, when it is known what was selected.
            *if_narrow(True, selection.other_releases),
            *if_narrow(
                True, selection.selected_schedules, selection.selected_metadata, selection.cut_references
            ),
            stack_settings,
            not_offered,
        )

    field_descriptions = staticmethod(listings.content_types)

    # --- the order of a copy ---

    @property
    def importable_after(self) -> str:
        """With the translated terms all that an import is planned with is staged: types, locales and terms."""
        return listings.translated_terms.__name__

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        """All stages; the last ones find nothing left to do where parts made the requests."""
        return (
            listings.simple_listings,
            listings.terms,
            listings.translated_terms,
            listings.entries,
            _older_assets,
            asset_files.older_files,
            asset_files.pending_files,
            _named(LISTED, partial(_split, scratch, self._reads_per_part)),
            Parts(_parts),
            listings.variants,
            listings.histories,
            listings.older_versions,
            stack_settings,
            not_offered,
            _named(parts.COMPLETE, asset_files.older_files),
        )

    # --- what an earlier reading gives ---

    def inventory(self, options: WriteOptions, reading: ReadOptions) -> Sequence[ExportStage | Rounds]:
        """Everything that other objects are recognised by; entries only where the import may meet them."""
        # An entry of the target matters where it may be updated, and where entries themselves are not imported.
        by_entry = bool(options.on_conflict or options.only)
        read = self._read_by_type if by_entry else (listings.terms, listings.translated_terms)
        own = read_options(reading)
        places = (branches,) if own.branches and options.on_conflict == "update" else ()
        if own.wanted is not None:
            few = (wanted.by_uid, wanted.by_name)
            return (listings.simple_listings, *places, listings.terms, *few, self._read_by_type[1])
        return (listings.simple_listings, *read, *places)

    def with_base(self, base: GrowingStore, options: ReadOptions) -> ContentstackExportPlan:
        del base, options  # `known` says of each job whether the base holds what it reads
        return self

    def known(
        self,
        base: GrowingStore,
        staged: RecordStore,
        options: ReadOptions,
        *,
        has_all_assets: bool,
        is_whole: Callable[[str], bool],
        trust_version_lists: bool,
    ) -> KnownRecord:
        # Without a list of all assets nobody can tell that an asset which a version shows has not changed.
        trusts_assets = has_all_assets and options.assets and not options.is_narrow
        return BaseReuse(
            base,
            staged,
            has_all_assets=trusts_assets,
            is_whole=is_whole,
            trust_version_lists=trust_version_lists,
        ).record

    # --- people who edit while it runs ---

    def outdated(self, staged: GrowingStore, change: Change) -> Iterator[Outdated]:
        return changes.outdated(staged, change)

    def derived(self, options: ReadOptions) -> Derived:
        return changes.derived(options)

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _named(name: str, stage: ExportStage) -> ExportStage:
    """A stage under another name: both halves of a copy know it by that."""

    def jobs(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        return stage(staged, options)

    jobs.__name__ = name
    return jobs


def _older_assets(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    return map(listings.older_version, PinnedVersions(staged, options.versions).of_assets())


def _split(scratch: TempTables, least: int, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Splits the entries into parts of `least` requests or more."""
    pins = PinnedVersions(staged, options.versions)

    def reads(entry: Entry) -> int:
        if options.versions == "all":  # the versions list of each language, and each version but the latest
            return sum(document.version for document in entry.versions)
        return sum(1 for _ in pins.of_entry(entry.content_type, entry.uid))

    return parts.arrange(staged, scratch, reads, least)


def _parts(staged: GrowingStore, options: ReadOptions) -> Iterator[ExportStage]:
    """A stage for each part: its older versions, and already the versions lists of the next part."""
    pins, lists = PinnedVersions(staged, options.versions), options.versions == "all"
    if lists:
        yield _named("first versions lists", partial(_histories, 0))
    for part in range(parts.parts_staged(staged)):
        yield _named(parts.part_name(part), partial(_part, part, pins, lists))


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
