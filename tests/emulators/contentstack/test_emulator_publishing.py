"""Publishing of entries, one by one and in bulk, with jobs and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from emulator_client import EmulatorClient, document, embedded, open_client, reference, rte

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
DONE = {"notice": "The requested action has been performed."}


@pytest.fixture
def client() -> Iterator[EmulatorClient]:
    """Two languages beside the master one, two environments, a page type that refers to itself."""
    with open_client() as client:
        client.locale("fr")
        client.locale("fr-ca", "fr")
        client.environment("live")
        client.environment("test")
        client.content_type("page", reference("next", "page"), rte())
        yield client


def place(client: EmulatorClient, name: str = "live") -> str:
    return next(uid for uid, raw in client.stack.environments.items() if raw["name"] == name)


def made(client: EmulatorClient, title: str = "A", **content: Any) -> str:
    return str(client.entry("page", {"title": title, **content})["uid"])


def publish(client: EmulatorClient, uid: str, action: str = "publish", **body: Any) -> Any:
    sent = {name: body.pop(name) for name in ("locales", "variants") if name in body}
    return client.post(f"{PAGES}/{uid}/{action}", {"entry": {"environments": ["live"], **sent}, **body})


def test_a_published_version_stays_live_when_the_entry_changes(client: EmulatorClient) -> None:
    """The version in the call is what is live; without one it is the latest; unpublishing takes it down."""
    uid = made(client)
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    assert publish(client, uid, version=1) == DONE
    assert client.details("page", uid) == {(place(client), "en-us", 1)}
    publish(client, uid)
    assert client.details("page", uid) == {(place(client), "en-us", 2)}
    publish(client, uid, "unpublish")
    assert client.details("page", uid) == set()


def test_publish_details_of_fallback_languages(client: EmulatorClient) -> None:
    """The master document lists every language, any other only its own; the switch hides fallbacks."""
    uid = made(client)
    live = place(client)
    publish(client, uid, locales=["en-us", "fr"])
    assert client.details("page", uid) == {(live, "en-us", 1), (live, "fr", 1)}
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    assert client.details("page", uid, locale="fr") == set()
    publish(client, uid, locales=["fr-ca"], locale="fr")
    assert client.details("page", uid, locale="fr") == set()
    assert client.details("page", uid) == {(live, "en-us", 1), (live, "fr", 1), (live, "fr-ca", 1)}
    client.emulator.switches = Switches(publish_lists_fallback=False)
    assert client.details("page", uid) == {(live, "en-us", 1)}


@pytest.mark.parametrize(
    ("reading", "by_master", "by_itself"),
    [("master", True, False), ("document", False, True), ("both", True, True)],
)
def test_what_a_language_shows_from_before_it_was_localized_is_listed_by_a_switch(
    client: EmulatorClient, reading: Any, by_master: bool, by_itself: bool
) -> None:
    client.emulator.switches = Switches(prelocal_details=reading)
    uid = made(client)
    publish(client, uid, locales=["fr"])
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    listed = {(place(client), "fr", 1)}
    assert client.details("page", uid) == (listed if by_master else set())
    assert client.details("page", uid, locale="fr") == (listed if by_itself else set())
    publish(client, uid, locales=["fr"], locale="fr")
    assert client.details("page", uid) == client.details("page", uid, locale="fr") == listed


def test_a_single_publish_leaves_localized_content_alone(client: EmulatorClient) -> None:
    """Only with publish_all_localized, or when the localized language is the source, is it published."""
    uid = made(client)
    live = place(client)
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    publish(client, uid, locales=["en-us", "fr"])
    assert client.details("page", uid) == {(live, "en-us", 2)}
    body = {"entry": {"environments": ["live"], "locales": ["fr"]}}
    client.post(f"{PAGES}/{uid}/publish", body, publish_all_localized="true")
    assert client.details("page", uid, locale="fr") == {(live, "fr", 1)}
    publish(client, uid, "unpublish", locales=["fr"])
    publish(client, uid, locales=["fr"], locale="fr", version=1)
    assert client.details("page", uid, locale="fr") == {(live, "fr", 1)}


def test_an_invalid_publish_is_refused(client: EmulatorClient) -> None:
    """Unknown environments, languages and versions; a version that is no integer; nowhere to publish."""
    uid = made(client)
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
        assert client.refused("POST", path, json=body)[0] == 422, body
    assert client.details("page", uid) == set()


def bulk(client: EmulatorClient, action: str = "publish", **body: Any) -> Any:
    return client.post(f"/bulk/{action}", {"environments": ["live"], **body})


def item(uid: str, **facts: Any) -> dict[str, Any]:
    return {"uid": uid, "content_type": "page", "locale": "en-us", **facts}


def test_bulk_publishes_localized_content_too(client: EmulatorClient) -> None:
    """An item's version counts for its own language only; other languages get their latest."""
    uid = made(client)
    live = place(client)
    for title in ("B", "C"):
        client.put(f"{PAGES}/{uid}", {"entry": {"title": title}})
    for title in ("un", "deux"):
        client.put(f"{PAGES}/{uid}", {"entry": {"title": title}}, locale="fr")
    asset = client.upload("a.png", b"x")["uid"]
    answer = bulk(
        client, entries=[item(uid, version=1)], locales=["en-us", "fr", "fr-ca"], assets=[{"uid": asset}]
    )
    assert answer["notice"].startswith("Your bulk publish request is in progress.")
    assert client.details("page", uid) == {(live, "en-us", 1), (live, "fr", 2), (live, "fr-ca", 2)}
    assert client.details("page", uid, locale="fr") == {(live, "fr", 2)}
    assert (
        len(client.get(f"/assets/{asset}", include_publish_details="true")["asset"]["publish_details"]) == 3
    )
    bulk(client, "unpublish", entries=[item(uid)], locales=["fr"])
    assert client.details("page", uid) == {(live, "en-us", 1), (live, "fr-ca", 2)}


