"""Tags: the client chooses the id; name and id are unique, the visibility is fixed for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import ApiError, denied, invalid, problem
from stackferry.emulators.contentful.call import find, no_content, row_version, without_sys
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_list, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject

_VISIBILITIES = ("private", "public")


def _list(call: Call) -> Answer:
    rows = call.environment.tags
    return offset_answer(
        call, Source(rows.values, lambda row: row, lambda row: show_row(call, row), order="")
    )


def _get(call: Call) -> Answer:
    return Answer(show_row(call, find(call.environment.tags, call.args["tag"], "Tag")))


def _put(call: Call) -> Answer:
    tags, uid, body = call.environment.tags, call.args["tag"], call.json()
    before = tags.get(uid)
    name = text(body.get("name"))
    if not name:
        raise invalid([problem("required", ["name"], "A tag has a name.")])
    _check_name(call, name, before)
    if before is not None:
        call.check_version(row_version(before))
        tags[uid] = updated_row(call, before, without_sys(body))
        return Answer(show_row(call, tags[uid]))
    if call.version and call.switches.tag_version_on_create == "refused":
        call.check_version(0)
    if len(tags) >= call.limits.tags:
        raise denied(f"An environment has at most {call.limits.tags} tags.")
    tags[uid] = new_row(call, "Tag", call.new_id("tag"), body, visibility=_visibility(call, body))
    return Answer(show_row(call, tags[uid]), 201)


def _check_name(call: Call, name: str, before: JsonObject | None) -> None:
    others = (row for row in call.environment.tags.values() if row is not before)
    if any(row.get("name") == name for row in others):
        raise ApiError(409, "Conflict", "A tag of this name exists already.")


def _visibility(call: Call, body: JsonObject) -> str:
    wanted = nested(body, "sys", "visibility") or call.headers.get("x-contentful-tag-visibility") or "private"
    if wanted not in _VISIBILITIES:
        raise invalid([problem("in", ["sys", "visibility"], "The visibility is private or public.")])
    return text(wanted)


def _delete(call: Call) -> Answer:
    """Delete a tag. What has it loses it."""
    tags, uid = call.environment.tags, call.args["tag"]
    call.check_version(row_version(find(tags, uid, "Tag")))
    del tags[uid]
    for document in (*call.environment.entries.values(), *call.environment.assets.values()):
        named = as_list(nested(document.body, "metadata", "tags"))
        kept = [one for one in named if nested(one, "sys", "id") != uid]
        if len(kept) != len(named):
            metadata = document.body["metadata"]
            assert isinstance(metadata, dict)  # noqa: S101 - it held the tag
            document.body = {**document.body, "metadata": {**metadata, "tags": kept}}
    return no_content()


_ONE = f"{ENVIRONMENT}/tags/{{tag}}"
ROUTES = (
    Route("GET", f"{ENVIRONMENT}/tags", _list),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("DELETE", _ONE, _delete),
)
