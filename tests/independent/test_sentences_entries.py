"""Sentences of the vendor's pages about entries: reading, creating, updating, deleting.

Each is sent to the emulator over a socket as plain HTTP. Written from the pages and the research facts alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sentences import Made, Sentences, entry, refused, workflow
from stack_steps import create, publish, update

if TYPE_CHECKING:
    from plain_api import Api

SENTENCES = Sentences()


@SENTENCES.says("Get all entries", "the first 100 entries, more by pagination")
def _(api: Api, made: Made) -> None:
    del made
    for number in range(101):
        create(api, "other", f"O{number}")
    first = api.get("/content_types/other/entries", include_count="true")
    assert len(first["entries"]) == 100
    assert first["count"] == 102
    assert len(api.get("/content_types/other/entries", skip=100)["entries"]) == 2


@SENTENCES.says("Get all entries", "the master locale if none is given")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    assert [row["locale"] for row in api.get("/content_types/note/entries")["entries"]] == ["en-us"]
    assert api.get("/content_types/note/entries", locale="de-de")["entries"][0]["title"] == "D"


@SENTENCES.says("Get all entries", "publish details list environment, locale, time, user, version")
def _(api: Api, made: Made) -> None:
    publish(api, "note", made.note, 1, "en-us", "live")
    (row,) = api.get("/content_types/note/entries", include_publish_details="true")["entries"]
    (one,) = row["publish_details"]
    assert set(one) == {"environment", "locale", "time", "user", "version"}
    assert one["environment"] == made.environments["live"]


@SENTENCES.says("Get all entries", "include_branch shows _branch")
def _(api: Api, made: Made) -> None:
    del made
    assert api.get("/content_types/note/entries", include_branch="true")["entries"][0]["_branch"] == "main"
    assert "_branch" not in api.get("/content_types/note/entries")["entries"][0]


@SENTENCES.says("Get all entries", "a query filters")
def _(api: Api, made: Made) -> None:
    create(api, "note", "M", body="other")
    found = api.get("/content_types/note/entries", query=json.dumps({"body": "b"}))["entries"]
    assert [row["uid"] for row in found] == [made.note]


@SENTENCES.says("Get all entries", "query by _workflow.uid finds the entries of a stage")
def _(api: Api, made: Made) -> None:
    stage = workflow(api)[0]
    create(api, "note", "M")
    api.post(f"{made.path}/workflow", {"workflow": {"workflow_stage": {"uid": stage}}}, locale="en-us")
    found = api.get("/content_types/note/entries", query=json.dumps({"_workflow.uid": stage}))["entries"]
    assert [row["uid"] for row in found] == [made.note]


@SENTENCES.says("Get a single entry", "version=n is that version")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", body="c")
    assert [entry(api, made, version=number)["body"] for number in (1, 2)] == ["b", "c"]
    assert entry(api, made)["_version"] == 2


@SENTENCES.says("Get a single entry", "an unlocalized language shows what it falls back to")
def _(api: Api, made: Made) -> None:
    shown = entry(api, made, locale="de-de")
    assert (shown["locale"], shown["body"]) == ("en-us", "b")


@SENTENCES.says("Get a single entry", "an entry that is not there is refused")
def _(api: Api, made: Made) -> None:
    del made
    status, body = api.ask("GET", "/content_types/note/entries/blt0000000000000000")
    assert status in (404, 422)
    assert body["error_message"]


@SENTENCES.says("Create an entry", "201, notice, version 1, times, authors, tags, no publish details")
def _(api: Api, made: Made) -> None:
    del made
    status, body = api.ask("POST", "/content_types/other/entries", {"entry": {"title": "X"}}, locale="en-us")
    assert status == 201
    assert body["notice"] == "Entry created successfully."
    made_entry = body["entry"]
    assert (made_entry["_version"], made_entry["tags"], made_entry["locale"], made_entry["ACL"]) == (
        1,
        [],
        "en-us",
        {},
    )
    assert {"uid", "created_at", "created_by", "updated_at", "updated_by", "_in_progress"} <= set(made_entry)


@SENTENCES.says("Create an entry", "a file field takes the uid of an asset, or a list of uids")
def _(api: Api, made: Made) -> None:
    one, two = (api.upload(name, b"x", "text/plain", title=name)["uid"] for name in ("a.txt", "b.txt"))
    update(api, "note", made.note, title="N", pic=one, pics=[two, one])
    assert entry(api, made)["pic"]["uid"] == one
    assert [row["uid"] for row in entry(api, made)["pics"]] == [two, one]


@SENTENCES.says("Create an entry", "a reference field takes uid and _content_type_uid")
def _(api: Api, made: Made) -> None:
    links = [
        {"uid": made.other, "_content_type_uid": "other"},
        {"uid": made.note, "_content_type_uid": "note"},
    ]
    update(api, "note", made.note, title="N", to=links)
    assert entry(api, made)["to"] == links


@SENTENCES.says("Create an entry", "a title that another entry has is refused, as it must be unique")
def _(api: Api, made: Made) -> None:
    del made
    assert "title" in refused(api.ask("POST", "/content_types/note/entries", {"entry": {"title": "N"}}))


@SENTENCES.says("Create an entry", "a mandatory field that is missing is refused")
def _(api: Api, made: Made) -> None:
    del made
    assert "title" in refused(api.ask("POST", "/content_types/note/entries", {"entry": {"body": "x"}}))


@SENTENCES.says("Create an entry with JSON RTE", "a document uid that exists is refused: Duplicate UID")
def _(api: Api, made: Made) -> None:
    del made
    text = {
        "type": "doc",
        "uid": "d1",
        "attrs": {},
        "children": [{"type": "p", "uid": "p1", "attrs": {}, "children": [{"text": ""}]}],
    }
    create(api, "note", "one", rte=text)
    status, body = api.ask("POST", "/content_types/note/entries", {"entry": {"title": "two", "rte": text}})
    assert status == 422
    assert "uplicate" in json.dumps(body)


@SENTENCES.says("§16", "JSON RTE keeps uids, drops attrs.dirty, and its answered root has _version")
def _(api: Api, made: Made) -> None:
    del made
    text = {
        "type": "doc",
        "uid": "d1",
        "attrs": {"dirty": True},
        "children": [{"type": "p", "uid": "p1", "attrs": {"dirty": True}, "children": [{"text": "x"}]}],
    }
    uid = create(api, "note", "one", rte=text)
    shown = api.get(f"/content_types/note/entries/{uid}")["entry"]["rte"]
    assert (shown["uid"], shown["attrs"], shown["children"][0]["uid"], shown["children"][0]["attrs"]) == (
        "d1",
        {},
        "p1",
        {},
    )
    assert shown["_version"] == 1


@SENTENCES.says(
    "Update an entry with JSON RTE",
    "the root's _version is the entry's new version",
)
def _(api: Api, made: Made) -> None:
    del made
    text = {
        "type": "doc",
        "uid": "d1",
        "attrs": {},
        "children": [{"type": "p", "uid": "p1", "attrs": {}, "children": [{"text": "x"}]}],
    }
    uid = create(api, "note", "one", rte=text)
    assert update(api, "note", uid, title="one", rte=text)["rte"]["_version"] == 2


@SENTENCES.says(
    "Create an entry with master locale",
    "copy_to_master makes the missing master of a localized entry, same uid",
)
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="nur deutsch", locale="de-de")
    api.call("DELETE", made.path, locale="en-us")
    uid = made.note
    body = {"entry": {"title": "english", "uid": uid}}
    status, answer = api.ask("POST", "/content_types/note/entries", body, copy_to_master="true")
    assert (status, answer["entry"]["uid"], answer["entry"]["locale"]) == (201, uid, "en-us")


@SENTENCES.says("Create an entry with master locale", "only if it does not already exist")
def _(api: Api, made: Made) -> None:
    body = {"entry": {"title": "again", "uid": made.note}}
    assert "uid" in refused(api.ask("POST", "/content_types/note/entries", body, copy_to_master="true"))
    assert len(api.rows("/content_types/note/entries", "entries")) == 1


@SENTENCES.says("§18 4b", "a uid in a create is not taken for a second entry")
def _(api: Api, made: Made) -> None:
    made_too = api.post("/content_types/note/entries", {"entry": {"title": "again", "uid": made.note}})[
        "entry"
    ]
    assert made_too["uid"] != made.note


@SENTENCES.says("Update an entry", "version + 1, same uid and created_at")
def _(api: Api, made: Made) -> None:
    before = entry(api, made)
    after = update(api, "note", made.note, title="N2")
    assert (after["_version"], after["uid"], after["created_at"]) == (2, made.note, before["created_at"])


@SENTENCES.says("Update an entry", "with a locale it localizes: version 1 of its own")
def _(api: Api, made: Made) -> None:
    status, body = api.ask("PUT", made.path, {"entry": {"title": "D"}}, locale="de-de")
    assert (status, body["entry"]["_version"], body["entry"]["locale"]) == (200, 1, "de-de")
    assert body["entry"]["uid"] == made.note


@SENTENCES.says("Update an entry", "the workflow stage is not updated by it")
def _(api: Api, made: Made) -> None:
    one, two = workflow(api)
    api.post(f"{made.path}/workflow", {"workflow": {"workflow_stage": {"uid": one}}}, locale="en-us")
    update(api, "note", made.note, title="N", _workflow={"uid": two})
    assert entry(api, made, include_workflow="true")["_workflow"]["uid"] == one


@SENTENCES.says("PULL", "of several fields only the first one is pulled")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", rows=[{"a": "abc"}, {"a": "x"}])
    api.put(
        made.path,
        {
            "entry": {
                "numbers": {"PULL": {"query": {"$in": [4]}}},
                "rows": {"PULL": {"query": {"a": {"$in": ["abc"]}}}},
            }
        },
    )
    assert entry(api, made)["numbers"] == [1, 5]
    assert [row["a"] for row in entry(api, made)["rows"]] == ["abc", "x"]


@SENTENCES.says("Delete an entry", "a locale takes away that document only")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    assert api.call("DELETE", made.path, locale="de-de")["notice"] == "Entry deleted successfully."
    assert entry(api, made, locale="de-de")["locale"] == "en-us"


@SENTENCES.says("Delete an entry", "without a locale the master is deleted, other languages stay")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    api.call("DELETE", made.path)
    assert api.rows("/content_types/note/entries", "entries") == []
    assert [row["title"] for row in api.rows("/content_types/note/entries", "entries", locale="de-de")] == [
        "D"
    ]


@SENTENCES.says("Delete an entry", "delete_all_localized takes all languages")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    api.call("DELETE", made.path, delete_all_localized="true")
    assert api.rows("/content_types/note/entries", "entries", locale="de-de") == []


@SENTENCES.says("Delete an entry", "several languages by the body")
def _(api: Api, made: Made) -> None:
    for locale in ("de-de", "fr-fr"):
        update(api, "note", made.note, title=locale, locale=locale)
    api.call("DELETE", made.path, {"entry": {"locales": ["de-de"]}})
    shown = [api.get(made.path, locale=locale)["entry"]["locale"] for locale in ("de-de", "fr-fr", "en-us")]
    assert shown == ["en-us", "fr-fr", "en-us"]


ATOMIC: list[tuple[str, Any, str, Any]] = [
    ("PUSH appends", {"numbers": {"PUSH": {"data": [2, 3]}}}, "numbers", [1, 4, 5, 2, 3]),
    ("PUSH of one row of a group", {"rows": {"PUSH": {"data": {"a": "abc"}}}}, "rows", ["abc"]),
    ("PULL takes out", {"numbers": {"PULL": {"query": {"$in": [4, 5]}}}}, "numbers", [1]),
    ("UPDATE replaces at an index", {"numbers": {"UPDATE": {"index": 0, "data": 9}}}, "numbers", [9, 4, 5]),
    ("UPDATE within a group", {"one": {"UPDATE": {"data": {"a": "x"}}}}, "one", {"a": "x"}),
    ("ADD", {"number": {"ADD": 1}}, "number", 8),
    ("SUB", {"number": {"SUB": 1}}, "number", 6),
]


@pytest.mark.parametrize(
    ("change", "name", "value"), [row[1:] for row in ATOMIC], ids=[row[0] for row in ATOMIC]
)
def test_atomic_updates(api: Api, change: Any, name: str, value: Any) -> None:
    """Atomic updates to entries, each example of the page."""
    made = Made(api)
    api.put(made.path, {"entry": change})
    shown = entry(api, made)[name]
    if name == "rows":
        shown = [row["a"] for row in shown]
    assert shown == value
    assert entry(api, made)["body"] == "b", "the other fields stay"


@pytest.mark.parametrize("check", SENTENCES.rows)
def test_the_emulator_answers_as_the_pages_say(api: Api, check: Any) -> None:
    """Each row on a stack of its own."""
    check(api, Made(api))
