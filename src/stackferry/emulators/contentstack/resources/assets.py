"""Assets: list, get, upload, replace, delete, download, what uses them, and their folders.

Page: CMA | Assets.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.content.schema import ASSETS
from stackferry.emulators.contentstack.documents import asset_object, reference_row, referring_documents
from stackferry.emulators.contentstack.listing import (
    get_list,
    get_one,
    long_list_answer,
    parse_query,
    select_fields,
)
from stackferry.emulators.contentstack.request import find_asset, find_environment, not_found, with_authorship
from stackferry.emulators.contentstack.resources import trash
from stackferry.emulators.contentstack.state import Asset, AssetVersion
from stackferry.emulators.contentstack.webhooks import Part, fire
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, text
from stackferry.model import Budget, Json, JsonObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.forms import Form, Upload

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_WRITABLE = ("title", "description", "tags", "parent_uid")
_LONGEST_SLUG = 255


def _list(call: Call) -> Answer:
    """Files; folders too with `include_folders` or a query on `is_dir`; with `folder` what lies in it."""
    return long_list_answer(
        call, "assets", lambda: _rows(call), show=lambda row: _shown(call, text(row.get("uid")))
    )


def _rows(call: Call) -> Iterator[JsonObject]:
    with_folders = call.flag("include_folders") or "is_dir" in parse_query(call)
    folder = call.param("folder")
    parent = None if folder == "cs_root" else folder
    for asset in call.branch.assets.values():
        latest = asset.latest
        if folder and latest.get("parent_uid") != parent:
            continue
        if with_folders or latest.get("is_dir") is not True:
            yield latest


def _shown(call: Call, uid: str, version: int = 0) -> JsonObject:
    include = call.flag("include_publish_details")
    return as_object(asset_object(call, uid, version=version, include_publish_details=include))


def _get(call: Call) -> Answer:
    asset = call.branch.assets.get(call.args["asset"])
    number = call.number("version", asset.version if asset else 0)
    if asset is None or number not in asset.versions:
        raise not_found(call, 145, "Asset was not found.", "version" if asset else "uid")
    return Answer({"asset": select_fields(call, _shown(call, asset.uid, number))})


def parent_folder(call: Call, given: Json) -> str | None:
    """The uid of the folder that is meant; nothing, or `cs_root`, is the root. Raises 145."""
    if given in (None, "", "null", "cs_root"):
        return None
    folder = call.branch.assets.get(text(given))
    if folder is None or not folder.is_folder:
        raise invalid(145, "Folder was not found.", parent_uid=NOT_VALID)
    return folder.uid


def _metadata(call: Call, sent: JsonObject) -> JsonObject:
    """The fields that a client may write, as they are stored: tags may be sent as a list or with commas."""
    given = {name: sent[name] for name in (*_WRITABLE, "permanent_url") if name in sent}
    if isinstance(given.get("tags"), str):
        given["tags"] = [tag for tag in text(given["tags"]).split(",") if tag]
    if "parent_uid" in given:
        given["parent_uid"] = parent_folder(call, given["parent_uid"])
    return given


def _form_metadata(call: Call, form: Form) -> JsonObject:
    """The same from a form, whose fields are called `asset[title]` and so on."""
    fields = form.fields
    return _metadata(
        call, {n: fields[f"asset[{n}]"] for n in (*_WRITABLE, "permanent_url") if f"asset[{n}]" in fields}
    )


_FORBIDDEN = re.compile(r"""[#%^+\\/?*:|"'<>{}=,\s]""")


def _file_fields(call: Call, upload: Upload) -> JsonObject:
    media_type = upload.content_type
    # A client that does not know the type sends this one, or none.
    if media_type in ("", "application/octet-stream"):
        media_type = mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
    is_measured = call.switches.fills_in and media_type.startswith("image/")
    return {
        **({"dimension": {"height": 1, "width": 1}} if is_measured else {}),
        "filename": _FORBIDDEN.sub("_", upload.filename)
        if call.switches.file_names == "replaced"
        else upload.filename,
        "content_type": media_type,
        "file_size": str(len(upload.content)),  # a string in the API's answers
    }


def _upload(call: Call) -> Answer:
    form = call.form()
    upload = form.files.get("asset[upload]")
    if upload is None or not upload.filename:
        raise invalid(145, "Asset upload failed. Please enter valid data.", upload=REQUIRED)
    defaults: JsonObject = {
        "title": upload.filename,
        "tags": [],
        "parent_uid": None,
        "ACL": {},
        "is_dir": False,
    }
    given = {name: value for name, value in _form_metadata(call, form).items() if name in _WRITABLE}
    raw = with_authorship(call, {**defaults, **_file_fields(call, upload), **given, "_version": 1})
    asset = Asset(text(raw["uid"]), {1: AssetVersion(raw, upload.content, call.service.uid(""))})
    asset.scan = call.switches.scan_of_uploads
    call.branch.assets[asset.uid] = asset
    fire(call, [Part("assets", asset.uid)], "create")
    return Answer({"notice": "Asset created successfully.", "asset": _shown(call, asset.uid)}, 201)


def _update(call: Call) -> Answer:
    """A new version: a form replaces the file, JSON changes metadata, a version number goes back to that version."""
    asset = find_asset(call)
    last = asset.versions[asset.version]
    content, unique = last.content, last.unique
    if call.headers.get("content-type", "").startswith("multipart/"):
        form = call.form()
        changes = _form_metadata(call, form)
        upload = form.files.get("asset[upload]") or form.files.get("asset")
        if upload is not None:
            changes = {**_file_fields(call, upload), **changes}
            content, unique = upload.content, call.service.uid("")
            asset.scan = call.switches.scan_of_uploads
    else:
        sent = call.section("asset")
        wanted = sent.get("version")
        if isinstance(wanted, int):
            if wanted not in asset.versions:
                raise not_found(call, 145, "Asset was not found.", "version")
            old = asset.versions[wanted]
            # The permanent address is the asset's, whatever its version.
            changes = {name: value for name, value in old.raw.items() if name != "permanent_url"}
            content, unique = old.content, old.unique
        else:
            changes = _metadata(call, sent)
    address = _permanent_url(call, asset, changes.pop("permanent_url", None))
    if not changes and address and not call.switches.permanent_url_makes_version:
        asset.versions[asset.version] = replace(last, raw={**last.raw, **address})
        fire(call, [Part("assets", asset.uid)], "update")
        return Answer({"notice": "Asset updated successfully.", "asset": _shown(call, asset.uid)})
    changes |= address
    number = asset.version + 1
    raw = with_authorship(call, {**asset.latest, **changes, "_version": number}, asset.latest)
    asset.versions[number] = AssetVersion(raw, content, unique)
    fire(call, [Part("assets", asset.uid)], "update")
    return Answer({"notice": "Asset updated successfully.", "asset": _shown(call, asset.uid)})


def _permanent_url(call: Call, asset: Asset, given: Json) -> JsonObject:
    """The permanent address as it is stored: once, with the stack and the asset in it. Raises 145."""
    if given is None:
        return {}
    held, slug = asset.latest.get("permanent_url"), text(given).rpartition("/")[2]
    if held:
        if call.switches.permanent_url_twice == "ignored":
            return {"permanent_url": held}
        raise invalid(145, "Asset update failed. Please enter valid data.", permanent_url="is set already.")
    own = f"/v3/assets/{call.stack.api_key}/{asset.uid}/{slug}"
    if not slug or len(slug) > _LONGEST_SLUG or not text(given).endswith(own):
        raise invalid(145, "Asset update failed. Please enter valid data.", permanent_url=NOT_VALID)
    return {"permanent_url": given}


def _delete(call: Call) -> Answer:
    uid = find_asset(call).uid
    trash.delete_asset(call, uid)
    fire(call, [Part("assets", uid)], "delete")
    return Answer({"notice": "Asset deleted successfully."})


def _download(call: Call) -> Answer:
    """The bytes of the version whose URL this is; the newest one's where the URL names none."""
    asset = call.branch.assets.get(call.args["asset"])
    _check_scan(asset)
    unique = call.args.get("unique", asset.versions[asset.version].unique if asset else "")
    for version in reversed(list(asset.versions.values()) if asset else []):
        if version.unique == unique and version.content is not None:
            return Answer(version.content, headers={"content-type": _media_type(version.raw)})
    raise ApiError(404, 145, "Asset was not found.", {"uid": [NOT_VALID]})


def _check_scan(asset: Asset | None) -> None:
    """Raises 422 for a file that is still scanned, or harmful."""
    if asset is not None and asset.scan in ("pending", "quarantined"):
        raise ApiError(422, 145, "The file is not available.", {"asset": [f"asset_scan_{asset.scan}"]})


def _media_type(raw: JsonObject) -> str:
    found = text(raw.get("content_type"))
    return found if _MEDIA_TYPE.fullmatch(found) else "application/octet-stream"


def _download_permanent(call: Call) -> Answer:
    """The newest bytes, or with `environment` those that are published there."""
    asset, slug = call.branch.assets.get(call.args["asset"]), call.args["slug"]
    if asset is None or text(asset.latest.get("permanent_url")).rpartition("/")[2] != slug:
        raise ApiError(404, 145, "Asset was not found.", {"uid": [NOT_VALID]})
    number = asset.version
    if wanted := call.param("environment"):
        place = find_environment(call, wanted)
        number = next((one.version for (where, _), one in asset.live.items() if where == place), 0)
    _check_scan(asset)
    version = asset.versions.get(number)
    if version is None or version.content is None:
        raise ApiError(404, 145, "Asset was not found.", {"uid": [NOT_VALID]})
    return Answer(version.content, headers={"content-type": _media_type(version.raw)})


def _references(call: Call) -> Answer:
    """The documents that use the asset."""
    users = referring_documents(call, find_asset(call).uid, (ASSETS,))
    return Answer({"references": [reference_row(call, entry, code) for entry, code in users]})


def _folder(call: Call) -> JsonObject:
    return as_object(asset_object(call, find_asset(call, folder=True).uid))


def _create_folder(call: Call) -> Answer:
    sent = call.section("asset")
    name = text(sent.get("name"))
    if not name:
        raise invalid(145, "Folder creation failed. Please enter valid data.", name=REQUIRED)
    raw = with_authorship(
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


def _update_folder(call: Call) -> Answer:
    """A folder has one version, which changes."""
    folder, sent = find_asset(call, folder=True), call.section("asset")
    changes: JsonObject = {"name": text(sent.get("name")) or folder.latest.get("name")}
    if "parent_uid" in sent:
        changes["parent_uid"] = parent_folder(call, sent["parent_uid"])
        if changes["parent_uid"] in _with_descendants(call, folder.uid):
            raise invalid(145, "A folder cannot lie within itself.", parent_uid=NOT_VALID)
    raw = with_authorship(call, {**folder.latest, **changes}, folder.latest)
    folder.versions[folder.version] = AssetVersion(raw, None, "")
    return Answer({"notice": "Folder updated successfully.", "asset": raw})


def _with_descendants(call: Call, uid: str) -> set[str]:
    """A folder and everything in it, at any depth."""
    inside, size = {uid}, 0
    while len(inside) != size:
        size = len(inside)
        inside |= {a.uid for a in call.branch.assets.values() if a.latest.get("parent_uid") in inside}
    return inside


def _delete_folder(call: Call) -> Answer:
    for uid in _with_descendants(call, find_asset(call, folder=True).uid):
        is_file = not call.branch.assets[uid].is_folder
        trash.delete_asset(call, uid)
        if is_file:  # no event of folders is listed
            fire(call, [Part("assets", uid)], "delete")
    return Answer({"notice": "Folder deleted successfully."})


ROUTES = (
    Route("GET", "/assets", _list),
    Route("POST", "/assets", _upload),
    Route("GET", "/assets/rt", get_list("assets", lambda _: [])),
    Route("GET", "/assets/{asset}", _get),
    Route("PUT", "/assets/{asset}", _update),
    Route("DELETE", "/assets/{asset}", _delete),
    Route("GET", "/assets/{asset}/references", _references),
    Route("GET", "/assets/{api_key}/{asset}", _download, Budget.ASSET, public=True),
    Route("GET", "/assets/{api_key}/{asset}/{slug}", _download_permanent, Budget.ASSET, public=True),
    Route("GET", "/assets/{api_key}/{asset}/{unique}/{filename}", _download, Budget.ASSET, public=True),
    Route("POST", "/assets/folders", _create_folder),
    Route("GET", "/assets/folders/{asset}", get_one("asset", _folder)),
    Route("PUT", "/assets/folders/{asset}", _update_folder),
    Route("DELETE", "/assets/folders/{asset}", _delete_folder),
)
