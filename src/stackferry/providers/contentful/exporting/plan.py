"""The plan of an export: its stages in their order. Pure.

First comes what decides what else is read: types, entries and assets. Then come the live bodies, where they are not the
current ones, and the files. Last comes what stands for itself, so that it is as it was when the export ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.states import has_other_live_body
from stackferry.providers.contentful.exporting import asset_files
from stackferry.providers.contentful.exporting.listings import listing
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.refusals import refusal
from stackferry.providers.contentful.requests.build import Root
from stackferry.providers.source import Derived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import JsonObject, Place, Request, Response
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.source import (
        Change,
        ExportStage,
        GrowingStore,
        Job,
        KnownRecord,
        Outdated,
        Parts,
        ReadOptions,
        RecordStore,
        Rounds,
        TempTables,
    )
    from stackferry.providers.target import WriteOptions

_LIVE = (
    (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES),
    (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES),
    (kinds.ASSETS, kinds.PUBLISHED_ASSETS),
)


class ContentfulExportPlan:
    """Contentful's side of an export."""

    def __init__(self, place: Place) -> None:
        self._root = Root.of(place)
        self.stages: tuple[ExportStage, ...] = (self.content, self.live_bodies, self.files, self.the_rest)

    @property
    def importable_after(self) -> str:
        return self.the_rest.__name__

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        del scratch
        return self.stages

    def inventory(self, options: WriteOptions, reading: ReadOptions) -> Sequence[ExportStage | Rounds]:
        del options, reading
        return self.stages

    # --- stages ---

    def content(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Types, entries and assets, in all of their states."""
        yield listing(self._root, kinds.CONTENT_TYPES)
        yield listing(self._root, kinds.ENTRIES)
        if options.assets:
            yield listing(self._root, kinds.ASSETS)

    def live_bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What is live of objects whose current body is another one."""
        for kind, published in _LIVE if options.versions != "latest" else ():
            ids = {sys_id(row) for row in _rows(staged, kind) if has_other_live_body(row, _codes(row))}
            if ids:
                yield listing(self._root, published, keep=_among(ids))

    def files(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The bytes of every file."""
        if options.assets:
            yield from asset_files.files(staged)

    def the_rest(self, _: GrowingStore, __: ReadOptions) -> Iterator[Job]:
        """What nothing else that is read depends on."""
        for kind in (kinds.LOCALES, kinds.TAGS, kinds.EDITOR_INTERFACES):
            yield listing(self._root, kind)

    # --- what changes, and what an earlier reading gives ---

    def known(
        self,
        base: RecordStore,
        staged: RecordStore,
        options: ReadOptions,
        *,
        has_all_assets: bool,
        is_whole: Callable[[str], bool],
        trust_version_lists: bool,
    ) -> KnownRecord:
        del base, staged, options, has_all_assets, is_whole, trust_version_lists
        return lambda _: None

    def outdated(self, staged: GrowingStore, change: Change) -> Iterator[Outdated]:
        del staged, change
        return iter(())

    def derived(self, options: ReadOptions) -> Derived:
        del options
        return Derived()

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _rows(staged: RecordStore, kind: Kind) -> Iterator[JsonObject]:
    for stream in staged.streams():
        if stream.kind == kind.name:
            yield from staged.objects(stream)


def _codes(row: JsonObject) -> list[str]:
    """The locales that a document's state is told of."""
    return [*as_object(nested(row, "sys", "fieldStatus", "*"))] or ["*"]


def _among(ids: set[str]) -> Callable[[JsonObject], bool]:
    return lambda row: sys_id(row) in ids
