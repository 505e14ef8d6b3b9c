"""The stages that take down what the source does not publish, and which others they need. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.providers.contentstack.importing.publishing import metadata
from stackferry.providers.contentstack.importing.publishing.unpublish import UnpublishPlan
from stackferry.providers.contentstack.importing.publishing.unpublish_taxonomies import (
    confirm_taxonomies,
    taxonomies,
)
from stackferry.providers.target import ImportStage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext

_CONTENT, _METADATA, _TAXONOMIES = ("entries", "assets"), ("metadata",), ("taxonomies",)


def unpublish_stages(context: ImportContext, after: tuple[str, ...]) -> Iterator[ImportStage]:
    """`after` are the stages that publish."""
    planned, seen, again = UnpublishPlan(context), "unpublishing checked", "single unpublishing"
    yield ImportStage("unpublished", _CONTENT, planned.together, after)
    yield ImportStage(seen, _CONTENT, planned.confirm, ("unpublished",))
    yield ImportStage(again, _CONTENT, planned.singly, (seen,))
    yield ImportStage(f"{again} checked", _CONTENT, planned.confirm_singly, (again,))
    # A bulk call leaves the records of extensions alone, a single one takes them along.
    steps = partial(metadata.unpublications, context)
    yield ImportStage("metadata taken down", _METADATA, steps, (*after, f"{again} checked"))
    checks = partial(metadata.confirm_unpublished, context)
    yield ImportStage("metadata taken down checked", _METADATA, checks, ("metadata taken down",))
    down = "taxonomies taken down"
    yield ImportStage(down, _TAXONOMIES, partial(taxonomies, context), after)
    yield ImportStage(f"{down} checked", _TAXONOMIES, partial(confirm_taxonomies, context), (down,))
