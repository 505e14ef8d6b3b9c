"""The stages of a narrowed export: what is selected, what it refers to level by level, and the rest of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting import (
    asset_files,
    editorial,
    history,
    live_bodies,
    releases,
    selection,
    settings,
    taxonomy,
)
from stackferry.providers.contentful.exporting.listings import listing
from stackferry.providers.contentful.exporting.unknown_names import (
    refuse_unknown_entries,
    refuse_unknown_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import ExportStage, GrowingStore, Job, ReadOptions


class NarrowStages:
    """Stages of one environment's export. Those of `level` are gone through until nothing is found to do."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self.selection: tuple[ExportStage, ...] = (
            self.model,
            self.releases,
            self.selected,
            self.release_bodies,
        )
        self.level: tuple[ExportStage, ...] = (self.referenced, self.live_bodies, self.next_level)
        self.rest: tuple[ExportStage, ...] = (
            *(self.named_assets, self.assets, self.live_bodies),
            *(self.settings, self.taxonomy, self.files, self.cut_links),
        )

    def model(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What a selection is made by: types and languages, and releases where one is asked for."""
        yield listing(self._root, kinds.CONTENT_TYPES, options, look=())
        yield listing(self._root, kinds.LOCALES, options)
        if options.release:
            yield from releases.timeline_releases(self._root, options)

    def releases(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The list of releases that names no generation."""
        if options.release:
            yield from releases.other_releases(self._root, staged, options)

    def selected(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The entries that are asked for."""
        yield from refuse_unknown_names(staged, options)
        yield from selection.selected(self._root, staged, options)

    def release_bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The bodies that the release holds: what they refer to comes along."""
        yield from refuse_unknown_entries(staged, options)
        if options.release:
            asked = selection.asked_releases(staged, options)
            yield from releases.bodies_of(self._root, asked, options)

    def referenced(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The entries of the levels that are known."""
        yield from selection.referenced(self._root, staged, options)

    def live_bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What is live otherwise, and what was live before."""
        yield from live_bodies.live_bodies(self._root, staged, options)
        yield from history.histories(self._root, staged, options)

    def next_level(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What these refer to."""
        yield from selection.next_level(staged, options)

    def named_assets(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Which assets any of these name."""
        yield from selection.named_assets(staged, options)

    def assets(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """These assets."""
        yield from selection.assets(self._root, staged, options)

    def settings(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What nothing else depends on."""
        own = (kind for kind in settings.SETTINGS if kind is not kinds.RELEASE_ACTIONS)
        yield from settings.settings(self._root, options, own)

    def taxonomy(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The organization's taxonomy; tasks and comments of what is selected."""
        yield from taxonomy.taxonomy(self._root, staged, options)
        yield from editorial.editorial(self._root, staged, options)

    def files(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Tasks and comments of more than the first few; the bytes of the assets; of the rest what belongs to these."""
        yield from editorial.other_editorial(self._root, staged, options)
        yield from asset_files.files(staged, options)
        yield from taxonomy.unused_taxonomy(staged, options)
        yield from selection.unselected(staged, options)

    def cut_links(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Last, when it is known what was selected."""
        yield from selection.cut_links(staged, options)
