"""Releases: items, lock, refresh, clone, deployment. Page: CMA | Releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
ASSET = "built_io_upload"


@pytest.fixture
def stream() -> Iterator[Desk]:
    with open_desk() as desk:
        desk.locale("fr")
        desk.environment("live")
        desk.content_type("page")
        yield desk


def release(desk: Desk, name: str = "R", **facts: Any) -> str:
    return str(desk.post("/releases", {"release": {"name": name, **facts}})["release"]["uid"])


def entry(desk: Desk, title: str = "A") -> str:
    return str(desk.entry("page", {"title": title})["uid"])


def item(uid: str, **facts: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "content_type_uid": "page",
        "locale": "en-us",
        "action": "publish",
        "version": 1,
        **facts,
    }


def test_a_release_is_created_listed_changed_and_deleted(stream: Desk) -> None:
    """It needs a name; the list counts releases and items, but does not hold them."""
    desk = stream
    assert desk.refused("POST", "/releases", json={"release": {"description": "D"}})[:2] == (422, 141)
    answer = desk.post("/releases", {"release": {"name": "R", "description": "D"}})
    assert answer["notice"] == "Release created successfully."
    made = answer["release"]
    assert (made["locked"], made["status"], made["_deploy_latest"]) == (False, [], False)
    desk.post(f"/releases/{made['uid']}/item", {"item": item(entry(desk))})
    (listed,) = desk.get("/releases", include_items_count="true", include_count="true")["releases"]
    assert (listed["items_count"], "items" in listed) == (1, False)
    assert desk.get("/releases", count="true") == {"releases": 1}
    changed = desk.put(f"/releases/{made['uid']}", {"release": {"name": "S"}})["release"]
    assert (changed["name"], changed["description"]) == ("S", "D")
    desk.ok("DELETE", f"/releases/{made['uid']}")
    assert desk.refused("GET", f"/releases/{made['uid']}")[:2] == (422, 141)


def test_items_pin_versions(stream: Desk) -> None:
    """Entries and assets, in a language; the latest version where none is named; re-adding replaces."""
    desk = stream
    uid, where, asset = release(desk), entry(desk), desk.upload("a.png", b"x")["uid"]
    desk.put(f"{PAGES}/{where}", {"entry": {"title": "B"}})
    items = [
        item(where),
        item(where, locale="fr", version=2, action="unpublish"),
        item(asset, content_type_uid=ASSET),
    ]
    answer = desk.post(f"/releases/{uid}/items", {"items": items})
    assert [one["title"] for one in answer["release"]["items"]] == ["B", "B", "a.png"]
    no_version = {key: value for key, value in item(where).items() if key != "version"}
    desk.post(f"/releases/{uid}/item", {"item": no_version})
    paged = desk.get(f"/releases/{uid}/items", include_count="true", skip=1, limit=5)
    assert paged["count"] == 3
    assert paged["items"][-1] == {**item(where, version=2), "title": "B"}
    shown = desk.ok("GET", f"/releases/{uid}", headers={"release_version": "2.0"})["release"]["items"]
    assert {one["variant_id"] for one in shown} == {None}


def test_items_that_do_not_exist_are_refused(stream: Desk) -> None:
    """Unknown uid, version, language, action or content type; an asset by the bulk name; more than 25."""
    desk = stream
    uid, where, asset = release(desk), entry(desk), desk.upload("a.png", b"x")["uid"]
    wrong = [
        item("bltnope"),
        item(where, version=2),
        item(where, version="1"),
        item(where, locale="xx"),
        item(where, action="burn"),
        item(where, content_type_uid="nope"),
        item(asset, content_type_uid="sys_assets"),
        {"uid": where},
    ]
    for one in wrong:
        assert desk.refused("POST", f"/releases/{uid}/item", json={"item": one})[0] == 422, one
    too_many = [item(entry(desk, f"E{number}")) for number in range(26)]
    assert desk.refused("POST", f"/releases/{uid}/items", json={"items": too_many})[:2] == (422, 141)
    assert desk.refused("POST", f"/releases/{uid}/items", json={"items": []})[0] == 422
    assert desk.get(f"/releases/{uid}/items")["items"] == []
    assert len(desk.post(f"/releases/{uid}/items", {"items": too_many[:25]})["release"]["items"]) == 25


def test_a_locked_release_changes_only_by_unlocking(stream: Desk) -> None:
    """Items, names and deletion are refused until it is unlocked; deploying is not."""
    desk = stream
    uid, where = release(desk), entry(desk)
    desk.post(f"/releases/{uid}/item", {"item": item(where)})
    assert desk.put(f"/releases/{uid}", {"release": {"locked": True}})["release"]["locked"] is True
    refused = [
        ("PUT", "", {"release": {"name": "S"}}),
        ("POST", "/item", {"item": item(where)}),
        ("POST", "/items", {"items": [item(where)]}),
        ("DELETE", "/items", {"items": [item(where)]}),
        ("PUT", "/update_items", {"items": ["$all"]}),
        ("DELETE", "", {}),
    ]
    for method, path, body in refused:
        assert desk.refused(method, f"/releases/{uid}{path}", json=body)[2] == {"locked": ["is not valid."]}
    desk.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    desk.put(f"/releases/{uid}", {"release": {"locked": False, "name": "S"}})


def test_items_are_removed_by_name_or_all(stream: Desk) -> None:
    """An item that is not there is refused and nothing goes."""
    desk = stream
    uid, where = release(desk), [entry(desk, title) for title in "ABC"]
    path = f"/releases/{uid}/items"
    desk.post(path, {"items": [item(one) for one in where]})
    assert desk.refused("DELETE", path, json={"items": [item(where[0]), item("bltnope")]})[0] == 422
    left = desk.ok("DELETE", path, json={"items": [item(where[0])]})["release"]["items"]
    assert [one["uid"] for one in left] == where[1:]
    assert desk.ok("DELETE", f"{path}?all=true")["release"]["items"] == []


def test_items_follow_to_their_latest_versions(stream: Desk) -> None:
    """A language localized since is followed too; not after a deployment, not one by one."""
    desk = stream
    uid, where = release(desk), entry(desk)
    desk.post(f"/releases/{uid}/items", {"items": [item(where), item(where, locale="fr")]})
    desk.put(f"{PAGES}/{where}", {"entry": {"title": "B"}})
    desk.put(f"{PAGES}/{where}", {"entry": {"title": "un"}}, locale="fr")
    path = f"/releases/{uid}/update_items"
    assert desk.refused("PUT", path, json={"items": [item(where)]})[0] == 422
    items = desk.put(path, {"items": ["$all"]})["release"]["items"]
    assert [(one["locale"], one["version"], one["title"]) for one in items] == [
        ("en-us", 2, "B"),
        ("fr", 1, "un"),
    ]
    desk.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    assert desk.refused("PUT", path, json={"items": ["$all"]})[2] == {"status": ["is not valid."]}


def test_a_clone_has_the_items_and_no_history(stream: Desk) -> None:
    """Items are copied, deployments are not."""
    desk = stream
    uid = release(desk)
    desk.post(f"/releases/{uid}/item", {"item": item(entry(desk))})
    desk.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    made = desk.post(f"/releases/{uid}/clone", {"release": {"name": "Copy"}})["release"]
    assert (made["name"], len(made["items"]), made["status"]) == ("Copy", 1, [])
    assert desk.refused("POST", f"/releases/{uid}/clone", json={"release": {}})[0] == 422


def test_a_deployment_publishes_what_is_pinned(stream: Desk) -> None:
    """Publish and unpublish in every environment; the status says so; failures are told."""
    desk = stream
    uid, one, two = release(desk), entry(desk, "A"), entry(desk, "B")
    live = next(iter(desk.stack.environments))
    desk.put(f"{PAGES}/{one}", {"entry": {"title": "C"}})
    desk.post(f"{PAGES}/{two}/publish", {"entry": {"environments": ["live"]}})
    desk.post(f"/releases/{uid}/items", {"items": [item(one), item(two, action="unpublish")]})
    desk.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    assert desk.details("page", one) == {(live, "en-us", 1)}
    assert desk.details("page", two) == set()
    (status,) = desk.get(f"/releases/{uid}")["release"]["status"]
    assert (status["environment"], status["status"]) == (live, "success")
    assert desk.get(f"/bulk/jobs/{status['job_id']}")["summary"]["total_items"] == 2
    desk.ok("DELETE", f"{PAGES}/{one}")
    desk.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    assert [one["status"] for one in desk.get(f"/releases/{uid}")["release"]["status"]] == ["failed"]
    empty = release(desk, "empty")
    for body in ({"environments": ["live"]}, {"environments": ["nope"]}, {}):
        assert desk.refused("POST", f"/releases/{empty}/deploy", json={"release": body})[0] == 422


def test_a_deployment_may_be_scheduled(stream: Desk) -> None:
    """Nothing happens before its time; a time in the past is refused."""
    desk = stream
    uid, where = release(desk), entry(desk)
    desk.post(f"/releases/{uid}/item", {"item": item(where)})
    path = f"/releases/{uid}/deploy"
    past = {"release": {"environments": ["live"], "scheduled_at": "2001-01-01T00:00:00.000Z"}}
    assert desk.refused("POST", path, json=past)[0] == 422
    desk.post(path, {"release": {"environments": ["live"], "scheduled_at": desk.clock.after(60)}})
    assert desk.details("page", where) == set()
    assert desk.get(f"/releases/{uid}")["release"]["status"][0]["status"] == "in-progress"
    desk.clock.pass_seconds(61)
    assert len(desk.details("page", where)) == 1
    assert desk.get(f"/releases/{uid}")["release"]["status"][0]["status"] == "success"


def test_bulk_adds_to_a_release(stream: Desk) -> None:
    """By a job; assets are called sys_assets there; the header bulk_version is required."""
    desk = stream
    uid, where, asset = release(desk), entry(desk), desk.upload("a.png", b"x")["uid"]
    body = {
        "release": uid,
        "action": "publish",
        "locale": ["en-us", "fr"],
        "items": [
            {"uid": where, "content_type_uid": "page", "title": "A", "version": 1},
            {"uid": asset, "content_type_uid": "sys_assets", "locale": "en-us", "action": "unpublish"},
        ],
    }
    assert desk.refused("POST", "/bulk/release/items", json=body)[2] == {
        "bulk_version": ["is a required field."]
    }
    headers = {"bulk_version": "2.0"}
    wrong = {**body, "items": [{"uid": asset, "content_type_uid": ASSET}]}
    assert desk.refused("POST", "/bulk/release/items", json=wrong, headers=headers)[0] == 422
    answer = desk.http.post("/bulk/release/items", json=body, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["notice"] == "Your add to release request is in progress."
    items = desk.get(f"/releases/{uid}/items")["items"]
    assert [(one["content_type_uid"], one["locale"], one["action"]) for one in items] == [
        ("page", "en-us", "publish"),
        ("page", "fr", "publish"),
        (ASSET, "en-us", "unpublish"),
    ]
    desk.put(f"{PAGES}/{where}", {"entry": {"title": "B"}})
    desk.ok("PUT", "/bulk/release/update_items", json={"release": uid, "items": ["$all"]}, headers=headers)
    assert [one["version"] for one in desk.get(f"/releases/{uid}/items")["items"]] == [2, 2, 1]
