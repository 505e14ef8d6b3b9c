"""Releases: items, lock, refresh, clone, deployment. Page: CMA | Releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import EmulatorClient, open_client

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
ASSET = "built_io_upload"


@pytest.fixture
def client() -> Iterator[EmulatorClient]:
    with open_client() as client:
        client.locale("fr")
        client.environment("live")
        client.content_type("page")
        yield client


def release(client: EmulatorClient, name: str = "R", **facts: Any) -> str:
    return str(client.post("/releases", {"release": {"name": name, **facts}})["release"]["uid"])


def entry(client: EmulatorClient, title: str = "A") -> str:
    return str(client.entry("page", {"title": title})["uid"])


def item(uid: str, **facts: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "content_type_uid": "page",
        "locale": "en-us",
        "action": "publish",
        "version": 1,
        **facts,
    }


def test_a_release_is_created_listed_changed_and_deleted(client: EmulatorClient) -> None:
    """It needs a name; the list counts releases and items, but does not hold them."""
    assert client.refused("POST", "/releases", json={"release": {"description": "D"}})[:2] == (422, 141)
    answer = client.post("/releases", {"release": {"name": "R", "description": "D"}})
    assert answer["notice"] == "Release created successfully."
    made = answer["release"]
    assert (made["locked"], made["status"], made["_deploy_latest"]) == (False, [], False)
    client.post(f"/releases/{made['uid']}/item", {"item": item(entry(client))})
    (listed,) = client.get("/releases", include_items_count="true", include_count="true")["releases"]
    assert (listed["items_count"], "items" in listed) == (1, False)
    assert client.get("/releases", count="true") == {"releases": 1}
    changed = client.put(f"/releases/{made['uid']}", {"release": {"name": "S"}})["release"]
    assert (changed["name"], changed["description"]) == ("S", "D")
    client.ok("DELETE", f"/releases/{made['uid']}")
    assert client.refused("GET", f"/releases/{made['uid']}")[:2] == (422, 141)


def test_items_pin_versions(client: EmulatorClient) -> None:
    """Entries and assets, in a language; the latest version where none is named; re-adding replaces."""
    uid, where, asset = release(client), entry(client), client.upload("a.png", b"x")["uid"]
    client.put(f"{PAGES}/{where}", {"entry": {"title": "B"}})
    items = [
        item(where),
        item(where, locale="fr", version=2, action="unpublish"),
        item(asset, content_type_uid=ASSET),
    ]
    answer = client.post(f"/releases/{uid}/items", {"items": items})
    assert [row["title"] for row in answer["release"]["items"]] == ["B", "B", "a.png"]
    no_version = {key: value for key, value in item(where).items() if key != "version"}
    client.post(f"/releases/{uid}/item", {"item": no_version})
    paged = client.get(f"/releases/{uid}/items", include_count="true", skip=1, limit=5)
    assert paged["count"] == 3
    assert paged["items"][-1] == {**item(where, version=2), "title": "B"}
    shown = client.ok("GET", f"/releases/{uid}", headers={"release_version": "2.0"})["release"]["items"]
    assert {row["variant_id"] for row in shown} == {None}


def test_items_that_do_not_exist_are_refused(client: EmulatorClient) -> None:
    """Unknown uid, version, language, action or content type; an asset by the bulk name; more than 25."""
    uid, where, asset = release(client), entry(client), client.upload("a.png", b"x")["uid"]
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
    for row in wrong:
        assert client.refused("POST", f"/releases/{uid}/item", json={"item": row})[0] == 422, row
    too_many = [item(entry(client, f"E{number}")) for number in range(26)]
    assert client.refused("POST", f"/releases/{uid}/items", json={"items": too_many})[:2] == (422, 141)
    assert client.refused("POST", f"/releases/{uid}/items", json={"items": []})[0] == 422
    assert client.get(f"/releases/{uid}/items")["items"] == []
    assert len(client.post(f"/releases/{uid}/items", {"items": too_many[:25]})["release"]["items"]) == 25


def test_a_locked_release_changes_only_by_unlocking(client: EmulatorClient) -> None:
    """Items, names and deletion are refused until it is unlocked; deploying is not."""
    uid, where = release(client), entry(client)
    client.post(f"/releases/{uid}/item", {"item": item(where)})
    assert client.put(f"/releases/{uid}", {"release": {"locked": True}})["release"]["locked"] is True
    refused = [
        ("PUT", "", {"release": {"name": "S"}}),
        ("POST", "/item", {"item": item(where)}),
        ("POST", "/items", {"items": [item(where)]}),
        ("DELETE", "/items", {"items": [item(where)]}),
        ("PUT", "/update_items", {"items": ["$all"]}),
        ("DELETE", "", {}),
    ]
    for method, path, body in refused:
        assert client.refused(method, f"/releases/{uid}{path}", json=body)[2] == {"locked": ["is not valid."]}
    client.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    client.put(f"/releases/{uid}", {"release": {"locked": False, "name": "S"}})


def test_items_are_removed_by_name_or_all(client: EmulatorClient) -> None:
    """An item that the release does not have is refused, and nothing is removed."""
    uid, where = release(client), [entry(client, title) for title in "ABC"]
    path = f"/releases/{uid}/items"
    client.post(path, {"items": [item(row) for row in where]})
    assert client.refused("DELETE", path, json={"items": [item(where[0]), item("bltnope")]})[0] == 422
    left = client.ok("DELETE", path, json={"items": [item(where[0])]})["release"]["items"]
    assert [row["uid"] for row in left] == where[1:]
    assert client.ok("DELETE", f"{path}?all=true")["release"]["items"] == []


def test_items_follow_to_their_latest_versions(client: EmulatorClient) -> None:
    """A language localized since is followed too; not after a deployment, not one by one."""
    uid, where = release(client), entry(client)
    client.post(f"/releases/{uid}/items", {"items": [item(where), item(where, locale="fr")]})
    client.put(f"{PAGES}/{where}", {"entry": {"title": "B"}})
    client.put(f"{PAGES}/{where}", {"entry": {"title": "un"}}, locale="fr")
    path = f"/releases/{uid}/update_items"
    assert client.refused("PUT", path, json={"items": [item(where)]})[0] == 422
    items = client.put(path, {"items": ["$all"]})["release"]["items"]
    assert [(row["locale"], row["version"], row["title"]) for row in items] == [
        ("en-us", 2, "B"),
        ("fr", 1, "un"),
    ]
    client.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    assert client.get(f"/releases/{uid}")["release"]["locked"] is True
    assert client.refused("PUT", path, json={"items": ["$all"]})[2] == {"locked": ["is not valid."]}
    client.put(f"/releases/{uid}", {"release": {"locked": False}})
    assert client.refused("PUT", path, json={"items": ["$all"]})[2] == {"status": ["is not valid."]}


def test_a_clone_has_the_items_and_no_history(client: EmulatorClient) -> None:
    """Items are copied, deployments are not."""
    uid = release(client)
    client.post(f"/releases/{uid}/item", {"item": item(entry(client))})
    client.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    made = client.post(f"/releases/{uid}/clone", {"release": {"name": "Copy"}})["release"]
    assert (made["name"], len(made["items"]), made["status"]) == ("Copy", 1, [])
    assert client.refused("POST", f"/releases/{uid}/clone", json={"release": {}})[0] == 422


def test_a_deployment_publishes_what_is_pinned(client: EmulatorClient) -> None:
    """Publish and unpublish in every environment; the status records success or failure."""
    uid, first, second = release(client), entry(client, "A"), entry(client, "B")
    live = next(iter(client.stack.environments))
    client.put(f"{PAGES}/{first}", {"entry": {"title": "C"}})
    client.post(f"{PAGES}/{second}/publish", {"entry": {"environments": ["live"]}})
    client.post(f"/releases/{uid}/items", {"items": [item(first), item(second, action="unpublish")]})
    client.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    assert client.details("page", first) == {(live, "en-us", 1)}
    assert client.details("page", second) == set()
    (status,) = client.get(f"/releases/{uid}")["release"]["status"]
    assert (status["environment"], status["status"]) == (live, "success")
    assert client.get(f"/bulk/jobs/{status['job_id']}")["summary"]["total_items"] == 2
    client.ok("DELETE", f"{PAGES}/{first}")
    client.post(f"/releases/{uid}/deploy", {"release": {"environments": ["live"]}})
    assert [row["status"] for row in client.get(f"/releases/{uid}")["release"]["status"]] == ["failed"]
    empty = release(client, "empty")
    for body in ({"environments": ["nope"]}, {}):
        assert client.refused("POST", f"/releases/{empty}/deploy", json={"release": body})[0] == 422
    order = {"release": {"environments": ["live"]}}
    client.post(f"/releases/{empty}/deploy", order)
    client.emulator.switches = Switches(empty_release_deploys=False)
    assert client.refused("POST", f"/releases/{empty}/deploy", json=order)[0] == 422


def test_a_deployment_may_be_scheduled(client: EmulatorClient) -> None:
    """Nothing happens before its time; a time in the past is refused."""
    uid, where = release(client), entry(client)
    client.post(f"/releases/{uid}/item", {"item": item(where)})
    path = f"/releases/{uid}/deploy"
    past = {"release": {"environments": ["live"], "scheduled_at": "2001-01-01T00:00:00.000Z"}}
    assert client.refused("POST", path, json=past)[0] == 422
    client.post(path, {"release": {"environments": ["live"], "scheduled_at": client.clock.after(60)}})
    assert client.details("page", where) == set()
    assert client.get(f"/releases/{uid}")["release"]["status"][0]["status"] == "in-progress"
    client.clock.pass_seconds(61)
    assert len(client.details("page", where)) == 1
    assert client.get(f"/releases/{uid}")["release"]["status"][0]["status"] == "success"


def test_bulk_adds_to_a_release(client: EmulatorClient) -> None:
    """By a job; assets are called sys_assets there; the header bulk_version is required."""
    uid, where, asset = release(client), entry(client), client.upload("a.png", b"x")["uid"]
    body = {
        "release": uid,
        "action": "publish",
        "locale": ["en-us", "fr"],
        "items": [
            {"uid": where, "content_type_uid": "page", "title": "A", "version": 1},
            {"uid": asset, "content_type_uid": "sys_assets", "locale": "en-us", "action": "unpublish"},
        ],
    }
    assert client.refused("POST", "/bulk/release/items", json=body)[2] == {
        "bulk_version": ["is a required field."]
    }
    headers = {"bulk_version": "2.0"}
    wrong = {**body, "items": [{"uid": asset, "content_type_uid": ASSET}]}
    assert client.refused("POST", "/bulk/release/items", json=wrong, headers=headers)[0] == 422
    answer = client.http.post("/bulk/release/items", json=body, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["notice"] == "Your add to release request is in progress."
    items = client.get(f"/releases/{uid}/items")["items"]
    assert [(row["content_type_uid"], row["locale"], row["action"]) for row in items] == [
        ("page", "en-us", "publish"),
        ("page", "fr", "publish"),
        (ASSET, "en-us", "unpublish"),
    ]
    client.put(f"{PAGES}/{where}", {"entry": {"title": "B"}})
    client.ok("PUT", "/bulk/release/update_items", json={"release": uid, "items": ["$all"]}, headers=headers)
    assert [row["version"] for row in client.get(f"/releases/{uid}/items")["items"]] == [2, 2, 1]


def test_a_variant_and_its_entry_are_two_items(client: EmulatorClient) -> None:
    """Each with versions of its own."""
    uid = entry(client)
    client.stack.main.put_variant(
        "page", uid, "en-us", {"uid": uid, "_version": 3, "_variant": {"_uid": "cs1"}}
    )
    made = release(client)
    of_variant = item(uid, version=3, variant_id="cs1")
    client.post(f"/releases/{made}/items", {"items": [item(uid), of_variant]})
    shown = client.get(f"/releases/{made}/items")["items"]
    assert [(row.get("variant_id"), row["version"]) for row in shown] == [(None, 1), ("cs1", 3)]
    wrong = item(uid, version=1, variant_id="cs1")
    assert client.refused("POST", f"/releases/{made}/items", json={"items": [wrong]})[:2] == (422, 141)
    unknown = item(uid, variant_id="cs2")
    assert client.refused("POST", f"/releases/{made}/items", json={"items": [unknown]})[:2] == (422, 141)
    client.post(f"/releases/{made}/deploy", {"release": {"environments": ["live"]}})
    (place,) = client.stack.environments
    assert client.details("page", uid) == {(place, "en-us", 1)}
    (live,) = client.stack.main.entries["page"][uid].variants["cs1", "en-us"].live.values()
    assert live.version == 3


def test_items_are_moved_as_the_vendors_js_client_asks(client: EmulatorClient) -> None:
    """No page says what the call moves: nothing is lost by it."""
    uid, one = release(client), entry(client)
    client.post(f"/releases/{uid}/item", {"item": item(one)})
    before = client.get(f"/releases/{uid}/items")["items"]
    answer = client.put(f"/releases/{uid}/items/move", {"items": [{"uid": one, "content_type": "page"}]})
    assert answer["notice"] == "Release items moved successfully."
    assert client.get(f"/releases/{uid}/items")["items"] == before
