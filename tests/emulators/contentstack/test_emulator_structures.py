"""Taxonomies with their terms, workflows with their stages, variants of entries."""

from __future__ import annotations

import json
from typing import Any

from emulator_client import EmulatorClient, field_of

PAGES = "/content_types/page/entries"


def term(client: EmulatorClient, uid: str, parent: str | None = None) -> None:
    client.post("/taxonomies/place/terms", {"term": {"uid": uid, "name": uid.title(), "parent_uid": parent}})


def places(client: EmulatorClient) -> None:
    """europe (france (paris), spain), asia"""
    client.post("/taxonomies", {"taxonomy": {"uid": "place", "name": "Place", "description": "D"}})
    for uid, parent in (
        ("europe", None),
        ("france", "europe"),
        ("paris", "france"),
        ("spain", "europe"),
        ("asia", None),
    ):
        term(client, uid, parent)


def uids(answer: Any) -> list[str]:
    return [row["uid"] for row in answer["terms"]]


def import_taxonomy(client: EmulatorClient, content: Any, **params: Any) -> Any:
    files = {"taxonomy": ("t.json", json.dumps(content).encode(), "application/json")}
    return client.http.post("/taxonomies/import", files=files, params=params)


def test_terms_are_a_tree(client: EmulatorClient) -> None:
    """By default the top level, with depth 0 everything; ancestors, descendants, moves without circles."""
    places(client)
    path = "/taxonomies/place/terms"
    assert uids(client.get(path)) == ["europe", "asia"]
    assert uids(client.get(path, depth=2)) == ["europe", "france", "spain", "asia"]
    everything = client.get(path, depth=0, include_count="true", include_children_count="true")
    assert uids(everything) == ["europe", "france", "paris", "spain", "asia"]
    assert (everything["count"], everything["terms"][0]["children_count"]) == (5, 2)
    assert uids(client.get(path, depth=0, skip=1, limit=2)) == ["france", "paris"]
    assert uids(client.get(f"{path}/paris/ancestors")) == ["europe", "france"]
    assert uids(client.get(f"{path}/europe/descendants", depth=0)) == ["france", "paris", "spain"]
    circle = {"term": {"parent_uid": "paris", "order": 1}}
    assert client.refused("PUT", f"{path}/europe/move", json=circle)[0] == 422
    client.put(f"{path}/france/move", {"term": {"parent_uid": "asia", "order": 1}})
    assert uids(client.get(f"{path}/paris/ancestors")) == ["asia", "france"]
    assert client.refused("DELETE", f"{path}/france")[0] == 422
    client.ok("DELETE", f"{path}/france?force=true")
    assert client.refused("GET", f"{path}/paris")[:2] == (422, 141)
    assert client.put(f"{path}/asia", {"term": {"name": "Asien"}})["term"]["name"] == "Asien"


def test_invalid_taxonomies_and_terms_are_refused(client: EmulatorClient) -> None:
    """Missing names, bad or taken uids and unknown parents are refused; a taken taxonomy is 409."""
    places(client)
    path = "/taxonomies/place/terms"
    for wrong in (
        {"uid": "asia", "name": "x"},
        {"uid": "a b", "name": "x"},
        {"uid": "x"},
        {"uid": "x", "name": "x", "parent_uid": "nope"},
    ):
        assert client.refused("POST", path, json={"term": wrong})[0] == 422
    assert client.refused("POST", "/taxonomies", json={"taxonomy": {"uid": "place", "name": "x"}})[0] == 409
    assert client.refused("POST", "/taxonomies", json={"taxonomy": {"uid": "x"}})[0] == 422
    assert client.refused("DELETE", "/taxonomies/place")[0] == 422
    assert client.get("/taxonomies", include_count="true")["count"] == 1
    client.ok("DELETE", "/taxonomies/place?force=true")
    assert client.refused("GET", "/taxonomies/place")[:2] == (422, 141)


def test_a_taxonomy_is_exported_and_imported_as_a_file(client: EmulatorClient) -> None:
    """The export holds the whole tree; importing it where it exists is 409; a broken tree is refused."""
    places(client)
    exported = client.get("/taxonomies/place/export", format="json")
    assert exported["taxonomy"] == {"uid": "place", "name": "Place", "description": "D"}
    assert exported["terms"][2] == {"uid": "paris", "name": "Paris", "parent_uid": "france", "order": 1}
    assert import_taxonomy(client, exported).status_code == 409
    client.ok("DELETE", "/taxonomies/place?force=true")
    assert import_taxonomy(client, {**exported, "terms": exported["terms"][::-1]}).status_code == 201
    assert client.get("/taxonomies/place/export") == exported
    orphan = {
        "taxonomy": {"uid": "x", "name": "x"},
        "terms": [{"uid": "a", "name": "a", "parent_uid": "nope"}],
    }
    assert import_taxonomy(client, orphan).status_code == 422
    assert import_taxonomy(client, {}).status_code == 422
    assert client.refused("GET", "/taxonomies/x")[0] == 422


def test_taxonomies_have_names_in_other_languages(client: EmulatorClient) -> None:
    """Only what is localized is listed in a language, unless fallback is asked for."""
    places(client)
    client.locale("fr")
    client.post("/taxonomies", {"taxonomy": {"uid": "plain", "name": "Plain"}})
    assert {row["locale"] for row in client.get("/taxonomies", locale="en-us")["taxonomies"]} == {"en-us"}
    assert client.get("/taxonomies", locale="fr")["taxonomies"] == []
    french = {
        "taxonomy": {"uid": "place", "name": "Lieu"},
        "terms": [{"uid": "spain", "name": "Espagne", "parent_uid": "europe"}],
    }
    assert import_taxonomy(client, french, locale="fr").status_code == 201
    assert import_taxonomy(client, french, locale="fr").status_code == 409
    (only,) = client.get("/taxonomies", locale="fr")["taxonomies"]
    assert (only["uid"], only["name"], only["locale"]) == ("place", "Lieu", "fr")
    assert len(client.get("/taxonomies", locale="fr", include_fallback="true")["taxonomies"]) == 2
    exported = client.get("/taxonomies/place/export", locale="fr")
    assert exported["taxonomy"]["name"] == "Lieu"
    assert {row["uid"]: row["name"] for row in exported["terms"]}["spain"] == "Espagne"
    client.put("/taxonomies/place/terms/asia", {"term": {"name": "Asie"}}, locale="fr")
    assert uids(client.get("/taxonomies/place/terms", locale="fr", depth=0)) == ["spain", "asia"]
    client.put("/taxonomies/plain", {"taxonomy": {"name": "Simple"}}, locale="fr")
    assert client.get("/taxonomies/plain", locale="fr")["taxonomy"]["name"] == "Simple"
    assert client.get("/taxonomies/plain")["taxonomy"]["name"] == "Plain"


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
    assert client.details("page", uid) == set()
    bad = {"entry": {"_variant": {"_change_set": ["nope"]}}}
    assert client.refused("PUT", f"{path}/cs1", json=bad)[:2] == (422, 119)
    client.ok("DELETE", f"{path}/cs1")
    assert client.get(path)["entries"] == []
    assert client.refused("GET", f"{path}/cs1")[:2] == (422, 141)
    assert client.get("/variant_groups/g/variants")["variants"] == [{"uid": "cs1", "name": "V"}]
