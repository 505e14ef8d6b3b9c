"""Every endpoint of the page "CMA | Releases", driven over a socket and judged by what it did to the stack."""

from __future__ import annotations

from typing import Any

import pytest
from api_desk import Desk, Row, Scenario, at_desk, drive, named, rows

from live_stack import FIRST, LIVE, PICTURE, SECOND, SPRING
from stackferry.errors import Refused, UsageError
from stackferry.providers.contentstack.api.endpoints import RELEASES, Endpoint

ONE: Row = {"release_uid": SPRING}
ASSET: Row = {"uid": PICTURE, "content_type_uid": "built_io_upload", "locale": "en-us", "version": 1}


def item(uid: str = FIRST, version: int = 1, **facts: object) -> Row:
    plain: Row = {"uid": uid, "content_type_uid": "page", "locale": "en-us", "action": "publish"}
    return {**plain, "version": version, **facts}


def pinned(uid: str = FIRST, version: int = 1) -> tuple[object, ...]:
    return (uid, "page", "en-us", version, "publish")


async def get_all(desk: Desk) -> None:
    await desk.releases.create(release={"name": "Autumn"})
    await desk.releases.add_item(**ONE, item=item())
    answer = await desk.method(include_count=True, include_items_count=True, limit=10, skip=0)
    assert answer["count"] == 2
    assert {row["name"]: row["items_count"] for row in answer["releases"]} == {"Spring": 1, "Autumn": 0}
    assert len((await desk.method(limit=1, skip=1))["releases"]) == 1
    assert await desk.method(count=True) == {"releases": 2}


async def get_one(desk: Desk) -> None:
    await desk.releases.add_item(**ONE, item=item())
    release = (await desk.method(**ONE, include_branch=True))["release"]
    assert (release["name"], release["_branch"]) == ("Spring", "main")
    assert [(row["uid"], row["variant_id"]) for row in release["items"]] == [(FIRST, None)]


async def create(desk: Desk) -> None:
    answer = await desk.method(release={"name": "Autumn", "description": "leaves"})
    made = desk.live.branch.releases[answer["release"]["uid"]]
    assert (made.raw["name"], made.raw["description"], made.items) == ("Autumn", "leaves", [])


async def update(desk: Desk) -> None:
    await desk.method(**ONE, release={"name": "Late spring", "description": "more flowers"})
    raw = desk.live.branch.releases[SPRING].raw
    assert (raw["name"], raw["description"]) == ("Late spring", "more flowers")


async def delete(desk: Desk) -> None:
    await desk.method(**ONE)
    assert desk.live.branch.releases == {}


async def items(desk: Desk) -> None:
    await desk.releases.add_items(**ONE, items=[item(), item(SECOND)])
    answer = await desk.method(**ONE, include_count=True, limit=1)
    assert (answer["count"], len(answer["items"])) == (2, 1)
    assert {row["uid"] for row in (await desk.method(**ONE))["items"]} == {FIRST, SECOND}


async def add_item(desk: Desk) -> None:
    await desk.method(**ONE, item=item())
    await desk.method(**ONE, item={**ASSET, "action": "unpublish"})
    asset = (PICTURE, "built_io_upload", "en-us", 1, "unpublish")
    assert desk.live.items() == {pinned(), asset}


async def add_items(desk: Desk) -> None:
    made = [await desk.entries.create(content_type_uid="page", entry={"title": f"T{n}"}) for n in range(26)]
    uids = [str(answer["entry"]["uid"]) for answer in made if isinstance(answer["entry"], dict)]
    heard: list[object] = []
    answers = await desk.method(**ONE, items=[item(uid) for uid in uids], answered=heard.append)
    assert desk.live.items() == {pinned(uid) for uid in uids}
    assert (len(answers), heard) == (2, answers)


async def update_items(desk: Desk) -> None:
    await desk.releases.add_item(**ONE, item=item())
    assert desk.live.items() == {pinned()}
    await desk.method(**ONE)
    assert desk.live.items() == {pinned(version=2)}


async def remove_items(desk: Desk) -> None:
    await desk.releases.add_items(**ONE, items=[item(), item(SECOND)])
    await desk.method(**ONE, items=[item()])
    assert desk.live.items() == {pinned(SECOND)}


async def delete_items(desk: Desk) -> None:
    await desk.releases.add_items(**ONE, items=[item(), item(SECOND), {**ASSET, "action": "publish"}])
    await desk.method(**ONE, all=False, items=[item()])
    assert len(desk.live.items()) == 2
    await desk.method(**ONE, all=True)
    assert desk.live.items() == set()


async def deploy(desk: Desk) -> None:
    french = item(locale="fr-fr")
    await desk.releases.add_items(**ONE, items=[item(version=1), french, item(SECOND)])
    await desk.method(**ONE, environments=["live"], locales=["en-us"], action="publish")
    assert desk.live.live(FIRST) == {(LIVE, "en-us", 1)}
    release: Any = (await desk.releases.get(**ONE))["release"]
    (status,) = release["status"]
    assert (status["environment"], status["status"]) == (LIVE, "success")
    await desk.method(**ONE, environments=["live"], scheduled_at="2999-01-01T00:00:00.000Z")
    assert desk.live.live(FIRST) == {(LIVE, "en-us", 1)}


async def clone(desk: Desk) -> None:
    await desk.releases.add_item(**ONE, item=item())
    answer = await desk.method(**ONE, name="Again", description="copied")
    uid = answer["release"]["uid"]
    assert (desk.live.items(uid), uid == SPRING) == ({pinned()}, False)
    assert desk.live.branch.releases[uid].raw["description"] == "copied"


async def lock(desk: Desk) -> None:
    await desk.method(**ONE)
    with pytest.raises(Refused, match="locked"):
        await desk.releases.add_item(**ONE, item=item())
    assert desk.live.items() == set()


async def unlock(desk: Desk) -> None:
    await desk.releases.lock(**ONE)
    await desk.method(**ONE)
    await desk.releases.add_item(**ONE, item=item())
    assert desk.live.items() == {pinned()}


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

    async def work(desk: Desk) -> None:
        with pytest.raises(UsageError):
            await desk.releases.add_items(**ONE, items=[])
        with pytest.raises(UsageError):
            await desk.releases.remove_items(**ONE, items=[])
        with pytest.raises(UsageError):
            await desk.releases.delete_items(**ONE, all=False)
        with pytest.raises(UsageError):
            await desk.releases.deploy(**ONE, environments=[])
        assert desk.live.emulator.log == []

    at_desk(work)
