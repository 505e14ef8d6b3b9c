"""Entries: what is stored, listed, merged and deleted. Page: CMA | Entries."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, document, embedded, field_of, open_client, reference, rte

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"


def versions(client: EmulatorClient, uid: str, **params: Any) -> list[int]:
    return [row["_version"] for row in client.get(f"{PAGES}/{uid}/versions", **params)["versions"]]


def test_a_new_entry_carries_what_the_service_keeps(client: EmulatorClient) -> None:
    """uid, who and when, ACL, version, tags and language are the service's; unknown fields are dropped."""
    client.content_type("page", field_of("number", "size"))
    entry = client.entry("page", {"title": "A", "size": 3, "nonsense": 1, "_version": 9, "uid": "bltforeign"})
    now = "2030-01-01T00:00:00.000Z"
    user = client.stack.user
    assert entry.pop("uid").startswith("blt")
    assert entry == {
        "title": "A",
        "size": 3,
        "tags": [],
        "locale": "en-us",
        "created_by": user,
        "updated_by": user,
        "created_at": now,
        "updated_at": now,
        "ACL": {},
        "_version": 1,
        "_in_progress": False,
    }


def test_every_update_adds_a_version_and_merges_the_top_level(client: EmulatorClient) -> None:
    """Fields that are not sent stay, null clears, nested content is replaced whole, old versions answer."""
    client.content_type("page", field_of("text", "a"), field_of("link", "b"))
    uid = client.entry("page", {"title": "A", "a": "x", "b": {"title": "t", "href": "/h"}})["uid"]
    client.clock.pass_seconds(60)
    second = client.put(f"{PAGES}/{uid}", {"entry": {"b": {"href": "/i"}}})
    assert second["notice"] == "Entry updated successfully."
    third = client.put(f"{PAGES}/{uid}", {"entry": {"a": None, "tags": ["new"]}})["entry"]
    assert (third["title"], third["a"], third["b"], third["tags"]) == ("A", None, {"href": "/i"}, ["new"])
    assert (third["_version"], third["created_at"]) == (3, "2030-01-01T00:00:00.000Z")
    assert third["updated_at"] == "2030-01-01T00:01:00.000Z"
    first = client.get(f"{PAGES}/{uid}", version=1)["entry"]
    assert (first["a"], first["b"]) == ("x", {"title": "t", "href": "/h"})
    assert client.refused("GET", f"{PAGES}/{uid}?version=4")[:2] == (422, 141)


def test_an_update_does_not_say_when_an_entry_was_made(client: EmulatorClient) -> None:
    """Exports may lack the times of an entry: its versions are older than the update all the same."""
    client.content_type("page")
    uid = client.entry("page", {"title": "One"})["uid"]
    document = client.stack.main.entries["page"][uid].documents["en-us"]
    document.versions[1] = {
        name: value
        for name, value in document.versions[1].items()
        if name not in ("created_at", "created_by")
    }
    shown = client.put(f"{PAGES}/{uid}", {"entry": {"title": "Two"}})["entry"]
    assert "updated_at" in shown
    assert {"created_at", "created_by"}.isdisjoint(shown)


def test_a_cleared_field_may_vanish() -> None:
    """The switch: null is absent afterwards."""
    with open_client(Switches(null_is_kept=False)) as client:
        client.content_type("page", field_of("text", "a"))
        uid = client.entry("page", {"title": "A", "a": "x"})["uid"]
        assert "a" not in client.put(f"{PAGES}/{uid}", {"entry": {"a": None}})["entry"]


