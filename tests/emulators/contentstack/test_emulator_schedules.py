"""Publishing later: what waits in the publish queue, and what becomes of it. Pages: "Publish an entry", "Bulk"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import KEY, TOKEN, EmulatorClient, open_client

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.contentstack.seed.data import Seed
from stackferry.emulators.contentstack.seed.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
Row = dict[str, Any]


@pytest.fixture
def client() -> Iterator[EmulatorClient]:
    """A language beside the master one, two environments, a page type."""
    with open_client() as client:
        client.locale("fr")
        client.environment("live")
        client.environment("test")
        client.content_type("page")
        yield client


def place(client: EmulatorClient, name: str = "live") -> str:
    return next(uid for uid, raw in client.stack.environments.items() if raw["name"] == name)


def made(client: EmulatorClient, title: str = "A") -> str:
    return str(client.entry("page", {"title": title})["uid"])


def later(client: EmulatorClient, uid: str, seconds: float, action: str = "publish", **body: Any) -> None:
    where = {"environments": ["live"], **({"locales": body.pop("locales")} if "locales" in body else {})}
    sent = {"entry": where, "scheduled_at": client.clock.after(seconds), **body}
    client.post(f"{PAGES}/{uid}/{action}", sent)


def waiting(client: EmulatorClient) -> list[Row]:
    found: list[Row] = client.get("/publish-queue", query={"publish_status": "scheduled"})["queue"]
    return found


def test_a_scheduled_publish_waits_in_the_queue(client: EmulatorClient) -> None:
    """It happens at its time unless it was cancelled; its row gets the new status, and no other row is added."""
    first, second = made(client, "A"), made(client, "B")
    later(client, first, 60)
    later(client, second, 60)
    assert {row["entry"]["uid"] for row in waiting(client)} == {first, second}
    cancelled = next(row["uid"] for row in waiting(client) if row["entry"]["uid"] == second)
    client.get(f"/publish-queue/{cancelled}/unschedule")
    assert client.details("page", first) == set()
    client.clock.pass_seconds(61)
    assert client.details("page", first) == {(place(client), "en-us", 1)}
    assert client.details("page", second) == set()
    assert client.refused("GET", f"/publish-queue/{cancelled}/unschedule")[0] == 422
    assert client.get(f"/publish-queue/{cancelled}")["queue"]["publish_status"] == "cancelled"
    statuses = [row["publish_details"]["status"] for row in client.get("/publish-queue")["queue"]]
    assert sorted(statuses) == ["cancelled", "success"]


def test_a_scheduled_row_records_version_place_and_time(client: EmulatorClient) -> None:
    """What, at which version, where, in which language, until when; the version is that of the call's time."""
    uid = made(client)
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    later(client, uid, 60, version=1, locales=["fr"])
    later(client, uid, 90)
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "C"}})
    old, latest = sorted(waiting(client), key=lambda row: str(row["scheduled_at"]))
    assert (old["type"], old["action"], old["content_type"]) == ("entry", "publish", {"uid": "page"})
    assert (old["environment"], old["locale"], old["scheduled_at"]) == (
        [place(client)],
        ["fr"],
        client.clock.after(60),
    )
    assert (old["entry"]["uid"], old["entry"]["version"], old["entry"]["locale"]) == (uid, 1, "en-us")
    assert latest["entry"]["version"] == 2


def test_schedules_are_carried_out_in_the_order_of_their_times(client: EmulatorClient) -> None:
    """Published at one time and unpublished at a later one, it is not live after both, seen in one request."""
    uid = made(client)
    later(client, uid, 120, "unpublish")
    later(client, uid, 60)
    client.clock.pass_seconds(200)
    assert client.details("page", uid) == set()
    assert [row["publish_status"] for row in client.get("/publish-queue")["queue"]] == ["success", "success"]


def test_an_item_that_was_deleted_before_its_time_fails(client: EmulatorClient) -> None:
    """Its row stays, with the status "failed"."""
    uid = made(client)
    later(client, uid, 60)
    client.ok("DELETE", f"{PAGES}/{uid}")
    client.clock.pass_seconds(61)
    (row,) = client.get("/publish-queue")["queue"]
    assert row["publish_status"] == "failed"