@pytest.mark.parametrize(("reading", "version"), [("latest", 3), ("named", 1)])
def test_a_bulk_publish_by_fallback_shows_the_latest_or_the_named_version(
    client: EmulatorClient, reading: Literal["latest", "named"], version: int
) -> None:
    """The page gives an item a language and a version, and leaves open what another language shows by that."""
    client.emulator.switches = Switches(bulk_fallback_version=reading)
    uid = made(client)
    live = place(client)
    for title in ("B", "C"):
        client.put(f"{PAGES}/{uid}", {"entry": {"title": title}})
    bulk(client, entries=[item(uid, version=1)], locales=["fr"])
    assert client.details("page", uid) == {(live, "fr", version)}
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    bulk(client, entries=[item(uid, version=2)], locales=["fr"])
    assert client.details("page", uid, locale="fr") == {(live, "fr", 1)}  # a localized language shows its own


def test_a_bulk_job_reports_each_item(client: EmulatorClient) -> None:
    """An item that does not exist fails; the others are published; the job lists which."""
    uid = made(client)
    job = bulk(client, entries=[item(uid), item("bltnope"), item(uid, version=9)])["job_id"]
    status = client.get(f"/bulk/jobs/{job}")
    assert status["summary"] == {"total_items": 3, "success": 1, "failed": 2}
    assert status["status"] == "completed_with_errors"
    assert client.get(f"/bulk/{job}")["job_id"] == job
    items = client.get(f"/bulk/jobs/{job}/items")["items"]
    assert [row["publish_status"] for row in items] == ["success", "failed", "failed"]
    assert client.refused("GET", "/bulk/jobs/cs-nope")[0] == 422


def test_jobs_finish_later_by_clock_or_by_requests() -> None:
    """Until then the job is in progress and nothing is live."""
    for switches in (Switches(job_seconds=10), Switches(job_requests=3)):
        with open_client(switches) as client:
            client.environment("live")
            client.content_type("page")
            uid = made(client)
            job = bulk(client, entries=[item(uid)])["job_id"]
            assert client.get(f"/bulk/jobs/{job}")["status"] == "in_progress"
            assert client.details("page", uid) == set()
            client.clock.pass_seconds(11)
            client.get("/locales")
            assert client.get(f"/bulk/jobs/{job}")["status"] == "completed"
            assert len(client.details("page", uid)) == 1


def test_a_bulk_publish_takes_ten_items_by_default(client: EmulatorClient) -> None:
    """11 items, 11 languages or none at all are refused whole."""
    items = [item(made(client, f"A{number}")) for number in range(11)]
    assert (
        client.refused("POST", "/bulk/publish", json={"entries": items, "environments": ["live"]})[0] == 422
    )
    assert client.refused("POST", "/bulk/publish", json={"entries": [], "environments": ["live"]})[0] == 422
    assert client.refused("POST", "/bulk/publish", json={"entries": items[:1]})[0] == 422
    assert (
        client.refused("POST", "/bulk/publish", json={"entries": [{"uid": "x"}], "environments": ["live"]})[0]
        == 422
    )
    bulk(client, entries=items[:10])
    client.emulator.switches = Switches(bulk_items=50)
    bulk(client, entries=items)
    assert all(client.details("page", row["uid"]) for row in items)


