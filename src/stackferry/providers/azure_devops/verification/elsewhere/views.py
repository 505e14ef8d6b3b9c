"""What people make of a definition, and of a release, in the names of the target: what is compared. Pure.

Written from the vendor's pages, and not from what an import sends. Null, empty and absent are one value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.providers.azure_devops.kinds import BUILDS, CONNECTIONS
from stackferry.providers.azure_devops.verification.in_names import in_names

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.verification.elsewhere.names import NamesOfOne

OF_DEFINITIONS: Final = frozenset({
    "id", "revision", "url", "_links", "createdBy", "createdOn", "modifiedBy", "modifiedOn", "comment", "lastRelease",
    "isDeleted", "projectReference", "source",
})  # fmt: skip
OF_STAGES: Final = frozenset({"id", "badgeUrl", "currentRelease", "deployStep", "queueId", "runOptions"})
_RULES: Final = ("preDeployApprovals", "postDeployApprovals", "preDeploymentGates", "postDeploymentGates")
_ADDRESSES: Final = frozenset({"artifactSourceDefinitionUrl", "artifactSourceVersionUrl"})
_OF_RELEASES: Final = ("name", "description", "reason", "status", "keepForever", "variables")
_MARK: Final = "stackferry."


def definition_view(row: JsonObject, names: NamesOfOne) -> JsonObject:
    """A definition without what the service sets."""
    body: JsonObject = {name: value for name, value in row.items() if name not in OF_DEFINITIONS}
    body["environments"] = [_stage(stage) for stage in objects(row.get("environments"))]
    shown = as_object(in_names(body, names))
    shown["artifacts"] = [_artifact(one, names) for one in objects(row.get("artifacts"))]
    return _with_variables(without_empty(shown), row)


def _stage(stage: JsonObject) -> JsonObject:
    is_old = not objects(stage.get("deployPhases"))
    kept: JsonObject = {
        name: value
        for name, value in stage.items()
        if name not in OF_STAGES or (is_old and name in ("deployStep", "queueId"))
    }
    for name in _RULES:
        if isinstance(rule := stage.get(name), dict):
            kept[name] = _without(rule, "id")
            if approvals := objects(rule.get("approvals")):
                kept[name] = {**_without(rule, "id"), "approvals": [_without(one, "id") for one in approvals]}
    if schedules := objects(stage.get("schedules")):
        kept["schedules"] = [_without(one, "jobId") for one in schedules]
    return kept


def _without(row: JsonObject, *names: str) -> JsonObject:
    return {name: value for name, value in row.items() if name not in names}


def _artifact(artifact: JsonObject, names: NamesOfOne) -> JsonObject:
    """An artifact by the names of what it comes from; `sourceId` is made of the ids of these."""
    reference = as_object(artifact.get("definitionReference"))
    shown: JsonObject = {
        name: _referred(artifact, name, as_object(value), names)
        for name, value in reference.items()
        if name not in _ADDRESSES
    }
    return {**_without(artifact, "sourceId"), "definitionReference": shown}


def _referred(artifact: JsonObject, name: str, value: JsonObject, names: NamesOfOne) -> Json:
    uid, called = value.get("id"), text(value.get("name"))
    if name == "project":
        return names.project(value)
    if name == "connection":
        return names.of(CONNECTIONS.name, uid)
    if name == "definition" and text(artifact.get("type")).lower() == "build":
        return names.mapped(BUILDS.name, uid, called or None)
    if name == "definition":
        return names.mapped("repositories", uid, called or None)
    return {**value, "id": uid if name != "version" else None}


def release_view(row: JsonObject, names: NamesOfOne, definition: str) -> JsonObject:
    """What an import can bring of a release. `definition`: what its definition is called."""
    shown: JsonObject = {name: row.get(name) for name in _OF_RELEASES}
    shown["tags"] = [*sorted(map(text, as_list(row.get("tags"))))]
    shown["releaseDefinition"] = definition
    properties = as_object(row.get("properties"))
    shown["properties"] = {name: one for name, one in properties.items() if not name.startswith(_MARK)}
    shown["artifacts"] = [_version(one, names) for one in objects(row.get("artifacts"))]
    shown["environments"] = [
        {"name": stage.get("name"), "variables": stage.get("variables")}
        for stage in objects(row.get("environments"))
    ]
    return _with_variables(without_empty(shown), row)


def _with_variables(view: JsonObject, row: JsonObject) -> JsonObject:
    """A view with each variable of the object by its name, though it be empty: none of that name is another thing."""
    pairs = zip(objects(view.get("environments")), objects(row.get("environments")), strict=True)
    stages = [{**shown, "variables": _variables(shown, stage)} for shown, stage in pairs]
    return {**view, "variables": _variables(view, row), "environments": [*stages]}


def _variables(view: JsonObject, row: JsonObject) -> JsonObject:
    filled = as_object(view.get("variables"))
    return {name: filled.get(name, {}) for name in as_object(row.get("variables"))}


def _version(artifact: JsonObject, names: NamesOfOne) -> JsonObject:
    """An artifact's version by its number and branch; the service reads the rest from the build."""
    reference = as_object(artifact.get("definitionReference"))
    kept = ("project", "connection", "definition")
    shown: JsonObject = {
        name: _referred(artifact, name, as_object(reference[name]), names)
        for name in kept
        if name in reference
    }
    version = as_object(reference.get("version"))
    shown["version"] = text(version.get("name")) or version.get("id")
    shown["branch"] = nested(reference, "branch", "id")
    return {"alias": artifact.get("alias"), "type": artifact.get("type"), "definitionReference": shown}


def without_empty(value: JsonObject) -> JsonObject:
    """An object without what is null or empty, at any depth."""
    found: JsonObject = {}
    for name, item in value.items():
        kept = _filled(item)
        if kept is not None and kept not in ("", [], {}):
            found[name] = kept
    return found


def _filled(value: Json) -> Json:
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return without_empty(value) if isinstance(value, dict) else value
