"""The publish queue: what was published, what failed, and what is still to come. Page: "CMA | Publish Queue"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.publishing import cancel_schedule, list_queue, read_queue_row

if TYPE_CHECKING:
    from stackferry.model import JsonObject


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
        asked = params(include_branch=include_branch)
        return await self._ask(read_queue_row(publish_queue_uid, *asked))

    async def cancel(self, *, publish_queue_uid: str) -> JsonObject:
        """Let nothing come of what is scheduled. Section "Cancel Scheduled Action".

        A GET that changes something, so it is not sent again by itself. Raises Refused for what is not scheduled.
        """
        return await self._ask(cancel_schedule(publish_queue_uid))
