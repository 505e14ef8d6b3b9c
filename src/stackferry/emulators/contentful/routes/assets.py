"""Assets: a document with files in it, one for each locale, that are uploaded and processed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import bad_request, version_mismatch
from stackferry.emulators.contentful.call import find_asset, no_content, quota
from stackferry.emulators.contentful.documents import archive, new_document, unarchive, unpublish, write
from stackferry.emulators.contentful.files import own_path, start_processing
from stackferry.emulators.contentful.json_patch import patched
from stackferry.emulators.contentful.routes.entries import (
    changes,
    deletes,
    list_documents,
    list_live,
    publishes,
    stored_body,
)
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.contentful.show import show_document
from stackferry.emulators.contentful.validation.saved import check_asset
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject


def asset_body(call: Call, body: JsonObject) -> JsonObject:
    """A body as it is stored: the URLs of own files without their host. Raises 422."""
    stored = stored_body(body)
    check_asset(call, stored)
    fields = as_object(stored["fields"])
    files = {code: own_path(call, as_object(file)) for code, file in as_object(fields.get("file")).items()}
    return {**stored, "fields": {**fields, **({"file": {**files}} if "file" in fields else {})}}


def new_asset(call: Call, uid: str, body: JsonObject) -> Document:
    return new_document("Asset", uid, asset_body(call, body), call.stamp)


def _create(call: Call, uid: str) -> Answer:
    quota(call, call.environment.assets, "assets")
    asset = new_asset(call, uid, call.json())
    call.environment.assets[uid] = asset
    return Answer(show_document(call, asset), 201)


def _post(call: Call) -> Answer:
    return _create(call, call.service.new_id())


def _put(call: Call) -> Answer:
    asset = call.environment.assets.get(call.args["asset"])
    if asset is None:
        if call.version:
            raise version_mismatch()
        return _create(call, call.new_id("asset"))
    return _write(call, asset, call.json())


def _write(call: Call, asset: Document, body: JsonObject) -> Answer:
    call.check_version(asset.version)
    write(asset, asset_body(call, body), call.stamp)
    return Answer(show_document(call, asset))


def _patch(call: Call) -> Answer:
    asset = find_asset(call)
    return _write(call, asset, as_object(patched(asset.body, call.json_or_none())))


def _get(call: Call) -> Answer:
    return Answer(show_document(call, find_asset(call)))


def _list(call: Call) -> Answer:
    return list_documents(call, call.environment.assets)


def _list_public(call: Call) -> Answer:
    return list_live(call, call.environment.assets)


def _process(call: Call) -> Answer:
    process(call, find_asset(call))
    return no_content()


def process(call: Call, asset: Document) -> None:
    """Begin to process the file of a locale. Its asset's version rises when that is done."""
    if call.switches.process_checks_version:
        call.check_version(asset.version)
    code = call.args["locale"]
    file = as_object(nested(asset.body, "fields", "file", code))
    if not file:
        raise bad_request(f"There is no file in the locale {code}.")
    if "upload" not in file and "uploadFrom" not in file:
        raise bad_request("File has already been processed.")
    start_processing(call, asset, code)


_ONE = f"{ENVIRONMENT}/assets/{{asset}}"
ROUTES = (
    Route("GET", f"{ENVIRONMENT}/assets", _list),
    Route("POST", f"{ENVIRONMENT}/assets", _post),
    Route("GET", f"{ENVIRONMENT}/public/assets", _list_public),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("PATCH", _ONE, _patch),
    Route("DELETE", _ONE, deletes(find_asset, "assets")),
    Route("PUT", f"{_ONE}/files/{{locale}}/process", _process),
    Route("PUT", f"{_ONE}/published", publishes(find_asset)),
    Route("DELETE", f"{_ONE}/published", changes(find_asset, unpublish)),
    Route("PUT", f"{_ONE}/archived", changes(find_asset, archive)),
    Route("DELETE", f"{_ONE}/archived", changes(find_asset, unarchive)),
)
