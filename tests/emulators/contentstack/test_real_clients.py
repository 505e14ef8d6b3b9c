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
    Real,
    Row,
    entries,
    live,
    made,
    management,
    open_real,
    ref,
    shown,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The client leaves its files and sockets open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # the client leaves its files and sockets open


@pytest.fixture
def real() -> Iterator[Real]:
    with open_real() as opened:
        yield opened


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
