"""Spaces, environments, aliases, organizations and users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import ApiError, bad_request, invalid, not_found, problem
from stackferry.emulators.contentful.call import find, no_content, quota, row_version
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ORGANIZATION, SPACE, RowKind, new_row, updated_row
from stackferry.emulators.contentful.show import show_space_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.emulators.contentful.space import Space
    from stackferry.model import JsonObject


def _rows(call: Call, rows: list[JsonObject]) -> Answer:
    return offset_answer(call, Source(lambda: rows, lambda row: row, lambda row: row, order=""))


def _show_space(call: Call, space: Space) -> JsonObject:
    sys = dict(as_object(space.raw["sys"]))
    if call.switches.space_shows_organization:
        sys["organization"] = link("Organization", space.organization.id)
    return {**space.raw, "sys": sys}


def _token(call: Call) -> str:
    return call.headers.get("authorization", "").partition(" ")[2]


def _spaces(call: Call) -> list[Space]:
    """The spaces that the token opens."""
    return [space for space in call.service.spaces.values() if _token(call) in space.tokens]


def _list_spaces(call: Call) -> Answer:
    return _rows(call, [_show_space(call, space) for space in _spaces(call)])


def _get_space(call: Call) -> Answer:
    return Answer(_show_space(call, call.space))


def _post_space(call: Call) -> Answer:
    """A new space in the organization that a header names, or in that of the token's first space."""
    body, known = call.json(), _spaces(call)
    wanted = call.headers.get("x-contentful-organization") or known[0].organization.id
    if wanted not in {space.organization.id for space in known}:
        raise not_found("Organization", wanted)
    if not text(body.get("name")):
        raise invalid([problem("required", ["name"], "A space has a name.")])
    space = call.service.add_space(
        key=call.service.new_id(),
        token=_token(call),
        name=text(body["name"]),
        locale=text(body.get("defaultLocale")) or "en-US",
        organization=wanted,
        user=call.access.user,
    )
    return Answer(_show_space(call, space), 201)


def _delete_space(call: Call) -> Answer:
    del call.service.spaces[call.space.id]
    return no_content()


def _put_space(call: Call) -> Answer:
    call.check_version(row_version(call.space.raw))
    call.space.raw = updated_row(call, call.space.raw, {"name": text(call.json().get("name"))})
    return Answer(_show_space(call, call.space))


def show_environment(call: Call, environment: Environment, name: str = "") -> JsonObject:
    """An environment; one that was asked for by an alias names its target."""
    space = call.space
    aliases = [uid for uid in space.aliases if space.target_of(uid) == environment.id]
    sys: JsonObject = {"status": {"sys": {"type": "Link", "linkType": "Status", "id": "ready"}}}
    sys |= as_object(environment.raw["sys"])
    if aliases:
        sys["aliases"] = [link("EnvironmentAlias", uid) for uid in aliases]
    if name and name != environment.id:
        sys |= {"id": name, "aliasedEnvironment": link("Environment", environment.id)}
    return show_space_row(call, {**environment.raw, "sys": sys})


def _list_environments(call: Call) -> Answer:
    own = [show_environment(call, one) for one in call.space.environments.values()]
    named = [
        show_environment(call, call.space.environments[call.space.target_of(uid)], uid)
        for uid in call.space.aliases
    ]
    return _rows(call, [*own, *named])


def _get_environment(call: Call) -> Answer:
    return Answer(show_environment(call, call.environment, call.args["environment"]))


def _create_environment(call: Call) -> Answer:
    return _new_environment(call, call.service.new_id())


def _put_environment(call: Call) -> Answer:
    """Make an environment of that id, a clone of `master` or of the one that a header names; or rename one."""
    found = call.space.environments.get(call.args["uid"])
    if found is None:
        return _new_environment(call, call.new_id("uid"))
    call.check_version(row_version(found.raw))
    found.raw = updated_row(call, found.raw, {"name": text(call.json().get("name"))})
    return Answer(show_environment(call, found))


def _new_environment(call: Call, uid: str) -> Answer:
    quota(call, call.space.environments, "environments")
    if uid in call.space.aliases:
        raise ApiError(409, "Conflict", "There is an alias of this id.")
    source = call.space.target_of(call.headers.get("x-contentful-source-environment", "master"))
    origin = find(call.space.environments, source, "Environment")
    raw = new_row(call, "Environment", uid, {"name": text(as_object(call.json_or_none()).get("name")) or uid})
    call.space.environments[uid] = origin.fork(uid, raw)
    return Answer(show_environment(call, call.space.environments[uid]), 201)


def _delete_environment(call: Call) -> Answer:
    uid = call.args["uid"]
    find(call.space.environments, uid, "Environment")
    if uid == call.space.target_of("master") or any(
        call.space.target_of(one) == uid for one in call.space.aliases
    ):
        raise bad_request("An environment that is master, or has an alias, cannot be deleted.")
    del call.space.environments[uid]
    return no_content()


def _alias_target(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    """An alias must name an environment. The alias `master` is made by opting in: it cannot be created here."""
    del before
    target = text(nested(body, "environment", "sys", "id"))
    if target not in call.space.environments:
        raise invalid(
            [problem("notResolvable", ["environment"], f"The environment {target!r} does not exist.")]
        )
    return {"environment": link("Environment", target)}


ALIASES = RowKind(
    "aliases",
    "EnvironmentAlias",
    f"{SPACE}/environment_aliases",
    "alias",
    prepare=_alias_target,
    ids="client",
    checked_delete=False,
)


def _list_organizations(call: Call) -> Answer:
    own = {space.organization.id for space in _spaces(call)}
    return _rows(call, [one.raw for uid, one in call.service.organizations.items() if uid in own])


def _get_organization(call: Call) -> Answer:
    return Answer(call.organization.raw)


def _list_users(call: Call) -> Answer:
    return _rows(call, [*call.space.users.values()])


def _get_user(call: Call) -> Answer:
    return Answer(find(call.space.users, call.args["user"], "User"))


_ONE = f"{SPACE}/environments/{{uid}}"
ROUTES = (
    Route("GET", "/spaces", _list_spaces),
    Route("GET", SPACE, _get_space),
    Route("PUT", SPACE, _put_space),
    Route("POST", "/spaces", _post_space),
    Route("DELETE", SPACE, _delete_space),
    Route("GET", f"{SPACE}/environments", _list_environments),
    Route("POST", f"{SPACE}/environments", _create_environment),
    Route("GET", f"{SPACE}/environments/{{environment}}", _get_environment),
    Route("PUT", _ONE, _put_environment),
    Route("DELETE", _ONE, _delete_environment),
    Route("GET", "/organizations", _list_organizations),
    Route("GET", ORGANIZATION, _get_organization),
    Route("GET", f"{SPACE}/users", _list_users),
    Route("GET", f"{SPACE}/users/{{user}}", _get_user),
    *ALIASES.routes,
)