def test_unknown_types_entries_and_languages_are_refused() -> None:
    """118 for a content type, 141 for an entry and a language; the status is 422 or 404 by a switch."""
    for status in (422, 404):
        with open_client(Switches(missing_status=status)) as client:
            client.content_type("page")
            assert client.refused("GET", "/content_types/nope/entries")[:2] == (status, 118)
            assert client.refused("GET", f"{PAGES}/bltnope")[:2] == (status, 141)
            assert client.refused("GET", PAGES, params={"locale": "xx"})[:2] == (422, 141)
            assert client.refused("POST", PAGES, json={"title": "A"})[0] == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"title": "b"}, "b"),
        ({"n": {"$in": [1, 3]}}, "ac"),
        ({"n": {"$nin": [1, 3]}}, "bd"),
        ({"n": {"$gt": 1, "$lte": 3}}, "bc"),
        ({"n": {"$gte": 2, "$lt": 3}}, "b"),
        ({"n": {"$ne": 1}}, "bcd"),
        ({"n": {"$exists": False}}, "d"),
        ({"n": {"$exists": True}}, "abc"),
        ({"title": {"$regex": "^[AB]$", "$options": "i"}}, "ab"),
        ({"$or": [{"n": 1}, {"title": "d"}]}, "ad"),
        ({"$and": [{"n": {"$gt": 1}}, {"title": {"$in": ["b", "d"]}}]}, "b"),
        ({"g.t": "inner b"}, "b"),
        ({"g": {"$exists": True}, "g.t": {"$regex": "inner"}}, "ab"),
        ({"tags": "red"}, "ac"),
        ({"uid": {"$in": []}}, ""),
        ({"n": "1"}, ""),
    ],
)
def test_query_operators(client: EmulatorClient, query: dict[str, Any], found: str) -> None:
    """The operators, dotted paths and arrays of the query language."""
    client.content_type(
        "page", field_of("number", "n"), field_of("group", "g", schema=[field_of("text", "t")])
    )
    client.entry("page", {"title": "a", "n": 1, "tags": ["red", "blue"], "g": {"t": "inner a"}})
    client.entry("page", {"title": "b", "n": 2, "g": {"t": "inner b"}})
    client.entry("page", {"title": "c", "n": 3, "tags": ["red"]})
    client.entry("page", {"title": "d"})
    answer = client.get(PAGES, query=query, asc="title", include_count="true")
    assert "".join(row["title"] for row in answer["entries"]) == found
    assert answer["count"] == len(found)


def test_an_invalid_query_is_refused(client: EmulatorClient) -> None:
    """Unknown operators and broken JSON are errors, not empty lists."""
    client.content_type("page")
    client.entry("page", {"title": "a"})
    assert client.refused("GET", PAGES, params={"query": '{"title":{"$like":"a"}}'})[0] == 422
    assert client.refused("GET", PAGES, params={"query": '{"title"'})[0] == 400


def test_the_list_is_newest_first_and_sortable(client: EmulatorClient) -> None:
    """Without a sort key the order is by the last change, the newest first."""
    client.content_type("page")
    for name in "abc":
        client.entry("page", {"title": name})
        client.clock.pass_seconds(1)
    assert [row["title"] for row in client.get(PAGES)["entries"]] == ["c", "b", "a"]
    assert [row["title"] for row in client.get(PAGES, asc="created_at")["entries"]] == ["a", "b", "c"]
    assert [row["title"] for row in client.get(PAGES, desc="title", limit=2, skip=1)["entries"]] == ["b", "a"]
    assert client.get(PAGES, count="true") == {"entries": 3}


ATOMICS: list[tuple[dict[str, Any], Any]] = [
    ({"many": {"PUSH": {"data": [4, 5]}}}, [1, 2, 3, 4, 5]),
    ({"many": {"PUSH": {"data": 4}}}, [1, 2, 3, 4]),
    ({"many": {"PULL": {"query": {"$in": [2, 3]}}}}, [1]),
    ({"many": {"UPDATE": {"index": 0, "data": 9}}}, [9, 2, 3]),
    ({"n": {"ADD": 2}}, 12),
    ({"n": {"SUB": 2}}, 8),
]


@pytest.mark.parametrize(("change", "result"), ATOMICS)
def test_atomic_operators_change_what_is_stored(
    client: EmulatorClient, change: dict[str, Any], result: Any
) -> None:
    """PUSH, PULL, UPDATE, ADD and SUB, as the page shows them."""
    client.content_type("page", field_of("number", "many", multiple=True), field_of("number", "n"))
    uid = client.entry("page", {"title": "A", "many": [1, 2, 3], "n": 10})["uid"]
    (name,) = change
    assert client.put(f"{PAGES}/{uid}", {"entry": change})["entry"][name] == result


def test_atomic_operators_nest(client: EmulatorClient) -> None:
    """An UPDATE reaches into groups and modular blocks, and PUSH and PULL work on groups."""
    inner = field_of(
        "blocks",
        "inner",
        multiple=True,
        blocks=[{"uid": "k", "title": "K", "schema": [field_of("text", "t")]}],
    )
    blocks = [{"uid": "b", "title": "B", "schema": [field_of("text", "name"), inner]}]
    group = field_of("group", "g", multiple=True, schema=[field_of("text", "t"), field_of("text", "u")])
    client.content_type("page", field_of("blocks", "outer", multiple=True, blocks=blocks), group)
    content = {"outer": [{"b": {"name": "n", "inner": [{"k": {"t": "0"}}, {"k": {"t": "1"}}]}}]}
    uid = client.entry("page", {"title": "A", **content, "g": [{"t": "x", "u": "kept"}]})["uid"]
    change = {"b": {"inner": {"UPDATE": {"index": 1, "data": {"k": {"t": "new"}}}}}}
    outer = {"UPDATE": {"index": 0, "data": change}}
    entry = client.put(
        f"{PAGES}/{uid}", {"entry": {"outer": outer, "g": {"UPDATE": {"index": 0, "data": {"t": "y"}}}}}
    )["entry"]
    assert [row["k"]["t"] for row in entry["outer"][0]["b"]["inner"]] == ["0", "new"]
    assert entry["outer"][0]["b"]["name"] == "n"
    assert (entry["g"][0]["t"], entry["g"][0]["u"]) == ("y", "kept")
    pushed = client.put(f"{PAGES}/{uid}", {"entry": {"g": {"PUSH": {"data": {"t": "z"}}}}})["entry"]
    assert [row["t"] for row in pushed["g"]] == ["y", "z"]
    pulled = client.put(f"{PAGES}/{uid}", {"entry": {"g": {"PULL": {"query": {"t": {"$in": ["y"]}}}}}})[
        "entry"
    ]
    assert [row["t"] for row in pulled["g"]] == ["z"]


