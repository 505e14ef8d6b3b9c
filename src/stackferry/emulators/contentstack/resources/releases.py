"""Releases: their items, lock, clone and deployment. Page: CMA | Releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import find_release, stamped, with_branch
from stackferry.emulators.contentstack.publishing import (
    process_item,
    requested_environments,
    requested_locales,
)
from stackferry.emulators.contentstack.release_items import (
    add_items,
    checked_item,
    find_open_release,
    item_key,
    publish_item,
    refresh_items,
    refuse_locked,
)
from stackferry.emulators.contentstack.schedules import future_time
from stackferry.emulators.contentstack.state import Release
from stackferry.emulators.routing import Route
from stackferry.emulators.values import arr, objs, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

MAX_ADDED = 25
"""Items that one call adds (page: Add multiple items to a Release)."""


def _shown(call: Call, release: Release, *, items: bool) -> JsonObject:
    """A release without its items, as lists show it, or with them."""
    raw = dict(release.raw)
    if items:
        raw["items"] = [_shown_item(call, item) for item in release.items]
    elif call.flag("include_items_count"):
        raw["items_count"] = len(release.items)
    return with_branch(call, raw)


def _shown_item(call: Call, item: JsonObject) -> JsonObject:
    """Items of Releases 2.0 say which variant they pin; null is the entry itself."""
    return {"variant_id": None, **item} if call.headers.get("release_version") == "2.0" else item


def _list(call: Call) -> Answer:
    releases = call.branch.releases
    return list_answer(
        call,
        "releases",
        [release.raw for release in releases.values()],
        show=lambda row: _shown(call, releases[text(row.get("uid"))], items=False),
    )


def _get(call: Call) -> Answer:
    return Answer({"release": _shown(call, find_release(call), items=True)})


def _create(call: Call) -> Answer:
    release = _new_release(call, call.section("release"))
    shown = _shown(call, release, items=False)
    return Answer({"notice": "Release created successfully.", "release": shown}, 201)


def _new_release(call: Call, sent: JsonObject) -> Release:
    name = text(sent.get("name"))
    if not name:
        raise invalid(141, "Release creation failed. Please enter valid data.", name=REQUIRED)
    raw: JsonObject = {
        "name": name,
        "description": text(sent.get("description")),
        "locked": sent.get("locked") is True,
        "status": [],
        "_deploy_latest": False,
    }
    release = Release(stamped(call, raw))
    call.branch.releases[text(release.raw["uid"])] = release
    return release


def _update(call: Call) -> Answer:
    """A locked release takes no change but its unlocking."""
    release, sent = find_release(call), call.section("release")
    if sent.get("locked") is not False:
        refuse_locked(release)
    changes: JsonObject = {name: sent[name] for name in ("name", "description", "locked") if name in sent}
    if "name" in changes and not text(changes["name"]):
        raise invalid(141, "Release update failed. Please enter valid data.", name=REQUIRED)
    release.raw = stamped(call, {**release.raw, **changes}, release.raw)
    return Answer({"notice": "Release updated successfully.", "release": _shown(call, release, items=False)})


def _delete(call: Call) -> Answer:
    refuse_locked(find_release(call))
    del call.branch.releases[call.args["release"]]
    return Answer({"notice": "Release deleted successfully."})


def _list_items(call: Call) -> Answer:
    return list_answer(call, "items", [_shown_item(call, item) for item in find_release(call).items])


def _add_one(call: Call) -> Answer:
    return _add(call, [call.section("item")], "Item added to release successfully.")


def _add_many(call: Call) -> Answer:
    sent = objs(call.json().get("items"))
    return _add(call, sent, "Item(s) to be added to the release has been sent successfully.")


def _add(call: Call, sent: list[JsonObject], notice: str) -> Answer:
    release = find_open_release(call)
    if not 0 < len(sent) <= MAX_ADDED:
        raise invalid(141, f"1 to {MAX_ADDED} items can be added in one request.", items=NOT_VALID)
    add_items(release, [checked_item(call, item) for item in sent])
    return _changed(call, release, notice)


def _changed(call: Call, release: Release, notice: str) -> Answer:
    release.raw = stamped(call, release.raw, release.raw)
    return Answer({"notice": notice, "release": _shown(call, release, items=True)})


def _remove(call: Call) -> Answer:
    release = find_open_release(call)
    if call.flag("all"):
        release.items = []
    else:
        _remove_named(release, objs(call.json().get("items")))
    return _changed(call, release, "Item(s) send to remove from release successfully.")


def _remove_named(release: Release, sent: list[JsonObject]) -> None:
    """All items that are named, or none when one of them is not pinned."""
    if not sent:
        raise invalid(141, "At least one item is required.", items=REQUIRED)
    named = {item_key(item) for item in sent}
    if named - {item_key(item) for item in release.items}:
        raise invalid(141, "The item is not part of the release.", items=NOT_VALID)
    release.items = [item for item in release.items if item_key(item) not in named]


def _refresh(call: Call) -> Answer:
    """Pin the latest versions; refused for a release that was deployed.

    Page: Update Release items to their latest versions.
    """
    release = find_open_release(call)
    if call.json().get("items") != ["$all"]:
        raise invalid(141, 'Only all items together can be updated: {"items": ["$all"]}.', items=NOT_VALID)
    if arr(release.raw.get("status")):
        raise invalid(141, "The items of a deployed release cannot be updated.", status=NOT_VALID)
    refresh_items(call, release)
    return _changed(call, release, "Release items updated to their latest versions successfully.")


def _clone(call: Call) -> Answer:
    """The items are copied, the deployments are not."""
    source = find_release(call)
    clone = _new_release(call, call.section("release"))
    clone.items = list(source.items)
    return Answer({"notice": "Release cloned successfully.", "release": _shown(call, clone, items=True)}, 201)


def _deploy(call: Call) -> Answer:
    """Every item is carried out in every environment, now or at the scheduled time, of a locked release too."""
    release, sent = find_release(call), call.section("release")
    environments = requested_environments(call, sent.get("environments"))
    only = requested_locales(call, sent["locales"]) if sent.get("locales") else None
    items = [item for item in release.items if only is None or item.get("locale") in only]
    if not items:
        raise invalid(141, "A release without items cannot be deployed.", items=REQUIRED)
    at = future_time(call, sent["scheduled_at"]) if sent.get("scheduled_at") else None
    job = call.start_job("deploy", lambda: _deployed(call, release, items, environments), at)
    for environment in environments:
        _set_status(call, release, environment, _status(job.items), job.uid)
    return Answer({"notice": "Release sent successfully for deployment."})


def _status(results: list[JsonObject] | None) -> str:
    if results is None:
        return "in-progress"
    failed = any(result["publish_status"] == "failed" for result in results)
    return "failed" if failed else "success"


def _deployed(
    call: Call, release: Release, items: list[JsonObject], environments: list[str]
) -> list[JsonObject]:
    results: list[JsonObject] = []
    for environment in environments:
        in_environment = [process_item(call, publish_item(item, environment)) for item in items]
        _set_status(call, release, environment, _status(in_environment), "")
        results.extend(in_environment)
    return results


def _set_status(call: Call, release: Release, environment: str, status: str, job: str) -> None:
    """Record the last deployment to an environment; without a `job` that of the record before stays."""
    before = [row for row in objs(release.raw.get("status")) if row.get("environment") == environment]
    kept: list[Json] = [
        row for row in objs(release.raw.get("status")) if row.get("environment") != environment
    ]
    job = job or next((text(row.get("job_id")) for row in before), "")
    record: JsonObject = {"environment": environment, "status": status, "user": call.user, "job_id": job}
    release.raw = {**release.raw, "status": [*kept, {**record, "time": call.service.now()}]}


def _move(call: Call) -> Answer:
    """Take items from this release into another; a uid and a language name one.

    A call of the vendor's Python client that no page describes.
    """
    release = find_open_release(call)
    body = call.json()
    target = find_open_release(call, text(body.get("release_uid")))
    sent = objs(body.get("item") or body.get("items"))
    named = {(text(item.get("uid")), text(item.get("locale"))) for item in sent}
    moved = [item for item in release.items if (text(item.get("uid")), text(item.get("locale"))) in named]
    if not moved or len(moved) != len(named):
        raise invalid(141, "The item is not part of the release.", items=NOT_VALID)
    release.items = [item for item in release.items if item not in moved]
    add_items(target, moved)
    return _changed(call, release, "Release items moved successfully.")


_RELEASE = "/releases/{release}"

ROUTES = (
    Route("GET", "/releases", _list),
    Route("POST", "/releases", _create),
    Route("GET", _RELEASE, _get),
    Route("PUT", _RELEASE, _update),
    Route("DELETE", _RELEASE, _delete),
    Route("GET", f"{_RELEASE}/items", _list_items),
    Route("POST", f"{_RELEASE}/item", _add_one),
    Route("POST", f"{_RELEASE}/items", _add_many),
    Route("DELETE", f"{_RELEASE}/items", _remove),
    Route("DELETE", f"{_RELEASE}/item", _remove),
    Route("POST", f"{_RELEASE}/items/move", _move),
    Route("PUT", f"{_RELEASE}/update_items", _refresh),
    Route("POST", f"{_RELEASE}/clone", _clone),
    Route("POST", f"{_RELEASE}/deploy", _deploy),
)
