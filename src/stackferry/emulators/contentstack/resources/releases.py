"""Releases: their items, lock, clone and deployment. Page: CMA | Releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import find_release, stamped, with_branch
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    process_item,
    requested_environments,
    requested_locales,
)
from stackferry.emulators.contentstack.release_items import (
    add_items,
    checked_item,
    find_open_release,
    pinned_version,
    publish_kind,
    refresh_items,
    refuse_locked,
    same_item,
)
from stackferry.emulators.contentstack.state import Release
from stackferry.emulators.routing import Route
from stackferry.emulators.values import arr, moment, objs, text

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

MAX_ITEMS = 25


def _shown(call: Call, found: Release, *, items: bool) -> JsonObject:
    raw = dict(found.raw)
    if items:
        raw["items"] = [_shown_item(call, item) for item in found.items]
    elif call.flag("include_items_count"):
        raw["items_count"] = len(found.items)
    return with_branch(call, raw)


def _shown_item(call: Call, item: JsonObject) -> JsonObject:
    return {"variant_id": None, **item} if call.headers.get("release_version") == "2.0" else item


def _all(call: Call) -> Answer:
    found = call.branch.releases
    rows = [one.raw for one in found.values()]
    return list_answer(
        call, "releases", rows, show=lambda row: _shown(call, found[text(row.get("uid"))], items=False)
    )


def _one(call: Call) -> Answer:
    return Answer({"release": _shown(call, find_release(call), items=True)})


def _create(call: Call) -> Answer:
    sent = call.section("release")
    made = _new_release(call, sent)
    return Answer(
        {"notice": "Release created successfully.", "release": _shown(call, made, items=False)}, 201
    )


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
    made = Release(stamped(call, raw))
    call.branch.releases[text(made.raw["uid"])] = made
    return made


def _update(call: Call) -> Answer:
    """A locked release takes no change but its unlocking."""
    found, sent = find_release(call), call.section("release")
    if sent.get("locked") is not False:
        refuse_locked(found)
    known = ("name", "description", "locked")
    changes = {name: sent[name] for name in known if name in sent}
    if "name" in changes and not text(changes["name"]):
        raise invalid(141, "Release update failed. Please enter valid data.", name=REQUIRED)
    found.raw = stamped(call, {**found.raw, **changes}, found.raw)
    return Answer({"notice": "Release updated successfully.", "release": _shown(call, found, items=False)})


def _delete(call: Call) -> Answer:
    refuse_locked(find_release(call))
    del call.branch.releases[call.args["release"]]
    return Answer({"notice": "Release deleted successfully."})


def _items(call: Call) -> Answer:
    rows = find_release(call).items
    return list_answer(call, "items", [_shown_item(call, item) for item in rows])


def _add_one(call: Call) -> Answer:
    return _add(call, [call.section("item")], "Item added to release successfully.")


def _add_many(call: Call) -> Answer:
    sent = objs(call.json().get("items"))
    return _add(call, sent, "Item(s) to be added to the release has been sent successfully.")


def _add(call: Call, sent: list[JsonObject], notice: str) -> Answer:
    found = find_open_release(call, call.args["release"])
    if not 0 < len(sent) <= MAX_ITEMS:
        raise invalid(141, f"1 to {MAX_ITEMS} items can be added in one request.", items=NOT_VALID)
    add_items(found, [checked_item(call, one) for one in sent])
    return _changed(call, found, notice)


def _changed(call: Call, found: Release, notice: str) -> Answer:
    found.raw = stamped(call, found.raw, found.raw)
    return Answer({"notice": notice, "release": _shown(call, found, items=True)})


def _remove(call: Call) -> Answer:
    found = find_open_release(call, call.args["release"])
    if call.flag("all"):
        found.items = []
    else:
        _remove_named(found, objs(call.json().get("items")))
    return _changed(call, found, "Item(s) send to remove from release successfully.")


def _remove_named(found: Release, sent: list[JsonObject]) -> None:
    if not sent:
        raise invalid(141, "At least one item is required.", items=REQUIRED)
    for named in sent:
        if not any(same_item(item, named) for item in found.items):
            raise invalid(141, "The item is not part of the release.", items=NOT_VALID)
    found.items = [item for item in found.items if not any(same_item(item, named) for named in sent)]


def _refresh(call: Call) -> Answer:
    """Pin the latest versions; refused for a release that was deployed."""
    found = find_open_release(call, call.args["release"])
    if call.json().get("items") != ["$all"]:
        raise invalid(141, 'Only all items together can be updated: {"items": ["$all"]}.', items=NOT_VALID)
    if arr(found.raw.get("status")):
        raise invalid(141, "The items of a deployed release cannot be updated.", status=NOT_VALID)
    refresh_items(call, found)
    return _changed(call, found, "Release items updated to their latest versions successfully.")


def _clone(call: Call) -> Answer:
    source = find_release(call)
    made = _new_release(call, call.section("release"))
    made.items = list(source.items)
    return Answer({"notice": "Release cloned successfully.", "release": _shown(call, made, items=True)}, 201)


def _deploy(call: Call) -> Answer:
    """Every item is carried out in every environment, now or at the scheduled time."""
    found, sent = find_release(call), call.section("release")
    places = requested_environments(call, sent.get("environments"))
    only = requested_locales(call, sent["locales"]) if sent.get("locales") else None
    items = [item for item in found.items if only is None or item.get("locale") in only]
    if not items:
        raise invalid(141, "A release without items cannot be deployed.", items=REQUIRED)
    job = call.service.start_job(
        call.stack,
        call.branch,
        "deploy",
        lambda: _deployed(call, found, items, places),
        _time(call, sent.get("scheduled_at")),
    )
    for place in places:
        _set_status(call, found, place, _outcome(job.items), job.uid)
    return Answer({"notice": "Release sent successfully for deployment."})


def _time(call: Call, given: Json) -> datetime | None:
    if not given:
        return None
    when = moment(given)
    if when is None or when <= call.service.time():
        raise invalid(141, "The scheduled time must lie in the future.", scheduled_at=NOT_VALID)
    return when


def _outcome(results: list[JsonObject] | None) -> str:
    if results is None:
        return "in-progress"
    failed = any(result["publish_status"] == "failed" for result in results)
    return "failed" if failed else "success"


def _deployed(call: Call, found: Release, items: list[JsonObject], places: list[str]) -> list[JsonObject]:
    results: list[JsonObject] = []
    for place in places:
        here = [process_item(call, _publishable(item, place)) for item in items]
        _set_status(call, found, place, _outcome(here), "")
        results.extend(here)
    return results


def _publishable(item: JsonObject, place: str) -> PublishItem:
    return PublishItem(
        action=text(item.get("action")),
        kind=publish_kind(item),
        uid=text(item.get("uid")),
        locale=text(item.get("locale")),
        environment=place,
        version=pinned_version(item),
    )


def _set_status(call: Call, found: Release, place: str, status: str, job: str) -> None:
    """The last deployment to each environment."""
    before = [one for one in objs(found.raw.get("status")) if one.get("environment") == place]
    kept: list[Json] = [one for one in objs(found.raw.get("status")) if one.get("environment") != place]
    job = job or next((text(one.get("job_id")) for one in before), "")
    facts: JsonObject = {"environment": place, "status": status, "user": call.user, "job_id": job}
    found.raw = {**found.raw, "status": [*kept, {**facts, "time": call.service.now()}]}


def _move(call: Call) -> Answer:
    """Take items from this release into another; a uid and a language name one."""
    found = find_open_release(call, call.args["release"])
    body = call.json()
    target = find_open_release(call, text(body.get("release_uid")))
    named = {
        (text(one.get("uid")), text(one.get("locale"))) for one in objs(body.get("item") or body.get("items"))
    }
    moved = [item for item in found.items if (text(item.get("uid")), text(item.get("locale"))) in named]
    if not moved or len(moved) != len(named):
        raise invalid(141, "The item is not part of the release.", items=NOT_VALID)
    found.items = [item for item in found.items if item not in moved]
    add_items(target, moved)
    return _changed(call, found, "Release items moved successfully.")


ROUTES = (
    Route("GET", "/releases", _all),
    Route("POST", "/releases", _create),
    Route("GET", "/releases/{release}", _one),
    Route("PUT", "/releases/{release}", _update),
    Route("DELETE", "/releases/{release}", _delete),
    Route("GET", "/releases/{release}/items", _items),
    Route("POST", "/releases/{release}/item", _add_one),
    Route("POST", "/releases/{release}/items", _add_many),
    Route("DELETE", "/releases/{release}/items", _remove),
    Route("DELETE", "/releases/{release}/item", _remove),
    Route("POST", "/releases/{release}/items/move", _move),
    Route("PUT", "/releases/{release}/update_items", _refresh),
    Route("POST", "/releases/{release}/clone", _clone),
    Route("POST", "/releases/{release}/deploy", _deploy),
)
