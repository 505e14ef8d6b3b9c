"""Publishing of one entry, and the queue of what was published, what failed and what is still to come.

API pages: "CMA | Entries", sections "Publish Entry" and "Unpublish Entry"; "CMA | Publish Queue".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Answered, Client
from stackferry.providers.contentstack.requests.build import get, given, params
from stackferry.providers.contentstack.requests.publishing import (
    bulk_publish,
    list_queue,
    publish,
    queue_path,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject

# "Publish an entry with references": the most of one request.
LOCALES = 50
ENVIRONMENTS = 10


class EntryPublishing(Client):
    """Publish, with references or without, and unpublish. The service does it after it has answered."""

    async def publish(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        locale: str | None = None,
        version: int | None = None,
        scheduled_at: str | None = None,
        publish_all_localized: bool | None = None,
    ) -> JsonObject:
        """Publish a version of the `locale` document, under `locales`, now or at a time. Section "Publish an entry".

        Content that is localized in `locales` is published only with `publish_all_localized`, which a plan may
        lack; bulk publish does it otherwise. Raises UsageError without an environment.
        """
        _need(environments)
        request = publish(
            "publish",
            content_type_uid,
            entry_uid,
            environments,
            locales,
            locale=locale,
            version=version,
            scheduled_at=scheduled_at,
            params=params(publish_all_localized=publish_all_localized),
        )
        return await self._ask(request)

    async def unpublish(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        locale: str | None = None,
        version: int | None = None,
        scheduled_at: str | None = None,
        publish_all_localized: bool | None = None,
    ) -> JsonObject:
        """Take an entry off environments, under `locales`, now or at a time. Section "Unpublish an entry".

        Raises UsageError without an environment.
        """
        _need(environments)
        request = publish(
            "unpublish",
            content_type_uid,
            entry_uid,
            environments,
            locales,
            locale=locale,
            version=version,
            scheduled_at=scheduled_at,
            params=params(publish_all_localized=publish_all_localized),
        )
        return await self._ask(request)

    async def publish_with_references(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        locale: str | None = None,
        version: int | None = None,
        skip_workflow_stage_check: bool | None = None,
        approvals: bool | None = None,
        answered: Answered | None = None,
    ) -> list[JsonObject]:
        """Publish an entry and what it refers to, one level deep. Section "Publish an entry with references".

        A request takes 50 languages and 10 environments; more of them become several requests, each with its
        answer. Raises UsageError without an environment.
        """
        _need(environments)
        rules = {"skip_workflow_stage_check": skip_workflow_stage_check, "approvals": approvals}
        # The page asks for the action in the query, and shows both rules there and in the body.
        asked = (("x-bulk-action", "publish"), *params(**rules))
        entry = given(uid=entry_uid, content_type=content_type_uid, locale=locale, version=version)
        bodies: list[JsonObject] = [
            {
                "entries": [entry],
                **given(locales=[*some] or None),
                "environments": [*places],
                "publish_with_reference": True,
                **given(**rules),
            }
            for some in (batched(locales, LOCALES) if locales else ((),))
            for places in batched(environments, ENVIRONMENTS)
        ]
        requests = [bulk_publish("publish", body, asked) for body in bodies]
        return await self._ask_each(requests, answered)


class PublishQueue(Client):
    """The publish queue of one branch; the service keeps what is done for thirty days."""

    async def get_all(
        self,
        *,
        include_count: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """One page of the queue, the newest rows first. Section "Get publish queue"."""
        asked = params(include_count=include_count, limit=limit, skip=skip, include_branch=include_branch)
        return await self._ask(list_queue(*asked))

    async def get(self, *, publish_queue_uid: str, include_branch: bool | None = None) -> JsonObject:
        """One row of the queue. Section "Get publish queue activity"."""
        return await self._get(queue_path(publish_queue_uid), params(include_branch=include_branch))

    async def cancel(self, *, publish_queue_uid: str) -> JsonObject:
        """Cancel what is scheduled. Section "Cancel Scheduled Action". Raises Refused for what is not scheduled."""
        # A GET that changes something, so it is not sent again by itself.
        return await self._ask(replace(get(f"{queue_path(publish_queue_uid)}/unschedule"), repeatable=False))


def _need(environments: Sequence[str]) -> None:
    if not environments:
        raise UsageError("publishing and unpublishing need an environment")
