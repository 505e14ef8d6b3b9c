"""Metadata of entries and assets: one record for each object, extension and language; shown inside when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import EmulatorClient, open_client

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"


@pytest.fixture(params=[False, True], ids=["calls only", "also in bodies"])
def client(request: pytest.FixtureRequest) -> Iterator[EmulatorClient]:
    """An entry, an asset and an extension; with the switch for metadata in bodies off and on."""
    with open_client(Switches(metadata_in_body=request.param)) as client:
        client.content_type("page")
        client.environment("live")
        yield client


def extension(client: EmulatorClient) -> str:
    sent = {"title": "Notes", "type": "widget", "src": "https://x.test"}
    return str(client.post("/extensions", {"extension": sent})["extension"]["uid"])


def record(client: EmulatorClient, **more: Any) -> dict[str, Any]:
    uid = client.entry("page", {"title": "A"})["uid"]
    about = {
        "entity_uid": uid,
        "type": "entry",
        "_content_type_uid": "page",
        "extension_uid": extension(client),
    }
    return {**about, **more}


def test_a_record_is_made_read_changed_and_deleted(client: EmulatorClient) -> None:
    sent = record(client, colour="red", created_by="me", scope="mine")
    made = client.post("/metadata", {"metadata": sent})["metadata"]
    assert (made["colour"], made["locale"], made["scope"], made["_version"]) == ("red", "en-us", "local", 1)
    assert made["created_by"] != "me"
    path = f"/metadata/{made['uid']}"
    changed = client.put(path, {"metadata": {"colour": "blue", "entity_uid": "other"}})["metadata"]
    assert (changed["colour"], changed["_version"], changed["entity_uid"]) == ("blue", 2, sent["entity_uid"])
    assert client.get("/metadata", include_count="true")["count"] == 1
    assert client.get(path)["metadata"] == changed
    client.ok("DELETE", path)
    assert client.get("/metadata")["metadata"] == []


def test_what_the_service_refuses(client: EmulatorClient) -> None:
    """A second record of the same object, more than 5 KB, objects and extensions that are not there."""
    sent = record(client, colour="red")
    client.post("/metadata", {"metadata": sent})
    for wrong, key in (
        ({}, "entity_uid"),
        ({"entity_uid": "bltnone"}, "entity_uid"),
        ({"extension_uid": "bltnone"}, "extension_uid"),
        ({"colour": "r" * 5200}, "metadata"),
        ({"type": "asset"}, "entity_uid"),
    ):
        status, _, errors = client.refused("POST", "/metadata", json={"metadata": {**sent, **wrong}})
        assert (status, [*errors]) == (422, [key])


def test_it_is_shown_inside_of_its_object_only_when_asked_for(client: EmulatorClient) -> None:
    sent = record(client, colour="red")
    client.post("/metadata", {"metadata": sent})
    asset = client.upload("a.png", b"a")
    of_asset = {"entity_uid": asset["uid"], "extension_uid": sent["extension_uid"], "rights": "ours"}
    client.post("/metadata", {"metadata": of_asset})
    path = f"{PAGES}/{sent['entity_uid']}"
    shown = client.get(path, include_metadata="true")["entry"]
    assert shown["_metadata"]["extensions"] == {sent["extension_uid"]: [{"scope": "local", "colour": "red"}]}
    assert shown["_version"] == 1
    assert "_metadata" not in client.get(path)["entry"]
    (listed,) = client.get("/assets", include_metadata="true")["assets"]
    assert listed["_metadata"]["extensions"][sent["extension_uid"]][0]["rights"] == "ours"


def test_metadata_in_a_body_is_dropped_but_for_the_switch(client: EmulatorClient) -> None:
    inner = {"extensions": {extension(client): [{"colour": "red"}]}}
    client.entry("page", {"title": "A", "_metadata": inner})
    found = [row["colour"] for row in client.get("/metadata")["metadata"]]
    assert found == (["red"] if client.emulator.switches.metadata_in_body else [])


def test_single_publishing_takes_it_along_and_bulk_publishing_does_not(client: EmulatorClient) -> None:
    sent = record(client, colour="red")
    uid = client.post("/metadata", {"metadata": sent})["metadata"]["uid"]

    def live() -> int:
        row = client.get(f"/metadata/{uid}", include_publish_details="true")["metadata"]
        assert row["is_published"] is bool(row.get("publish_details"))
        return len(row.get("publish_details", []))

    where = {"environments": ["live"], "locales": ["en-us"]}
    item = {"uid": sent["entity_uid"], "content_type": "page", "locale": "en-us"}
    client.post("/bulk/publish", {"entries": [item], **where})
    assert live() == 0
    client.post(f"/metadata/{uid}/publish", {"metadata": where})
    assert live() == 1
    client.post(f"/metadata/{uid}/unpublish", {"metadata": where})
    assert live() == 0
    client.post(f"{PAGES}/{sent['entity_uid']}/publish", {"entry": where})
    assert live() == 1
