"""Sentences of the vendor's pages about versions, references and languages of an entry, and its files.

Each is sent to the emulator over a socket as plain HTTP. Written from the pages and the research facts alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sentences import Made, Sentences, entry
from stack_steps import update

if TYPE_CHECKING:
    from plain_api import Api

SENTENCES = Sentences()


@SENTENCES.says("Versions", "newest first, with count, times, authors on request, names where there is one")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N")
    body = {"entry": {"_version_name": "first", "locale": "en-us", "force": True}}
    assert api.post(f"{made.path}/versions/1/name", body)["notice"] == "Version name assigned successfully"
    shown = api.get(f"{made.path}/versions", include_count="true", locale="en-us")
    assert [row["_version"] for row in shown["versions"]] == [2, 1]
    assert shown["count"] == 2
    assert "_version_name" not in shown["versions"][0]
    assert shown["versions"][1]["_version_name"]
    named = api.get(f"{made.path}/versions", named="true")["versions"]
    assert [row["_version"] for row in named] == [1]
    api.call("DELETE", f"{made.path}/versions/1/name")
    assert api.get(f"{made.path}/versions", named="true")["versions"] == []


@SENTENCES.says("Versions", "an unlocalized language lists the master's")
def _(api: Api, made: Made) -> None:
    shown = api.get(f"{made.path}/versions", locale="de-de")["versions"]
    assert [(row["_version"], row["locale"]) for row in shown] == [(1, "en-us")]


@SENTENCES.says("References", "who refers to an entry: entry, content type, locale, version, titles, count")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", to=[{"uid": made.other, "_content_type_uid": "other"}])
    shown = api.get(
        f"/content_types/other/entries/{made.other}/references",
        include_count="true",
        include_publish_details="true",
    )
    (row,) = shown["references"]
    assert (row["entry_uid"], row["content_type_uid"], row["locale"], row["_version"]) == (
        made.note,
        "note",
        "en-us",
        2,
    )
    assert (row["title"], row["content_type_title"], shown["count"]) == ("N", "Note", 1)


@SENTENCES.says("Languages", "localized is true for languages with a document")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    rows = api.get(f"{made.path}/locales")["locales"]
    assert {row["code"] for row in rows if row.get("localized")} >= {"de-de"}
    assert "fr-fr" not in {row["code"] for row in rows if row.get("localized")}


@SENTENCES.says("Localize", "the document no longer follows its fallback")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", body="deutsch", locale="de-de")
    update(api, "note", made.note, title="N", body="changed")
    assert entry(api, made, locale="de-de")["body"] == "deutsch"


@SENTENCES.says(
    "Localize", "_metadata.uid links an instance: the non-localizable field has the master's value"
)
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", rows=[{"a": "a", "fixed": "f"}])
    uid = entry(api, made)["rows"][0]["_metadata"]["uid"]
    update(api, "note", made.note, title="D", locale="de-de", rows=[{"a": "ah", "_metadata": {"uid": uid}}])
    (row,) = entry(api, made, locale="de-de")["rows"]
    assert (row["a"], row["fixed"]) == ("ah", "f")


@SENTENCES.says("Update a localized entry", "with non_localizable_content it goes on following the master")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", rows=[{"a": "a", "fixed": "f"}])
    uid = entry(api, made)["rows"][0]["_metadata"]["uid"]
    linked = {"uid": uid, "non_localizable_content": True}
    update(api, "note", made.note, title="D", locale="de-de", rows=[{"a": "1", "_metadata": {"uid": uid}}])
    update(api, "note", made.note, title="D", locale="de-de", rows=[{"a": "2", "_metadata": linked}])
    update(api, "note", made.note, title="N", rows=[{"a": "a", "fixed": "g", "_metadata": {"uid": uid}}])
    assert entry(api, made, locale="de-de")["rows"][0]["fixed"] == "g"


@SENTENCES.says("Update a localized entry", "without it the instance takes the value that is sent")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="N", rows=[{"a": "a", "fixed": "f"}])
    uid = entry(api, made)["rows"][0]["_metadata"]["uid"]
    update(api, "note", made.note, title="D", locale="de-de", rows=[{"a": "1", "_metadata": {"uid": uid}}])
    own = [{"a": "2", "fixed": "own", "_metadata": {"uid": uid}}]
    update(api, "note", made.note, title="D", locale="de-de", rows=own)
    assert entry(api, made, locale="de-de")["rows"][0]["fixed"] == "own"


@SENTENCES.says("Unlocalize", "the language falls back again")
def _(api: Api, made: Made) -> None:
    update(api, "note", made.note, title="D", locale="de-de")
    assert (
        api.post(f"{made.path}/unlocalize", {}, locale="de-de")["notice"] == "Entry unlocalized successfully."
    )
    assert entry(api, made, locale="de-de")["locale"] == "en-us"


@SENTENCES.says("Export, import", "the exported file imports as an entry; overwrite replaces one")
def _(api: Api, made: Made) -> None:
    file = api.get(f"{made.path}/export", locale="en-us")
    assert (file["title"], file["uid"]) == ("N", made.note)
    changed = json.dumps({**file, "title": "imported", "body": "new"}).encode()
    status, answer = api.ask(
        "POST",
        "/content_types/note/entries/import",
        locale="en-us",
        overwrite="false",
        files={"entry": ("e.json", changed, "application/json")},
    )
    assert status in (200, 201), answer
    assert "imported" in {row["title"] for row in api.rows("/content_types/note/entries", "entries")}
    api.call(
        "POST",
        f"{made.path}/import",
        locale="en-us",
        overwrite="true",
        files={"entry": ("e.json", json.dumps({**file, "body": "over"}).encode(), "application/json")},
    )
    assert entry(api, made)["body"] == "over"


@pytest.mark.parametrize("check", SENTENCES.rows)
def test_the_emulator_answers_as_the_pages_say(api: Api, check: Any) -> None:
    """Each row on a stack of its own."""
    check(api, Made(api))
