"""The vendor's own Python client, unchanged, against the emulator over a socket: entries and their variants.

Every call that it has for the pages on entries, releases and bulk operations, and for entry variants, is
driven once and judged by what it answers, not by what our own client would think of it.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING

import pytest
from vendor_client import (
    API_KEY,
    LIVE,
    SUMMER,
    Row,
    VendorClient,
    entries,
    json_of,
    live,
    made,
    management,
    open_vendor_client,
    ref,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The client leaves its files and sockets open.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def vendor() -> Iterator[VendorClient]:
    with open_vendor_client() as opened:
        yield opened


def test_entries_are_created_found_and_fetched(vendor: VendorClient) -> None:
    """create, find, fetch: the uid, version and language come from the service."""
    uid = made(vendor, "First", body="text")
    second = made(vendor, "Second", near=ref(uid))
    listing = entries(vendor)
    listing.add_param_dict({"include_count": "true", "asc": "created_at"})
    found = json_of(listing.find())
    assert found["count"] == 2
    assert [row["title"] for row in found["entries"]] == ["First", "Second"]
    entry = shown(vendor, second)
    assert entry["near"] == ref(uid)
    assert (entry["_version"], entry["locale"], entry["tags"]) == (1, "en-us", [])


def test_a_missing_entry_is_refused(vendor: VendorClient) -> None:
    """fetch: the service's code for what is not there."""
    answer = entries(vendor, "blt_nothing").fetch()
    assert answer.status_code in (404, 422)
    assert answer.json()["error_code"] == 141


def test_entries_are_updated(vendor: VendorClient) -> None:
    """update: a new version; what is not sent is kept."""
    uid = made(vendor, "First", body="kept")
    entry = json_of(entries(vendor, uid).update({"entry": {"title": "Changed"}}))["entry"]
    assert (entry["_version"], entry["title"], entry["body"]) == (2, "Changed", "kept")
    assert shown(vendor, uid, version=1)["title"] == "First"


def test_entries_are_deleted(vendor: VendorClient) -> None:
    """delete: gone from the listing."""
    uid = made(vendor, "First")
    json_of(entries(vendor, uid).delete())
    assert json_of(entries(vendor).find())["entries"] == []


def test_versions_are_named(vendor: VendorClient) -> None:
    """version_naming: seen when the version is fetched, and in the list of versions."""
    uid = made(vendor, "First")
    body = {"entry": {"_version_name": "Gold", "locale": "en-us", "force": True}}
    assert "assigned" in json_of(entries(vendor, uid).version_naming(1, body), 201)["notice"]
    assert vendor.branch.entries["page"][uid].documents["en-us"].version_names


def test_references_are_listed(vendor: VendorClient) -> None:
    """references: who refers to the entry."""
    uid = made(vendor, "First")
    second = made(vendor, "Second", near=ref(uid))
    found = json_of(entries(vendor, uid).references())["references"]
    assert [(row["entry_uid"], row["content_type_uid"]) for row in found] == [(second, "page")]


def test_entries_are_localized_and_unlocalized(vendor: VendorClient) -> None:
    """localize, languages, unlocalize: a language of its own and back to the fallback."""
    uid = made(vendor, "First")
    entry = json_of(entries(vendor, uid).localize({"entry": {"title": "Premier"}}, "fr-fr"))["entry"]
    assert (entry["locale"], entry["_version"]) == ("fr-fr", 1)
    assert languages(vendor, uid)["fr-fr"] is True
    assert shown(vendor, uid, locale="fr-fr")["title"] == "Premier"
    json_of(entries(vendor, uid).unlocalize("fr-fr"))
    assert not languages(vendor, uid).get("fr-fr")
    assert shown(vendor, uid, locale="fr-fr")["title"] == "First"


def languages(vendor: VendorClient, uid: str) -> dict[str, bool]:
    rows = json_of(entries(vendor, uid).languages())["locales"]
    return {row["code"]: row.get("localized", False) is True for row in rows}


def test_entries_are_exported_and_imported(vendor: VendorClient, tmp_path: Path) -> None:
    """export, imports: the exported file makes an entry of the same content."""
    uid = made(vendor, "First", body="text")
    exported = json_of(entries(vendor, uid).export())
    entry = exported.get("entry", exported)
    assert (entry["title"], entry["body"]) == ("First", "text")
    path = tmp_path / "entry.json"
    path.write_text(json.dumps({**exported, "title": "Imported"}), encoding="utf-8")
    found = json_of(entries(vendor).imports(str(path)), 201)["entry"]
    assert (found["title"], found["body"], found["_version"]) == ("Imported", "text", 1)
    assert found["uid"] != uid


