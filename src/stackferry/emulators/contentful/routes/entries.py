"""Entries: one document for all locales, written whole, published whole or by locale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import ApiError, bad_request, version_mismatch
from stackferry.emulators.contentful.call import find_entry, no_content, quota
from stackferry.emulators.contentful.documents import (
    archive,
    check_deletable,
    link,
    new_document,
    unarchive,
    unpublish,
    write,
)
from stackferry.emulators.contentful.editorial import check_allowed
from stackferry.emulators.contentful.json_patch import patched
from stackferry.emulators.contentful.listing import Source, cursor_answer, offset_answer
from stackferry.emulators.contentful.publishing import change_live
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.contentful.show import show_document, show_live
from stackferry.emulators.contentful.validation.saved import check_entry
from stackferry.emulators.contentful.views import edited_view, live_view
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject

_NO_METADATA: JsonObject = {"tags": [], "concepts": []}


def list_documents(call: Call, documents: dict[str, Document]) -> Answer:
    """Entries or assets as they are edited: by offset, or by cursor where that is offered."""
    source = Source(lambda: _named(call, documents), edited_view, lambda one: show_document(call, one))
    if not call.flag("cursor"):
        return offset_answer(call, source)
    if not call.switches.cursors:
        raise bad_request("Cursor pagination is not available.")
    return cursor_answer(call, source)


def _named(call: Call, documents: dict[str, Document]) -> Iterable[Document]:
    """The documents that a condition on ids leaves over: there may be very many others."""
    wanted = call.param("sys.id[in]") or call.param("sys.id")
    if not wanted:
        return documents.values()
    ids = dict.fromkeys(uid.strip() for uid in wanted.split(","))
    return [documents[uid] for uid in ids if uid in documents]


def list_live(call: Call, documents: dict[str, Document]) -> Answer:
    """What is live of entries or assets."""
    source = Source(
        lambda: [one for one in _named(call, documents) if one.live is not None],
        live_view,
        lambda one: show_live(call, one),
    )
    return offset_answer(call, source)


def stored_body(body: JsonObject) -> JsonObject:
    """The parts of a body that are stored. What it leaves out is gone."""
    metadata = {**_NO_METADATA, **as_object(body.get("metadata"))}
    return {"metadata": metadata, "fields": body.get("fields", {})}


def published_type(call: Call, uid: str) -> JsonObject:
    """What is live of a content type. Raises 422 where nothing is."""
    kind = call.environment.content_types.get(uid)
    if kind is None or kind.live is None:
        row: JsonObject = {"name": "unknownContentType", "value": uid}
        raise ApiError(
            422, "UnknownContentType", f"There is no published content type {uid!r}.", {"errors": [row]}
        )
    return kind.live


def type_of(entry: Document) -> str:
    return text(nested(entry.sys, "contentType", "sys", "id"))


def fill(call: Call, of_type: JsonObject, fields: JsonObject) -> None:
    """Give a new entry the default values of its type. "Default values don't affect entry updates."."""
    codes = call.environment.locale_codes
    for field in objects(of_type.get("fields")):
        name, defaults = text(field.get("id")), as_object(field.get("defaultValue"))
        if name in fields and call.switches.default_values == "fields":
            continue
        given = as_object(fields.get(name))
        added = {code: value for code, value in defaults.items() if code in codes and code not in given}
        if added:
            fields[name] = {**given, **added}


def new_entry(call: Call, uid: str, body: JsonObject) -> Document:
    """A draft of the content type that a header names, checked, and not put anywhere."""
    kind = call.headers.get("x-contentful-content-type", "")
    if not kind:
        raise bad_request('The header "X-Contentful-Content-Type" is required.')
    of_type, body = published_type(call, kind), stored_body(body)
    check_entry(call, of_type, body)
    fill(call, of_type, as_object(body.get("fields")))
    entry = new_document("Entry", uid, body, call.stamp)
    entry.sys["contentType"] = link("ContentType", kind)
    return entry


def _create(call: Call, uid: str) -> Answer:
    quota(call, call.environment.entries, "entries")
    entry = new_entry(call, uid, call.json())
    call.environment.entries[uid] = entry
    return Answer(show_document(call, entry), 201)


def _post(call: Call) -> Answer:
    return _create(call, call.service.new_id())


def _put(call: Call) -> Answer:
    entry = call.environment.entries.get(call.args["entry"])
    if entry is None:
        if call.version:  # the object that the client means is gone
            raise version_mismatch()
        return _create(call, call.new_id("entry"))
    return _write(call, entry, call.json())


def _write(call: Call, entry: Document, body: JsonObject) -> Answer:
    call.check_version(entry.version)
    check_allowed(call, entry.id, "edit")
    stored = stored_body(body)
    check_entry(call, published_type(call, type_of(entry)), stored)
    write(entry, stored, call.stamp)
    return Answer(show_document(call, entry))


def _patch(call: Call) -> Answer:
    entry = find_entry(call)
    return _write(call, entry, as_object(patched(entry.body, call.json_or_none())))


def _get(call: Call) -> Answer:
    return Answer(show_document(call, find_entry(call)))


def _list(call: Call) -> Answer:
    return list_documents(call, call.environment.entries)


def _list_public(call: Call) -> Answer:
    return list_live(call, call.environment.entries)


def publishes(find: Callable[[Call], Document]) -> Callable[[Call], Answer]:
    """A handler that publishes what `find` finds, as the body says."""

    def handler(call: Call) -> Answer:
        document = find(call)
        call.check_version(document.version)
        change_live(call, document, call.json_or_none())
        return Answer(show_document(call, document))

    return handler


def changes(find: Callable[[Call], Document], change: Callable[..., None]) -> Callable[[Call], Answer]:
    """A handler that archives, unarchives or unpublishes. A version is checked where one is sent, and not asked for."""

    def handler(call: Call) -> Answer:
        document = find(call)
        if call.version is not None:
            call.check_version(document.version)
        change(document, call.stamp)
        return Answer(show_document(call, document))

    return handler


def deletes(find: Callable[[Call], Document], table: str) -> Callable[[Call], Answer]:
    """A handler that deletes what `find` finds from a table of the environment."""

    def handler(call: Call) -> Answer:
        document = find(call)
        if call.version is not None:
            call.check_version(document.version)
        check_deletable(document)
        del getattr(call.environment, table)[document.id]
        return no_content()

    return handler


_ONE = f"{ENVIRONMENT}/entries/{{entry}}"
ROUTES = (
    Route("GET", f"{ENVIRONMENT}/entries", _list),
    Route("POST", f"{ENVIRONMENT}/entries", _post),
    Route("GET", f"{ENVIRONMENT}/public/entries", _list_public),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("PATCH", _ONE, _patch),
    Route("DELETE", _ONE, deletes(find_entry, "entries")),
    Route("PUT", f"{_ONE}/published", publishes(find_entry)),
    Route("DELETE", f"{_ONE}/published", changes(find_entry, unpublish)),
    Route("PUT", f"{_ONE}/archived", changes(find_entry, archive)),
    Route("DELETE", f"{_ONE}/archived", changes(find_entry, unarchive)),
)
