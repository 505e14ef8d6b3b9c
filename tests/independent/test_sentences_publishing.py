"""Sentences of the vendor's pages about publishing, bulk operations and releases.

Each is sent to the emulator over a socket as plain HTTP. Written from the pages and the research facts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sentences import Made, Sentences, entry, item, refused, workflow
from stack_steps import create, publish, update

if TYPE_CHECKING:
    from plain_api import Api

SENTENCES = Sentences()


def many(uid: str, count: int, **more: Any) -> dict[str, Any]:
    row = {"uid": uid, "content_type": "note", "version": 1, "locale": "en-us"}
    return {"entries": [row] * count, "locales": ["en-us"], "environments": ["live"], **more}


def release(api: Api, made: Made, count: int = 1) -> str:
    uid = str(api.post("/releases", {"release": {"name": "R", "description": "d"}})["release"]["uid"])
    items = [item(made.note)] * count
    api.post(f"/releases/{uid}/items", {"items": items})
    return uid


@SENTENCES.says("Publish", "the version that is named, in environments by name and locales")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", body="two")
    publish(api, "note", made.note, 1, "en-us", "live")
    details = entry(api, made, include_publish_details="true")["publish_details"]
    assert [(one["version"], one["locale"]) for one in details] == [(1, "en-us")]


@SENTENCES.says("§6", "the master lists every language's publications, another document its own only")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    publish(api, "note", made.note, 1, "en-us", "live")
    publish(api, "note", made.note, 1, "de-de", "live")
    shown = [
        {
            one["locale"]
            for one in entry(api, made, include_publish_details="true", locale=locale)["publish_details"]
        }
        for locale in ("en-us", "de-de")
    ]
    assert shown == [{"en-us", "de-de"}, {"de-de"}]


@SENTENCES.says("§6", "unpublishing a language takes away that copy only")
def _(api: Api, made: Made) -> None:
    publish(api, "note", made.note, 1, "en-us", "live", "en-us", "de-de")
    body = {"entry": {"environments": ["live"], "locales": ["de-de"]}, "locale": "en-us", "version": 1}
    api.post(f"{made.path}/unpublish", body)
    assert [one["locale"] for one in entry(api, made, include_publish_details="true")["publish_details"]] == [
        "en-us"
    ]


@SENTENCES.says("Publish", "an environment that is not there is refused")
def _(api: Api, made: Made) -> None:
    body = {"entry": {"environments": ["nowhere"], "locales": ["en-us"]}, "locale": "en-us", "version": 1}
    assert api.ask("POST", f"{made.path}/publish", body)[0] == 422


@SENTENCES.says("Publish in bulk", "200 with a notice and a job")
def _(api: Api, made: Made) -> None:
    status, body = api.ask("POST", "/bulk/publish", many(made.note, 1), headers={"api_version": "3.2"})
    assert status == 200
    assert body["notice"].startswith("Your bulk publish request is in progress.")
    assert body["job_id"]


@SENTENCES.says("Publish in bulk", "at most 10 entries")
def _(api: Api, made: Made) -> None:
    assert api.ask("POST", "/bulk/publish", many(made.note, 11), headers={"api_version": "3.2"})[0] == 422


@SENTENCES.says("Publish in bulk", "the version must be an integer")
def _(api: Api, made: Made) -> None:
    body = many(made.note, 1)
    body["entries"] = [{**body["entries"][0], "version": "1"}]
    assert api.ask("POST", "/bulk/publish", body)[0] == 422


@SENTENCES.says("Publish in bulk", "when scheduling, versions must be given")
def _(api: Api, made: Made) -> None:
    body = many(made.note, 1, scheduled_at="2097-01-01T00:00:00.000Z")
    del body["entries"][0]["version"]
    refused(api.ask("POST", "/bulk/publish", body))


@SENTENCES.says("Delete in bulk", "at most 100 entries; entries by locale, and assets")
def _(api: Api, made: Made) -> None:
    row = {"content_type": "note", "uid": made.note, "locale": "en-us"}
    assert api.ask("POST", "/bulk/delete", {"entries": [row] * 101})[0] == 422
    api.post("/bulk/delete", {"entries": [row]})
    assert api.rows("/content_types/note/entries", "entries") == []


@SENTENCES.says("Workflow in bulk", "all entries must stand in the same stage, else none changes")
def _(api: Api, made: Made) -> None:
    one, two = workflow(api)
    second = create(api, "note", "M")
    for uid, stage in ((made.note, one), (second, two)):
        path = f"/content_types/note/entries/{uid}/workflow"
        api.post(path, {"workflow": {"workflow_stage": {"uid": stage}}}, locale="en-us")
    rows = [{"content_type": "note", "uid": uid, "locale": "en-us"} for uid in (made.note, second)]
    body = {"entries": rows, "workflow": {"workflow_stage": {"uid": two, "comment": "", "notify": False}}}
    assert api.ask("POST", "/bulk/workflow", body, headers={"bulk_version": "2.0"})[0] == 422
    assert entry(api, made, include_workflow="true")["_workflow"]["uid"] == one


@SENTENCES.says("Create a Release", "name, description, unlocked, no status")
def _(api: Api, made: Made) -> None:
    del made
    status, body = api.ask("POST", "/releases", {"release": {"name": "R", "description": "d"}})
    assert (status, body["notice"]) == (201, "Release created successfully.")
    assert (body["release"]["locked"], body["release"]["status"], body["release"]["name"]) == (False, [], "R")


@SENTENCES.says("Create a Release", "a name is needed")
def _(api: Api, made: Made) -> None:
    del made
    refused(api.ask("POST", "/releases", {"release": {"description": "d"}}))


@SENTENCES.says("Get all Releases", "count alone answers the number only; items are counted on request")
def _(api: Api, made: Made) -> None:
    release(api, made)
    only = api.get("/releases", count="true")
    assert only.get("releases", 1) == 1
    shown = api.get("/releases", include_count="true", include_items_count="true")
    assert (shown["count"], shown["releases"][0]["items_count"]) == (1, 1)


@SENTENCES.says("Add multiple items", "at most 25 in a request")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    assert api.ask("POST", f"/releases/{uid}/items", {"items": [item(made.note)] * 26})[0] == 422


@SENTENCES.says("Add an item", "an asset is of content type built_io_upload")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    asset = api.upload("a.txt", b"x", "text/plain", title="A")["uid"]
    api.post(f"/releases/{uid}/item", {"item": item(asset, content_type_uid="built_io_upload")})
    rows = api.get(f"/releases/{uid}/items")["items"]
    assert {(row["uid"], row["version"]) for row in rows} == {(made.note, 1), (asset, 1)}


@SENTENCES.says("Update items", "all items get their latest version")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    update(api, "note", made.note, title="N")
    api.put(f"/releases/{uid}/update_items", {"items": ["$all"]})
    assert api.get(f"/releases/{uid}/items")["items"][0]["version"] == 2


@SENTENCES.says("Update items", "an unlocalized item that was localized since becomes the localized one")
def _(api: Api, made: Made) -> None:
    uid = str(api.post("/releases", {"release": {"name": "R"}})["release"]["uid"])
    api.post(f"/releases/{uid}/item", {"item": item(made.note, locale="fr-fr")})
    for body in ("eins", "zwei", "drei"):
        update(api, "note", made.note, title="D", body=body, locale="fr-fr")
    api.put(f"/releases/{uid}/update_items", {"items": ["$all"]})
    assert api.get(f"/releases/{uid}/items")["items"][0]["version"] == 3


@SENTENCES.says("Delete items", "all=true empties it")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    api.call("DELETE", f"/releases/{uid}/items", {"items": []}, all="true")
    assert api.get(f"/releases/{uid}/items")["items"] == []


@SENTENCES.says("Remove an item", "only that one goes")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    second = create(api, "note", "M")
    api.post(f"/releases/{uid}/item", {"item": item(second)})
    api.call("DELETE", f"/releases/{uid}/items", {"items": [item(made.note)]})
    assert [row["uid"] for row in api.get(f"/releases/{uid}/items")["items"]] == [second]


@SENTENCES.says(
    "Deploy a Release",
    "its items are published, its status tells where, and it is locked (§9)",
)
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    body = {"release": {"action": "publish", "environments": ["live"], "locales": ["en-us"]}}
    assert api.post(f"/releases/{uid}/deploy", body)["notice"] == "Release sent successfully for deployment."
    shown = api.get(f"/releases/{uid}")["release"]
    assert shown["status"][0]["environment"] == made.environments["live"]
    assert shown["locked"] is True
    assert len(entry(api, made, include_publish_details="true")["publish_details"]) == 1


@SENTENCES.says("Clone a Release", "new name, same items")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    cloned = api.post(f"/releases/{uid}/clone", {"release": {"name": "C", "description": "c"}})["release"]
    assert (cloned["name"], cloned["uid"] != uid) == ("C", True)
    assert len(api.get(f"/releases/{cloned['uid']}/items")["items"]) == 1


@SENTENCES.says("Delete a Release", "it is gone")
def _(api: Api, made: Made) -> None:
    uid = release(api, made)
    assert api.call("DELETE", f"/releases/{uid}")["notice"] == "Release deleted successfully."
    assert api.get("/releases")["releases"] == []


@pytest.mark.parametrize("check", SENTENCES.rows)
def test_the_emulator_answers_as_the_pages_say(api: Api, check: Any) -> None:
    """Each row on a stack of its own."""
    check(api, Made(api))
