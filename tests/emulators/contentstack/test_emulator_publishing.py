"""Publishing of entries, one by one and in bulk, with jobs and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_desk import Desk, document, embedded, open_desk, reference, rte

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
DONE = {"notice": "The requested action has been performed."}


@pytest.fixture
def press() -> Iterator[Desk]:
    """Two languages beside the master one, two environments, a page type that refers to itself."""
    with open_desk() as desk:
        desk.locale("fr")
        desk.locale("fr-ca", "fr")
        desk.environment("live")
        desk.environment("test")
        desk.content_type("page", reference("next", "page"), rte())
        yield desk


def place(desk: Desk, name: str = "live") -> str:
    return next(uid for uid, raw in desk.stack.environments.items() if raw["name"] == name)


def made(desk: Desk, title: str = "A", **content: Any) -> str:
    return str(desk.entry("page", {"title": title, **content})["uid"])


def publish(desk: Desk, uid: str, action: str = "publish", **body: Any) -> Any:
    sent = {name: body.pop(name) for name in ("locales", "variants") if name in body}
    return desk.post(f"{PAGES}/{uid}/{action}", {"entry": {"environments": ["live"], **sent}, **body})


def test_a_pinned_version_stays_live_while_drafts_go_on(press: Desk) -> None:
    """The version in the call is what is live; without one it is the latest; unpublishing takes it down."""
    desk, uid = press, made(press)
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    assert publish(desk, uid, version=1) == DONE
    assert desk.details("page", uid) == {(place(desk), "en-us", 1)}
    publish(desk, uid)
    assert desk.details("page", uid) == {(place(desk), "en-us", 2)}
    publish(desk, uid, "unpublish")
    assert desk.details("page", uid) == set()


def test_a_fallback_is_listed_where_it_fell_back_to(press: Desk) -> None:
    """The master document lists every language, a localized one only its own; the switch hides fallbacks."""
    desk, uid = press, made(press)
    live = place(desk)
    publish(desk, uid, locales=["en-us", "fr"])
    assert desk.details("page", uid) == {(live, "en-us", 1), (live, "fr", 1)}
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    assert desk.details("page", uid, locale="fr") == set()
    publish(desk, uid, locales=["fr-ca"], locale="fr")
    assert desk.details("page", uid, locale="fr") == {(live, "fr-ca", 1)}
    assert desk.details("page", uid) == {(live, "en-us", 1), (live, "fr", 1), (live, "fr-ca", 1)}
    desk.emulator.switches = Switches(publish_lists_fallback=False)
    assert desk.details("page", uid) == {(live, "en-us", 1)}


def test_a_single_publish_leaves_localized_content_alone(press: Desk) -> None:
    """Only with publish_all_localized, or when the localized language is the source, is it published."""
    desk, uid = press, made(press)
    live = place(desk)
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    publish(desk, uid, locales=["en-us", "fr"])
    assert desk.details("page", uid) == {(live, "en-us", 2)}
    body = {"entry": {"environments": ["live"], "locales": ["fr"]}}
    desk.post(f"{PAGES}/{uid}/publish", body, publish_all_localized="true")
    assert desk.details("page", uid, locale="fr") == {(live, "fr", 1)}
    publish(desk, uid, "unpublish", locales=["fr"])
    publish(desk, uid, locales=["fr"], locale="fr", version=1)
    assert desk.details("page", uid, locale="fr") == {(live, "fr", 1)}


def test_a_publish_that_cannot_be_meant_is_refused(press: Desk) -> None:
    """Unknown environments, languages and versions; a version that is no integer; nowhere to publish."""
    desk, uid = press, made(press)
    path = f"{PAGES}/{uid}/publish"
    wrong: list[dict[str, Any]] = [
        {"entry": {"environments": ["nowhere"]}},
        {"entry": {}},
        {"entry": {"environments": ["live"], "locales": ["xx"]}},
        {"entry": {"environments": ["live"]}, "version": 2},
        {"entry": {"environments": ["live"]}, "version": "1"},
        {"entry": {"environments": ["live"]}, "locale": "xx"},
        {"entry": {"environments": ["live"]}, "scheduled_at": "2001-01-01T00:00:00.000Z"},
        {"entry": {"environments": ["live"], "variants": [{"uid": "csnope"}]}},
        {},
    ]
    for body in wrong:
        assert desk.refused("POST", path, json=body)[0] == 422, body
    assert desk.details("page", uid) == set()


def bulk(desk: Desk, action: str = "publish", **body: Any) -> Any:
    return desk.post(f"/bulk/{action}", {"environments": ["live"], **body})


def item(uid: str, **facts: Any) -> dict[str, Any]:
    return {"uid": uid, "content_type": "page", "locale": "en-us", **facts}


def test_bulk_publishes_localized_content_too(press: Desk) -> None:
    """An item's version counts for its own language only; other languages get their latest."""
    desk, uid = press, made(press)
    live = place(desk)
    for title in ("B", "C"):
        desk.put(f"{PAGES}/{uid}", {"entry": {"title": title}})
    for title in ("un", "deux"):
        desk.put(f"{PAGES}/{uid}", {"entry": {"title": title}}, locale="fr")
    asset = desk.upload("a.png", b"x")["uid"]
    answer = bulk(
        desk, entries=[item(uid, version=1)], locales=["en-us", "fr", "fr-ca"], assets=[{"uid": asset}]
    )
    assert answer["notice"].startswith("Your bulk publish request is in progress.")
    assert desk.details("page", uid) == {(live, "en-us", 1), (live, "fr", 2), (live, "fr-ca", 2)}
    assert desk.details("page", uid, locale="fr") == {(live, "fr", 2), (live, "fr-ca", 2)}
    assert len(desk.get(f"/assets/{asset}", include_publish_details="true")["asset"]["publish_details"]) == 3
    bulk(desk, "unpublish", entries=[item(uid)], locales=["fr"])
    assert desk.details("page", uid) == {(live, "en-us", 1), (live, "fr-ca", 2)}


