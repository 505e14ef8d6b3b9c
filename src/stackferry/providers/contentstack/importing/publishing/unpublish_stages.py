"""The stages that take down what the source does not publish, and which others they need. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.providers.contentstack.importing.publishing.unpublish import UnpublishPlan
from stackferry.providers.contentstack.importing.publishing.unpublish_taxonomies import (
    confirm_taxonomies,
    taxonomies,
)
from stackferry.providers.target import ImportStage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
    from stackferry.providers.target import ImportContext

LAST: Final = "single unpublishing checked"  # of the stages of entries and assets
_CONTENT, _TAXONOMIES = ("entries", "assets"), ("taxonomies",)


def stages(context: ImportContext, publishing: PublishPlan, after: tuple[str, ...]) -> Iterator[ImportStage]:
    """`after` are the stages that publish."""
    planned, seen, again = UnpublishPlan(context, publishing), "unpublishing checked", "single unpublishing"
    yield ImportStage("unpublished", _CONTENT, planned.together, after)
    yield ImportStage(seen, _CONTENT, planned.confirm, ("unpublished",))
    yield ImportStage(again, _CONTENT, planned.singly, (seen,))
    yield ImportStage(LAST, _CONTENT, planned.confirm_singly, (again,))
    down = "taxonomies taken down"
    yield ImportStage(down, _TAXONOMIES, partial(taxonomies, context), after)
    yield ImportStage(f"{down} checked", _TAXONOMIES, partial(confirm_taxonomies, context), (down,))
