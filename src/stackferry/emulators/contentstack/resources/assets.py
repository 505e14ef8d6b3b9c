"""Assets: list, get, upload, replace, update, delete, download, and who uses them."""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, Failure, invalid
from stackferry.emulators.contentstack.asset_views import asset_object
from stackferry.emulators.contentstack.content.links import ASSETS, links
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.listing import long_list_answer, parse_query, select_fields
from stackferry.emulators.contentstack.lookup import find_asset, not_found, stamped
from stackferry.emulators.contentstack.state import Asset, AssetVersion
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, text
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.forms import Form, Upload
    from stackferry.model import Json, JsonObject

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_FAILED = "Asset upload failed. Please enter valid data."


def _all(call: Call) -> Answer:
    """Files; folders too with `include_folders` or a query on `is_dir`; with `folder` what lies in it."""
    return long_list_answer(
        call, "assets", lambda: _rows(call), show=lambda row: _shown(call, text(row.get("uid")))
    )


def _rows(call: Call) -> Iterator[JsonObject]:
    folders = call.flag("include_folders") or "is_dir" in parse_query(call)
    folder = call.param("folder")
    for one in call.branch.assets.values():
        latest = one.latest
        inside = not folder or latest.get("parent_uid") == (None if folder == "cs_root" else folder)
        if inside and (folders or latest.get("is_dir") is not True):
            yield latest


def _shown(call: Call, uid: str, version: int = 0) -> JsonObject:
    include = call.flag("include_publish_details")
    return obj(asset_object(call, uid, version=version, include_publish_details=include))


def _one(call: Call) -> Answer:
    found = call.branch.assets.get(call.args["asset"])
    number = call.number("version", found.version if found else 0)
    if found is None or number not in found.versions:
        raise not_found(call, 145, "Asset was not found.", "version" if found else "uid")
    return Answer({"asset": select_fields(call, _shown(call, found.uid, number))})


def parent_folder(call: Call, given: Json) -> str | None:
    """The folder that is meant; nothing, or `cs_root`, is the root."""
    if given in (None, "", "null", "cs_root"):
        return None
    folder = call.branch.assets.get(text(given))
    if folder is None or not folder.is_folder:
        raise invalid(145, "Folder was not found.", parent_uid=NOT_VALID)
    return folder.uid


def _tags(given: str) -> list[Json]:
    return [tag for tag in given.split(",") if tag]


def _from_form(call: Call, form: Form) -> JsonObject:
    """The metadata in `asset[title]`, `asset[description]`, `asset[tags]` and `asset[parent_uid]`."""
    known = ("title", "description", "tags", "parent_uid")
    given: JsonObject = {
        name: form.fields[f"asset[{name}]"] for name in known if f"asset[{name}]" in form.fields
    }
    if "tags" in given:
        given["tags"] = _tags(text(given["tags"]))
    if "parent_uid" in given:
        given["parent_uid"] = parent_folder(call, given["parent_uid"])
    return given


def _file_facts(upload: Upload) -> JsonObject:
    kind = upload.content_type
    if kind in ("", "application/octet-stream"):
        kind = mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
    return {"filename": upload.filename, "content_type": kind, "file_size": str(len(upload.content))}


def _upload(call: Call) -> Answer:
    form = call.form()
    upload = form.files.get("asset[upload]")
    if upload is None or not upload.filename:
        raise invalid(145, _FAILED, upload=REQUIRED)
    plain: JsonObject = {"title": upload.filename, "tags": [], "parent_uid": None, "ACL": {}, "is_dir": False}
    raw = stamped(call, {**plain, **_file_facts(upload), **_from_form(call, form), "_version": 1})
    made = Asset(text(raw["uid"]), {1: AssetVersion(raw, upload.content, call.service.uid(""))})
    call.branch.assets[made.uid] = made
    return Answer({"notice": "Asset created successfully.", "asset": _shown(call, made.uid)}, 201)


