"""Every endpoint of the page "CMA | Publish Queue", driven over a socket and judged by what it did to the stack."""

from __future__ import annotations

import pytest
from api_clients import ApiClients, Row, Scenario, drive, named, rows
from api_endpoints import QUEUE, Endpoint

from live_stack import FIRST
from stackferry.errors import Refused
from stackferry.providers.contentstack.api import EntryPublishing

AT = "2999-01-01T00:00:00.000Z"


async def scheduled(clients: ApiClients) -> str:
    """The first entry waits to be published; the uid of its row."""
    publishing = EntryPublishing(clients.session.call)
    await publishing.publish(content_type_uid="page", entry_uid=FIRST, environments=["live"], scheduled_at=AT)
    (uid,) = clients.live.branch.waiting
    return uid


async def get_all(clients: ApiClients) -> None:
    uid = await scheduled(clients)
    answer = await clients.method(include_count=True, limit=10, skip=0)
    assert [(row["uid"], row["publish_details"]) for row in answer["queue"]] == [
        (uid, {"status": "scheduled"})
    ]
    assert answer["count"] == 1
    assert (await clients.method(skip=1))["queue"] == []


async def get_one(clients: ApiClients) -> None:
    row: Row = (await clients.method(publish_queue_uid=await scheduled(clients)))["queue"]
    assert (row["entry"]["uid"], row["scheduled_at"], row["action"]) == (FIRST, AT, "publish")


async def cancel(clients: ApiClients) -> None:
    uid = await scheduled(clients)
    await clients.method(publish_queue_uid=uid)
    assert clients.live.branch.waiting == set()
    with pytest.raises(Refused):
        await clients.method(publish_queue_uid=uid)


SCENARIOS: dict[str, Scenario] = {
    "Get publish queue": get_all,
    "Get publish queue activity": get_one,
    "Cancel Scheduled Action": cancel,
}


@pytest.mark.parametrize("row", rows(QUEUE), ids=named)
def test_endpoint(row: Endpoint) -> None:
    """The method sends the page's request, and the stack is afterwards what the page says."""
    drive(row, SCENARIOS[row.name])
