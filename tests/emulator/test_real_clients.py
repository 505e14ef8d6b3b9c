"""The vendor's own Python client, unchanged, against the emulator over a socket.

Every call that it has for the pages on entries, releases and bulk operations, and for entry variants, is
driven once and judged by what it answers, not by what our own client would think of it.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from stackferry.emulator import Branch, Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

management = pytest.importorskip(
    "contentstack_management", reason="the vendor's client is not installed: pip install 'stackferry[test]'"
)

API_KEY, TOKEN = "blt_invented_stack", "cs-invented-token"
LIVE, DRAFTS = "blt0000000000000001", "blt0000000000000002"
STAGES = ("blt00000000000000a1", "blt00000000000000a2")
PICTURE, GROUP, SUMMER = "blt00000000000000b1", "cs00000000000000c0", "cs00000000000000c1"
Row = dict[str, Any]

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # the client leaves its files and sockets open


class Real(NamedTuple):
    """The vendor's client on an emulated stack."""

    stack: Any
    branch: Branch
    emulator: Emulator


def text_field(uid: str, **more: Any) -> Row:
    return {"uid": uid, "display_name": uid, "data_type": "text", "mandatory": uid == "title", **more}


@pytest.fixture
def real() -> Iterator[Real]:
    """An emulator on a socket with one small stack, and the client pointed at it by its own arguments."""
    emulator = Emulator()
    stack = emulator.add_stack(api_key=API_KEY, management_token=TOKEN)
    branch = stack.main
    near: Row = {"uid": "near", "display_name": "near", "data_type": "reference", "reference_to": ["page"]}
    branch.put_locale({"uid": "bltfr", "code": "fr-fr", "name": "French", "fallback_locale": "en-us"})
    stack.put_environment({"uid": LIVE, "name": "live", "urls": []})
    stack.put_environment({"uid": DRAFTS, "name": "drafts", "urls": []})
    branch.put_content_type(
        {"uid": "page", "title": "Page", "schema": [text_field("title"), text_field("body"), near]}
    )
    branch.put_asset({"uid": PICTURE, "title": "Picture", "filename": "p.txt", "_version": 1}, b"picture")
    stages: list[Any] = [
        {"uid": uid, "name": name, "next_available_stages": ["$all"]}
        for uid, name in zip(STAGES, ("Draft", "Done"), strict=True)
    ]
    stack.put_workflow(
        {
            "uid": "bltflow",
            "name": "Flow",
            "enabled": True,
            "content_types": ["page"],
            "branches": ["main"],
            "workflow_stages": stages,
        }
    )
    branch.put_variant_group(
        {
            "uid": GROUP,
            "name": "Seasons",
            "content_types": ["page"],
            "variants": [{"uid": SUMMER, "name": "Summer"}],
        }
    )
    with serve(emulator) as origin:
        client = management.Client(
            host=origin.removeprefix("http://"), scheme="http://", management_token=TOKEN, timeout=20
        )
        yield Real(client.stack(API_KEY), branch, emulator)


def told(answer: Any, status: int = 200) -> Row:
    """The object in an answer of the expected status."""
    assert answer.status_code == status, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def entries(real: Real, uid: str | None = None) -> Any:
    return real.stack.content_types("page").entry(uid)


def made(real: Real, title: str, **fields: Any) -> str:
    found = told(entries(real).create({"entry": {"title": title, **fields}}), 201)["entry"]
    assert found["title"] == title
    return str(found["uid"])


def ref(uid: str) -> list[Row]:
    return [{"uid": uid, "_content_type_uid": "page"}]


def shown(real: Real, uid: str, **params: Any) -> Row:
    call = entries(real, uid)
    call.add_param_dict(params)
    found: Row = told(call.fetch())["entry"]
    return found


def live(real: Real, uid: str) -> set[tuple[str, str, int]]:
    details = shown(real, uid, include_publish_details="true")["publish_details"]
    return {(one["environment"], one["locale"], one["version"]) for one in details}


