"""Roles, API keys and members: who may do what in a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, invalid, not_found, problem
from stackferry.emulators.contentful.call import find, no_content
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.routes.rows import SPACE, RowKind, new_row
from stackferry.emulators.routing import Route
from stackferry.json_values import nested, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.application import Answer
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject


def _role(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    name = text(body.get("name"))
    if not name:
        raise invalid([problem("required", ["name"], "A role has a name.")])
    if any(row.get("name") == name for row in call.space.roles.values() if row is not before):
        raise invalid([problem("taken", ["name"], f"The name {name} is taken.", value=name)])
    if before is None and call.method == "PUT" and not call.switches.role_put:
        raise not_found("Role", call.args["role"])
    return {"description": None, "permissions": {}, "policies": [], **body}


ROLES = RowKind("roles", "Role", f"{SPACE}/roles", "role", prepare=_role, quota="roles")


def _api_key(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    """A key with a token of its own, and a preview key beside it. The token is the service's."""
    if not text(body.get("name")):
        raise invalid([problem("required", ["name"], "An API key has a name.")])
    places = objects(body.get("environments"))
    unknown = [one for one in places if text(nested(one, "sys", "id")) not in _places(call)]
    if unknown:
        raise invalid([problem("notResolvable", ["environments"], "There is no such environment.")])
    kept = {
        name: value
        for name, value in body.items()
        if name not in ("accessToken", "preview_api_key", "policies")
    }
    if before is not None:
        return {
            **kept,
            **{name: before[name] for name in ("accessToken", "preview_api_key") if name in before},
        }
    preview = call.service.new_id()
    row = new_row(
        call, "PreviewApiKey", preview, {"name": body["name"], "accessToken": call.service.new_token()}
    )
    call.space.preview_api_keys[preview] = row
    found: JsonObject = {"environments": [link("Environment", "master")], **kept}
    return {
        **found,
        "accessToken": call.service.new_token(),
        "preview_api_key": link("PreviewApiKey", preview),
    }


def _places(call: Call) -> set[str]:
    return {*call.space.environments, *call.space.aliases}


API_KEYS = RowKind("api_keys", "ApiKey", f"{SPACE}/api_keys", "api_key", prepare=_api_key)
PREVIEW_KEYS = RowKind(
    "preview_api_keys", "PreviewApiKey", f"{SPACE}/preview_api_keys", "preview_key", ids="service"
)


def _delete_key(call: Call) -> Answer:
    """The preview key goes with it."""
    row = find(call.space.api_keys, call.args["api_key"], "ApiKey")
    call.space.preview_api_keys.pop(text(nested(row, "preview_api_key", "sys", "id")), None)
    del call.space.api_keys[call.args["api_key"]]
    return no_content()


def _membership(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    for one in objects(body.get("roles")):
        if text(nested(one, "sys", "id")) not in call.space.roles:
            raise ApiError(422, "NotFound", "The role does not exist.")
    if before is not None:
        return {**before, **body}
    if not text(body.get("email")):
        raise invalid([problem("required", ["email"], "A membership names an e-mail address.")])
    kept = {name: value for name, value in body.items() if name != "email"}
    return {"admin": False, "roles": [], **kept}


MEMBERSHIPS = RowKind(
    "memberships",
    "SpaceMembership",
    f"{SPACE}/space_memberships",
    "membership",
    prepare=_membership,
    ids="service",
)

_READ = (route for route in PREVIEW_KEYS.routes if route.method == "GET")
ROUTES = (
    Route("DELETE", f"{SPACE}/api_keys/{{api_key}}", _delete_key),
    *ROLES.routes,
    *API_KEYS.routes,
    *_READ,
    *MEMBERSHIPS.routes,
)
