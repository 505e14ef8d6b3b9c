"""What belongs to a user or an organization as a whole: personal tokens, users, and how much was used."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid, not_found, problem
from stackferry.emulators.contentful.call import find
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ORGANIZATION, new_row
from stackferry.emulators.contentful.space import Access
from stackferry.emulators.routing import Route
from stackferry.json_values import nested, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject

_TOKENS = "/users/me/access_tokens"
_METRICS = ("cma", "cda", "cpa", "gql")


def _me(call: Call) -> Answer:
    for space in call.service.spaces.values():
        if call.access.user in space.users:
            return Answer(space.users[call.access.user])
    raise not_found("User", "me")


def _rows(call: Call, rows: list[JsonObject]) -> Answer:
    return offset_answer(call, Source(lambda: rows, lambda row: row, lambda row: row, order=""))


def _list_tokens(call: Call) -> Answer:
    mine = [row for row in call.service.personal_tokens.values() if _owner(row) == call.access.user]
    return _rows(call, [_without_token(row) for row in mine])


def _owner(row: JsonObject) -> str:
    return text(nested(row, "sys", "createdBy", "sys", "id"))


def _without_token(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name != "token"}


def _get_token(call: Call) -> Answer:
    row = find(call.service.personal_tokens, call.args["token"], "PersonalAccessToken")
    return Answer(_without_token(row))


def _post_token(call: Call) -> Answer:
    """A new token, which is told once. It opens what the token opens that it was made with."""
    body = call.json()
    if not text(body.get("name")):
        raise invalid([problem("required", ["name"], "A token has a name.")])
    made: JsonObject = {"name": body["name"], "scopes": body.get("scopes", []), "revokedAt": None}
    token = f"CFPAT-{secrets.token_urlsafe(32)}"
    row = new_row(call, "PersonalAccessToken", call.service.new_id(), {**made, "token": token})
    call.service.personal_tokens[text(nested(row, "sys", "id"))] = row
    mine = call.headers.get("authorization", "").partition(" ")[2]
    for space in call.service.spaces.values():
        if mine in space.tokens:
            space.tokens[token] = Access(
                call.access.user, call.access.can_write, is_admin=call.access.is_admin
            )
    return Answer(row, 201)


def _revoke_token(call: Call) -> Answer:
    row = find(call.service.personal_tokens, call.args["token"], "PersonalAccessToken")
    for space in call.service.spaces.values():
        space.tokens.pop(text(row.get("token")), None)
    row["revokedAt"] = call.service.now()
    return Answer(_without_token(row))


def _usage(kind: str) -> Callable[[Call], Answer]:
    """A handler that tells how much was used: nothing, for the emulator counts none."""

    def handler(call: Call) -> Answer:
        home = link("Organization", call.organization.id)
        rows: list[JsonObject] = [
            {
                "sys": {"type": kind, "id": f"usage-{metric}", "organization": home},
                "unitOfMeasure": "apiRequestsCount",
                "metric": metric,
                "usage": 0,
                "usagePerDay": {},
            }
            for metric in _METRICS
        ]
        return _rows(call, rows)

    return handler


def _users(call: Call) -> list[JsonObject]:
    spaces = [space for space in call.service.spaces.values() if space.organization is call.organization]
    return [*{uid: row for space in spaces for uid, row in space.users.items()}.values()]


def _list_users(call: Call) -> Answer:
    return _rows(call, _users(call))


def _get_user(call: Call) -> Answer:
    known = {text(nested(row, "sys", "id")): row for row in _users(call)}
    return Answer(find(known, call.args["user"], "User"))


ROUTES = (
    Route("GET", "/users/me", _me),
    Route("GET", _TOKENS, _list_tokens),
    Route("POST", _TOKENS, _post_token),
    Route("GET", f"{_TOKENS}/{{token}}", _get_token),
    Route("PUT", f"{_TOKENS}/{{token}}/revoked", _revoke_token),
    Route("GET", f"{ORGANIZATION}/users", _list_users),
    Route("GET", f"{ORGANIZATION}/users/{{user}}", _get_user),
    Route("GET", f"{ORGANIZATION}/organization_periodic_usages", _usage("OrganizationPeriodicUsage")),
    Route("GET", f"{ORGANIZATION}/space_periodic_usages", _usage("SpacePeriodicUsage")),
)