def test_a_bulk_job_accounts_for_each_item(press: Desk) -> None:
    """An item that does not exist fails; the others are published; the job says which."""
    desk, uid = press, made(press)
    job = bulk(desk, entries=[item(uid), item("bltnope"), item(uid, version=9)])["job_id"]
    status = desk.get(f"/bulk/jobs/{job}")
    assert status["summary"] == {"total_items": 3, "success": 1, "failed": 2}
    assert status["status"] == "completed_with_errors"
    assert desk.get(f"/bulk/{job}")["job_id"] == job
    items = desk.get(f"/bulk/jobs/{job}/items")["items"]
    assert [one["publish_status"] for one in items] == ["success", "failed", "failed"]
    assert desk.refused("GET", "/bulk/jobs/cs-nope")[0] == 422


def test_jobs_finish_later_by_clock_or_by_requests() -> None:
    """Until then the job is in progress and nothing is live."""
    for switches in (Switches(job_seconds=10), Switches(job_requests=3)):
        with open_desk(switches) as desk:
            desk.environment("live")
            desk.content_type("page")
            uid = made(desk)
            job = bulk(desk, entries=[item(uid)])["job_id"]
            assert desk.get(f"/bulk/jobs/{job}")["status"] == "in_progress"
            assert desk.details("page", uid) == set()
            desk.clock.pass_seconds(11)
            desk.get("/locales")
            assert desk.get(f"/bulk/jobs/{job}")["status"] == "completed"
            assert len(desk.details("page", uid)) == 1


def test_bulk_takes_ten_items_or_what_the_switch_says(press: Desk) -> None:
    """11 items, 11 languages or none at all are refused whole."""
    desk = press
    items = [item(made(desk, f"A{number}")) for number in range(11)]
    assert desk.refused("POST", "/bulk/publish", json={"entries": items, "environments": ["live"]})[0] == 422
    assert desk.refused("POST", "/bulk/publish", json={"entries": [], "environments": ["live"]})[0] == 422
    assert desk.refused("POST", "/bulk/publish", json={"entries": items[:1]})[0] == 422
    assert (
        desk.refused("POST", "/bulk/publish", json={"entries": [{"uid": "x"}], "environments": ["live"]})[0]
        == 422
    )
    bulk(desk, entries=items[:10])
    desk.emulator.switches = Switches(bulk_items=50)
    bulk(desk, entries=items)
    assert all(desk.details("page", one["uid"]) for one in items)


def test_references_are_published_along(press: Desk) -> None:
    """One level deep; with api_version 3.2 five levels, cycles included."""
    desk = press
    last = made(desk, "last")
    chain = [last]
    for number in range(6):
        link = [{"uid": chain[0], "_content_type_uid": "page"}]
        chain.insert(0, made(desk, f"link {number}", next=link))
    closing = made(desk, "closing", body=document("d", embedded("page", chain[0])))

    def live() -> list[int]:
        return [number for number, uid in enumerate(chain) if desk.details("page", uid)]

    bulk(desk, entries=[item(closing)], publish_with_reference=True)
    assert live() == [0]
    body = {"entries": [item(closing)], "environments": ["live"], "publish_with_reference": True}
    desk.ok("POST", "/bulk/publish", json=body, headers={"api_version": "3.2"})
    assert live() == [0, 1, 2, 3, 4]