def item(uid: str, version: int = 1, kind: str = "page", **more: Any) -> Row:
    named = {"uid": uid, "version": version, "content_type_uid": kind}
    return {**named, "locale": "en-us", "action": "publish", **more}


def release(real: Real, uid: str | None = None) -> Any:
    return real.stack.releases(uid, {"release_version": "2.0"})


def made_release(real: Real, name: str = "Spring") -> str:
    body = {"release": {"name": name, "description": "flowers", "locked": False}}
    return str(told(release(real).create(body), 201)["release"]["uid"])


def held(real: Real, uid: str) -> list[tuple[str, int]]:
    items = told(release(real, uid).item().find())["items"]
    return [(one["uid"], one["version"]) for one in items]


def test_entries_are_created_found_and_fetched(real: Real) -> None:
    """create, find, fetch: the uid, version and language come from the service."""
    uid = made(real, "First", body="text")
    second = made(real, "Second", near=ref(uid))
    listing = entries(real)
    listing.add_param_dict({"include_count": "true", "asc": "created_at"})
    found = told(listing.find())
    assert found["count"] == 2
    assert [one["title"] for one in found["entries"]] == ["First", "Second"]
    entry = shown(real, second)
    assert entry["near"] == ref(uid)
    assert (entry["_version"], entry["locale"], entry["tags"]) == (1, "en-us", [])


def test_a_missing_entry_is_refused(real: Real) -> None:
    """fetch: the service's code for what is not there."""
    answer = entries(real, "blt_nothing").fetch()
    assert answer.status_code in (404, 422)
    assert answer.json()["error_code"] == 141


def test_entries_are_updated(real: Real) -> None:
    """update: a new version; what is not sent is kept."""
    uid = made(real, "First", body="kept")
    entry = told(entries(real, uid).update({"entry": {"title": "Changed"}}))["entry"]
    assert (entry["_version"], entry["title"], entry["body"]) == (2, "Changed", "kept")
    assert shown(real, uid, version=1)["title"] == "First"


def test_entries_are_deleted(real: Real) -> None:
    """delete: gone from the listing."""
    uid = made(real, "First")
    told(entries(real, uid).delete())
    assert told(entries(real).find())["entries"] == []


def test_versions_are_named(real: Real) -> None:
    """version_naming: seen when the version is fetched, and in the list of versions."""
    uid = made(real, "First")
    body = {"entry": {"_version_name": "Gold", "locale": "en-us", "force": True}}
    assert "assigned" in told(entries(real, uid).version_naming(1, body), 201)["notice"]
    assert real.branch.entries["page"][uid].documents["en-us"].names


def test_references_are_listed(real: Real) -> None:
    """references: who refers to the entry."""
    uid = made(real, "First")
    second = made(real, "Second", near=ref(uid))
    found = told(entries(real, uid).references())["references"]
    assert [(one["entry_uid"], one["content_type_uid"]) for one in found] == [(second, "page")]


def test_entries_are_localized_and_unlocalized(real: Real) -> None:
    """localize, languages, unlocalize: a language of its own and back to the fallback."""
    uid = made(real, "First")
    entry = told(entries(real, uid).localize({"entry": {"title": "Premier"}}, "fr-fr"))["entry"]
    assert (entry["locale"], entry["_version"]) == ("fr-fr", 1)
    assert languages(real, uid)["fr-fr"] is True
    assert shown(real, uid, locale="fr-fr")["title"] == "Premier"
    told(entries(real, uid).unlocalize("fr-fr"))
    assert not languages(real, uid).get("fr-fr")
    assert shown(real, uid, locale="fr-fr")["title"] == "First"


def languages(real: Real, uid: str) -> dict[str, bool]:
    rows = told(entries(real, uid).languages())["locales"]
    return {row["code"]: row.get("localized", False) is True for row in rows}


