"""Releases: their items, lock, clone and deployment. Page: CMA | Releases."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import metadata, publishing
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.content.schema import ASSETS
from stackferry.emulators.contentstack.listing import get_list, get_one, list_answer
from stackferry.emulators.contentstack.request import (
    checked_locale,
    document_with_fallback,
    find_release,
    with_authorship,
    with_branch,
)
from stackferry.emulators.contentstack.state import Release, Versions
from stackferry.emulators.contentstack.webhooks import Part, environment_part, fire
from stackferry.emulators.routing import Route
from stackferry.emulators.values import integer_or
from stackferry.json_values import as_list, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

MAX_ADDED = 25
"""Items that one call adds (page: Add multiple items to a Release)."""

_ITEM_FAILED = "The item could not be added to the release."


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
    release = Release(with_authorship(call, raw))
    call.branch.releases[text(release.raw["uid"])] = release
    return release


def _update(call: Call) -> Answer:
    """A locked release takes no change but its unlocking."""
    release, sent = find_release(call), call.section("release")
    if sent.get("locked") is not False:
        find_unlocked_release(call)
    changes: JsonObject = {name: sent[name] for name in ("name", "description", "locked") if name in sent}
    if "name" in changes and not text(changes["name"]):
        raise invalid(141, "Release update failed. Please enter valid data.", name=REQUIRED)
    release.raw = with_authorship(call, {**release.raw, **changes}, release.raw)
    return Answer({"notice": "Release updated successfully.", "release": _shown(call, release, items=False)})


def _delete(call: Call) -> Answer:
    find_unlocked_release(call)  # raises 141 for a locked one
    del call.branch.releases[call.args["release"]]
    return Answer({"notice": "Release deleted successfully."})


def _shown_items(call: Call) -> list[JsonObject]:
    return [_shown_item(call, item) for item in find_release(call).items]


def _add(call: Call, *, many: bool) -> Answer:
    """One item, under `item`, or several under `items`."""
    if many:
        sent = objects(call.json().get("items"))
        notice = "Item(s) to be added to the release has been sent successfully."
    else:
        sent, notice = [call.section("item")], "Item added to release successfully."
    release = find_unlocked_release(call)
    if not 0 < len(sent) <= MAX_ADDED:
        raise invalid(141, f"1 to {MAX_ADDED} items can be added in one request.", items=NOT_VALID)
    add_items(release, [checked_item(call, item) for item in sent])
    return _changed(call, release, notice)


def _changed(call: Call, release: Release, notice: str) -> Answer:
    release.raw = with_authorship(call, release.raw, release.raw)
    return Answer({"notice": notice, "release": _shown(call, release, items=True)})


def _remove(call: Call) -> Answer:
    """All items that are named, or none when one of them is not pinned."""
    release = find_unlocked_release(call)
    if call.flag("all"):
        release.items = []
    else:
        sent = objects(call.json().get("items"))
        if not sent:
            raise invalid(141, "At least one item is required.", items=REQUIRED)
        named = {item_key(item) for item in sent}
        if named - {item_key(item) for item in release.items}:
            raise invalid(141, "The item is not part of the release.", items=NOT_VALID)
        release.items = [item for item in release.items if item_key(item) not in named]
    return _changed(call, release, "Item(s) send to remove from release successfully.")


def _refresh(call: Call) -> Answer:
    """Pin the latest versions; refused for a release that was deployed.

    Page: Update Release items to their latest versions.
    """
    release = find_unlocked_release(call)
    if call.json().get("items") != ["$all"]:
        raise invalid(141, 'Only all items together can be updated: {"items": ["$all"]}.', items=NOT_VALID)
    if as_list(release.raw.get("status")):
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
    environments = publishing.requested_environments(call, sent.get("environments"))
    items = _deployed_items(call, release, sent)
    later = text(sent.get("scheduled_at"))
    at = publishing.future_time(call, sent["scheduled_at"]) if sent.get("scheduled_at") else None
    shown_in = call.switches.scheduled_deployment if at else "status"
    rows = [_queued(call, release, one, "scheduled", later) for one in environments if shown_in != "status"]

    def work() -> list[JsonObject]:
        if any(call.branch.queue[row].get("publish_status") == "cancelled" for row in rows):
            return []
        return _deploy_items(call, release, items, environments, is_queued=bool(rows))

    # The items are those of now: a release that changes before its time is deployed as it is today.
    job = call.start_job("deploy", work, at)
    for environment in environments if shown_in != "queue" else ():
        is_plan = shown_in == "status" and at is not None
        time, status = (later, "scheduled") if is_plan else ("", _status(job.items))
        _set_status(call, release, environment, status, job.uid, time)
    return Answer({"notice": "Release sent successfully for deployment."})


def _deployed_items(call: Call, release: Release, sent: JsonObject) -> list[JsonObject]:
    """The items in the languages that are named, or all."""
    only = publishing.requested_locales(call, sent["locales"]) if sent.get("locales") else None
    items = [item for item in release.items if only is None or item.get("locale") in only]
    if not items and not call.switches.empty_release_deploys:
        raise invalid(141, "A release without items cannot be deployed.", items=REQUIRED)
    return items


def _queued(call: Call, release: Release, environment: str, status: str, at: str = "") -> str:
    """Put a row for a deployment into the queue; its uid. The shape is that of the vendor's Python client's tests."""
    about: JsonObject = {"uid": release.raw["uid"], "name": release.raw["name"], "title": release.raw["name"]}
    uid, now = call.service.uid(), call.service.now()
    row: JsonObject = {"uid": uid, "type": "release", "action": "deploy", "entry": {"release": about}}
    row |= {"environment": [environment], "locale": [], "scheduled": bool(at), "created_by": call.user}
    times: JsonObject = {"scheduled_at": at or None, "published_at": at or now, "created_at": now}
    call.branch.put_queue_item(publishing.with_status({**row, **times}, status))
    return uid


def _status(results: list[JsonObject] | None) -> str:
    if results is None:
        return "in-progress"
    failed = any(result["publish_status"] == "failed" for result in results)
    return "failed" if failed else "success"


def _deploy_items(
    call: Call, release: Release, items: list[JsonObject], environments: list[str], *, is_queued: bool
) -> list[JsonObject]:
    """`is_queued`: the deployment has rows in the queue, where it waited."""
    results: list[JsonObject] = []
    rows = call.switches.deployment_rows
    for environment in environments:
        in_environment = [
            publishing.apply_and_queue(call, as_publish_item(item, environment), queued=rows != "release")
            for item in items
        ]
        for item in items if call.switches.deployment_takes_metadata else ():
            found = metadata.records_of(call.branch, text(item.get("uid")), text(item.get("locale")))
            metadata.publish(call, found, text(item.get("action")), [environment], [text(item.get("locale"))])
        _set_status(call, release, environment, _status(in_environment), "")
        if rows != "items" and not is_queued:
            _queued(call, release, environment, _status(in_environment))
        parts = [Part("releases", text(release.raw["uid"])), environment_part(call, environment)]
        fire(call, parts, "deploy")
        fire(call, parts, f"deploy.{_status(in_environment)}")
        results.extend(in_environment)
    release.raw = {**release.raw, "locked": True}  # page: Deploy a Release
    return results


def _set_status(
    call: Call, release: Release, environment: str, status: str, job: str, time: str = ""
) -> None:
    """Record the last deployment to an environment; without a `job` that of the record before stays."""
    rows = objects(release.raw.get("status"))
    before = next((row for row in rows if row.get("environment") == environment), {})
    kept: list[Json] = [row for row in rows if row.get("environment") != environment]
    job = job or text(before.get("job_id"))
    record: JsonObject = {"environment": environment, "status": status, "user": call.user, "job_id": job}
    release.raw = {**release.raw, "status": [*kept, {**record, "time": time or call.service.now()}]}


def _move(call: Call) -> Answer:
    """Take items from this release into another; a uid and a language name one.

    A call of the vendor's Python client that no page describes.
    """
    release = find_unlocked_release(call)
    body = call.json()
    target = find_unlocked_release(call, text(body.get("release_uid")))
    sent = objects(body.get("item") or body.get("items"))
    named = {(text(item.get("uid")), text(item.get("locale"))) for item in sent}
    moved = [item for item in release.items if (text(item.get("uid")), text(item.get("locale"))) in named]
    if not moved or len(moved) != len(named):
        raise invalid(141, "The item is not part of the release.", items=NOT_VALID)
    release.items = [item for item in release.items if item not in moved]
    add_items(target, moved)
    return _changed(call, release, "Release items moved successfully.")


def _reorder(call: Call) -> Answer:
    """A call of the vendor's JS client that no page describes: what it moves, and where to, nobody says."""
    return _changed(call, find_unlocked_release(call), "Release items moved successfully.")


