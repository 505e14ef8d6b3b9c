"""Sentences of the vendor's pages about taxonomies, metadata, variants, assets, workflows, branches and the rest.

Each is sent to the emulator over a socket as plain HTTP. Written from the pages and the research facts alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from plain_api import Number
from sentences import Made, Sentences, entry, workflow
from stack_steps import content_type, create, update
from weird_types import field

if TYPE_CHECKING:
    from plain_api import Api

SENTENCES = Sentences()


def taxonomy(api: Api) -> None:
    api.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T", "description": ""}})
    for uid, parent, order in (("b", None, 1), ("a", None, 2), ("c", "b", 1)):
        api.post(
            "/taxonomies/t/terms", {"term": {"uid": uid, "name": uid, "parent_uid": parent, "order": order}}
        )


@SENTENCES.says("§1", "order of terms only with include_order=true")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    plain = api.get("/taxonomies/t/terms", depth=0)["terms"]
    assert not any("order" in row for row in plain)
    shown = api.get("/taxonomies/t/terms", depth=0, include_order="true")["terms"]
    assert {row["uid"]: row["order"] for row in shown} == {"b": 1, "a": 2, "c": 1}


@SENTENCES.says("§1", "a term with children moves with force=true only")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    move = {"term": {"parent_uid": "a", "order": 1}}
    assert api.ask("PUT", "/taxonomies/t/terms/b/move", move)[0] // 100 == 4
    api.call("PUT", "/taxonomies/t/terms/b/move", move, force="true")


@SENTENCES.says("§1", "DELETE with a locale unlocalizes a taxonomy")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    api.post("/taxonomies/t", {"taxonomy": {"name": "Tee"}}, locale="de-de")
    api.call("DELETE", "/taxonomies/t", locale="de-de")
    assert [row["uid"] for row in api.get("/taxonomies")["taxonomies"]] == ["t"]


@SENTENCES.says("§1", "DELETE with a locale unlocalizes a term")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    api.post("/taxonomies/t/terms/a", {"term": {"name": "Ah"}}, locale="de-de")
    api.call("DELETE", "/taxonomies/t/terms/a", locale="de-de")
    assert {row["uid"] for row in api.get("/taxonomies/t/terms", depth=0)["terms"]} == {"a", "b", "c"}


@SENTENCES.says(
    "§1", "an export file holds taxonomy and terms with parents, and imports elsewhere; twice is 409"
)
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    file = api.get("/taxonomies/t/export", format="json")
    assert {row["uid"]: row["parent_uid"] for row in file["terms"]} == {"a": None, "b": None, "c": "b"}
    upload = {"taxonomy": ("t.json", json.dumps(file).encode(), "application/json")}
    assert api.ask("POST", "/taxonomies/import", files=upload)[0] == 409


@SENTENCES.says("§1", "the languages of a term")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    api.post("/taxonomies/t/terms/a", {"term": {"name": "Ah"}}, locale="de-de")
    shown = api.get("/taxonomies/t/terms/a/locales")["terms"]
    assert "de-de" in {row["locale"] for row in shown}


@SENTENCES.says("§1", "the languages of a taxonomy")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    api.post("/taxonomies/t", {"taxonomy": {"name": "Tee"}}, locale="de-de")
    assert "de-de" in {row["locale"] for row in api.get("/taxonomies/t/locales")["taxonomies"]}


@SENTENCES.says("§1", "publishing no taxonomy is refused")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    body: dict[str, Any] = {"locales": ["en-us"], "environments": ["live"], "items": []}
    assert api.ask("POST", "/taxonomies/publish", body, headers={"api_version": "3.2"})[0] // 100 == 4


@SENTENCES.says("§1", "an entry may hold 25 terms")
def _(api: Api, made: Made) -> None:
    del made
    taxonomy(api)
    for number in range(26):
        api.post("/taxonomies/t/terms", {"term": {"uid": f"n{number}", "name": "n", "parent_uid": None}})
    content_type(
        api, "many", field("taxonomies", "taxonomy", multiple=True, taxonomies=[{"taxonomy_uid": "t"}])
    )
    terms = [{"taxonomy_uid": "t", "term_uid": f"n{number}"} for number in range(26)]
    assert (
        api.ask("POST", "/content_types/many/entries", {"entry": {"title": "x", "taxonomies": terms}})[0]
        == 422
    )
    create(api, "many", "x", taxonomies=terms[:25])


@SENTENCES.says("§2", "a record for each object, extension and language; shown in the entry on request")
def _(api: Api, made: Made) -> None:
    extension = api.post("/extensions", {"extension": {"title": "E", "type": "widget", "srcdoc": "x"}})[
        "extension"
    ]["uid"]
    body = {
        "entity_uid": made.note,
        "type": "entry",
        "_content_type_uid": "note",
        "extension_uid": extension,
        "locale": "en-us",
        "scope": "local",
        "words": "kept",
    }
    uid = api.post("/metadata", {"metadata": body})["metadata"]["uid"]
    assert api.get(f"/metadata/{uid}")["metadata"]["words"] == "kept"
    shown = entry(api, made, include_metadata="true")["_metadata"]["extensions"][extension]
    assert shown[0]["words"] == "kept"
    assert entry(api, made)["_version"] == 1
    assert "_metadata" not in entry(api, made)


@SENTENCES.says("§2", "_metadata in an entry's body does nothing")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", _metadata={"extensions": {"blt1": [{"a": 1}]}})
    assert "_metadata" not in entry(api, made, include_metadata="true") or not entry(
        api, made, include_metadata="true"
    )["_metadata"].get("extensions")


@SENTENCES.says("§4", "variants of a group are made by POST /variant_groups/{g}/variants")
def _(api: Api, made: Made) -> None:
    del made
    uid = api.post("/variant_groups", {"variant_group": {"name": "G"}})["variant_group"]["uid"]
    api.post(f"/variant_groups/{uid}/variants", {"variant": {"name": "A"}})
    (shown,) = api.get("/variant_groups", include_variant_info="true")["variant_groups"]
    assert [row["name"] for row in shown["variants"]] == ["A"]


@SENTENCES.says("§5", "a file, a title and a folder: each change is a version, and old bytes stay")
def _(api: Api, made: Made) -> None:
    del made
    uid = api.upload("a.txt", b"one", "text/plain", title="A")["uid"]
    api.call("PUT", f"/assets/{uid}", files={"asset[upload]": ("a.txt", b"two", "text/plain")})
    api.put(f"/assets/{uid}", {"asset": {"title": "B"}})
    rows = [api.get(f"/assets/{uid}", version=number)["asset"] for number in (1, 2, 3)]
    assert [row["title"] for row in rows] == ["A", "A", "B"]
    assert [api.bytes_of(row["url"]) for row in rows] == [b"one", b"two", b"two"]


@SENTENCES.says(
    "§5",
    "a name of a file with quotes arrives whole, forbidden characters as _",
)
def _(api: Api, made: Made) -> None:
    del made
    assert api.upload('a"b"c?.txt', b"x", "text/plain", title="A")["filename"] == "a_b_c_.txt"


@SENTENCES.says("§5", "a permanent address is set once")
def _(api: Api, made: Made) -> None:
    del made
    uid = api.upload("a.txt", b"x", "text/plain", title="A")["uid"]
    addresses = [f"{api.origin}/v3/assets/{api.key}/{uid}/{slug}" for slug in ("first", "second")]
    api.put(f"/assets/{uid}", {"asset": {"permanent_url": addresses[0]}})
    api.ask("PUT", f"/assets/{uid}", {"asset": {"permanent_url": addresses[1]}})
    assert api.get(f"/assets/{uid}")["asset"]["permanent_url"] == addresses[0]


@SENTENCES.says("§7", "a workflow has 2 stages at least")
def _(api: Api, made: Made) -> None:
    del made
    access = {"roles": {"uids": []}, "users": {"uids": ["$all"]}, "others": {}}
    stage = {
        "name": "x",
        "color": "#000000",
        "SYS_ACL": access,
        "next_available_stages": ["$all"],
        "entry_lock": "$none",
    }
    body = {
        "name": "W",
        "workflow_stages": [stage],
        "admin_users": {"users": []},
        "branches": ["main"],
        "content_types": ["note"],
        "enabled": True,
    }
    assert api.ask("POST", "/workflows", {"workflow": body})[0] == 422


@SENTENCES.says(
    "§7", "the flags allStages, allUsers are sent by clients and in no answer; $all is kept, [] too"
)
def _(api: Api, made: Made) -> None:
    del made
    workflow(api, allStages=True, allUsers=True, specificStages=False, specificUsers=False)
    (shown,) = api.get("/workflows")["workflows"]
    for stage in shown["workflow_stages"]:
        assert stage["next_available_stages"] == ["$all"]
        assert not {"allStages", "allUsers", "specificStages", "specificUsers"} & set(stage)


@SENTENCES.says("§8", "a blank or a reserved character in an environment's name is refused")
def _(api: Api, made: Made) -> None:
    del made
    for name in ("two words", "a/b", "a#b"):
        assert api.ask("POST", "/environments", {"environment": {"name": name, "urls": []}})[0] == 422


@SENTENCES.says("§10", "branches have the same uids, and their own content afterwards")
def _(api: Api, made: Made) -> None:
    api.post("/stacks/branches", {"branch": {"uid": "fork", "source": "main"}})
    fork = api.but(branch="fork")
    assert fork.get(made.path)["entry"]["uid"] == made.note
    fork.put(made.path, {"entry": {"title": "changed"}})
    assert entry(api, made)["title"] == "N"


@SENTENCES.says("§11", "deleting a language deletes its documents")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    api.call("DELETE", "/locales/de-de")
    assert "de-de" not in {
        row["code"] for row in api.get(f"{made.path}/locales")["locales"] if row.get("localized")
    }


@SENTENCES.says("§0", "limit=0 is refused")
def _(api: Api, made: Made) -> None:
    del made
    assert api.ask("GET", "/content_types/note/entries", limit=0)[0] // 100 == 4


@SENTENCES.says("§6", "numbers come back digit by digit")
def _(api: Api, made: Made) -> None:
    values = [Number("0.1"), Number("1.50"), -1, 2147483647]
    api.put(made.path, {"entry": {"numbers": values}})
    assert entry(api, made)["numbers"] == values


@SENTENCES.says("§8", "a role's answer holds the stack with its master_key")
def _(api: Api, made: Made) -> None:
    del made
    body = {
        "role": {
            "name": "R",
            "description": "",
            "rules": [{"module": "branch", "branches": ["main"], "acl": {"read": True}}],
        }
    }
    assert "master_key" in api.post("/roles", body)["role"]["stack"]


@SENTENCES.says("Authentication", "another token is refused with 401, a branch that is not there too")
def _(api: Api, made: Made) -> None:
    assert api.but(token="cs-wrong").ask("GET", made.path)[0] in (401, 403)
    assert api.but(branch="nowhere").ask("GET", made.path)[0] // 100 == 4


@pytest.mark.parametrize("check", SENTENCES.rows)
def test_the_emulator_answers_as_the_pages_say(api: Api, check: Any) -> None:
    """Each row on a stack of its own."""
    check(api, Made(api))
