"""A new release of a definition."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.api_errors import ApiError, invalid, no_definition
from stackferry.emulators.azure_devops.deploying.engine import hold, start_by_itself
from stackferry.emulators.azure_devops.numbering import next_name
from stackferry.emulators.azure_devops.views import without_secrets
from stackferry.emulators.azure_devops.words import REASON, word
from stackferry.json_values import as_list, as_object, integer, nested, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.call import Call
    from stackferry.emulators.azure_devops.organization import Definition
    from stackferry.model import Json, JsonObject

# How the names of a definition's stage change in a release.
_SNAPSHOTS = {
    "preDeployApprovals": "preApprovalsSnapshot",
    "postDeployApprovals": "postApprovalsSnapshot",
    "deployPhases": "deployPhasesSnapshot",
    "preDeploymentGates": "preDeploymentGatesSnapshot",
    "postDeploymentGates": "postDeploymentGatesSnapshot",
}
_NOT_TAKEN = ("id", "deployStep", "retentionPolicy", "executionPolicy", "currentRelease", "badgeUrl",
              "environmentTriggers", "properties")  # fmt: skip


def add_release(call: Call, body: JsonObject) -> JsonObject:
    """Make a release, and start what starts by itself. Raises 400 and 404."""
    number = integer(body.get("definitionId"))
    definition = call.project.definitions.get(number or 0)
    if definition is None or definition.deleted_at is not None:
        raise no_definition(number)
    if call.switches.classic_creation != "on" and not call.switches.classic_releases:
        place = call.switches.classic_creation
        raise ApiError(
            400, "InvalidRequestException", f"The classic pipelines are disabled for this {place}."
        )
    is_draft = body.get("isDraft") is True
    artifacts = _artifacts(call, definition, body, is_draft=is_draft)
    release = _release(call, definition, body, artifacts)
    project = call.project
    new = integer(release["id"]) or 0
    project.releases[new] = release
    revision = integer(definition.raw.get("revision")) or 1
    if revision in definition.revisions:
        project.snapshots[new, 1] = definition.revisions[revision].content
    note(call, release, "Create", "")
    if is_draft:
        return release
    hold(call.scene, release, as_list(body.get("manualEnvironments")))
    shown = release if call.switches.create_shows_start else copy.deepcopy(release)
    start_by_itself(call.scene, release, call.access.user)
    return shown


def _release(call: Call, definition: Definition, body: JsonObject, artifacts: list[JsonObject]) -> JsonObject:
    scene, raw, now = call.scene, definition.raw, call.service.now()
    number = scene.new_id("release")
    links = scene.links("releases", number)
    rows: list[Json] = [*artifacts]
    reason = word(REASON, body.get("reason") or "none", "reason")
    release: JsonObject = {
        "id": number,
        "name": "",
        "status": "draft" if body.get("isDraft") is True else "active",
        "createdOn": now,
        "modifiedOn": now,
        "modifiedBy": call.me,
        "createdBy": call.me,
        "createdFor": _created_for(call, body),
        "environments": [],
        "variables": {**as_object(raw.get("variables")), **as_object(body.get("variables"))},
        "variableGroups": _groups(call, raw.get("variableGroups")),
        "artifacts": rows,
        "releaseDefinition": scene.definition_reference(raw),
        "releaseDefinitionRevision": raw.get("revision"),
        "description": text(body.get("description")),
        "reason": "manual" if reason == "none" else reason,
        "releaseNameFormat": raw.get("releaseNameFormat"),
        "keepForever": False,
        "definitionSnapshotRevision": 1,
        "logsContainerUrl": f"{links['url']}/logs",
        "url": links["url"],
        "_links": links["_links"],
        "tags": [],
        "triggeringArtifactAlias": None,
        "projectReference": {"id": call.project.id, "name": None},
        "properties": _typed(as_object(body.get("properties"))) if call.switches.keeps_properties else {},
    }
    release["variables"] = without_secrets(release["variables"])
    release["name"] = next_name(definition, release, call.service.time())
    more = {
        integer(row.get("definitionEnvironmentId")): as_object(row.get("variables"))
        for row in objects(body.get("environmentsMetadata"))
    }
    stages: list[Json] = [
        _stage(call, release, stage, more.get(integer(stage.get("id")), {}))
        for stage in objects(raw.get("environments"))
    ]
    release["environments"] = stages
    return release


def _typed(properties: JsonObject) -> JsonObject:
    """Properties as the service shows them: each text with its type."""
    return {
        name: {"$type": "System.String", "$value": value} if isinstance(value, str) else value
        for name, value in properties.items()
    }


def _created_for(call: Call, body: JsonObject) -> JsonObject:
    named = text(body.get("createdFor"))
    return (call.organization.find_person({"uniqueName": named}) if named else None) or call.me


def _groups(call: Call, ids: Json) -> list[Json]:
    """Variable groups as a release shows them: whole, without secrets."""
    wanted = {integer(one) for one in as_list(ids)}
    return [without_secrets(row) for row in call.project.others["variablegroups"] if row.get("id") in wanted]


def _stage(call: Call, release: JsonObject, rule: JsonObject, variables: JsonObject) -> JsonObject:
    kept = {
        name: copy.deepcopy(value) for name, value in rule.items() if name not in (*_NOT_TAKEN, *_SNAPSHOTS)
    }
    snapshots = {name: _anew(rule[old]) for old, name in _SNAPSHOTS.items() if old in rule}
    stage: JsonObject = {
        **kept,
        "id": call.scene.new_id("stage"),
        "releaseId": release["id"],
        "status": "notStarted",
        "variables": without_secrets({**as_object(rule.get("variables")), **variables}),
        "variableGroups": _groups(call, rule.get("variableGroups")),
        "preDeployApprovals": [],
        "postDeployApprovals": [],
        **snapshots,
        "deploySteps": [],
        "definitionEnvironmentId": rule.get("id"),
        "workflowTasks": rule.get("workflowTasks") or [],
        "release": {
            "id": release["id"],
            "name": release["name"],
            "url": release["url"],
            "_links": release["_links"],
        },
        "releaseDefinition": release["releaseDefinition"],
        "releaseCreatedBy": release["createdBy"],
        "triggerReason": "Manual",
        "timeToDeploy": 0.0,
        "processParameters": rule.get("processParameters") or {},
    }
    conditions = objects(stage.get("conditions"))
    after = [text(one.get("name")) for one in conditions if one.get("conditionType") == "environmentState"]
    if after:
        stage["triggerReason"] = f"After successful deployment of {', '.join(after)}"
    for one in conditions:
        one["result"] = False
    return stage


def _anew(rule: Json) -> Json:
    """A rule of the definition as its snapshot in a release: approvals have no ids there."""
    made = copy.deepcopy(rule)
    for row in objects(as_object(made).get("approvals")):
        row["id"] = 0
    return made


def _artifacts(call: Call, definition: Definition, body: JsonObject, *, is_draft: bool) -> list[JsonObject]:
    """The artifacts with the versions that the body names. Raises 400 where one has none."""
    given = _named_versions(body)
    rules = {text(rule.get("alias")): rule for rule in objects(definition.raw.get("artifacts"))}
    if unknown := sorted(set(given) - set(rules)):
        raise invalid(f"Artifact alias {', '.join(unknown)} is not in the release pipeline.")
    missing = sorted(alias for alias in rules if not text(given.get(alias, {}).get("id")))
    if missing and not is_draft:
        raise invalid(f"The version of artifact {', '.join(missing)} is not given.")
    return [_artifact(call, rule, given.get(alias, {})) for alias, rule in rules.items()]


def _named_versions(body: JsonObject) -> dict[str, JsonObject]:
    """The version that a body names of each artifact, by its alias."""
    rows = objects(body.get("artifacts"))
    return {text(row.get("alias")): as_object(row.get("instanceReference")) for row in rows}


def _artifact(call: Call, rule: JsonObject, version: JsonObject) -> JsonObject:
    made = copy.deepcopy(rule)
    reference = as_object(made.get("definitionReference"))
    if not version:
        return made
    name, branch = version.get("name"), version.get("sourceBranch")
    build = _build(call, rule, version) if rule.get("type") == "Build" else None
    if build is not None:
        name, branch = name or build.get("buildNumber"), branch or build.get("sourceBranch")
    reference["version"] = {"id": version.get("id"), "name": name}
    if branch:
        reference["branch"] = {"id": branch, "name": branch}
    made["definitionReference"] = reference
    return made


def _build(call: Call, rule: JsonObject, version: JsonObject) -> JsonObject | None:
    """The build that a version names, where it is one of the artifact's definition. Raises 400 by a switch."""
    wanted = text(nested(rule, "definitionReference", "definition", "id"))
    for row in call.project.others["builds"]:
        if str(row.get("id")) == str(version.get("id")) and str(nested(row, "definition", "id")) == wanted:
            return row
    if call.switches.validate_builds:
        raise invalid(f"Build {version.get('id')} of artifact {rule.get('alias')} does not exist.")
    return None


def note(call: Call, release: JsonObject, kind: str, comment: str, details: str = "") -> None:
    """A row of a release's history."""
    row: JsonObject = {
        "releaseId": release["id"],
        "definitionSnapshotRevision": release.get("definitionSnapshotRevision"),
        "changedBy": call.me,
        "changedDate": call.service.now(),
        "changeType": kind,
        "changeDetails": details,
        "comment": comment,
    }
    call.project.history.setdefault(integer(release["id"]) or 0, []).append(row)