def test_atomic_operators_are_refused_where_they_do_not_fit(client: EmulatorClient) -> None:
    """ADD to a text, an index outside the list: 119, and no version is written."""
    client.content_type("page", field_of("number", "many", multiple=True))
    uid = client.entry("page", {"title": "A", "many": [1]})["uid"]
    for change in (
        {"title": {"ADD": 1}},
        {"many": {"UPDATE": {"index": 1, "data": 2}}},
        {"many": {"ADD": 1}},
    ):
        assert client.refused("PUT", f"{PAGES}/{uid}", json={"entry": change})[:2] == (422, 119)
    assert versions(client, uid) == [1]


def test_files_are_written_as_uids_and_read_as_assets(client: EmulatorClient) -> None:
    """A uid or an object on write; the whole asset with its URL on read; null once the asset is gone."""
    client.content_type("page", field_of("file", "one"), field_of("file", "many", multiple=True))
    asset = client.upload("a.png", b"bytes")
    entry = client.entry("page", {"title": "A", "one": asset["uid"], "many": [asset, asset["uid"]]})
    assert entry["one"] == asset
    assert entry["many"] == [asset, asset]
    assert (
        "publish_details"
        in client.get(f"{PAGES}/{entry['uid']}", include_publish_details="true")["entry"]["one"]
    )
    client.ok("DELETE", f"/assets/{asset['uid']}")
    assert client.get(f"{PAGES}/{entry['uid']}")["entry"]["one"] is None


def test_instances_of_groups_and_blocks_have_uids(client: EmulatorClient) -> None:
    """A `_metadata.uid` is assigned where none is given, and kept where one is."""
    blocks = [{"uid": "b", "title": "B", "schema": [field_of("text", "t")]}]
    client.content_type(
        "page",
        field_of("group", "g", multiple=True, schema=[field_of("text", "t")]),
        field_of("blocks", "m", multiple=True, blocks=blocks),
    )
    group = [{"t": "1"}, {"t": "2", "_metadata": {"uid": "csgiven"}}]
    entry = client.entry("page", {"title": "A", "g": group, "m": [{"b": {"t": "x", "nonsense": 1}}]})
    assert entry["g"][0]["_metadata"]["uid"].startswith("cs")
    assert entry["g"][1]["_metadata"]["uid"] == "csgiven"
    assert set(entry["m"][0]["b"]) == {"t", "_metadata"}


def test_a_singleton_takes_one_entry(client: EmulatorClient) -> None:
    """The second entry of a singleton content type is refused."""
    client.content_type("page", options={"singleton": True, "is_page": False})
    client.entry("page", {"title": "A"})
    assert client.refused("POST", PAGES, json={"entry": {"title": "B"}})[:2] == (422, 119)


def test_json_rte_document_uids_are_unique(client: EmulatorClient) -> None:
    """A new entry that repeats a document uid is refused; an update of the same entry is not."""
    client.content_type("page", rte("body"), rte("more"))
    uid = client.entry("page", {"title": "A", "body": document("d1")})["uid"]
    other = {"title": "B", "body": document("d1")}
    assert client.refused("POST", PAGES, json={"entry": other})[:2] == (422, 119)
    twice = {"title": "B", "body": document("d2"), "more": document("d2")}
    assert client.refused("POST", PAGES, json={"entry": twice})[0] == 422
    client.put(f"{PAGES}/{uid}", {"entry": {"body": document("d1")}})
    for scope in ("entry", "off"):
        client.emulator.switches = Switches(duplicate_rte_uid=scope)
        client.entry("page", {"title": scope, "body": document("d1")})


