"""Stages of an export that take part only in some. Pure."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import ExportStage, GrowingStore, Job, ReadOptions


def if_narrow(narrow: bool, *stages: ExportStage) -> list[ExportStage]:
    """Stages of exports that are narrowed, or of those that are not."""

    def restricted(stage: ExportStage) -> ExportStage:
        @wraps(stage)  # its name is shown while it runs
        def jobs(staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
            if options.is_narrow is narrow:
                yield from stage(staged, options)

        return jobs

    return [restricted(stage) for stage in stages]