def test_entries_are_exported_and_imported(real: Real, tmp_path: Path) -> None:
    """export, imports: the exported file makes an entry of the same content."""
    uid = made(real, "First", body="text")
    exported = told(entries(real, uid).export())
    entry = exported.get("entry", exported)
    assert (entry["title"], entry["body"]) == ("First", "text")
    path = tmp_path / "entry.json"
    path.write_text(json.dumps({**exported, "title": "Imported"}), encoding="utf-8")
    found = told(entries(real).imports(str(path)), 201)["entry"]
    assert (found["title"], found["body"], found["_version"]) == ("Imported", "text", 1)
    assert found["uid"] != uid


def test_entries_are_published_and_unpublished(real: Real) -> None:
    """publish, unpublish: in the named environment and language, of the named version."""
    uid = made(real, "First")
    told(entries(real, uid).update({"entry": {"title": "Newer"}}))
    where = {"environments": ["live"], "locales": ["en-us"]}
    told(entries(real, uid).publish({"entry": where, "locale": "en-us", "version": 1}))
    assert (LIVE, "en-us", 1) in live(real, uid)
    told(entries(real, uid).unpublish({"entry": where, "locale": "en-us", "version": 1}))
    assert live(real, uid) == set()


def test_releases_are_made_found_changed_and_deleted(real: Real) -> None:
    """create, find, fetch, update, delete."""
    uid = made_release(real)
    found = told(release(real).find())["releases"]
    assert [(one["uid"], one["name"], one["locked"]) for one in found] == [(uid, "Spring", False)]
    changed = told(release(real, uid).update({"release": {"name": "Autumn", "description": "leaves"}}))
    assert changed["release"]["name"] == "Autumn"
    one = told(release(real, uid).fetch())["release"]
    assert (one["description"], one["items"], one["status"]) == ("leaves", [], [])
    told(release(real, uid).delete())
    assert told(release(real).find())["releases"] == []


def test_release_items_come_and_go(real: Real) -> None:
    """item().create, create_multiple, find, delete, delete_multiple."""
    uid, first, second = made_release(real), made(real, "First"), made(real, "Second")
    told(release(real, uid).item().create({"item": item(first)}))
    body = {"items": [item(second), item(PICTURE, kind="built_io_upload")]}
    told(release(real, uid).item().create_multiple(body))
    assert held(real, uid) == [(first, 1), (second, 1), (PICTURE, 1)]
    told(release(real, uid).item().delete({"items": [item(first)]}))
    assert held(real, uid) == [(second, 1), (PICTURE, 1)]
    told(release(real, uid).item().delete_multiple({"items": [item(second)]}))
    assert held(real, uid) == []


def test_release_items_follow_the_latest_version(real: Real) -> None:
    """item().update: every item pins the latest version."""
    uid, first = made_release(real), made(real, "First")
    told(release(real, uid).item().create({"item": item(first)}))
    told(entries(real, first).update({"entry": {"title": "Newer"}}))
    assert held(real, uid) == [(first, 1)]
    told(release(real, uid).item().update({"items": ["$all"]}))
    assert held(real, uid) == [(first, 2)]


def test_release_items_move_to_another_release(real: Real) -> None:
    """item().move: out of one release, into the other."""
    uid, other, first = made_release(real), made_release(real, "Autumn"), made(real, "First")
    told(release(real, uid).item().create({"item": item(first)}))
    moved = {"release_uid": other, "item": [{"uid": first, "locale": "en-us"}]}
    told(release(real, uid).item().move(moved))
    assert (held(real, uid), held(real, other)) == ([], [(first, 1)])


def test_releases_are_cloned_and_deployed(real: Real) -> None:
    """clone, deploy: a copy has the items, a deployment publishes what they pin."""
    uid, first = made_release(real), made(real, "First")
    told(release(real, uid).item().create({"item": item(first)}))
    told(entries(real, first).update({"entry": {"title": "Newer"}}))
    copied = told(release(real, uid).clone({"release": {"name": "Copy", "description": ""}}), 201)["release"]
    assert held(real, copied["uid"]) == [(first, 1)]
    order = {"release": {"environments": ["live"], "locales": ["en-us"], "action": "publish"}}
    told(release(real, uid).deploy(order))
    assert (LIVE, "en-us", 1) in live(real, first)
    [status] = told(release(real, uid).fetch())["release"]["status"]
    assert (status["environment"], status["status"]) == (LIVE, "success")


