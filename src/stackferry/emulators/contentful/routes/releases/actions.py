"""Release actions: publish, unpublish and validate, each asynchronous and kept as a record. Page: Timeline releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import bad_request, not_found
from stackferry.emulators.contentful.busy import busy
from stackferry.emulators.contentful.call import row_version
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, cursor_answer
from stackferry.emulators.contentful.routes.releases.execution import carry_out, failures
from stackferry.emulators.contentful.routes.releases.records import (
    archive_release,
    check_active,
    find_release,
)
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.environment import Release
    from stackferry.model import Json, JsonObject

OPEN = ("created", "inProgress")
_ORDERS = ("sys.updatedAt", "-sys.updatedAt", "sys.createdAt", "-sys.createdAt")
_KNOWN = frozenset({"action", "uniqueBy"})
_FILTERS = frozenset({"sys.id[in]", "sys.release.sys.id[in]", "sys.status[in]", "sys.status[nin]"})
_PAGES = frozenset({"pageNext", "pagePrev", "order", "limit"})


def _open_actions(call: Call, release: str = "", action: str = "") -> int:
    return sum(
        nested(row, "sys", "status") in OPEN
        and release in ("", nested(row, "sys", "release", "sys", "id"))
        and action in ("", row.get("action"))
        for row in call.environment.release_actions.values()
    )


def begin(call: Call, release: Release, action: str, what: str) -> JsonObject:
    """Start an action of the release; `what` is publish or unpublish, also of one that validates."""
    uid = text(nested(release.raw, "sys", "id"))
    most = call.limits.release_actions
    if most is not None and _open_actions(call) >= most:
        raise busy(call, "The publish limit has been exceeded.")
    row = new_row(
        call,
        "ReleaseAction",
        call.service.new_id(),
        {"action": action},
        release=link("Release", uid),
        status="created",
    )
    row_sys = as_object(row["sys"])
    del row_sys["version"]
    call.environment.release_actions[text(row_sys["id"])] = row
    as_object(release.raw["sys"])["lastAction"] = link("ReleaseAction", text(row_sys["id"]))
    call.service.jobs.start(call.environment, lambda: _end(call, release, row, what))
    return row


def _end(call: Call, release: Release, row: JsonObject, what: str) -> None:
    """Do the work of an action, and put the outcome into it."""
    failed = failures(call, release, what)
    sys = as_object(row["sys"])
    sys |= {"status": "failed" if failed else "succeeded", "updatedAt": call.service.now()}
    if failed:
        rows: list[Json] = [*failed]
        error: JsonObject = {"type": "Error", "id": "ReleaseActionFailed"}
        row["error"] = {"sys": error, "message": "Not all entities are valid.", "details": {"errors": rows}}
    elif row["action"] != "validate":
        carry_out(call, release, what)
        release.raw = updated_row(call, release.raw, release.raw)
        if what == "publish" and (release.is_timeline or call.switches.launch_archived):
            archive_release(call, release)


def _check_version_is_there(call: Call, release: Release) -> None:
    """The page says 404 where the version header is missing; a stale one is 409 as everywhere."""
    if call.version is None:
        raise not_found("Release", call.args["release"])
    call.check_version(row_version(release.raw))


def _publish(call: Call) -> Answer:
    return _change(call, "publish")


def _unpublish(call: Call) -> Answer:
    """Only Launch releases are taken down as a whole: it is not among the actions of Timeline ones."""
    if find_release(call).is_timeline:
        raise bad_request("A Timeline release cannot be unpublished.")
    return _change(call, "unpublish")


def _change(call: Call, action: str) -> Answer:
    release = find_release(call)
    _check_version_is_there(call, release)
    check_active(release)
    if _open_actions(call, call.args["release"]):
        raise busy(call, "An action of this release is created or in progress.")
    if call.switches.release_refusal == "429" and (failed := failures(call, release, action)):
        raise busy(call, "The release has validation errors.", {"errors": [*failed]})
    return Answer(show_row(call, begin(call, release, action, action)))


def _validate(call: Call) -> Answer:
    release = find_release(call)
    action = as_object(call.json_or_none()).get("action", "publish")
    if call.access.refused.get("entries"):
        raise busy(call, "The user has no access to entries.")
    if action not in ("publish", "unpublish"):
        raise busy(call, "The validation action is not publish or unpublish.")
    check_active(release)
    if _open_actions(call, call.args["release"], "validate"):
        raise busy(call, "A validation of this release is already in progress.")
    return Answer(show_row(call, begin(call, release, "validate", text(action))), 201)


def _list(call: Call) -> Answer:
    for name, _ in call.query:
        if name not in _FILTERS | _KNOWN | _PAGES:
            raise bad_request(f"There is no filter {name}.")
    if call.param("sys.status[in]") and call.param("sys.status[nin]"):
        raise bad_request("sys.status[in] and sys.status[nin] cannot be used at the same time.")
    if call.param("order", "-sys.updatedAt") not in _ORDERS:
        raise bad_request(f"The order is one of {', '.join(_ORDERS)}.")
    if call.param("uniqueBy") not in ("", "sys.release.sys.id"):
        raise bad_request("uniqueBy supports sys.release.sys.id only.")
    rows = _chosen(call)
    source = Source(
        lambda: rows, lambda row: row, lambda row: show_row(call, row), "-sys.updatedAt", known=_KNOWN
    )
    return cursor_answer(call, source)


def _chosen(call: Call) -> list[JsonObject]:
    """The actions of the kind that is asked for; with `uniqueBy` the newest of each release."""
    wanted = call.param("action")
    rows = [row for row in call.environment.release_actions.values() if wanted in ("", row["action"])]
    if not call.param("uniqueBy"):
        return rows
    newest: dict[str, JsonObject] = {}
    for row in rows:
        uid = text(nested(row, "sys", "release", "sys", "id"))
        if uid not in newest or text(nested(row, "sys", "updatedAt")) >= text(
            nested(newest[uid], "sys", "updatedAt")
        ):
            newest[uid] = row
    return [*newest.values()]


def _get(call: Call) -> Answer:
    find_release(call)
    uid, release = call.args["action"], call.args["release"]
    row = call.environment.release_actions.get(uid)
    if row is None or nested(row, "sys", "release", "sys", "id") != release:
        where: JsonObject = {"environment": call.environment.id, "space": call.space.id}
        raise not_found("ReleaseAction", uid, release=release, **where)
    shown = show_row(call, {**row, "sys": dict(as_object(row["sys"]))})
    sys = as_object(row["sys"])
    if sys["status"] == "created":  # the next look finds it at work
        sys["status"] = "inProgress"
    return Answer(shown)


_ONE = f"{ENVIRONMENT}/releases/{{release}}"
ROUTES = (
    Route("PUT", f"{_ONE}/published", _publish),
    Route("DELETE", f"{_ONE}/published", _unpublish),
    Route("POST", f"{_ONE}/validate", _validate),
    Route("GET", f"{_ONE}/actions/{{action}}", _get),
    Route("GET", f"{ENVIRONMENT}/release_actions", _list),
)
