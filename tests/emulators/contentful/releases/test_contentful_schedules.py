"""Scheduled actions of entries, assets and releases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from release_help import both, made, release, timeline
from space_client import SPACE, link, open_space

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient

PATH = f"/spaces/{SPACE}/scheduled_actions"


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space(Switches(release_shapes="both")) as opened:
        both(opened)
        yield opened


def body(
    space: SpaceClient, entity: Any, seconds: float = 60, action: str = "publish", **facts: Any
) -> dict[str, Any]:
    when = {"datetime": space.clock.after(seconds)}
    home = link("Environment", "master")
    return {"entity": entity, "environment": home, "action": action, "scheduledFor": when, **facts}


def status(space: SpaceClient, action: Any) -> str:
    return str(space.get(f"{PATH}/{action['sys']['id']}")["sys"]["status"])


def test_an_action_is_carried_out_when_its_time_has_come(space: SpaceClient) -> None:
    action = space.ok("POST", PATH, body(space, link("Entry", "one")))
    sys = action["sys"]
    assert (sys["type"], sys["status"], sys["version"]) == ("ScheduledAction", "scheduled", 1)
    space.clock.pass_seconds(59)
    assert (status(space, action), space.ids("/public/entries")) == ("scheduled", [])
    space.clock.pass_seconds(1)
    assert (status(space, action), space.ids("/public/entries")) == ("succeeded", ["one"])
    later = space.ok("POST", PATH, body(space, link("Entry", "one"), action="unpublish"))
    space.clock.pass_seconds(60)
    assert (status(space, later), space.ids("/public/entries")) == ("succeeded", [])


def test_an_action_that_fails_says_why(space: SpaceClient) -> None:
    action = space.ok("POST", PATH, body(space, link("Entry", "one")))
    space.ok("PUT", "/entries/one/archived")
    space.clock.pass_seconds(60)
    found = space.get(f"{PATH}/{action['sys']['id']}")
    assert (found["sys"]["status"], found["error"]["sys"]["id"]) == ("failed", "BadRequest")


@pytest.mark.parametrize("make", [release, timeline])
def test_a_release_is_published_on_time(space: SpaceClient, make: Any) -> None:
    uid = made(space, make("Campaign", link("Entry", "one"), link("Asset", "a")))["sys"]["id"]
    action = space.ok("POST", PATH, body(space, link("Release", uid)))
    space.clock.pass_seconds(60)
    assert status(space, action) == "succeeded"
    assert (space.ids("/public/entries"), space.ids("/public/assets")) == (["one"], ["a"])
    assert space.get(f"/releases/{uid}")["sys"]["status"] == ("archived" if make is timeline else "active")


def test_only_the_time_can_be_changed(space: SpaceClient) -> None:
    action = space.ok(
        "POST", PATH, body(space, link("Entry", "one"), payload={"withReferences": {"x": ["y"]}})
    )
    path = f"{PATH}/{action['sys']['id']}"
    later = body(space, link("Entry", "two"), 600, "unpublish")
    assert space.refused("PUT", path, later).status == 409
    changed = space.ok("PUT", path, later, 1)
    assert (changed["entity"], changed["action"]) == (link("Entry", "one"), "publish")
    assert changed["scheduledFor"] == later["scheduledFor"]
    assert (changed["payload"], changed["sys"]["version"]) == ({"withReferences": {"x": ["y"]}}, 2)


def test_deleting_cancels(space: SpaceClient) -> None:
    action = space.ok("POST", PATH, body(space, link("Entry", "one")))
    path = f"{PATH}/{action['sys']['id']}"
    sys = space.ok("DELETE", path)["sys"]
    assert (sys["status"], "canceledAt" in sys) == ("canceled", True)
    space.clock.pass_seconds(600)
    assert (status(space, action), space.ids("/public/entries")) == ("canceled", [])
    assert space.refused("DELETE", path).status == 400
    assert space.refused("PUT", path, body(space, link("Entry", "one")), 2).status == 400


def test_the_environment_is_obligatory_in_a_list(space: SpaceClient) -> None:
    assert space.refused("GET", PATH).status == 400
    space.ok("POST", PATH, body(space, link("Entry", "one"), 60))
    space.ok("POST", PATH, body(space, link("Entry", "two"), 30))
    query = f"{PATH}?environment.sys.id=master"
    assert [row["entity"]["sys"]["id"] for row in space.get(query)["items"]] == ["two", "one"]
    assert len(space.get(f"{query}&entity.sys.id=one")["items"]) == 1
    assert len(space.get(f"{query}&sys.status=canceled")["items"]) == 0
    assert len(space.get(f"{query}&scheduledFor.datetime[gte]={space.clock.after(45)}")["items"]) == 1
    assert space.get(f"{PATH}?environment.sys.id=other")["items"] == []


@pytest.mark.parametrize("pages", ["url", "token"])
def test_the_next_page(pages: Any) -> None:
    with open_space(Switches(schedule_pages=pages)) as space:
        both(space)
        for seconds in (10, 20, 30):
            space.ok("POST", PATH, body(space, link("Entry", "one"), seconds))
        query = f"{PATH}?environment.sys.id=master&limit=2"
        first = space.get(query)
        following = first["pages"]["next"]
        assert following.startswith(PATH) is (pages == "url")
        last = space.get(following if pages == "url" else f"{query}&next={following}")
        assert (len(first["items"]), len(last["items"])) == (2, 1)
        assert last["pages"].get("next") == (None if pages == "url" else "")
        assert ("prev" in first["pages"]) is (pages == "token")


def test_an_action_is_refused(space: SpaceClient) -> None:
    past, far = body(space, link("Entry", "one"), -1), body(space, link("Entry", "one"), 6 * 365 * 86_400)
    for wrong, expected in (
        (past, 422),
        (far, 422),
        ({**past, "scheduledFor": {"datetime": "soon"}}, 422),
        (body(space, link("Entry", "one"), action="validate"), 422),
        (body(space, link("Tag", "one")), 422),
        ({**body(space, link("Entry", "one")), "environment": link("Environment", "nowhere")}, 400),
    ):
        assert space.refused("POST", PATH, wrong).status == expected
    refusal = space.refused("POST", PATH, body(space, link("Asset", "invalid-id")))
    assert (refusal.status, refusal.message) == (400, "The resource could not be found.")
    assert space.refused("GET", f"{PATH}/nothing").status == 404


def test_so_many_actions_can_wait(space: SpaceClient) -> None:
    space.emulator.limits = replace(space.emulator.limits, scheduled=1)
    space.ok("POST", PATH, body(space, link("Entry", "one"), 10))
    assert space.refused("POST", PATH, body(space, link("Entry", "one"), 20)).status == 403
    space.clock.pass_seconds(10)
    space.ok("POST", PATH, body(space, link("Entry", "one"), 20))
