"""The plan of an export: its stages in their order. Pure.

First comes what decides what else is read: types, entries, assets and releases; it is looked at once more when all is
read. Then come live bodies where they are not the current ones, snapshots, bodies in releases, and files. Last comes
what stands for itself, so that it is as it was when the export ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting import (
    asset_files,
    changes,
    editorial,
    history,
    incremental,
    live_bodies,
    releases,
    settings,
    taxonomy,
)
from stackferry.providers.contentful.exporting.few import FewStages
from stackferry.providers.contentful.exporting.incremental import BaseRecords
from stackferry.providers.contentful.exporting.listings import NEWEST, listing
from stackferry.providers.contentful.exporting.narrow_stages import NarrowStages
from stackferry.providers.contentful.exporting.signing import AssetKeySigner
from stackferry.providers.contentful.options import read_options
from stackferry.providers.contentful.refusals import read_refusal
from stackferry.providers.contentful.requests.build import Root
from stackferry.providers.source import Rounds
from stackferry.providers.stages import if_narrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import Place, Request, Response
    from stackferry.providers.file_signing import FileSigner
    from stackferry.providers.source import (
        Change,
        Derived,
        ExportStage,
        GrowingStore,
        Job,
        KnownRecord,
        Outdated,
        Parts,
        ReadOptions,
        RecordStore,
        TempTables,
    )
    from stackferry.providers.target import WriteOptions


LISTED: Final = "used_taxonomy"  # the stage after which nothing but files is missing
FILES_READ: Final = "files"  # the last stage


class ContentfulExportPlan:
    """Contentful's side of an export."""

    def __init__(self, place: Place, base: BaseRecords | None = None) -> None:
        """`base`: an earlier snapshot, where the export is incremental."""
        self._place, self._base = place, base
        self._root = Root.of(place)
        self.file_signer: FileSigner | None = AssetKeySigner(self._root)
        self.whole: tuple[ExportStage, ...] = (
            *(() if base is None else (self.shown_by,)),
            self.content,
            self.moved,
            self.live_bodies,
            self.settings,
            self.release_bodies,
            self.taxonomy,
            self.other_editorial,
            self.used_taxonomy,
            self.files,
        )
        narrow = NarrowStages(self._root)
        self.stages: tuple[ExportStage | Rounds, ...] = (
            *if_narrow(False, *self.whole),
            *if_narrow(True, *narrow.selection),
            Rounds(if_narrow(True, *narrow.level)),
            *if_narrow(True, *narrow.rest),
        )

    # --- the order of a copy ---

    importable_after = LISTED
    """When everything is listed; files come last."""

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        """The same stages, but that no file is asked for before everything is listed."""
        del scratch
        listed = (
            self.content, self.bodies, self.settings, self.release_bodies, self.taxonomy, self.other_editorial,
            self.used_taxonomy,
        )  # fmt: skip
        return (*listed, self.files)

    def inventory(self, options: WriteOptions, reading: ReadOptions) -> Sequence[ExportStage | Rounds]:
        del options
        return FewStages(self._root).stages if read_options(reading).wanted else self.whole

    # --- stages ---

    def field_descriptions(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Content types."""
        yield listing(self._root, kinds.CONTENT_TYPES, options, look=())

    def shown_by(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """With a base: what decides how a body is shown that nobody has edited."""
        yield from incremental.shown_by(self._root, options)

    def content(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Types, entries and assets in all of their states, and releases."""
        if self._base is not None:
            yield from incremental.listed(self._root, self._base.today(staged), options)
        else:
            yield listing(self._root, kinds.CONTENT_TYPES, options, look=())
            yield listing(self._root, kinds.ENTRIES, options, look=NEWEST)
            if options.assets:
                yield listing(self._root, kinds.ASSETS, options, look=NEWEST)
        yield from releases.timeline_releases(self._root, options)

    def moved(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Entries and assets that a base does not hold as they are now."""
        if self._base is not None:
            yield from incremental.moved(self._root, staged, options)

    def live_bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What is live otherwise, what was live before, and the files of what is current."""
        yield from self.bodies(staged, options)
        yield from asset_files.files(staged, options)

    def bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What is live otherwise, and what was live before."""
        if self._base is None:
            yield from live_bodies.live_bodies(self._root, staged, options)
            yield from history.histories(self._root, staged, options)
        else:
            yield from incremental.held(self._root, self._base.today(staged), staged, options)
        yield from releases.other_releases(self._root, staged, options)

    def settings(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What nothing else that is read depends on."""
        yield from settings.settings(self._root, options, settings.SETTINGS)

    def release_bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The bodies that releases hold."""
        yield from releases.release_bodies(self._root, staged, options)

    def taxonomy(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The organization's taxonomy; and what belongs to objects that are staged by now."""
        if self._base is not None:
            yield from incremental.pruned(self._base, staged, options)
        yield from settings.scheduled_by_alias(self._root, staged, options)
        yield from taxonomy.taxonomy(self._root, staged, options)
        yield from editorial.editorial(self._root, staged, options)
        yield from releases.unlisted_assets(self._root, staged, options)

    def other_editorial(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Tasks and comments of more objects than the first few."""
        yield from editorial.other_editorial(self._root, staged, options)

    def used_taxonomy(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Of the taxonomy what the space uses."""
        yield from taxonomy.unused_taxonomy(staged, options)

    def files(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The files that are not there yet: those that live bodies and bodies in releases name."""
        yield from asset_files.files(staged, options)

    # --- what changes, and what an earlier reading gives ---

    def with_base(self, base: GrowingStore, options: ReadOptions) -> ContentfulExportPlan:
        records = BaseRecords(base)
        is_whole = records.is_usable and not options.is_narrow
        return ContentfulExportPlan(self._place, records) if is_whole else self

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
        del staged, options, has_all_assets, is_whole, trust_version_lists
        return BaseRecords(base).file

    def outdated(self, staged: GrowingStore, change: Change) -> Iterator[Outdated]:
        return changes.outdated(staged, change)

    def derived(self, options: ReadOptions) -> Derived:
        return changes.derived(options)

    def error(self, request: Request, response: Response) -> Exception:
        return read_refusal(request, response)
