"""What is deleted is kept for 14 days, and comes back under its uid."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, field_of, open_client, reference

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"
DAY = 24 * 60 * 60.0
LIVE = {"environments": ["live"], "locales": ["en-us"]}
BODY = {"entry": {"locale": "en-us"}}


def restore(client: EmulatorClient, uid: str, locale: str = "en-us") -> Any:
    sent = {"entry": {"locale": locale}}
    return client.put(f"{PAGES}/{uid}/restore", sent, deleted="true")["entry"]


@pytest.mark.parametrize("holds", [True, False])
def test_the_trash_may_hold_what_must_be_unique(holds: bool) -> None:
    """A deleted entry's title is taken for 14 days, though no listing shows it; or it is free at once."""
    with open_client(Switches(trash_holds_unique=holds)) as client:
        client.content_type("page")
        uid = client.entry("page", {"title": "A"})["uid"]
        client.ok("DELETE", f"{PAGES}/{uid}")
        assert client.get(PAGES)["entries"] == []
        answer = client.http.post(PAGES, json={"entry": {"title": "A"}})
        assert answer.status_code == (422 if holds else 201)
        if holds:
            assert answer.json()["errors"] == {"title": ["is not unique."]}
            client.clock.pass_seconds(14 * DAY)
            client.entry("page", {"title": "A"})


def test_an_entry_comes_back_from_the_trash(client: EmulatorClient) -> None:
    """Under its uid, with a version more, live nowhere; and not twice."""
    client.content_type("page")
    client.environment("live")
    uid = client.entry("page", {"title": "A"})["uid"]
    client.post(f"{PAGES}/{uid}/publish", {"entry": LIVE})
    client.ok("DELETE", f"{PAGES}/{uid}")
    assert client.get(PAGES)["entries"] == []
    entry = restore(client, uid)
    assert (entry["uid"], entry["title"], entry["_version"]) == (uid, "A", 2)
    assert client.details("page", uid) == set()
    assert [row["_version"] for row in client.get(f"{PAGES}/{uid}/versions")["versions"]] == [2, 1]
    assert client.refused("PUT", f"{PAGES}/{uid}/restore", json=BODY)[:2] == (422, 141)


def test_each_language_comes_back_by_itself(client: EmulatorClient) -> None:
    """One that was written anew meanwhile is not overwritten."""
    client.locale("fr")
    client.content_type("page")
    uid = client.entry("page", {"title": "A"})["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}}, locale="fr")
    client.ok("DELETE", f"{PAGES}/{uid}", params={"delete_all_localized": "true"})
    assert restore(client, uid, "fr")["locale"] == "fr"
    assert restore(client, uid)["title"] == "A"
    client.ok("DELETE", f"{PAGES}/{uid}", params={"locale": "fr"})
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "New"}}, locale="fr")
    again = {"entry": {"locale": "fr"}}
    assert client.refused("PUT", f"{PAGES}/{uid}/restore", json=again)[:2] == (422, 141)


def test_after_fourteen_days_it_is_gone(client: EmulatorClient) -> None:
    client.content_type("page")
    one, two = [client.entry("page", {"title": title})["uid"] for title in "AB"]
    client.ok("DELETE", f"{PAGES}/{one}")
    client.clock.pass_seconds(13 * DAY)
    client.ok("DELETE", f"{PAGES}/{two}")
    client.clock.pass_seconds(DAY)
    assert client.refused("PUT", f"{PAGES}/{one}/restore", json=BODY)[:2] == (422, 141)
    assert restore(client, two)["title"] == "B"


def test_without_a_trash_nothing_comes_back() -> None:
    with open_client(Switches(trash=False, trash_api=True)) as client:
        client.content_type("page")
        uid = client.entry("page", {"title": "A"})["uid"]
        asset = client.upload("a.png", b"a")["uid"]
        for path in (f"{PAGES}/{uid}", f"/assets/{asset}"):
            client.ok("DELETE", path)
        assert client.refused("PUT", f"{PAGES}/{uid}/restore", json=BODY)[:2] == (422, 141)
        assert client.refused("PUT", f"/assets/{asset}/restore", json={})[0] == 404
        assert client.refused("GET", "/trash")[0] == 404
        client.entry("page", {"title": "A"})


def test_a_title_that_was_taken_meanwhile_refuses_a_restore() -> None:
    with open_client(Switches(trash_holds_unique=False)) as client:
        client.content_type("page")
        uid = client.entry("page", {"title": "A"})["uid"]
        client.ok("DELETE", f"{PAGES}/{uid}")
        client.entry("page", {"title": "A"})
        assert client.refused("PUT", f"{PAGES}/{uid}/restore", json=BODY)[2] == {"title": ["is not unique."]}


