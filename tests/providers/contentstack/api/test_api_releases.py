"""Every endpoint of the page "CMA | Releases", driven over a socket and judged by what it did to the stack."""

from __future__ import annotations

from typing import Any

import pytest
from api_clients import ApiClients, Row, Scenario, drive, named, rows, with_clients
from api_endpoints import RELEASES, Endpoint

from live_stack import FIRST, LIVE, PICTURE, SECOND, SPRING
from stackferry.errors import Refused, UsageError

ONE: Row = {"release_uid": SPRING}
ASSET: Row = {"uid": PICTURE, "content_type_uid": "built_io_upload", "locale": "en-us", "version": 1}


def item(uid: str = FIRST, version: int = 1, **facts: object) -> Row:
    plain: Row = {"uid": uid, "content_type_uid": "page", "locale": "en-us", "action": "publish"}
    return {**plain, "version": version, **facts}


def pinned(uid: str = FIRST, version: int = 1) -> tuple[object, ...]:
    return (uid, "page", "en-us", version, "publish")


async def get_all(clients: ApiClients) -> None:
    await clients.releases.create(release={"name": "Autumn"})
    await clients.releases.add_item(**ONE, item=item())
    answer = await clients.method(include_count=True, include_items_count=True, limit=10, skip=0)
    assert answer["count"] == 2
    assert {row["name"]: row["items_count"] for row in answer["releases"]} == {"Spring": 1, "Autumn": 0}
    assert len((await clients.method(limit=1, skip=1))["releases"]) == 1
    assert await clients.method(count=True) == {"releases": 2}


async def get_one(clients: ApiClients) -> None:
    await clients.releases.add_item(**ONE, item=item())
    release = (await clients.method(**ONE, include_branch=True))["release"]
    assert (release["name"], release["_branch"]) == ("Spring", "main")
    assert [(row["uid"], row["variant_id"]) for row in release["items"]] == [(FIRST, None)]


async def create(clients: ApiClients) -> None:
    answer = await clients.method(release={"name": "Autumn", "description": "leaves"})
    made = clients.live.branch.releases[answer["release"]["uid"]]
    assert (made.raw["name"], made.raw["description"], made.items) == ("Autumn", "leaves", [])


async def update(clients: ApiClients) -> None:
    await clients.method(**ONE, release={"name": "Late spring", "description": "more flowers"})
    raw = clients.live.branch.releases[SPRING].raw
    assert (raw["name"], raw["description"]) == ("Late spring", "more flowers")


async def delete(clients: ApiClients) -> None:
    await clients.method(**ONE)
    assert clients.live.branch.releases == {}


async def items(clients: ApiClients) -> None:
    await clients.releases.add_items(**ONE, items=[item(), item(SECOND)])
    answer = await clients.method(**ONE, include_count=True, limit=1)
    assert (answer["count"], len(answer["items"])) == (2, 1)
    assert {row["uid"] for row in (await clients.method(**ONE))["items"]} == {FIRST, SECOND}


async def add_item(clients: ApiClients) -> None:
    await clients.method(**ONE, item=item())
    await clients.method(**ONE, item={**ASSET, "action": "unpublish"})
    asset = (PICTURE, "built_io_upload", "en-us", 1, "unpublish")
    assert clients.live.items() == {pinned(), asset}


async def add_items(clients: ApiClients) -> None:
    made = [
        await clients.entries.create(content_type_uid="page", entry={"title": f"T{n}"}) for n in range(26)
    ]
    uids = [str(answer["entry"]["uid"]) for answer in made if isinstance(answer["entry"], dict)]
    heard: list[object] = []
    answers = await clients.method(**ONE, items=[item(uid) for uid in uids], answered=heard.append)
    assert clients.live.items() == {pinned(uid) for uid in uids}
    assert (len(answers), heard) == (2, answers)


async def update_items(clients: ApiClients) -> None:
    await clients.releases.add_item(**ONE, item=item())
    assert clients.live.items() == {pinned()}
    await clients.method(**ONE)
    assert clients.live.items() == {pinned(version=2)}


async def remove_items(clients: ApiClients) -> None:
    await clients.releases.add_items(**ONE, items=[item(), item(SECOND)])
    await clients.method(**ONE, items=[item()])
    assert clients.live.items() == {pinned(SECOND)}


async def delete_items(clients: ApiClients) -> None:
    await clients.releases.add_items(**ONE, items=[item(), item(SECOND), {**ASSET, "action": "publish"}])
    await clients.method(**ONE, all=False, items=[item()])
    assert len(clients.live.items()) == 2
    await clients.method(**ONE, all=True)
    assert clients.live.items() == set()


async def deploy(clients: ApiClients) -> None:
    french = item(locale="fr-fr")
    await clients.releases.add_items(**ONE, items=[item(version=1), french, item(SECOND)])
    await clients.method(**ONE, environments=["live"], locales=["en-us"], action="publish")
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 1)}
    release: Any = (await clients.releases.get(**ONE))["release"]
    (status,) = release["status"]
    assert (status["environment"], status["status"]) == (LIVE, "success")
    await clients.method(**ONE, environments=["live"], scheduled_at="2999-01-01T00:00:00.000Z")
    assert clients.live.live(FIRST) == {(LIVE, "en-us", 1)}


async def clone(clients: ApiClients) -> None:
    await clients.releases.add_item(**ONE, item=item())
    answer = await clients.method(**ONE, name="Again", description="copied")
    uid = answer["release"]["uid"]
    assert (clients.live.items(uid), uid == SPRING) == ({pinned()}, False)
    assert clients.live.branch.releases[uid].raw["description"] == "copied"


async def lock(clients: ApiClients) -> None:
    await clients.method(**ONE)
    with pytest.raises(Refused, match="locked"):
        await clients.releases.add_item(**ONE, item=item())
    assert clients.live.items() == set()


async def unlock(clients: ApiClients) -> None:
    await clients.releases.lock(**ONE)
    await clients.method(**ONE)
    await clients.releases.add_item(**ONE, item=item())
    assert clients.live.items() == {pinned()}


SCENARIOS: dict[str, Scenario] = {
    "Get all Releases": get_all,
    "Get a single Release": get_one,
    "Create a Release": create,
    "Update a Release": update,
    "Delete a Release": delete,
    "Get all items in a Release": items,
    "Add a single item to a Release": add_item,
    "Add multiple items to a Release": add_items,
    "Update Release items to their latest versions": update_items,
    "Remove an item from a Release": remove_items,
    "Delete multiple items from a Release": delete_items,
    "Deploy a Release": deploy,
    "Clone a Release": clone,
    "Lock a Release": lock,
    "Unlock a Release": unlock,
}


@pytest.mark.parametrize("row", rows(RELEASES), ids=named)
def test_release_endpoint_does_what_its_page_says(row: Endpoint) -> None:
    """The row's method sends the row's request, and the stack is then as the page says."""
    drive(row, SCENARIOS[row.name])


def test_what_cannot_be_meant_is_not_sent() -> None:
    """No items, no environment: UsageError, and no request."""

    async def work(clients: ApiClients) -> None:
        with pytest.raises(UsageError):
            await clients.releases.add_items(**ONE, items=[])
        with pytest.raises(UsageError):
            await clients.releases.remove_items(**ONE, items=[])
        with pytest.raises(UsageError):
            await clients.releases.delete_items(**ONE, all=False)
        with pytest.raises(UsageError):
            await clients.releases.deploy(**ONE, environments=[])
        assert clients.live.emulator.log == []

    with_clients(work)
