"""Scheduled actions: an entry, an asset or a release that is published or unpublished at a time.

They belong to the space and name their environment. What is due is done before the next request.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import (
    ApiError,
    bad_request,
    denied,
    invalid,
    not_found,
    problem,
)
from stackferry.emulators.contentful.call import Call, find, row_version
from stackferry.emulators.contentful.documents import unpublish
from stackferry.emulators.contentful.listing import Source, cursor_page, page_url, sized
from stackferry.emulators.contentful.publishing import change_live
from stackferry.emulators.contentful.routes.releases.execution import carry_out, failures
from stackferry.emulators.contentful.routes.releases.records import archive_release
from stackferry.emulators.contentful.routes.rows import SPACE, new_row, updated_row
from stackferry.emulators.contentful.show import show_space_row
from stackferry.emulators.contentful.space import Access
from stackferry.emulators.routing import Route
from stackferry.emulators.values import parse_time
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.emulators.contentful.space import Space
    from stackferry.model import JsonObject

_ACTIONS = ("publish", "unpublish")
_FARTHEST = timedelta(days=5 * 365 + 2)


def apply_due(service: Emulator) -> None:
    """Do what is due by now."""
    now = service.time()
    for space in service.spaces.values():
        for row in space.scheduled_actions.values():
            if nested(row, "sys", "status") == "scheduled":
                due = parse_time(nested(row, "scheduledFor", "datetime"))
                if due is not None and due <= now:
                    _carry_out(service, space, row)


def _carry_out(service: Emulator, space: Space, row: JsonObject) -> None:
    environment = space.environments.get(space.target_of(text(nested(row, "environment", "sys", "id"))))
    sys = as_object(row["sys"])
    call = Call(
        service=service,
        access=Access(text(nested(sys, "createdBy", "sys", "id")) or space.user),
        space_=space,
        environment_=environment,
    )
    try:
        if environment is None:
            raise not_found("Environment", text(nested(row, "environment", "sys", "id")))
        _do(call, environment, as_object(nested(row, "entity", "sys")), text(row.get("action")))
        sys["status"] = "succeeded"
    except ApiError as error:
        sys["status"] = "failed"
        row["error"] = error.body("none")
    sys["updatedAt"] = service.now()
    if environment is not None:
        environment.changed()


def _do(call: Call, environment: Environment, entity: JsonObject, action: str) -> None:
    kind, uid = text(entity.get("linkType")), text(entity.get("id"))
    if kind == "Release":
        release = find(environment.releases, uid, kind)
        if release.is_archived:
            raise bad_request("The release is archived.")
        if failed := failures(call, release, action):
            raise ApiError(422, "ReleaseActionFailed", "Not all entities are valid.", {"errors": [*failed]})
        carry_out(call, release, action)
        release.raw = updated_row(call, release.raw, release.raw)
        if release.is_timeline or call.switches.launch_archived:
            archive_release(call, release)
        return
    document = find(environment.assets if kind == "Asset" else environment.entries, uid, kind)
    if action == "unpublish":
        unpublish(document, call.stamp)
    else:
        change_live(call, document, None)


def _list(call: Call) -> Answer:
    if not call.param("environment.sys.id"):
        raise bad_request("environment.sys.id is required.")
    rows = call.space.scheduled_actions
    source = Source(
        rows.values, lambda row: row, lambda row: show_space_row(call, row), "scheduledFor.datetime"
    )
    limit, page, cursors = cursor_page(call, source, ("next", "prev"))
    if call.switches.schedule_pages == "url":
        pages: JsonObject = {name: page_url(call, name, cursor) for name, cursor in cursors.items()}
    else:
        pages = {name: cursors.get(name, "") for name in ("next", "prev")}
    return sized(call, {"sys": {"type": "Array"}, "limit": limit, "pages": pages, "items": page})


def _found(call: Call) -> JsonObject:
    return find(call.space.scheduled_actions, call.args["scheduled"], "ScheduledAction")


def _get(call: Call) -> Answer:
    return Answer(show_space_row(call, _found(call)))


def _post(call: Call) -> Answer:
    body = call.json()
    environment = text(nested(body, "environment", "sys", "id"))
    home = call.space.environments.get(call.space.target_of(environment))
    if home is None:
        raise bad_request(f"The environment {environment!r} was not found.")
    if body.get("action") not in _ACTIONS:
        raise invalid([problem("any.only", ["action"], "The action is publish or unpublish.")])
    _check_entity(home, as_object(nested(body, "entity", "sys")))
    _check_time(call, body)
    waiting = [
        row for row in call.space.scheduled_actions.values() if nested(row, "sys", "status") == "scheduled"
    ]
    if len(waiting) >= call.limits.scheduled:
        raise denied(f"At most {call.limits.scheduled} actions can be scheduled.")
    row = new_row(call, "ScheduledAction", call.service.new_id(), body, status="scheduled")
    call.space.scheduled_actions[text(nested(row, "sys", "id"))] = row
    return Answer(show_space_row(call, row), 201)


def _check_entity(environment: Environment, sys: JsonObject) -> None:
    kind, uid = sys.get("linkType"), text(sys.get("id"))
    if kind == "Release":
        release = environment.releases.get(uid)
        if release is not None and release.is_archived:
            raise bad_request("An archived release cannot be scheduled.")
        is_there = release is not None
    elif kind in ("Entry", "Asset"):
        is_there = uid in (environment.assets if kind == "Asset" else environment.entries)
    else:
        raise invalid(
            [problem("any.only", ["entity", "sys", "linkType"], "must be one of [Entry, Asset, Release]")]
        )
    if not is_there:  # the vendor's own tests: 400, with the words of a 404
        raise ApiError(400, "BadRequest", "The resource could not be found.", {"type": kind, "id": uid})


def _check_time(call: Call, body: JsonObject) -> None:
    when = parse_time(nested(body, "scheduledFor", "datetime"))
    path = ["scheduledFor", "datetime"]
    if when is None or when <= call.service.time():
        raise invalid([problem("date.min", path, "The time is an ISO 8601 one in the future.")])
    if when > call.service.time() + _FARTHEST:
        raise invalid([problem("date.max", path, "The time is at most 5 years ahead.")])


def _put(call: Call) -> Answer:
    """Only the time can be changed."""
    row, body = _found(call), call.json()
    call.check_version(row_version(row))
    if nested(row, "sys", "status") != "scheduled":
        raise bad_request("Only a scheduled action can be changed.")
    _check_time(call, body)
    changed = updated_row(call, row, {**row, "scheduledFor": body["scheduledFor"]})
    call.space.scheduled_actions[call.args["scheduled"]] = changed
    return Answer(show_space_row(call, changed))


def _delete(call: Call) -> Answer:
    """Cancel it: the record stays."""
    row = _found(call)
    if nested(row, "sys", "status") != "scheduled":
        raise bad_request("Only a scheduled action can be canceled.")
    changed = updated_row(call, row, row)
    sys = as_object(changed["sys"])
    sys |= {"status": "canceled", "canceledAt": call.stamp.time, "canceledBy": call.stamp.by()}
    call.space.scheduled_actions[call.args["scheduled"]] = changed
    return Answer(show_space_row(call, changed))


_ONE = f"{SPACE}/scheduled_actions/{{scheduled}}"
ROUTES = (
    Route("GET", f"{SPACE}/scheduled_actions", _list),
    Route("POST", f"{SPACE}/scheduled_actions", _post),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("DELETE", _ONE, _delete),
)
