"""Tags of releases and definitions, and all tags of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import invalid
from stackferry.emulators.azure_devops.new_release import note
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.json_values import as_list

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.call import Call
    from stackferry.model import Json, JsonObject


def _owner(call: Call) -> JsonObject:
    return call.release() if "release" in call.args else call.definition().raw


def _shown(tags: list[Json]) -> Answer:
    return Answer({"count": len(tags), "value": tags})


def _list(call: Call) -> Answer:
    return _shown(as_list(_owner(call).get("tags")))


def _add(call: Call, names: list[str]) -> Answer:
    """Add tags; one that is there in another letter case is there."""
    owner = _owner(call)
    tags = as_list(owner.get("tags"))
    for name in names:
        if not name.strip():
            raise invalid("A tag must have a name.")
        if name.lower() not in {str(tag).lower() for tag in tags}:
            tags = [*tags, name]
    owner["tags"] = tags
    _note(call, owner, "AddTag", ", ".join(names))
    return _shown(tags)


def _note(call: Call, owner: JsonObject, kind: str, names: str) -> None:
    if "release" in call.args:
        note(call, owner, kind, "", names)
        if call.switches.tags_modify_release:
            owner.update({"modifiedOn": call.service.now(), "modifiedBy": call.me})


def _add_one(call: Call) -> Answer:
    return _add(call, [call.args["tag"]])


def _add_many(call: Call) -> Answer:
    body = call.json_or_none()
    if not isinstance(body, list) or not all(isinstance(one, str) for one in body):
        raise invalid("The body of the request is not a list of tags.")
    return _add(call, [str(one) for one in body])


def _remove(call: Call) -> Answer:
    owner, name = _owner(call), call.args["tag"]
    owner["tags"] = [tag for tag in as_list(owner.get("tags")) if str(tag).lower() != name.lower()]
    _note(call, owner, "DeleteTag", name)
    return _shown(as_list(owner["tags"]))


def _list_all(call: Call) -> Answer:
    named = {str(tag) for row in call.project.releases.values() for tag in as_list(row.get("tags"))}
    found: list[Json] = [*sorted(named)]
    return _shown(found)


RULES = (
    rule("GET", "release/tags", _list_all, "tags"),
    *(
        row
        for home in ("release/releases/{release}/tags", "release/definitions/{definition}/tags")
        for row in (
            rule("GET", home, _list, "tags"),
            rule("POST", home, _add_many, "tags", "release:execute"),
            rule("PATCH", f"{home}/{{tag}}", _add_one, "tags", "release:execute"),
            rule("DELETE", f"{home}/{{tag}}", _remove, "tags", "release:execute"),
        )
    ),
)
