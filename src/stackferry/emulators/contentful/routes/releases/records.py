"""Releases themselves: list, get, create, update, delete, archive. Page: Timeline releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import bad_request, invalid, not_found, problem
from stackferry.emulators.contentful.call import no_content, quota, row_version, without_sys
from stackferry.emulators.contentful.environment import Release
from stackferry.emulators.contentful.listing import Source, cursor_answer
from stackferry.emulators.contentful.routes.releases.items import (
    KINDS,
    checked_items,
    copies,
    items_of,
    make_copies,
)
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject

V2 = "Release.v2"
_ORDERS = ("sys.updatedAt", "-sys.updatedAt", "title", "-title", "sys.createdAt", "-sys.createdAt")
_TIMELINE = "metadata.annotations.Contentful:Timeline.type"
_FILTERS = frozenset(
    {
        *("sys.id[in]", "sys.id[nin]", "sys.createdBy.sys.id[in]", "sys.status[in]", "sys.status[nin]"),
        *("title[match]", f"{_TIMELINE}[in]", f"{_TIMELINE}[nin]"),
    }
)
_OWN = frozenset({"sys.schemaVersion", "entities.sys.id[in]", "entities.sys.linkType", "entities[exists]"})
_PAGES = frozenset({"pageNext", "pagePrev", "order", "limit"})


def find_release(call: Call) -> Release:
    """The release in the path. Raises 404, with the details that the service gives."""
    uid = call.args["release"]
    found = call.environment.releases.get(uid)
    if found is None:
        raise not_found("Release", uid, environment=call.environment.id, space=call.space.id)
    return found


def check_active(release: Release) -> None:
    """Raises 400 for an archived release: nothing can be done with it but unarchiving and deleting."""
    if release.is_archived:
        raise bad_request("The release is archived.")


def show_release(call: Call, release: Release) -> JsonObject:
    return show_row(call, release.raw)


def _list(call: Call) -> Answer:
    for name, _ in call.query:
        if name not in _FILTERS | _OWN | _PAGES:
            raise bad_request(f"There is no filter {name}.")
    if call.param("order", "-sys.updatedAt") not in _ORDERS:
        raise bad_request(f"The order is one of {', '.join(_ORDERS)}.")
    chosen = _chosen(call)
    source = Source(
        lambda: chosen, lambda one: one.raw, lambda one: show_release(call, one), "-sys.updatedAt", known=_OWN
    )
    return cursor_answer(call, source)


def _chosen(call: Call) -> list[Release]:
    """The releases of the generation that is asked for, and that hold the entities that are asked for."""
    kind, wanted = _entities(call)
    releases = _of_generation(call)
    if kind:
        releases = [one for one in releases if _holds(one, kind, wanted)]
    if exists := call.param("entities[exists]"):
        releases = [one for one in releases if bool(items_of(one)) is (exists.lower() == "true")]
    if call.access.refused.get("entries") and any(_holds(one, "Entry", None) for one in releases):
        raise not_found("Entry", "")
    return releases


def _entities(call: Call) -> tuple[str, set[str] | None]:
    """The kind of the entities that are asked for, and their ids where these are."""
    kind, ids = call.param("entities.sys.linkType"), call.param("entities.sys.id[in]")
    if ids and not kind:
        raise bad_request("entities.sys.id[in] needs entities.sys.linkType.")
    if kind and kind not in KINDS:
        raise bad_request("entities.sys.linkType is Entry or Asset.")
    return kind, set(ids.split(",")) if ids else None


def _of_generation(call: Call) -> list[Release]:
    default = "" if call.switches.release_list == "mixed" else "Release.v1"
    version = call.param("sys.schemaVersion") or default
    releases = [*call.environment.releases.values()]
    return [one for one in releases if not version or one.is_timeline is (version == V2)]


def _holds(release: Release, kind: str, wanted: set[str] | None) -> bool:
    found = {item.id for item in items_of(release) if item.kind == kind}
    return bool(found if wanted is None else found & wanted)


def _get(call: Call) -> Answer:
    return Answer(show_release(call, find_release(call)))


def _post(call: Call) -> Answer:
    """Without the schema version of the second generation a Launch release is made."""
    quota(call, call.environment.releases, "releases")
    body = call.json()
    is_timeline = nested(body, "sys", "schemaVersion") == V2
    stored = _stored(call, body, None, is_timeline=is_timeline)
    sys: JsonObject = {"status": "active", **({"schemaVersion": V2} if is_timeline else {})}
    uid = call.service.new_id()
    release = Release(new_row(call, "Release", uid, stored, **sys))
    call.environment.releases[uid] = release
    if is_timeline:
        make_copies(call, release)
    return Answer(show_release(call, release), 201)


def _stored(call: Call, body: JsonObject, release: Release | None, *, is_timeline: bool) -> JsonObject:
    if not text(body.get("title")):
        raise invalid([problem("any.required", ["title"], '"title" is required')])
    rows = checked_items(call, body, release, is_timeline=is_timeline)
    return {**without_sys(body), "entities": {"sys": {"type": "Array"}, "items": [*rows]}}


def _put(call: Call) -> Answer:
    """Title and the whole list of items."""
    release = find_release(call)
    if call.version is None:
        raise bad_request('The header "X-Contentful-Version" is required.')
    call.check_version(row_version(release.raw))
    check_active(release)
    stored = _stored(call, call.json(), release, is_timeline=release.is_timeline)
    release.raw = updated_row(call, release.raw, stored)
    if release.is_timeline:
        make_copies(call, release)
    return Answer(show_release(call, release))


def _delete(call: Call) -> Answer:
    """Only its creator or an admin may. Its actions go with it."""
    release = find_release(call)
    creator = nested(release.raw, "sys", "createdBy", "sys", "id")
    if not call.access.is_admin and creator != call.access.user:
        raise not_found("Release", call.args["release"])
    uid = call.args["release"]
    del call.environment.releases[uid]
    actions = call.environment.release_actions
    for key in [key for key, row in actions.items() if nested(row, "sys", "release", "sys", "id") == uid]:
        del actions[key]
    return no_content()


def archive_release(call: Call, release: Release) -> None:
    """Archive it: nothing can be published or scheduled from then on."""
    stamp = call.stamp
    sys = as_object(release.raw["sys"])
    sys |= {"status": "archived", "archivedAt": stamp.time, "archivedBy": stamp.by()}


def _archive(call: Call) -> Answer:
    release = find_release(call)
    call.check_version(row_version(release.raw))
    if release.is_archived:
        raise bad_request("The release is already archived.")
    release.raw = updated_row(call, release.raw, release.raw)
    archive_release(call, release)
    return Answer(show_release(call, release))


def _unarchive(call: Call) -> Answer:
    release = find_release(call)
    call.check_version(row_version(release.raw))
    if not release.is_archived:
        raise bad_request("The release is not archived.")
    release.raw = updated_row(call, release.raw, release.raw)
    sys = as_object(release.raw["sys"])
    sys["status"] = "active"
    for name in ("archivedAt", "archivedBy"):
        sys.pop(name, None)
    return Answer(show_release(call, release))


def join(call: Call, release: Release, kind: str, uid: str) -> None:
    """What was made in a release is an item of it from then on, by the switch."""
    if not call.switches.release_lists_own:
        return
    entity: JsonObject = {"sys": {"type": "Link", "linkType": kind, "id": uid}}
    item: JsonObject = {"entity": entity, "action": "publish"}
    if call.space.locale_publishing:
        codes = [*call.environment.locale_codes]
        item = {"entity": entity, "add": {"fields": {"*": [*codes]}}, "remove": {"fields": {"*": []}}}
    rows = nested(release.raw, "entities", "items")
    entities: JsonObject = {
        "sys": {"type": "Array"},
        "items": [*(rows if isinstance(rows, list) else []), item],
    }
    release.raw = updated_row(call, release.raw, {**release.raw, "entities": entities})


def is_known(release: Release, kind: str, uid: str) -> bool:
    """Whether a Timeline release has a copy of the entity."""
    return uid in copies(release, kind)


_ONE = f"{ENVIRONMENT}/releases/{{release}}"
ROUTES = (
    Route("GET", f"{ENVIRONMENT}/releases", _list),
    Route("POST", f"{ENVIRONMENT}/releases", _post),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("DELETE", _ONE, _delete),
    Route("PUT", f"{_ONE}/archived", _archive),
    Route("DELETE", f"{_ONE}/archived", _unarchive),
)
