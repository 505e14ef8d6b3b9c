"""Whether a target holds what a snapshot holds, key by key: what verify and diff report.

May import the rooms below `importing`. Must never import `importing`, nor how `content` reads states: what the plans
infer is judged here from outside, by what both sides say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stackferry.json_values import as_object, texts
from stackferry.model import HEAD, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import cursor_listing
from stackferry.providers.contentful.exporting.plan import ContentfulExportPlan
from stackferry.providers.contentful.exporting.staged import organization
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.options import ContentfulReadOptions
from stackferry.providers.contentful.requests.build import Root
from stackferry.providers.contentful.verification.comparison import SpaceComparison, changes
from stackferry.providers.contentful.verification.history import brings_history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import GrowingStore, Job
    from stackferry.providers.target import ImportContext

__all__ = ["SpaceComparison", "changes", "reads_to_verify"]


def reads_to_verify(context: ImportContext) -> Iterator[Job]:
    """What a comparison needs to know of the target besides its latest content: what is live, and in releases.

    Older versions are read where the import brought them; tasks, comments and all of the taxonomy where the snapshot
    has them, and all of the taxonomy, too, where the space uses less of it. What was read before is not read again.
    """
    if context.place is None:
        return
    plan, target = ContentfulExportPlan(context.place), cast("GrowingStore", context.target)
    asked = _asked(context)
    for stage in plan.whole:
        if stage != plan.used_taxonomy:  # what nothing uses is not told, and may be what the source uses
            yield from stage(target, asked)
    is_asked = bool(asked.taxonomy) or _lacks_concepts(context)
    if owner := organization(target) if is_asked else "":
        root = Root.of(context.place)._replace(organization=owner)
        for kind in (kinds.CONCEPTS, kinds.CONCEPT_SCHEMES):
            yield cursor_listing(root, kind, asked, name=f"all {kind.name}")


def _lacks_concepts(context: ImportContext) -> bool:
    """Whether nothing in the target's space uses what the source's uses: the organization may have it all the same."""
    streams = [Stream(kind.name) for kind in (kinds.CONCEPTS, kinds.CONCEPT_SCHEMES)]
    found = ((stream, sys_id(row)) for stream in streams for row in context.source.objects(stream))
    return any(context.target.get(stream, uid) is None for stream, uid in found)


def _asked(context: ImportContext) -> ContentfulReadOptions:
    """What an export of the target would be asked for, to hold what the snapshot holds."""
    held = {stream.kind for stream in context.source.streams()}
    made_with = as_object((context.source.get(HEAD, "") or {}).get("options"))
    return ContentfulReadOptions(
        versions="all" if brings_history(context) else "pinned",
        editorial=not held.isdisjoint((kinds.TASKS.name, kinds.COMMENTS.name)),
        taxonomy=frozenset(texts(made_with.get("taxonomy"))),
    )
