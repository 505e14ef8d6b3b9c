"""Metadata of entries and assets: list, get, create, update, delete, publish, unpublish. Page: CMA | Metadata."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import metadata, publishing
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.content.schema import ASSETS
from stackferry.emulators.contentstack.listing import get_one, list_answer
from stackferry.emulators.contentstack.request import checked_locale, find_in_path, with_authorship
from stackferry.emulators.routing import Route
from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject

_MOST_BYTES = 5 * 1024  # of what an extension keeps for an object
# The service sets these; what a client sends under their names is dropped (page: reserved keys).
_RESERVED = (
    "uid", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "api_key", "scope", "_version",
    "publish_details", "is_published",
)  # fmt: skip
_KEY = ("entity_uid", "extension_uid", "locale")


def _failed(**errors: str) -> Exception:
    return invalid(119, "Metadata could not be saved. Please enter valid data.", **errors)


def _shown(call: Call, row: JsonObject) -> JsonObject:
    hidden = () if call.flag("include_publish_details") else ("publish_details",)
    return {name: value for name, value in row.items() if name not in hidden}


def _list(call: Call) -> Answer:
    return list_answer(call, "metadata", call.branch.metadata.values(), show=partial(_shown, call))


def _find(call: Call) -> JsonObject:
    return find_in_path(call, call.branch.metadata, "uid", 141, "The requested metadata doesn't exist.")


def _sent(call: Call, before: JsonObject | None = None) -> JsonObject:
    """What a client wrote, checked, over what was there before. Raises 119."""
    given = {name: value for name, value in call.section("metadata").items() if name not in _RESERVED}
    defaults: JsonObject = {"type": "asset", "locale": call.branch.master_locale}
    fixed = {name: value for name, value in (before or {}).items() if name in (*_KEY, "type")}
    row: JsonObject = {**(before or defaults), **given, **fixed}
    if row.get("type") == "asset":
        row["_content_type_uid"] = ASSETS
    uid = text(row.get("entity_uid"))
    if not _is_known(call, row, uid):
        raise _failed(entity_uid=NOT_VALID if uid else REQUIRED)
    if row.get("extension_uid") not in call.branch.extensions:
        raise _failed(extension_uid=NOT_VALID)
    checked_locale(call.branch, text(row.get("locale")))
    if len(exact_json.dumps(given)) > _MOST_BYTES:
        raise _failed(metadata="is larger than 5 KB.")
    for other in call.branch.metadata.values():
        if other is not before and all(other.get(name) == row.get(name) for name in _KEY):
            raise _failed(entity_uid=NOT_UNIQUE)
    return row


def _is_known(call: Call, row: JsonObject, uid: str) -> bool:
    """Whether the asset or the entry is there that a record is about."""
    kind = row.get("type")
    if kind == "asset":
        return uid in call.branch.assets
    return kind == "entry" and call.branch.entry(text(row.get("_content_type_uid")), uid) is not None


def _create(call: Call) -> Answer:
    row = with_authorship(call, {**_sent(call), "scope": "local", "_version": 1, "is_published": False})
    call.branch.put("metadata", row)
    return Answer({"notice": "Metadata created successfully.", "metadata": _shown(call, row)}, 201)


def _update(call: Call) -> Answer:
    before = _find(call)
    number = before.get("_version")
    version = number + 1 if isinstance(number, int) else 1
    row = with_authorship(call, {**_sent(call, before), "_version": version}, before)
    call.branch.put("metadata", row)
    return Answer({"notice": "Metadata updated successfully.", "metadata": _shown(call, row)})


def _delete(call: Call) -> Answer:
    del call.branch.metadata[text(_find(call).get("uid"))]
    return Answer({"notice": "Metadata deleted successfully."})


def _publish(call: Call, action: str) -> Answer:
    row, sent = _find(call), call.section("metadata")
    environments = publishing.requested_environments(call, sent.get("environments"))
    metadata.publish(
        call, [row], action, environments, publishing.requested_locales(call, sent.get("locales"))
    )
    return Answer({"notice": f"Metadata sent for {action}ing."})


ROUTES = (
    Route("GET", "/metadata", _list),
    Route("POST", "/metadata", _create),
    Route("GET", "/metadata/{uid}", get_one("metadata", lambda call: _shown(call, _find(call)))),
    Route("PUT", "/metadata/{uid}", _update),
    Route("DELETE", "/metadata/{uid}", _delete),
    Route("POST", "/metadata/{uid}/publish", partial(_publish, action="publish")),
    Route("POST", "/metadata/{uid}/unpublish", partial(_publish, action="unpublish")),
)