def find_unlocked_release(call: Call, uid: str | None = None) -> Release:
    """A release that may be changed: of a uid, or the one in the path. Raises 141 for an unknown or locked one."""
    release = find_release(call, uid)
    if release.raw.get("locked") is True:  # page: Lock a Release
        raise invalid(141, "This release is locked and cannot be modified.", locked=NOT_VALID)
    return release


def checked_item(call: Call, sent: JsonObject, *, asset_kind: str = publishing.UPLOAD_TYPE) -> JsonObject:
    """An item as it is pinned: action, uid, content type, language, version, title. Raises 141 or 145.

    An entry and each of its variants are items of their own, with versions of their own.
    """
    for name in ("uid", "content_type_uid", "action"):
        if not text(sent.get(name)):
            raise invalid(141, _ITEM_FAILED, **{name: REQUIRED})
    if sent["action"] not in ("publish", "unpublish"):
        raise invalid(141, _ITEM_FAILED, action=NOT_VALID)
    code = checked_locale(call.branch, text(sent.get("locale")) or call.branch.master_locale)
    is_asset = sent["content_type_uid"] == asset_kind
    variant = text(sent.get("variant_id"))
    if is_asset:
        versions, title = _asset_versions(call, sent)
    elif variant:
        versions, title = _variant_versions(call, sent, code, variant)
    else:
        versions, title = _entry_versions(call, sent, code)
    version = publishing.requested_version(sent.get("version")) or max(versions)
    if version not in versions:
        raise invalid(141, f"{_ITEM_FAILED} Version {version} does not exist.", version=NOT_VALID)
    return {
        "action": sent["action"],
        "uid": sent["uid"],
        "content_type_uid": publishing.UPLOAD_TYPE if is_asset else sent["content_type_uid"],
        "locale": code,
        "version": version,
        "title": title,
        **({"variant_id": variant} if variant else {}),
    }