def test_references_are_published_with_the_items(client: EmulatorClient) -> None:
    """One level deep; with api_version 3.2 five levels, cycles included."""
    last = made(client, "last")
    chain = [last]
    for number in range(6):
        link = [{"uid": chain[0], "_content_type_uid": "page"}]
        chain.insert(0, made(client, f"link {number}", next=link))
    closing = made(client, "closing", body=document("d", embedded("page", chain[0])))

    def live() -> list[int]:
        return [number for number, uid in enumerate(chain) if client.details("page", uid)]

    bulk(client, entries=[item(closing)], publish_with_reference=True)
    assert live() == [0]
    body = {"entries": [item(closing)], "environments": ["live"], "publish_with_reference": True}
    client.ok("POST", "/bulk/publish", json=body, headers={"api_version": "3.2"})
    assert live() == [0, 1, 2, 3, 4]


def test_bulk_delete_takes_named_languages(client: EmulatorClient) -> None:
    """Entries by language, assets whole; what is not there fails alone."""
    uid, asset = made(client), client.upload("a.png", b"x")["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    body = {"entries": [item(uid, locale="fr"), item("bltnope")], "assets": [{"uid": asset}]}
    job = client.post("/bulk/delete", body)["job_id"]
    assert client.get(f"/bulk/jobs/{job}")["summary"] == {"total_items": 3, "success": 2, "failed": 1}
    assert list(client.stack.main.entries["page"][uid].documents) == ["en-us"]
    assert client.refused("GET", f"/assets/{asset}")[:2] == (422, 145)
    assert client.refused("POST", "/bulk/delete", json={"entries": [item("x")] * 101})[0] == 422


STAGES = [{"name": "Draft", "color": "#111"}, {"name": "Ready", "color": "#222"}]


def workflow(client: EmulatorClient) -> list[str]:
    """A workflow for pages; its stage uids."""
    body = {"name": "W", "content_types": ["page"], "workflow_stages": STAGES}
    stages = client.post("/workflows", {"workflow": body})["workflow"]["workflow_stages"]
    return [stage["uid"] for stage in stages]


def move(client: EmulatorClient, uid: str, stage: str, **params: Any) -> Any:
    body = {"workflow": {"workflow_stage": {"uid": stage, "comment": "c"}}}
    return client.post(f"{PAGES}/{uid}/workflow", body, **params)


def test_entries_move_through_stages(client: EmulatorClient) -> None:
    """A stage of their workflow; shown on request and found by query; bulk moves all or none."""
    first, second = made(client, "A"), made(client, "B")
    assert client.refused("POST", f"{PAGES}/{first}/workflow", json={"workflow": {}})[0] == 422
    draft, ready = workflow(client)
    move(client, first, draft)
    assert client.get(f"{PAGES}/{first}", include_workflow="true")["entry"]["_workflow"]["name"] == "Draft"
    assert "_workflow" not in client.get(f"{PAGES}/{first}")["entry"]
    assert [entry["uid"] for entry in client.get(PAGES, query={"_workflow.uid": draft})["entries"]] == [first]
    stage = {"workflow_stage": {"uid": ready}}
    both = {"entries": [item(first), item(second)], "workflow": stage}
    assert client.refused("POST", "/bulk/workflow", json=both)[0] == 422
    move(client, second, draft)
    assert client.post("/bulk/workflow", both) == {
        "notice": "Your request to update workflow stage is complete."
    }
    assert len(client.get(PAGES, query={"_workflow.uid": ready})["entries"]) == 2
    unknown = {"workflow": {"workflow_stage": {"uid": "bltnope"}}}
    assert client.refused("POST", f"{PAGES}/{first}/workflow", json=unknown)[0] == 422


def test_publish_rules_refuse_entries_in_the_wrong_stage(client: EmulatorClient) -> None:
    """A single publish is refused; a bulk one too, unless it skips what does not satisfy the rules."""
    first, second = made(client, "A"), made(client, "B")
    draft, ready = workflow(client)
    rule = {
        "environment": place(client),
        "content_types": ["page"],
        "locales": ["$all"],
        "workflow_stage": ready,
    }
    rule_body = {
        "publishing_rule": {**rule, "workflow": next(iter(client.stack.workflows)), "actions": ["publish"]}
    }
    client.post("/workflows/publishing_rules", rule_body)
    move(client, first, ready)
    move(client, second, draft)
    publish(client, first)
    body = {"entry": {"environments": ["live"]}}
    assert client.refused("POST", f"{PAGES}/{second}/publish", json=body)[:2] == (422, 161)
    everything = {"entries": [item(first), item(second)], "environments": ["live"]}
    assert client.refused("POST", "/bulk/publish", json=everything)[:2] == (422, 141)
    flag = {"skip_workflow_stage_check": "true"}
    answered = client.http.request("POST", "/bulk/publish", json=everything, headers=flag)
    assert answered.status_code == 200, "the vendor's JS client sends the flag as a header"
    client.post("/bulk/publish", everything, **flag)
    assert (bool(client.details("page", first)), bool(client.details("page", second))) == (True, False)
    client.post(f"{PAGES}/{second}/publish", {"entry": {"environments": ["test"]}})