def test_references_are_listed_with_where_they_are(client: EmulatorClient) -> None:
    """Reference fields and embedded entries count; count, language and publish details on request."""
    client.content_type("page", rte(), reference("other", "page"))
    target = client.entry("page", {"title": "T"})["uid"]
    first = client.entry("page", {"title": "A", "other": [{"uid": target, "_content_type_uid": "page"}]})[
        "uid"
    ]
    second = client.entry("page", {"title": "B", "body": document("d", embedded("page", target))})["uid"]
    answer = client.get(f"{PAGES}/{target}/references", include_count="true", include_publish_details="true")
    assert answer["count"] == 2
    assert {row["entry_uid"] for row in answer["references"]} == {first, second}
    assert answer["references"][0]["_version"] == 1
    assert answer["references"][0]["publish_details"] == []


def test_deleting_takes_the_named_languages(client: EmulatorClient) -> None:
    """The master by default, one language, several in the body, or all; a wrong one changes nothing."""
    client.content_type("page")
    for code in ("fr", "de", "es"):
        client.locale(code)

    def made() -> str:
        uid = str(client.entry("page", {"title": f"A{len(client.emulator.log)}"})["uid"])
        for code in ("fr", "de", "es"):
            client.put(f"{PAGES}/{uid}", {"entry": {"title": uid}}, locale=code)
        return uid

    def left(uid: str) -> list[str]:
        entry = client.stack.main.entries["page"].get(uid)
        return list(entry.documents) if entry else []

    first = made()
    client.ok("DELETE", f"{PAGES}/{first}")
    assert left(first) == ["fr", "de", "es"]
    client.ok("DELETE", f"{PAGES}/{first}?locale=fr")
    assert left(first) == ["de", "es"]
    body = {"entry": {"locales": ["de", "fr"]}}
    assert client.refused("DELETE", f"{PAGES}/{first}", json=body)[0] == 422
    client.ok("DELETE", f"{PAGES}/{first}", json={"entry": {"locales": ["de", "es"]}})
    assert left(first) == []
    assert client.refused("GET", f"{PAGES}/{first}")[:2] == (422, 141)
    second = made()
    from_french = f"{PAGES}/{second}?locale=fr&delete_all_localized=true"
    client.emulator.switches = Switches(delete_all_takes_locale=False)
    assert client.refused("DELETE", from_french)[0] == 422
    client.emulator.switches = Switches()
    client.ok("DELETE", from_french)
    assert left(second) == []
    third = made()
    client.ok("DELETE", f"{PAGES}/{third}?delete_all_localized=true")
    assert left(third) == []


def test_versions_have_names(client: EmulatorClient) -> None:
    """Set, list, force and delete; at most 32 characters, one version to a name."""
    client.content_type("page")
    uid = client.entry("page", {"title": "A"})["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    path = f"{PAGES}/{uid}/versions"
    named = {"entry": {"_version_name": "Release 1", "locale": "en-us"}}
    assert client.post(f"{path}/1/name", named) == {"notice": "Version name assigned successfully"}
    assert client.refused("POST", f"{path}/2/name", json=named)[0] == 422
    too_long = {"entry": {"_version_name": "x" * 33, "locale": "en-us"}}
    assert client.refused("POST", f"{path}/2/name", json=too_long)[0] == 422
    assert client.refused("POST", f"{path}/3/name", json=named)[0] == 422
    plain = client.get(path)["versions"]
    assert plain[0] == {"_version": 2, "locale": "en-us"}
    client.post(f"{path}/2/name", {"entry": {**named["entry"], "force": True}})
    answer = client.get(
        path, named="true", include_count="true", include_updated_at="true", include_updated_by="true"
    )
    assert answer["count"] == 1
    assert answer["versions"][0]["_version_name"]["title"] == "Release 1"
    assert answer["versions"][0]["updated_by"] == client.stack.user
    assert answer["versions"][0]["_version"] == 2
    assert client.ok("DELETE", f"{path}/2/name") == {"notice": "Version name deleted successfully"}
    assert client.refused("DELETE", f"{path}/2/name")[0] == 422
    assert versions(client, uid, limit=1, skip=1) == [1]


def test_a_seeded_history_holds_what_was_seeded(client: EmulatorClient) -> None:
    """Only version 7 was put: 7 answers, 6 does not exist, the next write is 8."""
    client.content_type("page")
    raw: dict[str, Any] = {"uid": "bltseed", "title": "S", "_version": 7, "created_at": "2020-01-01"}
    client.stack.main.put_entry_version("page", "en-us", raw)
    assert versions(client, "bltseed") == [7]
    assert client.get(f"{PAGES}/bltseed")["entry"]["created_at"] == "2020-01-01"
    assert client.refused("GET", f"{PAGES}/bltseed?version=6")[0] == 422
    assert client.put(f"{PAGES}/bltseed", {"entry": {"title": "T"}})["entry"]["_version"] == 8
