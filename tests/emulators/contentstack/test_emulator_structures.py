"""Workflows with their stages, variants of entries."""

from __future__ import annotations

from typing import Any

from emulator_client import EmulatorClient, field_of

PAGES = "/content_types/page/entries"


def test_workflow_stages_get_uids_before_they_can_be_named(client: EmulatorClient) -> None:
    """A stage that names another as its next one needs a second write."""
    client.content_type("page")
    stages: list[dict[str, Any]] = [{"name": "Draft", "uid": "bltforeign"}, {"name": "Ready"}]
    body = {"name": "W", "content_types": ["page"], "workflow_stages": stages}
    early = {**body, "workflow_stages": [{**stages[0], "next_available_stages": ["bltforeign"]}]}
    assert client.refused("POST", "/workflows", json={"workflow": early})[0] == 422
    made = client.post("/workflows", {"workflow": body})["workflow"]
    first, second = [stage["uid"] for stage in made["workflow_stages"]]
    assert first != "bltforeign"
    linked = [{**stage, "next_available_stages": [second]} for stage in made["workflow_stages"]]
    changed = client.put(f"/workflows/{made['uid']}", {"workflow": {"workflow_stages": linked}})["workflow"]
    assert [stage["uid"] for stage in changed["workflow_stages"]] == [first, second]
    assert changed["workflow_stages"][0]["next_available_stages"] == [second]
    assert client.get("/workflows", include_count="true")["count"] == 1
    assert client.get(f"/workflows/{made['uid']}/disable")["workflow"]["enabled"] is False
    assert client.get(f"/workflows/{made['uid']}/enable")["workflow"]["enabled"] is True


def test_an_invalid_workflow_is_refused(client: EmulatorClient) -> None:
    """A name of its own, stages with names, content types that exist and follow no other workflow."""
    client.content_type("page")
    right = {"name": "W", "content_types": ["page"], "workflow_stages": [{"name": "S"}, {"name": "T"}]}
    uid = client.post("/workflows", {"workflow": right})["workflow"]["uid"]
    wrong_ones: list[dict[str, Any]] = [
        {"content_types": []},
        {"name": "X"},
        {"name": "X", "content_types": ["$all"]},
        {"name": "X", "content_types": ["nope"]},
        {"name": "X", "content_types": [], "workflow_stages": []},
        {"name": "X", "content_types": [], "workflow_stages": [{"name": "S"}]},
        {"name": "X", "content_types": [], "workflow_stages": [{"name": "S"}, {}]},
        {"name": "X", "content_types": [], "workflow_stages": [{"name": f"S{n}"} for n in range(21)]},
        {"name": "", "content_types": []},
    ]
    for wrong in wrong_ones:
        assert client.refused("POST", "/workflows", json={"workflow": {**right, **wrong}})[0] == 422, wrong
    client.ok("DELETE", f"/workflows/{uid}")
    assert client.refused("GET", f"/workflows/{uid}")[:2] == (422, 141)


def test_publish_rules_refer_to_existing_objects(client: EmulatorClient) -> None:
    """Environment, workflow and stage must be there; a rule needs no name."""
    place = client.environment("live")
    client.content_type("page")
    body = {"name": "W", "content_types": ["page"], "workflow_stages": [{"name": "S"}, {"name": "T"}]}
    workflow = client.post("/workflows", {"workflow": body})["workflow"]
    path = "/workflows/publishing_rules"
    right = {
        "environment": place,
        "workflow": workflow["uid"],
        "workflow_stage": workflow["workflow_stages"][0]["uid"],
        "content_types": ["$all"],
        "locales": ["en-us"],
        "actions": ["publish"],
    }
    for wrong in ({"environment": "live"}, {"workflow": "nope"}, {"workflow_stage": "nope"}):
        assert client.refused("POST", path, json={"publishing_rule": {**right, **wrong}})[0] == 422
    made = client.post(path, {"publishing_rule": right})["publishing_rule"]
    assert client.get(path)["publishing_rules"] == [made]
    assert client.get(f"{path}/{made['uid']}")["publishing_rule"] == made


def test_variants_change_fields_of_an_entry(client: EmulatorClient) -> None:
    """A variant of a group, with versions of its own; published by naming it; unknown ones are refused."""
    place = client.environment("live")
    client.content_type("page", field_of("text", "a"), field_of("file", "f"))
    asset = client.upload("a.png", b"x")
    client.stack.main.put(
        "variant_groups", {"uid": "g", "name": "G", "variants": [{"uid": "cs1", "name": "V"}]}
    )
    uid = client.entry("page", {"title": "A", "a": "base"})["uid"]
    path = f"{PAGES}/{uid}/variants"
    body = {
        "entry": {
            "a": "changed",
            "f": asset["uid"],
            "title": "left out",
            "_variant": {"_change_set": ["a", "f"]},
        }
    }
    assert client.refused("PUT", f"{path}/csnope", json=body)[0] == 422
    made = client.put(f"{path}/cs1", body)["entry"]
    assert (made["a"], made["f"], "title" in made, made["_version"]) == ("changed", asset, False, 1)
    about = made["_variant"]
    assert (about["_uid"], about["_base_entry_version"], about["_change_set"]) == ("cs1", 1, ["a", "f"])
    again = client.put(f"{path}/cs1", {"entry": {"a": "again", "_variant": {"_change_set": ["a"]}}})["entry"]
    assert (again["_version"], again["_variant"]["_instance_uid"]) == (2, about["_instance_uid"])
    assert client.get(f"{path}/cs1", version=1)["entry"]["a"] == "changed"
    assert len(client.get(f"{path}/cs1/versions")["versions"]) == 2
    sent = {"environments": ["live"], "locales": ["en-us"], "variants": [{"uid": "cs1", "version": 1}]}
    client.post(f"{PAGES}/{uid}/publish", {"entry": sent})
    answer = client.get(path, include_publish_details="true", include_count="true")
    (detail,) = answer["entries"][0]["publish_details"]
    assert (detail["environment"], detail["version"], detail["variant_uid"]) == (place, 1, "cs1")
    assert answer["count"] == 1
    assert client.details("page", uid) == {(place, "en-us", 1)}, "the entry was not live"
    bad = {"entry": {"_variant": {"_change_set": ["nope"]}}}
    assert client.refused("PUT", f"{path}/cs1", json=bad)[:2] == (422, 119)
    client.ok("DELETE", f"{path}/cs1")
    assert client.get(path)["entries"] == []
    assert client.refused("GET", f"{path}/cs1")[:2] == (422, 141)
    assert client.get("/variant_groups/g/variants")["variants"] == [{"uid": "cs1", "name": "V"}]
