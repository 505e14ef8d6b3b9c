"""The plan of an import: its stages, in the order in which a stack can be built up again.

Each stage is begun when the one before it is settled. Pure: everything it knows comes from the snapshot, the
target as it was before, and the identities that the stages before it brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from stackferry.model import Request, Response
from stackferry.providers.contentstack import (
    asset_writes,
    release_writes,
    small_kinds,
    workflow_writes,
)
from stackferry.providers.contentstack.answers import refusal
from stackferry.providers.contentstack.documents import read_content
from stackferry.providers.contentstack.entry_writes import EntryPlan
from stackferry.providers.contentstack.publishing import PublishPlan
from stackferry.providers.contentstack.type_writes import TypePlan
from stackferry.providers.provider import Replay, Step

Planned = tuple[str, Callable[[], Iterator[Step]]]


class ContentstackWriting:
    """Contentstack's side of an import."""

    def plan(self, replay: Replay) -> Sequence[Planned]:
        """The stages of one import, by name."""
        types, publishing = TypePlan(replay), PublishPlan(replay)
        entries = EntryPlan(replay, read_content(replay))
        softened = sorted(entries.softened())
        before: list[Planned] = [
            ("locales", partial(small_kinds.locales, replay)),
            ("environments", partial(small_kinds.environments, replay)),
            ("taxonomies", partial(small_kinds.taxonomies, replay)),
            ("terms", partial(small_kinds.terms, replay)),
            ("extensions", partial(small_kinds.extensions, replay)),
            ("types", types.create),
            ("whole types", types.complete),
            ("folders", partial(asset_writes.folders, replay)),
            ("assets", partial(asset_writes.assets, replay)),
            ("relaxed types", partial(types.soften, softened)),
            ("entries", entries.create),
            ("versions and languages", entries.complete),
            ("restored types", partial(types.restore, softened)),
            ("field rules", types.field_rules),
            ("roles", partial(small_kinds.roles, replay)),
            ("workflows", partial(workflow_writes.workflows, replay)),
            ("workflow stages", partial(workflow_writes.stage_order, replay)),
            ("labels", partial(small_kinds.labels, replay)),
        ]
        return [*before, *self._published(replay, publishing), *self._released(replay)]

    def _published(self, replay: Replay, publishing: PublishPlan) -> list[Planned]:
        if replay.options.publish == "none":
            return []
        return [
            ("publishing", publishing.publish),
            ("published", publishing.confirm),
            ("publishing again", publishing.publish_again),
            ("published again", publishing.confirm_again),
        ]

    def _released(self, replay: Replay) -> list[Planned]:
        return [
            ("publish rules", partial(workflow_writes.publish_rules, replay)),
            ("releases", partial(release_writes.releases, replay)),
            ("release items", partial(release_writes.items, replay)),
            ("release locks", partial(release_writes.locks, replay)),
            ("webhooks", partial(small_kinds.webhooks, replay)),
        ]

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)
