"""Folders, and publishing of assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.asset_views import asset_object
from stackferry.emulators.contentstack.content.links import ASSETS
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import find_asset, stamped
from stackferry.emulators.contentstack.publishing import (
    PublishItem,
    process_item,
    requested_environments,
    requested_locales,
    requested_version,
)
from stackferry.emulators.contentstack.resources.assets import parent_folder
from stackferry.emulators.contentstack.schedules import schedule
from stackferry.emulators.contentstack.state import Asset, AssetVersion
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject

_DONE = "The requested action has been performed."


def _folder(call: Call) -> Answer:
    return Answer({"asset": obj(asset_object(call, find_asset(call, folder=True).uid))})


def _create(call: Call) -> Answer:
    sent = call.section("asset")
    name = text(sent.get("name"))
    if not name:
        raise invalid(145, "Folder creation failed. Please enter valid data.", name=REQUIRED)
    raw = stamped(
        call,
        {
            "name": name,
            "content_type": "application/vnd.contenstack.folder",
            "parent_uid": parent_folder(call, sent.get("parent_uid")),
            "tags": [],
            "ACL": {},
            "is_dir": True,
            "_version": 1,
        },
    )
    uid = text(raw["uid"])
    call.branch.assets[uid] = Asset(uid, {1: AssetVersion(raw, None, "")})
    return Answer({"notice": "Folder created successfully.", "asset": raw}, 201)


def _update(call: Call) -> Answer:
    found, sent = find_asset(call, folder=True), call.section("asset")
    changes: JsonObject = {"name": text(sent.get("name")) or found.latest.get("name")}
    if "parent_uid" in sent:
        changes["parent_uid"] = parent_folder(call, sent["parent_uid"])
        if changes["parent_uid"] in _below(call, found.uid):
            raise invalid(145, "A folder cannot lie within itself.", parent_uid=NOT_VALID)
    raw = stamped(call, {**found.latest, **changes}, found.latest)
    found.versions[found.version] = AssetVersion(raw, None, "")
    return Answer({"notice": "Folder updated successfully.", "asset": raw})


def _below(call: Call, uid: str) -> set[str]:
    """A folder and everything in it, at any depth."""
    found, grown = {uid}, 0
    while len(found) != grown:
        grown = len(found)
        found |= {one.uid for one in call.branch.assets.values() if one.latest.get("parent_uid") in found}
    return found


def _delete(call: Call) -> Answer:
    for uid in _below(call, find_asset(call, folder=True).uid):
        del call.branch.assets[uid]
    return Answer({"notice": "Folder deleted successfully."})


def _publish(call: Call) -> Answer:
    return _act(call, "publish")


def _unpublish(call: Call) -> Answer:
    return _act(call, "unpublish")


def _act(call: Call, action: str) -> Answer:
    found, body, sent = find_asset(call), call.json(), call.section("asset")
    version = requested_version(body.get("version"))
    if version and version not in found.versions:
        raise invalid(145, f"Version {version} was not found.", version=NOT_VALID)
    where = requested_environments(call, sent.get("environments"))
    items = [
        PublishItem(
            action=action, kind=ASSETS, uid=found.uid, locale=code, environment=place, version=version
        )
        for code in requested_locales(call, sent.get("locales"))
        for place in where
    ]
    if at := text(body.get("scheduled_at")):
        schedule(call, items, at)
        return Answer({"notice": _DONE})
    for item in items:
        process_item(call, item)
    return Answer({"notice": _DONE})


def _rte(call: Call) -> Answer:
    """Assets that were uploaded through the old rich text editor: there are none here."""
    return list_answer(call, "assets", [])


ROUTES = (
    Route("POST", "/assets/folders", _create),
    Route("GET", "/assets/folders/{asset}", _folder),
    Route("PUT", "/assets/folders/{asset}", _update),
    Route("DELETE", "/assets/folders/{asset}", _delete),
    Route("POST", "/assets/{asset}/publish", _publish),
    Route("POST", "/assets/{asset}/unpublish", _unpublish),
    Route("GET", "/assets/rt", _rte),
)