def test_a_locked_release_takes_no_items(real: Real) -> None:
    """update(locked): until it is unlocked."""
    uid, first = made_release(real), made(real, "First")
    assert told(release(real, uid).update({"release": {"locked": True}}))["release"]["locked"] is True
    refused = release(real, uid).item().create({"item": item(first)})
    assert refused.status_code == 422
    told(release(real, uid).update({"release": {"locked": False}}))
    told(release(real, uid).item().create({"item": item(first)}))
    assert held(real, uid) == [(first, 1)]


def test_bulk_publish_and_unpublish(real: Real) -> None:
    """bulk publish, unpublish, job_status: each item in each environment, results by the job."""
    first, second = made(real, "First"), made(real, "Second")
    named = [{"uid": uid, "content_type": "page", "locale": "en-us", "version": 1} for uid in (first, second)]
    order: Row = {"entries": named, "locales": ["en-us"], "environments": ["live", "drafts"]}
    bulk = real.stack.bulk_operation()
    job = told(bulk.publish({**order, "assets": [{"uid": PICTURE}]}))["job_id"]
    for uid in (first, second):
        assert {one for one in live(real, uid) if one[1] == "en-us"} == {
            (LIVE, "en-us", 1),
            (DRAFTS, "en-us", 1),
        }
    assert told(bulk.job_status(job, {"bulk_version": "2.0"}))
    told(bulk.unpublish(order))
    assert [one for uid in (first, second) for one in live(real, uid)] == []


def test_bulk_delete(real: Real) -> None:
    """bulk delete: entries and assets."""
    first, second = made(real, "First"), made(real, "Second")
    order: Row = {
        "entries": [{"content_type": "page", "uid": first, "locale": "en-us"}],
        "assets": [{"uid": PICTURE}],
    }
    told(real.stack.bulk_operation().delete(order))
    assert [one["uid"] for one in told(entries(real).find())["entries"]] == [second]
    assert told(real.stack.assets().find())["assets"] == []


def test_bulk_workflow(real: Real) -> None:
    """bulk update: all entries are in the stage afterwards."""
    first, second = made(real, "First"), made(real, "Second")
    named = [{"content_type": "page", "uid": uid, "locale": "en-us"} for uid in (first, second)]
    stage = {"workflow_stage": {"uid": STAGES[1], "comment": "done", "notify": False}}
    assert (
        "complete"
        in told(real.stack.bulk_operation().update({"entries": named, "workflow": stage}))["notice"]
    )
    for uid in (first, second):
        assert shown(real, uid, include_workflow="true")["_workflow"]["uid"] == STAGES[1]


def test_bulk_release_items(real: Real) -> None:
    """bulk add_items, update_items: a job adds them and pins the latest versions."""
    uid, first = made_release(real), made(real, "First")
    order: Row = {
        "release": uid,
        "action": "publish",
        "locale": ["en-us"],
        "reference": True,
        "items": [
            {"uid": first, "content_type_uid": "page", "version": 1, "locale": "en-us", "title": "First"},
            {"uid": PICTURE, "content_type_uid": "sys_assets", "version": 1, "title": "Picture"},
        ],
    }
    bulk = real.stack.bulk_operation()
    assert told(bulk.add_items(order, {"bulk_version": "2.0"}), 201)["job_id"]
    assert held(real, uid) == [(first, 1), (PICTURE, 1)]
    told(entries(real, first).update({"entry": {"title": "Newer"}}))
    told(bulk.update_items({"release": uid, "items": ["$all"]}, {"bulk_version": "2.0"}))
    assert held(real, uid) == [(first, 2), (PICTURE, 1)]


