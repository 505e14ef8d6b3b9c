"""Content types: drafts and published ones, and the editor interface that a first publish makes.

A field goes away in two publishes: first omitted, then deleted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import bad_request, denied
from stackferry.emulators.contentful.call import find_content_type, no_content, quota, without_sys
from stackferry.emulators.contentful.documents import check_deletable, new_document, publish, unpublish, write
from stackferry.emulators.contentful.history import keep_snapshot
from stackferry.emulators.contentful.listing import Source, cursor_answer, offset_answer
from stackferry.emulators.contentful.routes.editor_interfaces import follow_type
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.contentful.show import show_document, show_live
from stackferry.emulators.contentful.validation.content_types import check_content_type
from stackferry.emulators.contentful.views import edited_view, live_view
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject


def _list(call: Call) -> Answer:
    types = call.environment.content_types
    source = Source(types.values, edited_view, lambda one: show_document(call, one), order="sys.id")
    return by_cursor(call, source) if call.flag("cursor") else offset_answer(call, source)


def by_cursor(call: Call, source: Source[Document]) -> Answer:
    """A page by cursor, where that is offered. Raises 400 where it is not."""
    if not call.switches.cursors:
        raise bad_request("Cursor pagination is not available.")
    return cursor_answer(call, source)


def _list_public(call: Call) -> Answer:
    types = call.environment.content_types
    if call.switches.published_type_ids == "ignored":
        call = replace(call, query=[one for one in call.query if one[0] != "sys.id[in]"])
    source = Source(
        lambda: [one for one in types.values() if one.live is not None],
        live_view,
        lambda one: show_live(call, one),
        order="sys.id",
    )
    return offset_answer(call, source)


def _get(call: Call) -> Answer:
    return Answer(show_document(call, find_content_type(call)))


def _get_public(call: Call) -> Answer:
    document = find_content_type(call)
    if document.live is None:
        raise bad_request("Not published")
    return Answer(show_live(call, document))


def _post(call: Call) -> Answer:
    return _create(call, call.service.new_id())


def _put(call: Call) -> Answer:
    document = call.environment.content_types.get(call.args["content_type"])
    if document is None:
        if call.version:
            call.check_version(0)
        return _create(call, call.new_id("content_type"))
    _check_template(call, document)
    call.check_version(document.version)
    body = _stored(without_sys(call.json()))
    check_content_type(call, body, document)
    write(document, body, call.stamp)
    return Answer(show_document(call, document))


def _create(call: Call, uid: str) -> Answer:
    types = call.environment.content_types
    quota(call, types, "content_types")
    body = _stored(without_sys(call.json()))
    check_content_type(call, body, None)
    types[uid] = new_document("ContentType", uid, body, call.stamp)
    return Answer(show_document(call, types[uid]), 201)


_FIELD_DEFAULTS: JsonObject = {
    "localized": False,
    "required": False,
    "validations": [],
    "disabled": False,
    "omitted": False,
}


def _stored(body: JsonObject) -> JsonObject:
    """A body with what the service adds to it, and without the fields that are marked as deleted."""
    fields = [
        {**field, **{name: value for name, value in _FIELD_DEFAULTS.items() if name not in field}}
        for field in objects(body.get("fields"))
        if field.get("deleted") is not True
    ]
    return {"displayField": None, "description": "", **body, "fields": [*fields]}


def _check_template(call: Call, document: Document) -> None:
    owned = nested(document.body, "metadata", "template") or document.sys.get("template")
    if owned and call.switches.template_types == "refused":
        raise denied("This content type belongs to an environment template.")


def _publish(call: Call) -> Answer:
    document = find_content_type(call)
    _check_template(call, document)
    call.check_version(document.version)
    gone = _field_ids(document.live) - _field_ids(document.body)
    publish(document, document.body, (), call.stamp)
    keep_snapshot(call, document)
    _drop_values(call, document.id, gone)
    follow_type(call, document)
    return Answer(show_document(call, document))


def _field_ids(body: JsonObject | None) -> set[str]:
    return {text(field.get("id")) for field in objects((body or {}).get("fields"))}


def _drop_values(call: Call, content_type: str, gone: set[str]) -> None:
    """The values of a field go away with it."""
    if not gone:
        return
    for entry in call.environment.entries.values():
        if nested(entry.sys, "contentType", "sys", "id") == content_type:
            entry.body = _without(entry.body, gone)
            entry.live = _without(entry.live, gone) if entry.live is not None else None


def _without(body: JsonObject, gone: set[str]) -> JsonObject:
    fields = {name: value for name, value in as_object(body.get("fields")).items() if name not in gone}
    return {**body, "fields": fields}


def _entries_of(call: Call, content_type: str) -> bool:
    return any(
        nested(entry.sys, "contentType", "sys", "id") == content_type
        for entry in call.environment.entries.values()
    )


def _unpublish(call: Call) -> Answer:
    document = find_content_type(call)
    if call.version is not None:
        call.check_version(document.version)
    if _entries_of(call, document.id):
        raise bad_request("Cannot unpublish content type that has entries")
    unpublish(document, call.stamp)
    return Answer(show_document(call, document))


def _delete(call: Call) -> Answer:
    document = find_content_type(call)
    check_deletable(document)
    if _entries_of(call, document.id):
        raise bad_request("Cannot delete content type that has entries")
    del call.environment.content_types[document.id]
    call.environment.editor_interfaces.pop(document.id, None)
    return no_content()


_ONE = f"{ENVIRONMENT}/content_types/{{content_type}}"
ROUTES = (
    Route("GET", f"{ENVIRONMENT}/content_types", _list),
    Route("POST", f"{ENVIRONMENT}/content_types", _post),
    Route("GET", f"{ENVIRONMENT}/public/content_types", _list_public),
    Route("GET", f"{ENVIRONMENT}/public/content_types/{{content_type}}", _get_public),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("DELETE", _ONE, _delete),
    Route("PUT", f"{_ONE}/published", _publish),
    Route("DELETE", f"{_ONE}/published", _unpublish),
)
