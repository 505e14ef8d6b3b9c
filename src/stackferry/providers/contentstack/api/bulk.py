"""Many items at once, carried out by jobs of the service. API page: "Bulk Operations".

Payloads and answers pass unchanged. What is too much for one request becomes several, where that changes nothing
but the number of requests; `answered` hears each answer as it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Answered, Client
from stackferry.providers.contentstack.requests import publishing
from stackferry.providers.contentstack.requests.build import BULK, NESTED, given, params, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import Json, JsonObject

# The most of one request, as the page says.
PUBLISHED = 10  # items, languages and environments each
DELETED = 100
STAGED = 10


class Bulk(Client):
    """Every endpoint of the page. Items are objects in the page's words: `uid`, `content_type`, `locale`…"""

    async def publish(
        self,
        *,
        entries: Sequence[JsonObject] = (),
        assets: Sequence[JsonObject] = (),
        locales: Sequence[str] = (),
        environments: Sequence[str],
        rules: JsonObject | None = None,
        scheduled_at: str | None = None,
        publish_with_reference: bool | None = None,
        skip_workflow_stage_check: bool | None = None,
        approvals: bool | None = None,
        answered: Answered | None = None,
    ) -> list[JsonObject]:
        """Publish entries and assets. Section "Publish entries and assets in bulk".

        A request takes 10 items, 10 languages and 10 environments. An item's version counts for its own language;
        in others the latest may be published instead. With `publish_with_reference` references go along, five
        levels deep. Raises UsageError without an item or an environment.
        """
        facts = given(rules=rules, scheduled_at=scheduled_at, publish_with_reference=publish_with_reference)
        bodies = _places(_pieces(entries, assets, PUBLISHED), locales, environments, facts)
        asked = params(skip_workflow_stage_check=skip_workflow_stage_check, approvals=approvals)
        requests = [publishing.bulk_publish("publish", body, asked, NESTED) for body in bodies]
        return await self._ask_each(requests, answered)

    async def unpublish(
        self,
        *,
        entries: Sequence[JsonObject] = (),
        assets: Sequence[JsonObject] = (),
        locales: Sequence[str] = (),
        environments: Sequence[str],
        workflow: JsonObject | None = None,
        scheduled_at: str | None = None,
        skip_workflow_stage_check: bool | None = None,
        approvals: bool | None = None,
        answered: Answered | None = None,
    ) -> list[JsonObject]:
        """Take entries and assets off environments. Section "Unpublish entries and assets in bulk".

        A request takes 10 items, 10 languages and 10 environments. Raises UsageError without an item or an
        environment.
        """
        facts = given(workflow=workflow, scheduled_at=scheduled_at)
        bodies = _places(_pieces(entries, assets, PUBLISHED), locales, environments, facts)
        asked = params(skip_workflow_stage_check=skip_workflow_stage_check, approvals=approvals)
        requests = [publishing.bulk_publish("unpublish", body, asked, NESTED) for body in bodies]
        return await self._ask_each(requests, answered)

    async def delete(
        self,
        *,
        entries: Sequence[JsonObject] = (),
        assets: Sequence[JsonObject] = (),
        answered: Answered | None = None,
    ) -> list[JsonObject]:
        """Delete entries, each in its `locale`, and assets. Section "Delete entries and assets in bulk".

        A request takes 100 items. Raises UsageError without an item.
        """
        requests = [write("POST", "/bulk/delete", body) for body in _pieces(entries, assets, DELETED)]
        return await self._ask_each(requests, answered)

    async def workflow(self, *, entries: Sequence[JsonObject], workflow: JsonObject) -> JsonObject:
        """Move entries that are in one stage into another, all or none. Section "Update workflow details in bulk".

        Raises UsageError for no entry, and for more than 10.
        """
        # Two requests would not be all or none, so more than one takes are not split.
        if not 0 < len(entries) <= STAGED:
            raise UsageError(f"1 to {STAGED} entries change their stage together, not {len(entries)}")
        body: JsonObject = {"entries": [*entries], "workflow": workflow}
        return await self._ask(publishing.bulk_workflow(body))

    async def add_to_release(
        self,
        *,
        release: str,
        items: Sequence[JsonObject],
        action: str | None = None,
        locale: Sequence[str] = (),
        reference: bool | None = None,
    ) -> JsonObject:
        """Add entries, and assets as "sys_assets", to a release. Section "Bulk Add to Release".

        Raises UsageError without an item.
        """
        if not items:
            raise UsageError("name at least one item")
        body: JsonObject = {
            "release": release,
            **given(action=action, locale=[*locale] or None, reference=reference),
            "items": [*items],
        }
        # An item that is there already is replaced, so this may be repeated.
        return await self._ask(write("POST", "/bulk/release/items", body, headers=BULK, repeatable=True))


def _pieces(entries: Sequence[JsonObject], assets: Sequence[JsonObject], most: int) -> Iterator[JsonObject]:
    """Entries and assets, so many together in one body."""
    if not (entries or assets):
        raise UsageError("name at least one entry or asset")
    rows = [*(("entries", row) for row in entries), *(("assets", row) for row in assets)]
    for some in batched(rows, most):
        body: dict[str, list[Json]] = {}
        for kind, row in some:
            body.setdefault(kind, []).append(row)
        yield {**body}


def _places(
    bodies: Iterable[JsonObject], locales: Sequence[str], environments: Sequence[str], facts: JsonObject
) -> Iterator[JsonObject]:
    """Each body for so many languages and environments as a request takes."""
    if not environments:
        raise UsageError("name at least one environment")
    for body in bodies:
        for codes in batched(locales, PUBLISHED) if locales else ((),):
            for places in batched(environments, PUBLISHED):
                yield {**body, **given(locales=[*codes] or None), "environments": [*places], **facts}
