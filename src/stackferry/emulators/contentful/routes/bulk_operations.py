"""Bulk operations on entries: an uploaded JSON array of up to 10,000 entries, created or updated asynchronously.

A plan has them or answers 403; a space runs one at a time. The outcome is told entry by entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import ApiError, denied, invalid, not_found, problem
from stackferry.emulators.contentful.call import find, quota
from stackferry.emulators.contentful.documents import link, new_document, write
from stackferry.emulators.contentful.routes.entries import fill, published_type, stored_body, type_of
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.contentful.validation.saved import check_entry
from stackferry.emulators.routing import Route
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject

RUNNING = "in_progress"


def _begin(action: str) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        _check_offered(call)
        running = [
            row
            for environment in call.space.environments.values()
            for row in environment.bulk_operations.values()
            if nested(row, "sys", "status") == RUNNING
        ]
        if running:
            raise ApiError(409, "Conflict", "Another bulk operation is running in this space.")
        rows = _uploaded(call)
        raw = new_row(call, "BulkOperation", call.service.new_id(), {"action": action}, status=RUNNING)
        call.environment.bulk_operations[text(nested(raw, "sys", "id"))] = raw
        call.service.jobs.start(call.environment, lambda: _carry_out(call, raw, action, rows))
        return Answer(show_row(call, raw), 201)

    return handler


def _check_offered(call: Call) -> None:
    if not call.switches.bulk_operations:
        raise denied("Bulk operations are not enabled for this space.")


def _uploaded(call: Call) -> list[JsonObject]:
    """The entries in the upload that the body names. Raises 404 and 422."""
    uid = text(nested(call.json(), "upload", "sys", "id"))
    upload = call.space.uploads.get(uid)
    if upload is None:
        raise not_found("Upload", uid)
    try:
        rows = exact_json.loads(upload.content)
    except JsonRefused:
        rows = None
    if not isinstance(rows, list) or len(objects(rows)) != len(rows):
        raise invalid([problem("type", ["upload"], "The upload is no JSON array of entries.")])
    if len(rows) > call.limits.operation_entries:
        raise invalid([problem("size", ["upload"], f"At most {call.limits.operation_entries} entries.")])
    return objects(rows)


def _carry_out(call: Call, raw: JsonObject, action: str, rows: list[JsonObject]) -> None:
    do = _create if action == "create" else _update
    items: list[Json] = [_outcome(call, row, do) for row in rows]
    sys = as_object(raw["sys"])
    sys |= {"status": "completed", "updatedAt": call.service.now()}
    raw["result"] = {"items": items}


def _outcome(call: Call, row: JsonObject, do: Callable[[Call, JsonObject], Document]) -> JsonObject:
    try:
        entry = do(call, row)
    except ApiError as error:
        uid = nested(row, "sys", "id")
        named: JsonObject = {"entity": link("Entry", text(uid))} if uid else {}
        return {"status": "failed", **named, "error": error.body("none")}
    entity = link("Entry", entry.id)
    as_object(entity["sys"])["version"] = entry.version
    return {"status": "succeeded", "entity": entity}


def _create(call: Call, row: JsonObject) -> Document:
    uid = text(nested(row, "sys", "id")) or call.service.new_id()
    if uid in call.environment.entries:
        raise ApiError(422, "EntryExistsError", f"There is an entry {uid} already.")
    quota(call, call.environment.entries, "entries")
    kind, body = text(nested(row, "sys", "contentType", "sys", "id")), stored_body(row)
    of_type = published_type(call, kind)
    check_entry(call, of_type, body)
    fill(call, of_type, as_object(body.get("fields")))
    entry = new_document("Entry", uid, body, call.stamp)
    entry.sys["contentType"] = link("ContentType", kind)
    call.environment.entries[uid] = entry
    return entry


def _update(call: Call, row: JsonObject) -> Document:
    entry = find(call.environment.entries, text(nested(row, "sys", "id")), "Entry")
    if nested(row, "sys", "version") != entry.version:
        raise ApiError(409, "VersionMismatch", "", {})
    body = stored_body(row)
    check_entry(call, published_type(call, type_of(entry)), body)
    write(entry, body, call.stamp)
    return entry


def _get(call: Call) -> Answer:
    _check_offered(call)
    return Answer(
        show_row(call, find(call.environment.bulk_operations, call.args["operation"], "BulkOperation"))
    )


ROUTES = (
    Route("POST", f"{ENVIRONMENT}/bulk_operations/entries/create", _begin("create")),
    Route("POST", f"{ENVIRONMENT}/bulk_operations/entries/update", _begin("update")),
    Route("GET", f"{ENVIRONMENT}/bulk_operations/{{operation}}", _get),
)