def test_an_asset_can_be_scheduled(client: EmulatorClient) -> None:
    uid = client.upload("a.png", b"a")["uid"]
    sent = {"asset": {"environments": ["live"]}, "version": 1, "scheduled_at": client.clock.after(60)}
    client.post(f"/assets/{uid}/publish", sent)
    (row,) = waiting(client)
    assert (row["type"], row["asset"]["uid"], row["content_type"]["uid"]) == ("asset", uid, "built_io_upload")
    client.clock.pass_seconds(61)
    shown = client.get(f"/assets/{uid}", include_publish_details="true")["asset"]["publish_details"]
    assert [(row["environment"], row["version"]) for row in shown] == [(place(client), 1)]


@pytest.mark.parametrize("needs_version", [True, False])
def test_a_scheduled_entry_of_a_bulk_call_needs_its_version(needs_version: bool) -> None:
    """So the page says; a service may take the latest instead."""
    with open_client(Switches(bulk_schedule_needs_version=needs_version)) as client:
        client.environment("live")
        client.content_type("page")
        uid = made(client)
        item = {"uid": uid, "content_type": "page", "locale": "en-us"}
        at = client.clock.after(60)
        sent = {"entries": [item], "environments": ["live"], "locales": ["en-us"], "scheduled_at": at}
        if needs_version:
            assert client.refused("POST", "/bulk/publish", json=sent)[:2] == (422, 141)
            return
        client.post("/bulk/publish", sent)
        assert len(waiting(client)) == 1


@pytest.mark.parametrize("action", ["publish", "unpublish"])
def test_a_bulk_call_can_be_scheduled(client: EmulatorClient, action: str) -> None:
    """Each item in each environment is a row of its own; its job is done at once."""
    uid = made(client)
    client.post(f"{PAGES}/{uid}/publish", {"entry": {"environments": ["test"]}})
    item = {"uid": uid, "content_type": "page", "version": 1, "locale": "en-us"}
    at = client.clock.after(60)
    sent = {"entries": [item], "environments": ["live", "test"], "locales": ["en-us"], "scheduled_at": at}
    client.post(f"/bulk/{action}", sent)
    assert {(row["action"], row["environment"][0]) for row in waiting(client)} == {
        (action, place(client, name)) for name in ("live", "test")
    }
    assert client.details("page", uid) == {(place(client, "test"), "en-us", 1)}
    client.clock.pass_seconds(61)
    shown = {(place(client, name), "en-us", 1) for name in ("live", "test")}
    assert client.details("page", uid) == (shown if action == "publish" else set())


def test_a_seeded_schedule_is_carried_out_at_its_time(client: EmulatorClient) -> None:
    """A row of the queue that was put in raw is scheduled like any other, whichever field has its status."""
    first, second = made(client, "A"), made(client, "B")
    rows = [
        seeded(client, first, publish_status="scheduled"),
        seeded(client, second, publish_details={"status": "scheduled"}),
    ]
    load(client.stack, Seed(queue=[*rows]))
    assert client.details("page", first) == set()
    client.clock.pass_seconds(61)
    for uid in (first, second):
        assert client.details("page", uid) == {(place(client, name), "en-us", 1) for name in ("live", "test")}
    assert waiting(client) == []


def seeded(client: EmulatorClient, uid: str, **status: Any) -> Row:
    where = {"environment": [place(client), place(client, "test")], "locale": ["en-us"]}
    what = {"type": "entry", "entry": {"uid": uid, "version": 1}, "content_type": {"uid": "page"}}
    facts = {"uid": f"row-{uid}", "action": "publish", "scheduled_at": client.clock.after(60)}
    return {**facts, **what, **where, **status}


def test_a_new_branch_starts_with_an_empty_queue(client: EmulatorClient) -> None:
    """The queue of the branch that it was made from stays there."""
    later(client, made(client), 60)
    client.post("/stacks/branches", {"branch": {"uid": "draft", "source": "main"}})
    headers = {"branch": "draft", "api_key": KEY, "authorization": TOKEN}
    assert client.http.get("/publish-queue", headers=headers).json()["queue"] == []
    client.clock.pass_seconds(61)
    assert client.http.get("/publish-queue", headers=headers).json()["queue"] == []
