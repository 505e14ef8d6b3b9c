"""The plan of an export: its stages in their order.

A narrowed export differs from the entries on: it follows references from the chosen entries, level by level, and
reads only the assets that are referenced. In an export of everything those stages yield no job.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from stackferry.providers.contentstack.exporting import copy_plan, parts, selection
from stackferry.providers.contentstack.exporting.incremental import BaseReuse
from stackferry.providers.contentstack.exporting.listings import (
    basics,
    contents,
    files,
    histories,
    older_files,
    older_versions,
    variants,
)
from stackferry.providers.contentstack.exporting.translations import translated_terms, trees
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.source import Rounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Request, Response
    from stackferry.providers.source import (
        ExportStage,
        GrowingStore,
        Job,
        KnownRecord,
        Parts,
        ReadOptions,
        RecordStore,
        TempTables,
    )
    from stackferry.providers.target import WriteOptions


def _only(stage: ExportStage, *, narrow: bool) -> ExportStage:
    """The stage, for exports that are narrowed, or for those that are not."""

    @wraps(stage)
    def chosen(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        if options.is_narrow is narrow:
            yield from stage(staged, options)

    return chosen


def _all_of(*stages: ExportStage, narrow: bool) -> list[ExportStage]:
    return [_only(stage, narrow=narrow) for stage in stages]


_LEVEL = (selection.referenced, variants, histories, older_versions, selection.wanted)
_ASSETS = (selection.named, selection.assets, files, older_versions)


class ContentstackExportPlan:
    """Contentstack's side of an export."""

    def __init__(self, part: int = parts.READS) -> None:
        """`part`: how many requests make a part, where the export feeds an import."""
        self._part = part
        self.stages: tuple[ExportStage | Rounds, ...] = (
            basics,
            trees,
            translated_terms,
            contents,
            *_all_of(variants, histories, older_versions, narrow=False),
            *_all_of(selection.chosen, narrow=True),
            Rounds(_all_of(*_LEVEL, narrow=True)),
            *_all_of(*_ASSETS, narrow=True),
            older_files,
            *_all_of(selection.scheduled, selection.border, narrow=True),
        )

    @property
    def importable_after(self) -> str:
        return parts.GROUND

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        return copy_plan.stages(scratch, self._part)

    def inventory(self, options: WriteOptions) -> Sequence[ExportStage | Rounds]:
        """Everything that other objects are recognised by; entries only where the import may meet them."""
        by_entry = bool(options.on_conflict or options.only)
        return self.stages[: self.stages.index(contents) + (2 if by_entry else 0)]

    def known(
        self,
        base: RecordStore,
        staged: RecordStore,
        options: ReadOptions,
        *,
        has_all_assets: bool,
        trust_version_lists: bool,
    ) -> KnownRecord:
        trusts_assets = has_all_assets and options.assets and not options.is_narrow
        return BaseReuse(
            base, staged, has_all_assets=trusts_assets, trust_version_lists=trust_version_lists
        ).record

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)
