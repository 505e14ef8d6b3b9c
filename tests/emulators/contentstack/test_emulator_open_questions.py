"""What no page proves about writing entries: each answer under both values of its switch."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, document, field_of, open_client, rte

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"
SHARED = [field_of("text", "fixed", non_localizable=True), field_of("text", "local")]


def instance(client: EmulatorClient, uid: str, locale: str = "fr") -> Any:
    return client.get(f"{PAGES}/{uid}", locale=locale)["entry"]["g"][0]


@pytest.mark.parametrize("unlinks", [True, False])
@pytest.mark.parametrize("kind", ["group", "blocks"])
def test_an_update_without_the_mark_cuts_an_instance_off(kind: str, unlinks: bool) -> None:
    """Page: Update a localized entry. With its uid and the mark an instance follows the master again."""
    with open_client(Switches(unmarked_instance_unlinks=unlinks)) as client:
        client.locale("fr")
        blocks = [{"uid": "b", "title": "B", "schema": SHARED}]
        inner: dict[str, Any] = {"schema": SHARED} if kind == "group" else {"blocks": blocks}
        client.content_type("page", field_of(kind, "g", multiple=True, **inner))

        def wrapped(content: dict[str, Any]) -> dict[str, Any]:
            return content if kind == "group" else {"b": content}

        def opened(row: Any) -> Any:
            return row if kind == "group" else row["b"]

        def write(locale: str, fixed: str, **metadata: Any) -> Any:
            known = {"_metadata": {"uid": linked["uid"], **metadata}} if linked else {}
            content = wrapped({"fixed": fixed, "local": locale, **known})
            sent = {"entry": {"title": locale, "g": [content]}}
            return opened(client.put(f"{PAGES}/{uid}", sent, locale=locale)["entry"]["g"][0])["fixed"]

        linked: dict[str, Any] = {}
        made = client.entry("page", {"title": "A", "g": [wrapped({"fixed": "x", "local": "a"})]})
        uid, linked = made["uid"], opened(made["g"][0])["_metadata"]
        assert write("fr", "own") == "x"  # the first write of a language: its uid is enough
        assert write("fr", "own") == ("own" if unlinks else "x")
        write("en-us", "y")
        assert opened(instance(client, uid))["fixed"] == ("own" if unlinks else "y")
        assert write("fr", "own", non_localizable_content=True) == "y"
        write("en-us", "z")
        assert opened(instance(client, uid))["fixed"] == "z"


def test_a_pull_on_two_fields_works_on_the_first(client: EmulatorClient) -> None:
    """Page: PULL Operation, its note: only the first of several fields, and nothing within a group."""
    many = [field_of("number", name, multiple=True) for name in ("a", "b")]
    client.content_type("page", *many, field_of("group", "g", schema=[field_of("text", "t", multiple=True)]))
    content = {"title": "A", "a": [1, 2], "b": [1, 2], "g": {"t": ["x", "y"]}}
    uid = client.entry("page", content)["uid"]
    pull = {"PULL": {"query": {"$in": [1]}}}
    entry = client.put(f"{PAGES}/{uid}", {"entry": {"b": pull, "a": pull}})["entry"]
    assert (entry["a"], entry["b"]) == ([1, 2], [2])
    nested = {"g": {"UPDATE": {"data": {"t": {"PULL": {"query": {"$in": ["x"]}}}}}}}
    assert client.put(f"{PAGES}/{uid}", {"entry": nested})["entry"]["g"]["t"] == ["x", "y"]


@pytest.mark.parametrize("reading", ["ignored", "kept"])
def test_a_uid_that_is_sent_with_a_new_entry(reading: Any) -> None:
    """Ignored, or kept where it is free. Never two entries under one uid."""
    with open_client(Switches(create_uid=reading)) as client:
        client.content_type("page")
        first = client.entry("page", {"title": "A", "uid": "bltchosen"})["uid"]
        assert (first == "bltchosen") is (reading == "kept")
        answer = client.http.post(PAGES, json={"entry": {"title": "B", "uid": first}})
        assert answer.status_code == (201 if reading == "ignored" else 422)
        uids = [row["uid"] for row in client.get(PAGES)["entries"]]
        assert len(uids) == len({*uids}) == (2 if reading == "ignored" else 1)


@pytest.mark.parametrize("must_exist", [True, False])
def test_a_file_field_with_an_absent_asset(must_exist: bool) -> None:
    """Refused, or stored as it is; never null in silence."""
    with open_client(Switches(asset_must_exist=must_exist)) as client:
        client.content_type("page", field_of("file", "one"), field_of("file", "many", multiple=True))
        for sent in ({"one": "bltgone"}, {"many": ["bltgone"]}):
            answer = client.http.post(PAGES, json={"entry": {"title": str(sent), **sent}})
            if must_exist:
                assert (answer.status_code, [*answer.json()["errors"]]) == (422, [*sent])
            else:
                assert sent.items() <= answer.json()["entry"].items()


@pytest.mark.parametrize("made", [True, False])
def test_what_the_service_makes_of_a_rich_text(made: bool) -> None:
    """Sent uids stay, the mark `dirty` goes, the root has a version; a node without a uid gets one by a switch."""
    with open_client(Switches(rte_uids_made=made)) as client:
        client.content_type("page", rte())
        known = {"type": "p", "uid": "p1", "attrs": {"dirty": True}, "children": [{"text": "a"}]}
        new = {"type": "p", "attrs": {"dirty": True, "style": {}}, "children": [{"text": "b"}]}
        sent = {**document("root", known, new), "attrs": {"dirty": True}}
        body = client.entry("page", {"title": "A", "body": sent})["body"]
        assert (body["uid"], body["attrs"], body["_version"]) == ("root", {}, 1)
        assert body["children"][0] == {**known, "attrs": {}}
        assert body["children"][1]["attrs"] == {"style": {}}
        assert bool(body["children"][1].get("uid")) is made
        assert body["children"][0]["children"] == [{"text": "a"}]
