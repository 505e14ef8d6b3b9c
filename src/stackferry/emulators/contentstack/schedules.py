"""Publishing later: items that wait in the publish queue, and the emulator's clock that carries them out.

The queue itself is the memory: a row whose status is "scheduled" is carried out by the first request after its
time, whoever put it there. A seeded row whose time is past is carried out at once, as a service would that was
away for a while.
"""

from __future__ import annotations

from contextlib import suppress
from heapq import heappop
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, Failure, invalid
from stackferry.emulators.contentstack.content.links import ASSETS
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    PublishTarget,
    carry_out,
    enqueue,
    resolve,
    with_status,
)
from stackferry.emulators.contentstack.request import Call
from stackferry.emulators.contentstack.state import Publication
from stackferry.emulators.values import many, moment, obj, text, texts, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.service import Service
    from stackferry.emulators.contentstack.state import Branch, Stack
    from stackferry.model import JsonObject


def schedule(call: Call, items: list[PublishItem], at: str) -> None:
    """Queue items for a later time, each at the version that it has now. Raises 422 for a time that is past."""
    _refuse_past(call, at)
    for item in items:
        enqueue(call, item, _aim(call, item), status="scheduled", at=at)


def _refuse_past(call: Call, at: str) -> None:
    when = moment(at)
    if when is None or when <= call.service.time():
        raise invalid(141, "The scheduled time must lie in the future.", scheduled_at=NOT_VALID)


def _aim(call: Call, item: PublishItem) -> PublishTarget:
    """What an item means today; one that means nothing waits all the same, and fails when it is due."""
    with suppress(Failure):
        return resolve(call, item)
    source = item.source or item.locale
    shown = Publication(item.environment, item.locale, item.version, call.service.now(), call.user, source)
    return PublishTarget({}, shown, None)


def carry_out_due(service: Service) -> None:
    """Do what is due by now, in the order of its time."""
    for stack in service.stacks.values():
        for branch in stack.branches.values():
            if branch.due_times:
                _carry_out_due(_clerk(service, stack, branch))


def _carry_out_due(call: Call) -> None:
    branch, now = call.branch, call.service.time()
    while branch.due_times and branch.due_times[0][0] <= now:
        when, uid = heappop(branch.due_times)
        if uid in branch.waiting and moment(branch.queue[uid].get("scheduled_at")) == when:
            _carry_out(call, branch.queue[uid])


def _carry_out(call: Call, row: JsonObject) -> None:
    status = "success"
    for item in _items(row):
        try:
            carry_out(call, item)
        except Failure:
            status = "failed"
    call.branch.changed()
    call.branch.put_queue_item({**with_status(row, status), "published_at": call.service.now()})


def _items(row: JsonObject) -> Iterator[PublishItem]:
    """What a row of the queue says, item by item."""
    is_asset = row.get("type") == "asset"
    thing = obj(row.get("asset" if is_asset else "entry"))
    for code in texts(many(row.get("locale"))):
        for place in texts(many(row.get("environment"))):
            yield PublishItem(
                action=text(row.get("action")),
                kind=ASSETS if is_asset else text(obj(row.get("content_type")).get("uid")),
                uid=text(thing.get("uid")),
                locale=code,
                environment=place,
                version=whole(thing.get("version")),
                source="" if is_asset else text(thing.get("locale")),
                variant=text(thing.get("variant_uid")),
            )


def _clerk(service: Service, stack: Stack, branch: Branch) -> Call:
    """A call that nobody made: what the service does by itself."""
    return Call(
        service=service,
        stack=stack,
        branch=branch,
        method="",
        path="",
        origin="",
        query=[],
        headers={},
        body=b"",
        args={},
    )
