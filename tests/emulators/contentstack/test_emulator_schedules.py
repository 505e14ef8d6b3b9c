"""Publishing later: what waits in the publish queue, and what becomes of it. Pages: "Publish an entry", "Bulk"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_desk import KEY, TOKEN, Desk, open_desk

from stackferry.emulators.contentstack.seed.data import Seed
from stackferry.emulators.contentstack.seed.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
Row = dict[str, Any]


@pytest.fixture
def press() -> Iterator[Desk]:
    """A language beside the master one, two environments, a page type."""
    with open_desk() as desk:
        desk.locale("fr")
        desk.environment("live")
        desk.environment("test")
        desk.content_type("page")
        yield desk


def place(desk: Desk, name: str = "live") -> str:
    return next(uid for uid, raw in desk.stack.environments.items() if raw["name"] == name)


def made(desk: Desk, title: str = "A") -> str:
    return str(desk.entry("page", {"title": title})["uid"])


def later(desk: Desk, uid: str, seconds: float, action: str = "publish", **body: Any) -> None:
    where = {"environments": ["live"], **({"locales": body.pop("locales")} if "locales" in body else {})}
    sent = {"entry": where, "scheduled_at": desk.clock.after(seconds), **body}
    desk.post(f"{PAGES}/{uid}/{action}", sent)


def waiting(desk: Desk) -> list[Row]:
    found: list[Row] = desk.get("/publish-queue", query={"publish_status": "scheduled"})["queue"]
    return found


def test_a_scheduled_publish_waits_in_the_queue(press: Desk) -> None:
    """It happens at its time, unless it was cancelled; its row then says so, and no other row is added."""
    desk, one, two = press, made(press, "A"), made(press, "B")
    later(desk, one, 60)
    later(desk, two, 60)
    assert {row["entry"]["uid"] for row in waiting(desk)} == {one, two}
    cancelled = next(row["uid"] for row in waiting(desk) if row["entry"]["uid"] == two)
    desk.get(f"/publish-queue/{cancelled}/unschedule")
    assert desk.details("page", one) == set()
    desk.clock.pass_seconds(61)
    assert desk.details("page", one) == {(place(desk), "en-us", 1)}
    assert desk.details("page", two) == set()
    assert desk.refused("GET", f"/publish-queue/{cancelled}/unschedule")[0] == 422
    assert desk.get(f"/publish-queue/{cancelled}")["queue"]["publish_status"] == "cancelled"
    statuses = [row["publish_details"]["status"] for row in desk.get("/publish-queue")["queue"]]
    assert sorted(statuses) == ["cancelled", "success"]


def test_the_row_says_what_waits(press: Desk) -> None:
    """What, at which version, where, in which language, until when; the version is that of the call's time."""
    desk, uid = press, made(press)
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    later(desk, uid, 60, version=1, locales=["fr"])
    later(desk, uid, 90)
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "C"}})
    old, latest = sorted(waiting(desk), key=lambda row: str(row["scheduled_at"]))
    assert (old["type"], old["action"], old["content_type"]) == ("entry", "publish", {"uid": "page"})
    assert (old["environment"], old["locale"], old["scheduled_at"]) == (
        [place(desk)],
        ["fr"],
        desk.clock.after(60),
    )
    assert (old["entry"]["uid"], old["entry"]["version"], old["entry"]["locale"]) == (uid, 1, "en-us")
    assert latest["entry"]["version"] == 2


def test_schedules_are_carried_out_in_the_order_of_their_times(press: Desk) -> None:
    """Published at one time and taken down at a later one, it is down, whenever somebody looks."""
    desk, uid = press, made(press)
    later(desk, uid, 120, "unpublish")
    later(desk, uid, 60)
    desk.clock.pass_seconds(200)
    assert desk.details("page", uid) == set()
    assert [row["publish_status"] for row in desk.get("/publish-queue")["queue"]] == ["success", "success"]


def test_what_is_gone_when_it_is_due_fails(press: Desk) -> None:
    """The row stays and says so."""
    desk, uid = press, made(press)
    later(desk, uid, 60)
    desk.ok("DELETE", f"{PAGES}/{uid}")
    desk.clock.pass_seconds(61)
    (row,) = desk.get("/publish-queue")["queue"]
    assert row["publish_status"] == "failed"


def test_an_asset_may_wait_too(press: Desk) -> None:
    """As an entry does."""
    uid = press.upload("a.png", b"a")["uid"]
    sent = {"asset": {"environments": ["live"]}, "version": 1, "scheduled_at": press.clock.after(60)}
    press.post(f"/assets/{uid}/publish", sent)
    (row,) = waiting(press)
    assert (row["type"], row["asset"]["uid"], row["content_type"]["uid"]) == ("asset", uid, "built_io_upload")
    press.clock.pass_seconds(61)
    shown = press.get(f"/assets/{uid}", include_publish_details="true")["asset"]["publish_details"]
    assert [(one["environment"], one["version"]) for one in shown] == [(place(press), 1)]


@pytest.mark.parametrize("action", ["publish", "unpublish"])
def test_a_bulk_call_may_wait(press: Desk, action: str) -> None:
    """Each item in each environment is a row of its own; its job is done at once."""
    uid = made(press)
    press.post(f"{PAGES}/{uid}/publish", {"entry": {"environments": ["test"]}})
    item = {"uid": uid, "content_type": "page", "version": 1, "locale": "en-us"}
    at = press.clock.after(60)
    sent = {"entries": [item], "environments": ["live", "test"], "locales": ["en-us"], "scheduled_at": at}
    press.post(f"/bulk/{action}", sent)
    assert {(row["action"], row["environment"][0]) for row in waiting(press)} == {
        (action, place(press, name)) for name in ("live", "test")
    }
    assert press.details("page", uid) == {(place(press, "test"), "en-us", 1)}
    press.clock.pass_seconds(61)
    shown = {(place(press, name), "en-us", 1) for name in ("live", "test")}
    assert press.details("page", uid) == (shown if action == "publish" else set())


def test_a_seeded_schedule_is_carried_out_at_its_time(press: Desk) -> None:
    """A row of the queue that was put in raw waits like any other, whichever field says how it stands."""
    desk, one, two = press, made(press, "A"), made(press, "B")
    rows = [
        seeded(desk, one, publish_status="scheduled"),
        seeded(desk, two, publish_details={"status": "scheduled"}),
    ]
    load(desk.stack, Seed(queue=[*rows]))
    assert desk.details("page", one) == set()
    desk.clock.pass_seconds(61)
    for uid in (one, two):
        assert desk.details("page", uid) == {(place(desk, name), "en-us", 1) for name in ("live", "test")}
    assert waiting(desk) == []


def seeded(desk: Desk, uid: str, **status: Any) -> Row:
    where = {"environment": [place(desk), place(desk, "test")], "locale": ["en-us"]}
    what = {"type": "entry", "entry": {"uid": uid, "version": 1}, "content_type": {"uid": "page"}}
    facts = {"uid": f"row-{uid}", "action": "publish", "scheduled_at": desk.clock.after(60)}
    return {**facts, **what, **where, **status}


def test_a_new_branch_waits_for_nothing(press: Desk) -> None:
    """The queue of the branch that it was made from stays there."""
    later(press, made(press), 60)
    press.post("/stacks/branches", {"branch": {"uid": "draft", "source": "main"}})
    headers = {"branch": "draft", "api_key": KEY, "authorization": TOKEN}
    assert press.http.get("/publish-queue", headers=headers).json()["queue"] == []
    press.clock.pass_seconds(61)
    assert press.http.get("/publish-queue", headers=headers).json()["queue"] == []
