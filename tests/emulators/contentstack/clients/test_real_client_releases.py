"""The vendor's own Python client, unchanged, against the emulator over a socket: releases and bulk calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from vendor_client import (
    DRAFTS,
    LIVE,
    PICTURE,
    STAGES,
    Row,
    VendorClient,
    entries,
    held,
    item,
    json_of,
    live,
    made,
    made_release,
    open_vendor_client,
    release,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# The client leaves its files and sockets open.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def vendor() -> Iterator[VendorClient]:
    with open_vendor_client() as opened:
        yield opened


def test_releases_are_made_found_changed_and_deleted(vendor: VendorClient) -> None:
    """create, find, fetch, update, delete."""
    uid = made_release(vendor)
    found = json_of(release(vendor).find())["releases"]
    assert [(row["uid"], row["name"], row["locked"]) for row in found] == [(uid, "Spring", False)]
    changed = json_of(release(vendor, uid).update({"release": {"name": "Autumn", "description": "leaves"}}))
    assert changed["release"]["name"] == "Autumn"
    one = json_of(release(vendor, uid).fetch())["release"]
    assert (one["description"], one["items"], one["status"]) == ("leaves", [], [])
    json_of(release(vendor, uid).delete())
    assert json_of(release(vendor).find())["releases"] == []


def test_release_items_are_added_and_removed(vendor: VendorClient) -> None:
    """item().create, create_multiple, find, delete, delete_multiple."""
    uid, first, second = made_release(vendor), made(vendor, "First"), made(vendor, "Second")
    json_of(release(vendor, uid).item().create({"item": item(first)}))
    body = {"items": [item(second), item(PICTURE, kind="built_io_upload")]}
    json_of(release(vendor, uid).item().create_multiple(body))
    assert held(vendor, uid) == [(first, 1), (second, 1), (PICTURE, 1)]
    json_of(release(vendor, uid).item().delete({"items": [item(first)]}))
    assert held(vendor, uid) == [(second, 1), (PICTURE, 1)]
    json_of(release(vendor, uid).item().delete_multiple({"items": [item(second)]}))
    assert held(vendor, uid) == []


def test_release_items_follow_the_latest_version(vendor: VendorClient) -> None:
    """item().update: every item pins the latest version."""
    uid, first = made_release(vendor), made(vendor, "First")
    json_of(release(vendor, uid).item().create({"item": item(first)}))
    json_of(entries(vendor, first).update({"entry": {"title": "Newer"}}))
    assert held(vendor, uid) == [(first, 1)]
    json_of(release(vendor, uid).item().update({"items": ["$all"]}))
    assert held(vendor, uid) == [(first, 2)]


def test_release_items_move_to_another_release(vendor: VendorClient) -> None:
    """item().move: out of one release, into the other."""
    uid, other, first = made_release(vendor), made_release(vendor, "Autumn"), made(vendor, "First")
    json_of(release(vendor, uid).item().create({"item": item(first)}))
    moved = {"release_uid": other, "item": [{"uid": first, "locale": "en-us"}]}
    json_of(release(vendor, uid).item().move(moved))
    assert (held(vendor, uid), held(vendor, other)) == ([], [(first, 1)])


def test_releases_are_cloned_and_deployed(vendor: VendorClient) -> None:
    """clone, deploy: a copy has the items, a deployment publishes what they pin."""
    uid, first = made_release(vendor), made(vendor, "First")
    json_of(release(vendor, uid).item().create({"item": item(first)}))
    json_of(entries(vendor, first).update({"entry": {"title": "Newer"}}))
    copied = json_of(release(vendor, uid).clone({"release": {"name": "Copy", "description": ""}}), 201)[
        "release"
    ]
    assert held(vendor, copied["uid"]) == [(first, 1)]
    order = {"release": {"environments": ["live"], "locales": ["en-us"], "action": "publish"}}
    json_of(release(vendor, uid).deploy(order))
    assert (LIVE, "en-us", 1) in live(vendor, first)
    [status] = json_of(release(vendor, uid).fetch())["release"]["status"]
    assert (status["environment"], status["status"]) == (LIVE, "success")


def test_a_locked_release_takes_no_items(vendor: VendorClient) -> None:
    """update(locked): until it is unlocked."""
    uid, first = made_release(vendor), made(vendor, "First")
    assert json_of(release(vendor, uid).update({"release": {"locked": True}}))["release"]["locked"] is True
    refused = release(vendor, uid).item().create({"item": item(first)})
    assert refused.status_code == 422
    json_of(release(vendor, uid).update({"release": {"locked": False}}))
    json_of(release(vendor, uid).item().create({"item": item(first)}))
    assert held(vendor, uid) == [(first, 1)]


def test_bulk_publish_and_unpublish(vendor: VendorClient) -> None:
    """bulk publish, unpublish, job_status: each item in each environment, results by the job."""
    first, second = made(vendor, "First"), made(vendor, "Second")
    named = [{"uid": uid, "content_type": "page", "locale": "en-us", "version": 1} for uid in (first, second)]
    order: Row = {"entries": named, "locales": ["en-us"], "environments": ["live", "drafts"]}
    bulk = vendor.stack.bulk_operation()
    job = json_of(bulk.publish({**order, "assets": [{"uid": PICTURE}]}))["job_id"]
    for uid in (first, second):
        assert {row for row in live(vendor, uid) if row[1] == "en-us"} == {
            (LIVE, "en-us", 1),
            (DRAFTS, "en-us", 1),
        }
    assert json_of(bulk.job_status(job, {"bulk_version": "2.0"}))
    json_of(bulk.unpublish(order))
    assert [row for uid in (first, second) for row in live(vendor, uid)] == []


def test_bulk_delete(vendor: VendorClient) -> None:
    """bulk delete: entries and assets."""
    first, second = made(vendor, "First"), made(vendor, "Second")
    order: Row = {
        "entries": [{"content_type": "page", "uid": first, "locale": "en-us"}],
        "assets": [{"uid": PICTURE}],
    }
    json_of(vendor.stack.bulk_operation().delete(order))
    assert [row["uid"] for row in json_of(entries(vendor).find())["entries"]] == [second]
    assert json_of(vendor.stack.assets().find())["assets"] == []


def test_bulk_workflow(vendor: VendorClient) -> None:
    """bulk update: all entries are in the stage afterwards."""
    first, second = made(vendor, "First"), made(vendor, "Second")
    named = [{"content_type": "page", "uid": uid, "locale": "en-us"} for uid in (first, second)]
    stage = {"workflow_stage": {"uid": STAGES[1], "comment": "done", "notify": False}}
    assert (
        "complete"
        in json_of(vendor.stack.bulk_operation().update({"entries": named, "workflow": stage}))["notice"]
    )
    for uid in (first, second):
        assert shown(vendor, uid, include_workflow="true")["_workflow"]["uid"] == STAGES[1]


def test_bulk_release_items(vendor: VendorClient) -> None:
    """bulk add_items, update_items: a job adds them and pins the latest versions."""
    uid, first = made_release(vendor), made(vendor, "First")
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
    bulk = vendor.stack.bulk_operation()
    assert json_of(bulk.add_items(order, {"bulk_version": "2.0"}), 201)["job_id"]
    assert held(vendor, uid) == [(first, 1), (PICTURE, 1)]
    json_of(entries(vendor, first).update({"entry": {"title": "Newer"}}))
    json_of(bulk.update_items({"release": uid, "items": ["$all"]}, {"bulk_version": "2.0"}))
    assert held(vendor, uid) == [(first, 2), (PICTURE, 1)]