def _update(call: Call) -> Answer:
    """A new version: a form brings another file, JSON other metadata, a version number a revert."""
    found = find_asset(call)
    if call.headers.get("content-type", "").startswith("multipart/"):
        return _replace(call, found)
    sent = call.section("asset")
    if isinstance(sent.get("version"), int):
        return _revert(call, found, sent)
    known = ("title", "description", "tags", "parent_uid")
    given = {name: sent[name] for name in known if name in sent}
    if isinstance(given.get("tags"), str):
        given["tags"] = _tags(text(given["tags"]))
    if "parent_uid" in given:
        given["parent_uid"] = parent_folder(call, given["parent_uid"])
    last = found.versions[found.version]
    return _next_version(call, found, given, last.content, last.unique)


def _replace(call: Call, found: Asset) -> Answer:
    form = call.form()
    upload = form.files.get("asset[upload]") or form.files.get("asset")
    given = _from_form(call, form)
    last = found.versions[found.version]
    if upload is None:
        return _next_version(call, found, given, last.content, last.unique)
    return _next_version(call, found, {**_file_facts(upload), **given}, upload.content, call.service.uid(""))


def _revert(call: Call, found: Asset, sent: JsonObject) -> Answer:
    old = found.versions.get(sent["version"])  # type: ignore[arg-type]  # the caller has looked: an integer
    if old is None:
        raise not_found(call, 145, "Asset was not found.", "version")
    return _next_version(call, found, old.raw, old.content, old.unique)


def _next_version(
    call: Call, found: Asset, given: JsonObject, content: bytes | Path | None, unique: str
) -> Answer:
    number = found.version + 1
    raw = stamped(call, {**found.latest, **given, "_version": number}, found.latest)
    found.versions[number] = AssetVersion(raw, content, unique)
    return Answer({"notice": "Asset updated successfully.", "asset": _shown(call, found.uid)})


def _delete(call: Call) -> Answer:
    del call.branch.assets[find_asset(call).uid]
    return Answer({"notice": "Asset deleted successfully."})


def _download(call: Call) -> Answer:
    """The bytes of the version whose URL this is; the newest one's where the URL names none."""
    found = call.branch.assets.get(call.args["asset"])
    unique = call.args.get("unique", found.versions[found.version].unique if found else "")
    for version in reversed(list(found.versions.values()) if found else []):
        if version.unique == unique and version.content is not None:
            kind = text(version.raw.get("content_type"))
            if not _MEDIA_TYPE.fullmatch(kind):
                kind = "application/octet-stream"
            return Answer(version.content, headers={"content-type": kind})
    raise Failure(404, 145, "Asset was not found.", {"uid": [NOT_VALID]})


def _references(call: Call) -> Answer:
    uid = find_asset(call).uid
    return Answer({"references": asset_users(call, uid)})


def asset_users(call: Call, uid: str) -> list[Json]:
    """The documents that use an asset."""
    users: list[Json] = []
    for kind, table in call.branch.entries.items():
        if kind not in call.branch.content_types:
            continue
        schema = schema_of(call.branch, kind)
        for one in table.values():
            for code, document in one.documents.items():
                found = links(call.branch, schema, document.latest)
                if any(link.uid == uid and link.content_type == ASSETS for link in found):
                    users.append(_user(call, kind, one.uid, code, document.latest))
    return users


def _user(call: Call, kind: str, uid: str, code: str, latest: JsonObject) -> JsonObject:
    title = call.branch.content_types[kind].get("title")
    facts: JsonObject = {"entry_uid": uid, "content_type_uid": kind, "locale": code}
    return {**facts, "title": latest.get("title"), "content_type_title": title}


_FILE = "/assets/{api_key}/{asset}/{unique}/{filename}"

ROUTES = (
    Route("GET", "/assets", _all),
    Route("POST", "/assets", _upload),
    Route("GET", "/assets/{asset}", _one),
    Route("PUT", "/assets/{asset}", _update),
    Route("DELETE", "/assets/{asset}", _delete),
    Route("GET", "/assets/{asset}/references", _references),
    Route("GET", "/assets/{api_key}/{asset}", _download, Budget.ASSET, public=True),
    Route("GET", _FILE, _download, Budget.ASSET, public=True),
)
