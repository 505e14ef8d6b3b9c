"""Whether a target holds what a snapshot holds, key by key: what verify and diff report.

May import the rooms below `importing`. Must never import `importing`, nor how `content` reads states: what the plans
infer is judged here from outside, by what both sides say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stackferry.providers.contentful.exporting.plan import ContentfulExportPlan
from stackferry.providers.contentful.options import ContentfulReadOptions
from stackferry.providers.contentful.verification.comparison import SpaceComparison, changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import GrowingStore, Job
    from stackferry.providers.target import ImportContext

__all__ = ["SpaceComparison", "changes", "reads_to_verify"]


def reads_to_verify(context: ImportContext) -> Iterator[Job]:
    """What a comparison needs to know of the target besides the current bodies: what is live."""
    if context.place is None:
        return
    plan, target = ContentfulExportPlan(context.place), cast("GrowingStore", context.target)
    asked = ContentfulReadOptions(versions="all" if context.options.versions == "all" else "pinned")
    yield from plan.live_bodies(target, asked)
    yield from plan.files(target, asked)
