"""The vendor's own Python client, unchanged, against the emulator over a socket: releases and bulk calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from vendor_client import (
    DRAFTS,
    LIVE,
    PICTURE,
    STAGES,
    Real,
    Row,
    entries,
    held,
    item,
    live,
    made,
    made_release,
    open_real,
    release,
    shown,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# The client leaves its files and sockets open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # the client leaves its files and sockets open


@pytest.fixture
def real() -> Iterator[Real]:
    with open_real() as opened:
        yield opened


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