def test_entries_are_published_and_unpublished(vendor: VendorClient) -> None:
    """publish, unpublish: in the named environment and language, of the named version."""
    uid = made(vendor, "First")
    json_of(entries(vendor, uid).update({"entry": {"title": "Newer"}}))
    where = {"environments": ["live"], "locales": ["en-us"]}
    json_of(entries(vendor, uid).publish({"entry": where, "locale": "en-us", "version": 1}))
    assert (LIVE, "en-us", 1) in live(vendor, uid)
    json_of(entries(vendor, uid).unpublish({"entry": where, "locale": "en-us", "version": 1}))
    assert live(vendor, uid) == set()


def test_entry_variants(vendor: VendorClient) -> None:
    """variants: update, find, fetch, versions, includeVariants, publish, unpublish, delete."""
    uid = made(vendor, "First", body="plain")
    change = {"entry": {"body": "sunny", "_variant": {"_change_set": ["body"], "_order": []}}}
    json_of(entries(vendor, uid).variants(SUMMER, None).update(change))
    [found] = json_of(entries(vendor, uid).variants().find())["entries"]
    assert (found["body"], found["_variant"]["_uid"]) == ("sunny", SUMMER)
    assert json_of(entries(vendor, uid).variants(SUMMER, None).fetch())["entry"]["body"] == "sunny"
    versions = json_of(entries(vendor, uid).variants(SUMMER, None).versions())["versions"]
    assert [row["_version"] for row in versions] == [1]
    assert json_of(entries(vendor, uid).variants(SUMMER, None).includeVariants())["entry"]["uid"] == uid
    order: Row = {
        "entry": {
            "environments": ["live"],
            "locales": ["en-us"],
            "variants": [{"uid": SUMMER, "version": 1}],
        },
        "locale": "en-us",
    }
    variant = entries(vendor, uid).variants(SUMMER, None)
    variant.add_header("api_version", "3.2")
    json_of(variant.publish(order))
    assert [
        row.version for row in vendor.branch.entries["page"][uid].variants[SUMMER, "en-us"].live.values()
    ] == [1]
    json_of(variant.unpublish(order))
    assert vendor.branch.entries["page"][uid].variants[SUMMER, "en-us"].live == {}
    json_of(entries(vendor, uid).variants(SUMMER, None).delete())
    assert json_of(entries(vendor, uid).variants().find())["entries"] == []


def test_entries_include_their_variants(vendor: VendorClient) -> None:
    """includeVariants on the entry itself."""
    uid = made(vendor, "First", body="plain")
    change = {"entry": {"body": "sunny", "_variant": {"_change_set": ["body"]}}}
    json_of(entries(vendor, uid).variants(SUMMER, None).update(change))
    found = json_of(entries(vendor, uid).includeVariants("true", SUMMER))["entry"]
    assert found["uid"] == uid


def test_credentials_are_checked(vendor: VendorClient) -> None:
    """Another token is refused as the service refuses it."""
    client = management.Client(
        host=vendor.stack.client.endpoint.split("/")[2],
        scheme="http://",
        management_token="cs-invented-other",
    )
    answer = client.stack(API_KEY).content_types("page").entry().find()
    assert answer.status_code == 401
    assert answer.json()["error_code"] == 105


def test_a_variant_without_a_uid_is_refused(vendor: VendorClient) -> None:
    """variants().create: the API has no such call (a variant is put under its uid), and nothing is made."""
    uid = made(vendor, "First", body="plain")
    refused = entries(vendor, uid).variants().create({"entry": {"body": "sunny"}})
    assert refused.status_code in (404, 405, 422)
    assert json_of(entries(vendor, uid).variants().find())["entries"] == []


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
def test_every_call_of_the_vendors_client_is_tested(name: str) -> None:
    """A new version of the vendor's client that can do more must be noticed here."""
    module, _, owner = name.rpartition(".")
    found = vars(getattr(importlib.import_module(f"contentstack_management.{module}"), owner))
    calls = {call for call in found if not call.startswith(("_", "validate_"))}
    assert calls == set(DRIVEN[name].split())