def test_references_to_what_was_deleted_stay_and_lead_to_it_again(client: EmulatorClient) -> None:
    """Guide: Trash Real-world Scenarios. No version of the entry that refers is made."""
    client.content_type("page", reference("next", "page"), field_of("file", "picture"))
    asset = client.upload("a.png", b"a")["uid"]
    held = client.entry("page", {"title": "A"})["uid"]
    link = [{"uid": held, "_content_type_uid": "page"}]
    user = client.entry("page", {"title": "B", "next": link, "picture": asset})["uid"]
    for path in (f"{PAGES}/{held}", f"/assets/{asset}"):
        client.ok("DELETE", path)
    shown = client.get(f"{PAGES}/{user}")["entry"]
    assert (shown["next"], shown["picture"], shown["_version"]) == (link, None, 1)
    restore(client, held)
    client.put(f"/assets/{asset}/restore", {"asset": {"uid": asset}}, deleted="true")
    shown = client.get(f"{PAGES}/{user}")["entry"]
    assert (shown["picture"]["uid"], shown["_version"]) == (asset, 1)
    assert client.get(f"{PAGES}/{held}/references")["references"][0]["entry_uid"] == user


def test_a_file_comes_back_by_a_call_that_no_page_has() -> None:
    """With its bytes, a version more, and live nowhere; once its folder is there."""
    with open_client(Switches(trash_api=True)) as client:
        client.environment("live")
        folder = client.post("/assets/folders", {"asset": {"name": "F"}})["asset"]["uid"]
        asset = client.upload("a.png", b"bytes", parent_uid=folder)
        path = f"/assets/{asset['uid']}"
        client.post(f"{path}/publish", {"asset": LIVE, "version": 1})
        client.ok("DELETE", f"/assets/folders/{folder}")
        assert client.refused("PUT", f"{path}/restore", json={})[:2] == (422, 145)
        client.post(f"/trash/{folder}/restore", {})
        back = client.put(f"{path}/restore", {"asset": {"uid": asset["uid"]}}, deleted="true")["asset"]
        assert (back["uid"], back["_version"], back["parent_uid"]) == (asset["uid"], 2, folder)
        shown = client.get(path, include_publish_details="true")["asset"]
        assert shown["publish_details"] == []
        assert client.http.get(shown["url"]).content == b"bytes"


def test_the_call_for_files_may_be_unknown() -> None:
    with open_client(Switches(asset_restore=False)) as client:
        uid = client.upload("a.png", b"a")["uid"]
        client.ok("DELETE", f"/assets/{uid}")
        assert client.refused("PUT", f"/assets/{uid}/restore", json={})[0] == 404
        assert client.refused("POST", f"/trash/{uid}/restore")[0] == 404


def test_everything_comes_back_by_the_call_for_all() -> None:
    """What belongs to something comes back after it."""
    with open_client(Switches(trash_api=True)) as client:
        client.locale("fr")
        client.post(
            "/global_fields",
            {"global_field": {"uid": "seo", "title": "S", "schema": [field_of("text", "a")]}},
        )
        client.content_type("page")
        uid = client.entry("page", {"title": "A"})["uid"]
        client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}}, locale="fr")
        client.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T"}})
        client.post("/taxonomies/t/terms", {"term": {"uid": "top", "name": "Top"}})
        client.post("/taxonomies/t/terms", {"term": {"uid": "leaf", "name": "Leaf", "parent_uid": "top"}})
        client.put("/taxonomies/t/terms/leaf", {"term": {"name": "Feuille"}}, locale="fr")
        client.post("/taxonomies", {"taxonomy": {"uid": "u", "name": "U"}})
        for path in ("/content_types/page", "/global_fields/seo", "/taxonomies/t/terms/top", "/taxonomies/u"):
            client.ok("DELETE", path, params={"force": "true"})
        held = [(row["type"], row["uid"]) for row in client.get("/trash")["trash"]]
        entries = [("entry", uid)] * 2
        others = [
            ("content_type", "page"),
            ("global_field", "seo"),
            ("taxonomy", "u"),
            ("term", "leaf"),
            ("term", "top"),
        ]
        assert sorted(held) == sorted([*entries, *others])
        assert [row["uid"] for row in client.get("/taxonomies", deleted="true")["taxonomies"]] == ["u"]
        rows = client.get("/taxonomies/t/terms", deleted="true")["terms"]
        assert {row["uid"] for row in rows} == {"leaf", "top"}
        assert client.refused("POST", f"/trash/{uid}/restore")[:2] == (422, 118)
        assert client.refused("POST", "/trash/leaf/restore")[:2] == (422, 141)
        for one in ("page", "seo", "u", "top", "leaf", uid):
            client.post(f"/trash/{one}/restore", {})
        assert client.get("/trash")["trash"] == []
        assert client.get(f"{PAGES}/{uid}", locale="fr")["entry"]["title"] == "B"
        assert client.get("/taxonomies/t/terms/leaf", locale="fr")["term"]["name"] == "Feuille"
        assert client.get("/global_fields/seo")["global_field"]["title"] == "S"
        assert client.refused("POST", "/trash/seo/restore")[:2] == (422, 141)


def test_a_branch_has_its_own_trash(client: EmulatorClient) -> None:
    """What was deleted before the fork, or in another branch, is not in it."""
    client.content_type("page")
    uid = client.entry("page", {"title": "A"})["uid"]
    client.ok("DELETE", f"{PAGES}/{uid}")
    client.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    dev = {"branch": "dev"}
    assert client.refused("PUT", f"{PAGES}/{uid}/restore", json=BODY, headers=dev)[:2] == (422, 141)
    client.ok("POST", PAGES, json={"entry": {"title": "A"}}, headers=dev)
    assert restore(client, uid)["uid"] == uid
