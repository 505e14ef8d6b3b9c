"""Publishing later: items that wait in the publish queue until the emulator's clock reaches their time.

The queue itself is the memory: a row whose status is "scheduled" is carried out by the first request after its time,
whoever put it there. A seeded row whose time is past is carried out at once, like after an outage.
"""

from __future__ import annotations

from contextlib import suppress
from heapq import heappop
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid
from stackferry.emulators.contentstack.content.links import ASSETS
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    PublishTarget,
    carry_out,
    enqueue,
    resolve,
    unresolved,
    with_status,
)
from stackferry.emulators.contentstack.request import Call
from stackferry.emulators.values import many, moment, obj, text, texts, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from stackferry.emulators.contentstack.service import Service
    from stackferry.model import Json, JsonObject


def schedule(call: Call, items: list[PublishItem], at: str) -> None:
    """Queue items for a later time, each in the version that it has now. Raises 141 for a time that is past."""
    future_time(call, at)
    for item in items:
        enqueue(call, item, _resolved(call, item), status="scheduled", at=at)


def future_time(call: Call, given: Json) -> datetime:
    """The time in a request. Raises 141 when it is none, or past."""
    when = moment(given)
    if when is None or when <= call.service.time():
        raise invalid(141, "The scheduled time must lie in the future.", scheduled_at=NOT_VALID)
    return when


def _resolved(call: Call, item: PublishItem) -> PublishTarget:
    """What an item means now; one that means nothing waits all the same, and fails when it is due."""
    with suppress(ApiError):
        return resolve(call, item)
    return unresolved(call, item)


def carry_out_due(service: Service) -> None:
    """Carry out the rows of all queues that are due, in the order of their times."""
    for stack in service.stacks.values():
        for branch in stack.branches.values():
            if branch.due_times:
                _carry_out_queue(Call(service=service, stack=stack, branch=branch))


def _carry_out_queue(call: Call) -> None:
    """`call` is one that no client made: it has no request, only the branch."""
    branch, now = call.branch, call.service.time()
    while branch.due_times and branch.due_times[0][0] <= now:
        when, uid = heappop(branch.due_times)
        # A row that was cancelled, or put again with another time, has left its old time behind.
        if uid in branch.waiting and moment(branch.queue[uid].get("scheduled_at")) == when:
            _carry_out_row(call, branch.queue[uid])


def _carry_out_row(call: Call, row: JsonObject) -> None:
    status = "success"
    for item in _items(row):
        try:
            carry_out(call, item)
        except ApiError:
            status = "failed"
    call.branch.changed()
    call.branch.put_queue_item({**with_status(row, status), "published_at": call.service.now()})


def _items(row: JsonObject) -> Iterator[PublishItem]:
    """The items of a row: one for each language and environment that it names."""
    is_asset = row.get("type") == "asset"
    thing = obj(row.get("asset" if is_asset else "entry"))
    for locale in texts(many(row.get("locale"))):
        for environment in texts(many(row.get("environment"))):
            yield PublishItem(
                action=text(row.get("action")),
                kind=ASSETS if is_asset else text(obj(row.get("content_type")).get("uid")),
                uid=text(thing.get("uid")),
                locale=locale,
                environment=environment,
                version=whole(thing.get("version")),
                source="" if is_asset else text(thing.get("locale")),
                variant=text(thing.get("variant_uid")),
            )
