"""Folders of assets. Page: CMA | Assets, "Asset Folders"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.content.render import asset_object
from stackferry.emulators.contentstack.lookup import find_asset, stamped
from stackferry.emulators.contentstack.resources.assets import parent_folder
from stackferry.emulators.contentstack.state import Asset, AssetVersion
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject


def _get(call: Call) -> Answer:
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
            "content_type": "application/vnd.contenstack.folder",  # spelled so by the service
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
    """A folder has one version, which changes."""
    folder, sent = find_asset(call, folder=True), call.section("asset")
    changes: JsonObject = {"name": text(sent.get("name")) or folder.latest.get("name")}
    if "parent_uid" in sent:
        changes["parent_uid"] = parent_folder(call, sent["parent_uid"])
        if changes["parent_uid"] in _with_descendants(call, folder.uid):
            raise invalid(145, "A folder cannot lie within itself.", parent_uid=NOT_VALID)
    raw = stamped(call, {**folder.latest, **changes}, folder.latest)
    folder.versions[folder.version] = AssetVersion(raw, None, "")
    return Answer({"notice": "Folder updated successfully.", "asset": raw})


def _with_descendants(call: Call, uid: str) -> set[str]:
    """A folder and everything in it, at any depth."""
    inside, size = {uid}, 0
    while len(inside) != size:
        size = len(inside)
        inside |= {a.uid for a in call.branch.assets.values() if a.latest.get("parent_uid") in inside}
    return inside


def _delete(call: Call) -> Answer:
    for uid in _with_descendants(call, find_asset(call, folder=True).uid):
        del call.branch.assets[uid]
    return Answer({"notice": "Folder deleted successfully."})


ROUTES = (
    Route("POST", "/assets/folders", _create),
    Route("GET", "/assets/folders/{asset}", _get),
    Route("PUT", "/assets/folders/{asset}", _update),
    Route("DELETE", "/assets/folders/{asset}", _delete),
)
