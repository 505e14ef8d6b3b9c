"""Taxonomies with their terms: languages, the tree and its order, files, moves."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from emulator_client import EmulatorClient, open_client

from stackferry.emulators.contentstack import Switches


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
    assert uids(client.get(path, depth=0, desc="uid")) == ["spain", "paris", "france", "europe", "asia"]
    everything = client.get(path, depth=0, include_count="true", include_children_count="true")
    assert uids(everything) == ["europe", "france", "paris", "spain", "asia"]
    assert (everything["count"], everything["terms"][0]["children_count"]) == (5, 2)
    assert uids(client.get(path, depth=0, skip=1, limit=2)) == ["france", "paris"]
    assert uids(client.get(f"{path}/paris/ancestors")) == ["europe", "france"]
    assert uids(client.get(f"{path}/europe/descendants", depth=0)) == ["france", "paris", "spain"]
    circle = {"term": {"parent_uid": "paris", "order": 1}}
    assert client.refused("PUT", f"{path}/europe/move", json=circle)[0] == 422
    moved = {"term": {"parent_uid": "asia", "order": 1}}
    assert client.refused("PUT", f"{path}/france/move", json=moved)[2] == {"force": ["is a required field."]}
    client.put(f"{path}/france/move", moved, force="true")
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
    assert exported["terms"][2] == {"uid": "paris", "name": "Paris", "parent_uid": "france"}
    assert import_taxonomy(client, exported).status_code == 409
    client.ok("DELETE", "/taxonomies/place?force=true")
    backwards = import_taxonomy(client, {**exported, "terms": exported["terms"][::-1]})
    assert (backwards.status_code, backwards.json()["taxonomy"]["terms_count"]) == (201, 5)
    assert uids(client.get("/taxonomies/place/export")) == ["asia", "europe", "spain", "france", "paris"]
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


def orders(client: EmulatorClient) -> dict[str, int]:
    rows = client.get("/taxonomies/place/terms", depth=0, include_order="true")["terms"]
    return {row["uid"]: row["order"] for row in rows}


def test_order_is_answered_when_it_is_asked_for(client: EmulatorClient) -> None:
    """The list is in the order of creation, whatever the order; the answer to a creation shows none."""
    client.post("/taxonomies", {"taxonomy": {"uid": "place", "name": "Place"}})
    path = "/taxonomies/place/terms"
    made = [
        client.post(path, {"term": {"uid": uid, "name": uid, "order": order}})
        for uid, order in (("b", "2"), ("a", 1))
    ]
    assert not any("order" in answer["term"] for answer in made)
    assert [("order" in row, row["uid"], row["depth"]) for row in client.get(path)["terms"]] == [
        (False, "b", 1),
        (False, "a", 1),
    ]
    assert orders(client) == {"b": 2, "a": 1}


@pytest.mark.parametrize(
    ("inserts", "created", "moved"),
    [
        (True, {"a": 1, "b": 3, "c": 2}, {"a": 2, "b": 4, "c": 1}),
        (False, {"a": 1, "b": 2, "c": 2}, {"a": 1, "b": 2, "c": 1}),
    ],
)
def test_a_taken_order_moves_later_siblings_up_or_is_shared(
    *, inserts: bool, created: dict[str, int], moved: dict[str, int]
) -> None:
    with open_client(Switches(order_inserts=inserts)) as client:
        client.post("/taxonomies", {"taxonomy": {"uid": "place", "name": "Place"}})
        path = "/taxonomies/place/terms"
        for uid, order in (("a", 1), ("b", 2), ("c", 2)):
            client.post(path, {"term": {"uid": uid, "name": uid, "order": order}})
        assert orders(client) == created
        client.put(f"{path}/c/move", {"term": {"parent_uid": None, "order": 1}})
        assert orders(client) == moved


def test_delete_with_a_language_removes_the_names_in_it_only(client: EmulatorClient) -> None:
    """Of the taxonomy, or of one term; where there is none it is refused."""
    places(client)
    client.locale("fr")
    client.post("/taxonomies/place", {"taxonomy": {"name": "Lieu"}}, locale="fr")
    client.post("/taxonomies/place/terms/asia", {"term": {"name": "Asie"}}, locale="fr")
    client.ok("DELETE", "/taxonomies/place?locale=fr")
    assert client.refused("DELETE", "/taxonomies/place?locale=fr")[0] == 422
    assert client.get("/taxonomies", locale="fr")["taxonomies"] == []
    assert uids(client.get("/taxonomies/place/terms", locale="fr", depth=0)) == ["asia"]
    client.ok("DELETE", "/taxonomies/place/terms/asia?locale=fr")
    assert client.get("/taxonomies/place/terms", locale="fr", depth=0)["terms"] == []
    assert len(client.get("/taxonomies/place/terms", depth=0)["terms"]) == 5


def published(client: EmulatorClient, **params: Any) -> list[tuple[str, str]]:
    rows = client.get("/taxonomies", include_publish_details="true", **params)["taxonomies"]
    return sorted((one["environment"], one["locale"]) for row in rows for one in row["publish_details"])


@pytest.mark.parametrize("details", ["own", "all"])
def test_a_taxonomy_is_published_where_it_is_localized(details: Literal["own", "all"]) -> None:
    """A language in which it is not fails in the job; empty items are refused; details are shown on request."""
    with open_client(Switches(taxonomy_details=details)) as client:
        places(client)
        client.locale("fr")
        client.locale("de")
        client.post("/taxonomies/place", {"taxonomy": {"name": "Lieu"}}, locale="fr")
        live = client.environment("live")
        body: dict[str, Any] = {
            "locales": ["en-us", "fr", "de"],
            "environments": ["live"],
            "items": [{"uid": "place"}],
        }
        for missing in ("locales", "environments", "items"):
            assert client.refused("POST", "/taxonomies/publish", json={**body, missing: []})[0] == 422
        assert (
            client.refused("POST", "/taxonomies/publish", json={**body, "items": [{"uid": "no"}]})[0] == 422
        )
        client.post("/taxonomies/publish", body)
        both = [(live, "en-us"), (live, "fr")]
        assert published(client) == (both if details == "all" else [(live, "en-us")])
        assert published(client, locale="fr") == (both if details == "all" else [(live, "fr")])
        assert "publish_details" not in client.get("/taxonomies")["taxonomies"][0]
        client.post("/taxonomies/unpublish", {**body, "locales": ["en-us"]})
        assert published(client) == ([(live, "fr")] if details == "all" else [])


def test_a_service_without_taxonomy_publishing_knows_no_such_call() -> None:
    with open_client(Switches(taxonomy_publishing=False)) as client:
        places(client)
        body = {"locales": ["en-us"], "environments": ["live"], "items": [{"uid": "place"}]}
        assert client.refused("POST", "/taxonomies/publish", json=body)[0] == 404
        assert (
            "publish_details"
            not in client.get("/taxonomies", include_publish_details="true")["taxonomies"][0]
        )


def test_the_languages_of_taxonomies_and_terms(client: EmulatorClient) -> None:
    """A term may have a name in a language in which its taxonomy has none."""
    client.locale("de")
    places(client)
    client.post("/taxonomies/place/terms/asia", {"term": {"name": "Asien"}}, locale="de")
    rows = client.get("/taxonomies/place/locales")["taxonomies"]
    assert [(row["locale"], row["name"]) for row in rows] == [("en-us", "Place")]
    rows = client.get("/taxonomies/place/terms/asia/locales")["terms"]
    assert [(row["locale"], row["name"]) for row in rows] == [("en-us", "Asia"), ("de", "Asien")]


def test_terms_of_all_taxonomies_are_found_but_not_listed(client: EmulatorClient) -> None:
    places(client)
    client.post("/taxonomies", {"taxonomy": {"uid": "other", "name": "Other"}})
    client.post("/taxonomies/other/terms", {"term": {"uid": "asian", "name": "Asian"}})
    for path in ("/taxonomies/$all/terms", "/taxonomies/%24all/terms"):
        assert sorted(uids(client.get(path, typeahead="asia"))) == ["asia", "asian"]
        assert uids(client.get(path, query={"uid": "paris"})) == ["paris"]
        assert client.refused("GET", path)[0] == 422


def test_variants_of_no_group(client: EmulatorClient) -> None:
    """They are made, listed and used like those of a group."""
    made = client.post("/variants", {"variant": {"name": "Summer"}})["variant"]
    assert [row["uid"] for row in client.get("/variants")["variants"]] == [made["uid"]]
    client.content_type("page")
    uid = client.entry("page", {"title": "A"})["uid"]
    path = f"/content_types/page/entries/{uid}/variants/{made['uid']}"
    assert client.put(path, {"entry": {"title": "B"}})["entry"]["title"] == "B"
    client.ok("DELETE", f"/variants/{made['uid']}")
    assert client.get("/variants")["variants"] == []