def test_bulk_delete_takes_named_languages(press: Desk) -> None:
    """Entries by language, assets whole; what is not there fails alone."""
    desk, uid, asset = press, made(press), press.upload("a.png", b"x")["uid"]
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    body = {"entries": [item(uid, locale="fr"), item("bltnope")], "assets": [{"uid": asset}]}
    job = desk.post("/bulk/delete", body)["job_id"]
    assert desk.get(f"/bulk/jobs/{job}")["summary"] == {"total_items": 3, "success": 2, "failed": 1}
    assert list(desk.stack.main.entries["page"][uid].documents) == ["en-us"]
    assert desk.refused("GET", f"/assets/{asset}")[:2] == (422, 145)
    assert desk.refused("POST", "/bulk/delete", json={"entries": [item("x")] * 101})[0] == 422


STAGES = [{"name": "Draft", "color": "#111"}, {"name": "Ready", "color": "#222"}]


def workflow(desk: Desk) -> list[str]:
    """A workflow for pages; its stage uids."""
    body = {"name": "W", "content_types": ["page"], "workflow_stages": STAGES}
    stages = desk.post("/workflows", {"workflow": body})["workflow"]["workflow_stages"]
    return [stage["uid"] for stage in stages]


def move(desk: Desk, uid: str, stage: str, **params: Any) -> Any:
    body = {"workflow": {"workflow_stage": {"uid": stage, "comment": "c"}}}
    return desk.post(f"{PAGES}/{uid}/workflow", body, **params)


def test_entries_move_through_stages(press: Desk) -> None:
    """A stage of their workflow; shown on request and found by query; bulk moves all or none."""
    desk, one, two = press, made(press, "A"), made(press, "B")
    assert desk.refused("POST", f"{PAGES}/{one}/workflow", json={"workflow": {}})[0] == 422
    draft, ready = workflow(desk)
    move(desk, one, draft)
    assert desk.get(f"{PAGES}/{one}", include_workflow="true")["entry"]["_workflow"]["name"] == "Draft"
    assert "_workflow" not in desk.get(f"{PAGES}/{one}")["entry"]
    assert [entry["uid"] for entry in desk.get(PAGES, query={"_workflow.uid": draft})["entries"]] == [one]
    stage = {"workflow_stage": {"uid": ready}}
    both = {"entries": [item(one), item(two)], "workflow": stage}
    assert desk.refused("POST", "/bulk/workflow", json=both)[0] == 422
    move(desk, two, draft)
    assert desk.post("/bulk/workflow", both) == {
        "notice": "Your request to update workflow stage is complete."
    }
    assert len(desk.get(PAGES, query={"_workflow.uid": ready})["entries"]) == 2
    unknown = {"workflow": {"workflow_stage": {"uid": "bltnope"}}}
    assert desk.refused("POST", f"{PAGES}/{one}/workflow", json=unknown)[0] == 422


def test_publish_rules_hold_back_what_is_in_the_wrong_stage(press: Desk) -> None:
    """A single publish is refused; a bulk one too, unless it skips what does not satisfy the rules."""
    desk, one, two = press, made(press, "A"), made(press, "B")
    draft, ready = workflow(desk)
    rule = {
        "environment": place(desk),
        "content_types": ["page"],
        "locales": ["$all"],
        "workflow_stage": ready,
    }
    rule_body = {
        "publishing_rule": {**rule, "workflow": next(iter(desk.stack.workflows)), "actions": ["publish"]}
    }
    desk.post("/workflows/publishing_rules", rule_body)
    move(desk, one, ready)
    move(desk, two, draft)
    publish(desk, one)
    body = {"entry": {"environments": ["live"]}}
    assert desk.refused("POST", f"{PAGES}/{two}/publish", json=body)[:2] == (422, 161)
    everything = {"entries": [item(one), item(two)], "environments": ["live"]}
    assert desk.refused("POST", "/bulk/publish", json=everything)[0] == 422
    desk.post("/bulk/publish", everything, skip_workflow_stage_check="true")
    assert (bool(desk.details("page", one)), bool(desk.details("page", two))) == (True, False)
    desk.post(f"{PAGES}/{two}/publish", {"entry": {"environments": ["test"]}})