def _asset_versions(call: Call, sent: JsonObject) -> tuple[Versions, Json]:
    asset = call.branch.assets.get(text(sent["uid"]))
    if asset is None or asset.is_folder:
        raise invalid(145, f"{_ITEM_FAILED} The asset does not exist.", uid=NOT_VALID)
    return {number: version.raw for number, version in asset.versions.items()}, asset.latest.get("title")


def _entry_versions(call: Call, sent: JsonObject, code: str) -> tuple[Versions, Json]:
    """The history that a pinned version lies in: in a language without a document, its fallback's."""
    entry = call.branch.entry(text(sent["content_type_uid"]), text(sent["uid"]))
    shown = document_with_fallback(call.branch, entry, code) if entry else None
    if shown is None:
        raise invalid(141, f"{_ITEM_FAILED} The entry does not exist.", uid=NOT_VALID)
    return shown[1].versions, shown[1].latest.get("title")


def _variant_versions(call: Call, sent: JsonObject, code: str, uid: str) -> tuple[Versions, Json]:
    entry = call.branch.entry(text(sent["content_type_uid"]), text(sent["uid"]))
    variant = entry.variants.get((uid, code)) if entry else None
    if variant is None:
        raise invalid(141, f"{_ITEM_FAILED} The variant does not exist.", variant_id=NOT_VALID)
    return variant.versions, variant.latest.get("title")


def item_key(item: JsonObject) -> tuple[str, ...]:
    """What a release pins once: an object in a language, or a variant of it."""
    return tuple(text(item.get(name)) for name in ("uid", "content_type_uid", "locale", "variant_id"))


def add_items(release: Release, items: Iterable[JsonObject]) -> None:
    """Pin items; one that was pinned already is replaced and goes to the end, as if they came one by one."""
    added: dict[tuple[str, ...], JsonObject] = {}
    for item in items:
        added.pop(item_key(item), None)
        added[item_key(item)] = item
    release.items = [*(item for item in release.items if item_key(item) not in added), *added.values()]


def refresh_items(call: Call, release: Release) -> None:
    """Pin the latest version of every item; an item whose object is gone stays as it is."""
    for index, item in enumerate(release.items):
        with suppress(ApiError):
            release.items[index] = {**item, **checked_item(call, {**item, "version": None})}


def as_publish_item(item: JsonObject, environment: str) -> publishing.PublishItem:
    """The item of a release as an item to publish in an environment."""
    kind = text(item.get("content_type_uid"))
    return publishing.PublishItem(
        action=text(item.get("action")),
        kind=ASSETS if kind == publishing.UPLOAD_TYPE else kind,
        uid=text(item.get("uid")),
        locale=text(item.get("locale")),
        environment=environment,
        version=integer_or(item.get("version")),
        variant=text(item.get("variant_id")),
    )


_RELEASE = "/releases/{release}"

ROUTES = (
    Route("GET", "/releases", _list),
    Route("POST", "/releases", _create),
    Route("GET", _RELEASE, get_one("release", lambda call: _shown(call, find_release(call), items=True))),
    Route("PUT", _RELEASE, _update),
    Route("DELETE", _RELEASE, _delete),
    Route("GET", f"{_RELEASE}/items", get_list("items", _shown_items)),
    Route("POST", f"{_RELEASE}/item", partial(_add, many=False)),
    Route("POST", f"{_RELEASE}/items", partial(_add, many=True)),
    Route("DELETE", f"{_RELEASE}/items", _remove),
    Route("DELETE", f"{_RELEASE}/item", _remove),
    Route("POST", f"{_RELEASE}/items/move", _move),
    Route("PUT", f"{_RELEASE}/items/move", _reorder),
    Route("PUT", f"{_RELEASE}/update_items", _refresh),
    Route("POST", f"{_RELEASE}/clone", _clone),
    Route("POST", f"{_RELEASE}/deploy", _deploy),
)
