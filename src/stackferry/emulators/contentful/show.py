"""How stored objects are shown: with what the service derives of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.documents import link, status_of
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject

_PATHS = {"Entry": "entries", "Asset": "assets", "ContentType": "content_types"}


def links(call: Call) -> JsonObject:
    """The links to space and environment that every object of an environment has. Through an alias: its target's."""
    return {"space": link("Space", call.space.id), "environment": link("Environment", call.environment.id)}


def show_row(call: Call, raw: JsonObject) -> JsonObject:
    """A plain record of an environment."""
    return {**raw, "sys": {**links(call), **as_object(raw.get("sys"))}}


def show_space_row(call: Call, raw: JsonObject) -> JsonObject:
    """A plain record of a space."""
    return {**raw, "sys": {"space": link("Space", call.space.id), **as_object(raw.get("sys"))}}


def show_document(call: Call, document: Document) -> JsonObject:
    """An entry, an asset or a content type as it is edited."""
    return _shown(call, document, document.body, document.sys, with_status=True)


def show_live(call: Call, document: Document) -> JsonObject:
    """What is live of a document."""
    return _shown(call, document, as_object(document.live), document.live_sys, with_status=True)


def _shown(
    call: Call, document: Document, body: JsonObject, sys: JsonObject, *, with_status: bool
) -> JsonObject:
    kind = text(sys.get("type"))
    home = f"crn:contentful:::content:spaces/{call.space.id}/environments/{call.environment.id}"
    full: JsonObject = {**links(call), **sys, "urn": f"{home}/{_PATHS[kind]}/{document.id}"}
    if kind == "ContentType":
        return {"sys": full, **body}
    if kind == "Entry":
        full["automationTags"] = []
    if with_status and (status := field_status(call, document)):
        full["fieldStatus"] = {"*": status}
    shown: JsonObject = {"metadata": {"tags": [], "concepts": []}, **body, "sys": full}
    return show_files(call, shown) if kind == "Asset" else shown


def field_status(call: Call, document: Document) -> JsonObject:
    """The state of each locale; empty where the space does not tell."""
    if not call.space.locale_publishing and not call.switches.status_without_mode:
        return {}
    by_version = call.switches.field_status == "version" or not call.space.locale_publishing
    return {code: status_of(document, code, by_version=by_version) for code in call.environment.locale_codes}


def show_files(call: Call, asset: JsonObject) -> JsonObject:
    """An asset with the host of its files in their URLs, which have no scheme."""
    fields = as_object(asset.get("fields"))
    files = as_object(fields.get("file"))
    if not files:
        return asset
    shown = {code: _with_host(call, value) for code, value in files.items()}
    return {**asset, "fields": {**fields, "file": shown}}


def _with_host(call: Call, file: Json) -> Json:
    url = as_object(file).get("url")
    if not isinstance(url, str) or not url.startswith("/") or url.startswith("//"):
        return file
    stored = call.space.files.get(url)
    host = call.service.file_host(call, secure=stored is not None and stored.secure)
    return {**as_object(file), "url": f"//{host}{url}"}
