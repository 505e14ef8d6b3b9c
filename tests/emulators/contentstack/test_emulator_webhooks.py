"""The events that webhooks would be sent: those that their channels name, in their branches, while they are on."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, field_of

PAGES = "/content_types/page/entries"
WHERE = {"environments": ["live"], "locales": ["en-us"]}


def listen(client: EmulatorClient, *channels: str, **facts: Any) -> str:
    hook = {
        "name": f"W {channels} {facts}",
        "channels": list(channels),
        "destinations": [{"target_url": "x"}],
        **facts,
    }
    return str(client.post("/webhooks", {"webhook": hook})["webhook"]["uid"])


def sent(client: EmulatorClient) -> list[str]:
    """The names of the events so far, which are then forgotten."""
    found = [one.event for one in client.stack.webhook_events]
    client.stack.webhook_events.clear()
    return found


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("content_types.entries.update", 1),
        ("content_types.page.entries.update", 1),
        ("content_types.page.entries.{uid}.update", 1),
        ("content_types.entries.create", 0),
        ("content_types.other.entries.update", 0),
        ("content_types.entries.delete", 0),
        ("content_types.entries.publish", 2),
        ("content_types.entries.environments.publish.success", 2),
        ("content_types.page.entries.environments.live.publish.success", 2),
        ("content_types.entries.environments.{live}.publish.success", 2),
        ("content_types.entries.environments.other.publish.success", 0),
        ("content_types.entries.environments.unpublish.success", 0),
        ("content_types.entries.workflows", 1),
        ("content_types.page.entries.workflows.{flow}.{stage}", 1),
        ("jobs.environments.live.publish.completed", 1),
        ("releases.environments.live.deploy", 1),
        ("releases.environments.deploy.success", 1),
        ("assets.create", 0),
    ],
)
def test_a_channel_gets_what_it_names(client: EmulatorClient, channel: str, expected: int) -> None:
    """One edit, one publication, one of a bulk job, one move into a stage, one deployment."""
    live = client.environment("live")
    client.content_type("page")
    stages: list[Any] = [{"name": name, "SYS_ACL": {}} for name in ("Draft", "Done")]
    flow = client.post(
        "/workflows", {"workflow": {"name": "F", "content_types": ["$all"], "workflow_stages": stages}}
    )
    stage = flow["workflow"]["workflow_stages"][1]["uid"]
    uid = client.entry("page", {"title": "A"})["uid"]
    named = channel.format(uid=uid, live=live, flow=flow["workflow"]["uid"], stage=stage)
    listen(client, named)
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    client.post(f"{PAGES}/{uid}/publish", {"entry": WHERE})
    item = {"uid": uid, "content_type": "page", "version": 1, "locale": "en-us"}
    client.post("/bulk/publish", {"entries": [item], **WHERE})
    client.post(f"{PAGES}/{uid}/workflow", {"workflow": {"workflow_stage": {"uid": stage}}})
    release = client.post("/releases", {"release": {"name": "R"}})["release"]["uid"]
    client.post(f"/releases/{release}/deploy", {"release": {"environments": ["live"]}})
    assert len(sent(client)) == expected


def test_each_edit_of_each_kind_has_its_event(client: EmulatorClient) -> None:
    """What the guide lists; a version more or less, and folders, have none."""
    client.locale("fr")
    live = client.environment("live")
    kinds = (
        "content_types",
        "global_fields",
        "assets",
        "taxonomies",
        "content_types.entries",
        "taxonomies.terms",
    )
    verbs = ("create", "update", "delete", "localize", "unlocalize")
    variants = [f"content_types.entries.variants.{verb}" for verb in verbs[:3]]
    published = ("assets", "content_types.entries", "content_types.entries.variants")
    ends = ("publish.success", "publish.fail", "unpublish.success")
    places = [f"{kind}.environments.live.{end}" for kind in published for end in ends]
    listen(client, *(f"{kind}.{verb}" for kind in kinds for verb in verbs), *variants, *places)
    client.content_type("page")
    client.put("/content_types/page", {"content_type": {"title": "Page"}})
    field = {"uid": "seo", "title": "S", "schema": [field_of("text", "a")]}
    client.post("/global_fields", {"global_field": field})
    client.put("/global_fields/seo", {"global_field": {"title": "T"}})
    assert sent(client) == [
        "content_types.page.create", "content_types.page.update", "global_fields.seo.create",
        "global_fields.seo.update",
    ]  # fmt: skip

    uid = client.entry("page", {"title": "A"})["uid"]
    imported = client.import_entry("page", {"title": "I"}).json()["entry"]["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "F"}}, locale="fr")
    client.post(f"{PAGES}/{uid}/versions/1/name", {"entry": {"_version_name": "One"}})
    variant: list[Any] = [{"uid": "cs1", "name": "V"}]
    client.post("/variant_groups", {"variant_group": {"name": "G", "variants": variant}})
    for title in "VW":
        client.put(f"{PAGES}/{uid}/variants/cs1", {"entry": {"title": title}})
    shown = {"entry": {**WHERE, "variants": [{"uid": "cs1"}]}}
    client.post(f"{PAGES}/{uid}/publish", shown)
    client.ok("DELETE", f"{PAGES}/{uid}/variants/cs1")
    client.post("/bulk/delete", {"entries": [{"uid": imported, "content_type": "page", "locale": "en-us"}]})
    client.ok("DELETE", f"{PAGES}/{uid}", params={"delete_all_localized": "true"})
    entry = f"content_types.page.entries.{uid}"
    assert [event.replace(imported, "I") for event in sent(client)] == [
        f"{entry}.create", "content_types.page.entries.I.create", f"{entry}.update",
        f"{entry}.variants.cs1.create", f"{entry}.variants.cs1.update",
        *(f"{one}.environments.{live}.publish.success" for one in (entry, f"{entry}.variants.cs1")),
        f"{entry}.variants.cs1.delete", "content_types.page.entries.I.delete", f"{entry}.delete", f"{entry}.delete",
    ]  # fmt: skip

    folder = client.post("/assets/folders", {"asset": {"name": "F"}})["asset"]["uid"]
    asset = client.upload("a.png", b"a", parent_uid=folder)["uid"]
    client.put(f"/assets/{asset}", {"asset": {"title": "B"}})
    client.post(f"/assets/{asset}/publish", {"asset": WHERE})
    client.post(f"/assets/{asset}/unpublish", {"asset": WHERE})
    client.ok("DELETE", f"/assets/folders/{folder}")
    gone = {"assets": [{"uid": "bltgone"}], **WHERE}
    client.post("/bulk/publish", gone)
    shown_there = f"assets.{asset}.environments.{live}"
    assert sent(client) == [
        f"assets.{asset}.create", f"assets.{asset}.update", f"{shown_there}.publish.success",
        f"{shown_there}.unpublish.success", f"assets.{asset}.delete",
        f"assets.bltgone.environments.{live}.publish.fail",
    ]  # fmt: skip

    client.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T"}})
    client.put("/taxonomies/t", {"taxonomy": {"name": "U"}})
    client.post("/taxonomies/t", {"taxonomy": {"name": "F"}}, locale="fr")
    client.post("/taxonomies/t/terms", {"term": {"uid": "a", "name": "A"}})
    client.put("/taxonomies/t/terms/a", {"term": {"name": "B"}})
    client.post("/taxonomies/t/terms/a", {"term": {"name": "F"}}, locale="fr")
    for path in ("/taxonomies/t/terms/a", "/taxonomies/t"):
        client.ok("DELETE", path, params={"locale": "fr"})
    for path in ("/taxonomies/t/terms/a", "/taxonomies/t", "/content_types/page", "/global_fields/seo"):
        client.ok("DELETE", path)
    term = "taxonomies.t.terms.a"
    assert sent(client) == [
        "taxonomies.t.create", "taxonomies.t.update", "taxonomies.t.localize", f"{term}.create", f"{term}.update",
        f"{term}.localize", f"{term}.unlocalize", "taxonomies.t.unlocalize", f"{term}.delete", "taxonomies.t.delete",
        "content_types.page.delete", "global_fields.seo.delete",
    ]  # fmt: skip


def test_a_webhook_that_is_off_or_of_another_branch_gets_nothing(client: EmulatorClient) -> None:
    """Each is asked at each event, so one that is held back for a time gets what comes after it."""
    client.content_type("page")
    off = listen(client, "content_types.entries.create", disabled=True)
    dev = listen(
        client, "content_types.entries.create", "content_types.page.entries.create", branches=["dev"]
    )
    every = listen(
        client, "content_types.entries.create", "content_types.page.entries.create", branches=["$all"]
    )
    client.post("/stacks/branches", {"branch": {"uid": "dev"}})
    uid = client.entry("page", {"title": "A"})["uid"]
    assert [(one.webhook, one.uid) for one in client.stack.webhook_events] == [(every, uid)]
    client.ok("POST", PAGES, json={"entry": {"title": "B"}}, headers={"branch": "dev"})
    assert [one.webhook for one in client.stack.webhook_events] == [every, dev, every]
    client.put(f"/webhooks/{off}", {"webhook": {"disabled": False}})
    client.put(f"/webhooks/{every}", {"webhook": {"disabled": True}})
    client.entry("page", {"title": "C"})
    assert [one.webhook for one in client.stack.webhook_events] == [every, dev, every, off]


def test_branches_and_aliases_have_events(client: EmulatorClient) -> None:
    listen(client, "branch.create.completed", "branch.dev.delete.initiated", "branch_alias.assigned")
    client.post("/stacks/branches", {"branch": {"uid": "dev"}})
    client.put("/stacks/branch_aliases/a", {"branch_alias": {"target_branch": "dev"}})
    client.ok("DELETE", "/stacks/branches/dev?force=true")
    assert sent(client) == ["branch.create.completed", "branch_alias.assigned", "branch.dev.delete.initiated"]


def test_what_was_scheduled_has_its_event_when_it_happens(client: EmulatorClient) -> None:
    client.environment("live")
    client.content_type("page")
    uid = client.entry("page", {"title": "A"})["uid"]
    listen(client, "content_types.entries.environments.live.publish.success")
    client.post(f"{PAGES}/{uid}/publish", {"entry": WHERE, "scheduled_at": client.clock.after(60)})
    assert sent(client) == []
    client.clock.pass_seconds(61)
    client.get("/locales")
    assert len(sent(client)) == 1
