"""The copies of entries and assets in a Timeline release: list, get, create, write, patch, process.

A copy has versions of its own. Writing one under an id that the release does not hold makes an entry or asset that
exists only in the release, and joins it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import not_found, version_mismatch
from stackferry.emulators.contentful.call import find, no_content
from stackferry.emulators.contentful.documents import link, write
from stackferry.emulators.contentful.json_patch import patched
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.assets import asset_body, new_asset, process
from stackferry.emulators.contentful.routes.entries import new_entry, published_type, stored_body, type_of
from stackferry.emulators.contentful.routes.releases.items import copies, copy_of
from stackferry.emulators.contentful.routes.releases.records import check_active, find_release, join
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.contentful.show import show_document
from stackferry.emulators.contentful.validation.saved import check_entry
from stackferry.emulators.contentful.views import edited_view
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.emulators.contentful.environment import Release
    from stackferry.model import JsonObject


def _timeline(call: Call) -> Release:
    """The Timeline release in the path. Raises 404, for a Launch release too: it has no copies."""
    release = find_release(call)
    hidden = release.is_archived and not call.switches.archived_release_entries
    if not release.is_timeline or hidden:
        raise not_found("Release", call.args["release"], environment=call.environment.id, space=call.space.id)
    return release


def _writable(call: Call) -> Release:
    release = _timeline(call)
    check_active(release)
    return release


def _show(call: Call, document: Document) -> JsonObject:
    shown = show_document(call, document)
    sys = {name: value for name, value in as_object(shown["sys"]).items() if name != "fieldStatus"}
    return {**shown, "sys": {**sys, "release": link("Release", call.args["release"])}}


def _list(kind: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        rows = copies(_timeline(call), kind)
        return offset_answer(call, Source(rows.values, edited_view, lambda one: _show(call, one)))

    return handler


def _get(kind: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        release = _timeline(call)
        return Answer(
            _show(call, find(copies(release, kind), call.args["scoped"], kind, release=call.args["release"]))
        )

    return handler


def _post(kind: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        return _create(call, _writable(call), kind, call.service.new_id())

    return handler


def _put(kind: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        release = _writable(call)
        document = copies(release, kind).get(call.args["scoped"])
        if document is not None:
            return _write(call, kind, document, call.json())
        if call.version:
            raise version_mismatch()
        return _create(call, release, kind, call.new_id("scoped"))

    return handler


def _patch(kind: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        document = find(copies(_writable(call), kind), call.args["scoped"], kind)
        return _write(call, kind, document, as_object(patched(document.body, call.json_or_none())))

    return handler


def _create(call: Call, release: Release, kind: str, uid: str) -> Answer:
    make = new_asset if kind == "Asset" else new_entry
    document = copy_of(make(call, uid, call.json()), call.stamp)
    copies(release, kind)[uid] = document
    join(call, release, kind, uid)
    return Answer(_show(call, document), 201)


def _write(call: Call, kind: str, document: Document, body: JsonObject) -> Answer:
    call.check_version(document.version)
    if kind == "Asset":
        stored = asset_body(call, body)
    else:
        stored = stored_body(body)
        check_entry(call, published_type(call, type_of(document)), stored)
    write(document, stored, call.stamp)
    return Answer(_show(call, document))


def _process(call: Call) -> Answer:
    process(call, find(copies(_writable(call), "Asset"), call.args["scoped"], "Asset"))
    return no_content()


def _routes(kind: str, path: str) -> tuple[Route[Call], ...]:
    many = f"{ENVIRONMENT}/releases/{{release}}/{path}"
    one = f"{many}/{{scoped}}"
    return (
        Route("GET", many, _list(kind)),
        Route("POST", many, _post(kind)),
        Route("GET", one, _get(kind)),
        Route("PUT", one, _put(kind)),
        Route("PATCH", one, _patch(kind)),
    )


_FILE = f"{ENVIRONMENT}/releases/{{release}}/assets/{{scoped}}/files/{{locale}}/process"
ROUTES = (*_routes("Entry", "entries"), *_routes("Asset", "assets"), Route("PUT", _FILE, _process))
