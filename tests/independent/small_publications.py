"""Small stacks: what is live where, in which version, and what is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stack_steps import FAR, content_type, create, environments, german, languages, publish, update
from weird_types import field, reference

if TYPE_CHECKING:
    from plain_api import Api


def published_before_localized(api: Api) -> None:
    german(api)
    note = create(api, "note", "N", body="english")
    publish(api, "note", note, 1, "en-us", "live", "en-us", "de-de")
    update(api, "note", note, title="N", body="german draft", locale="de-de")


def published_before_localized_then_english_again(api: Api) -> None:
    german(api)
    note = create(api, "note", "N", body="english")
    publish(api, "note", note, 1, "en-us", "live", "en-us", "de-de")
    update(api, "note", note, title="N", body="german draft", locale="de-de")
    update(api, "note", note, title="N", body="english two")
    publish(api, "note", note, 2, "en-us", "live", "en-us")
    update(api, "note", note, title="N", body="german draft two", locale="de-de")
    publish(api, "note", note, 1, "de-de", "test")


def published_by_a_chain(api: Api) -> None:
    german(api, ("de-at", "de-de"), ("de-ch", "de-at"))
    note = create(api, "note", "N", body="english")
    update(api, "note", note, title="N", body="german", locale="de-de")
    publish(api, "note", note, 1, "de-de", "live", "de-de", "de-at", "de-ch")
    update(api, "note", note, title="N", body="german two", locale="de-de")
    update(api, "note", note, title="N", body="austrian", locale="de-at")
    publish(api, "note", note, 2, "de-de", "test", "de-de")
    publish(api, "note", note, 1, "en-us", "test", "en-us")


def older_version_by_fallback(api: Api) -> None:
    german(api)
    note = create(api, "note", "N", body="one")
    publish(api, "note", note, 1, "en-us", "live", "en-us", "de-de")
    update(api, "note", note, title="N", body="two")
    update(api, "note", note, title="N", body="three")
    publish(api, "note", note, 2, "en-us", "test", "de-de")


def without_master(api: Api) -> None:
    german(api, ("fr-fr", "en-us"))
    create(api, "note", "seulement", body="fr", locale="fr-fr")
    gone = create(api, "note", "gone", body="en")
    update(api, "note", gone, title="bleibt", body="de", locale="de-de")
    update(api, "note", gone, title="bleibt", body="de two", locale="de-de")
    publish(api, "note", gone, 1, "de-de", "live")
    api.call("DELETE", f"/content_types/note/entries/{gone}", locale="en-us")


def terms_moved(api: Api) -> None:
    api.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T", "description": ""}})
    for number, uid in enumerate("edcba", 1):
        api.post(
            "/taxonomies/t/terms", {"term": {"uid": uid, "name": uid, "parent_uid": None, "order": number}}
        )
    for number, uid in enumerate(("z", "y"), 1):
        api.post(
            "/taxonomies/t/terms", {"term": {"uid": uid, "name": uid, "parent_uid": "a", "order": number}}
        )
    api.put("/taxonomies/t/terms/a/move", {"term": {"parent_uid": None, "order": 1}}, force="true")
    api.put("/taxonomies/t/terms/c/move", {"term": {"parent_uid": "a", "order": 2}})


def taxonomy_live(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    environments(api, "live")
    terms_moved(api)
    api.post("/taxonomies/t", {"taxonomy": {"name": "Tee", "description": "x"}}, locale="de-de")
    api.post(
        "/taxonomies/publish",
        {"locales": ["en-us", "de-de"], "environments": ["live"], "items": [{"uid": "t"}]},
        headers={"api_version": "3.2"},
    )


def many_of_each(api: Api) -> None:
    environments(api, "live")
    content_type(api, "note", field("body"), reference("to", "note"))
    api.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T", "description": ""}})
    for number in range(103):
        api.post(
            "/taxonomies/t/terms",
            {"term": {"uid": f"t{number}", "name": f"T{number}", "parent_uid": None, "order": number + 1}},
        )
        api.post("/labels", {"label": {"name": f"L{number}", "content_types": []}})
    notes = [create(api, "note", f"N{number}", body="x") for number in range(103)]
    made = api.post("/releases", {"release": {"name": "Big", "description": ""}})["release"]["uid"]
    items = [
        {"uid": uid, "version": 1, "locale": "en-us", "action": "publish", "content_type_uid": "note"}
        for uid in notes
    ]
    for start in range(0, 103, 25):
        api.post(f"/releases/{made}/items", {"items": items[start : start + 25]})


def files_of_many_versions(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    environments(api, "live", "test")
    top = api.post("/assets/folders", {"asset": {"name": "Top"}})["asset"]["uid"]
    made = api.upload("a.txt", b"1", "text/plain", title="A", description="d", parent_uid=top)
    uid = made["uid"]
    for content in (b"22", b"333"):
        api.call("PUT", f"/assets/{uid}", files={"asset[upload]": ("a.txt", content, "text/plain")})
    api.put(f"/assets/{uid}", {"asset": {"title": "A renamed", "tags": ["x"]}})
    for version, environment, locales in (
        (1, "live", ["en-us"]),
        (2, "live", ["de-de"]),
        (3, "test", ["en-us"]),
    ):
        body = {"asset": {"locales": locales, "environments": [environment]}, "version": version}
        api.post(f"/assets/{uid}/publish", body)
    for number in (1, 3):
        api.post(f"/assets/{uid}/versions/{number}/name", {"upload": {"_version_name": f"V{number}"}})
    api.upload("a.txt", b"other", "text/plain", title="A", description="")
    api.upload("a.txt", b"other too", "text/plain", title="A", parent_uid=top)


def schedules(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    environments(api, "live", "test")
    content_type(api, "note", field("body"))
    note = create(api, "note", "N", body="x")
    update(api, "note", note, title="N", body="y")
    asset = api.upload("a.txt", b"1", "text/plain", title="A")["uid"]
    publish(api, "note", note, 1, "en-us", "live", scheduled_at=FAR)
    publish(api, "note", note, 2, "en-us", "test", "en-us", "de-de", scheduled_at="2098-01-01T00:00:00.000Z")
    publish(api, "note", note, 2, "en-us", "live")
    body: dict[str, Any] = {
        "entry": {"environments": ["live"], "locales": ["en-us"]},
        "locale": "en-us",
        "version": 2,
        "scheduled_at": "2099-01-01T00:00:00.000Z",
    }
    api.post(f"/content_types/note/entries/{note}/unpublish", body)
    body = {"asset": {"environments": ["live"], "locales": ["en-us"]}, "version": 1, "scheduled_at": FAR}
    api.post(f"/assets/{asset}/publish", body)
    made = api.post("/releases", {"release": {"name": "R", "description": ""}})["release"]["uid"]
    api.post(
        f"/releases/{made}/item",
        {
            "item": {
                "uid": note,
                "version": 1,
                "locale": "en-us",
                "action": "publish",
                "content_type_uid": "note",
            }
        },
    )
    api.post(
        f"/releases/{made}/deploy",
        {
            "release": {
                "scheduledAt": FAR,
                "action": "publish",
                "environments": ["live"],
                "locales": ["en-us"],
            }
        },
    )


PUBLICATIONS = [
    published_before_localized,
    published_before_localized_then_english_again,
    published_by_a_chain,
    older_version_by_fallback,
    without_master,
    taxonomy_live,
    files_of_many_versions,
    schedules,
]