def test_entry_variants(real: Real) -> None:
    """variants: update, find, fetch, versions, includeVariants, publish, unpublish, delete."""
    uid = made(real, "First", body="plain")
    change = {"entry": {"body": "sunny", "_variant": {"_change_set": ["body"], "_order": []}}}
    told(entries(real, uid).variants(SUMMER, None).update(change))
    [found] = told(entries(real, uid).variants().find())["entries"]
    assert (found["body"], found["_variant"]["_uid"]) == ("sunny", SUMMER)
    assert told(entries(real, uid).variants(SUMMER, None).fetch())["entry"]["body"] == "sunny"
    versions = told(entries(real, uid).variants(SUMMER, None).versions())["versions"]
    assert [one["_version"] for one in versions] == [1]
    assert told(entries(real, uid).variants(SUMMER, None).includeVariants())["entry"]["uid"] == uid
    order: Row = {
        "entry": {
            "environments": ["live"],
            "locales": ["en-us"],
            "variants": [{"uid": SUMMER, "version": 1}],
        },
        "locale": "en-us",
    }
    variant = entries(real, uid).variants(SUMMER, None)
    variant.add_header("api_version", "3.2")
    told(variant.publish(order))
    assert [
        one.version for one in real.branch.entries["page"][uid].variants[SUMMER, "en-us"].live.values()
    ] == [1]
    told(variant.unpublish(order))
    assert real.branch.entries["page"][uid].variants[SUMMER, "en-us"].live == {}
    told(entries(real, uid).variants(SUMMER, None).delete())
    assert told(entries(real, uid).variants().find())["entries"] == []


def test_entries_include_their_variants(real: Real) -> None:
    """includeVariants on the entry itself."""
    uid = made(real, "First", body="plain")
    change = {"entry": {"body": "sunny", "_variant": {"_change_set": ["body"]}}}
    told(entries(real, uid).variants(SUMMER, None).update(change))
    found = told(entries(real, uid).includeVariants("true", SUMMER))["entry"]
    assert found["uid"] == uid


def test_credentials_are_checked(real: Real) -> None:
    """Another token is refused as the service refuses it."""
    client = management.Client(
        host=real.stack.client.endpoint.split("/")[2], scheme="http://", management_token="cs-invented-other"
    )
    answer = client.stack(API_KEY).content_types("page").entry().find()
    assert answer.status_code == 401
    assert answer.json()["error_code"] == 105


def test_a_variant_without_a_uid_is_refused(real: Real) -> None:
    """variants().create: the API has no such call (a variant is put under its uid), and nothing is made."""
    uid = made(real, "First", body="plain")
    refused = entries(real, uid).variants().create({"entry": {"body": "sunny"}})
    assert refused.status_code in (404, 405, 422)
    assert told(entries(real, uid).variants().find())["entries"] == []


DRIVEN = {
    "entries.entry.Entry": """create delete export fetch find imports includeVariants languages localize
        publish references unlocalize unpublish update variants version_naming""",
    "entry_variants.entry_variants.EntryVariants": """create delete fetch find includeVariants publish
        unpublish update versions""",
    "releases.release.Releases": "clone create delete deploy fetch find item update",
    "release_items.release_item.ReleaseItems": """create create_multiple delete delete_multiple find move
        update""",
    "bulk_operations.bulk_operation.BulkOperation": """add_items delete job_status publish unpublish update
        update_items""",
}


@pytest.mark.parametrize("name", DRIVEN)
def test_no_call_of_the_client_is_left_out(name: str) -> None:
    """A new version of the vendor's client that can do more must be noticed here."""
    module, _, owner = name.rpartition(".")
    found = vars(getattr(importlib.import_module(f"contentstack_management.{module}"), owner))
    calls = {call for call in found if not call.startswith(("_", "validate_"))}
    assert calls == set(DRIVEN[name].split())
