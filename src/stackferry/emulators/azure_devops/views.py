"""How objects are shown: whole, or thin in a list, with what a request asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.organization import definition_id
from stackferry.emulators.azure_devops.words import (
    APPROVAL_FILTERS,
    DEFINITION_EXPANDS,
    ONE_RELEASE_EXPANDS,
    RELEASE_EXPANDS,
    bits,
)
from stackferry.json_values import as_list, as_object, integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.emulators.azure_devops.call import Call
    from stackferry.emulators.azure_devops.organization import Definition
    from stackferry.model import Json, JsonObject

_THIN_RELEASE = frozenset(
    {
        *("id", "name", "status", "createdOn", "modifiedOn", "modifiedBy", "createdBy", "createdFor"),
        *("releaseDefinition", "releaseDefinitionRevision", "description", "reason", "releaseNameFormat"),
        *("keepForever", "definitionSnapshotRevision", "logsContainerUrl", "url", "_links", "tags"),
        *("projectReference", "properties"),
    }
)
_EXPANDED = {"environments": ("environments",), "artifacts": ("artifacts",), "approvals": ("environments",),
             "manualInterventions": ("environments",), "variables": ("variables", "variableGroups"),
             "tags": ("tags",), "none": ()}  # fmt: skip
_THIN_DEFINITION = (
    *(
        "source",
        "id",
        "revision",
        "name",
        "description",
        "createdBy",
        "createdOn",
        "modifiedBy",
        "modifiedOn",
    ),
    *("isDeleted", "lastRelease", "path", "variableGroups", "releaseNameFormat", "retentionPolicy", "tags"),
    *("projectReference", "url", "_links", "properties"),
)
_THIN_STAGE = ("id", "name", "rank", "schedules", "retentionPolicy", "runOptions", "environmentOptions")
DEFAULT_GATES = 5  # evaluations that an answer shows unasked


def expansions(call: Call, known: Mapping[str, int]) -> set[str]:
    """What `$expand` asks for, by words or by the sum of their numbers. Raises 400 for what it does not know."""
    return bits(known, call.param("$expand"), "$expand")


def thin_release(call: Call, raw: JsonObject) -> JsonObject:
    """A release as a list shows it."""
    wanted = expansions(call, RELEASE_EXPANDS)
    names = set(_THIN_RELEASE)
    for one in wanted:
        names.update(_EXPANDED.get(one, ()))
    if call.switches.thin_list_has_variables:
        names.update(("variables", "variableGroups"))
    shown = {name: value for name, value in raw.items() if name in names}
    if "tags" in shown and "tags" not in wanted and not call.switches.thin_list_has_tags:
        shown["tags"] = []
    if "environments" in shown:
        stages: list[Json] = [_thin_stage(stage, wanted) for stage in objects(raw["environments"])]
        shown["environments"] = stages
    return _dressed(call, shown)


def _thin_stage(stage: JsonObject, wanted: set[str]) -> JsonObject:
    """A stage in a list: approvals and interventions only where they are asked for, tasks never."""
    shown = dict(stage)
    if "approvals" not in wanted:
        shown |= {"preDeployApprovals": [], "postDeployApprovals": []}
    steps: list[Json] = []
    for step in objects(stage.get("deploySteps")):
        phases: list[Json] = [
            {
                **phase,
                "deploymentJobs": [],
                **({} if "manualInterventions" in wanted else {"manualInterventions": []}),
            }
            for phase in objects(step.get("releaseDeployPhases"))
        ]
        steps.append({**step, **({"releaseDeployPhases": phases} if "releaseDeployPhases" in step else {})})
    if "deploySteps" in stage:
        shown["deploySteps"] = steps
    return shown


def whole_release(call: Call, raw: JsonObject) -> JsonObject:
    """A release as a request for it alone shows it."""
    has_tasks = "tasks" in expansions(call, ONE_RELEASE_EXPANDS) or not call.switches.tasks_need_expand
    gates = call.number("$topGateRecords")
    approvals = bits(APPROVAL_FILTERS, call.param("approvalFilters"), "approvalFilters") or {"all"}
    stages: list[Json] = [
        _whole_stage(
            stage, has_tasks=has_tasks, gates=DEFAULT_GATES if gates is None else gates, approvals=approvals
        )
        for stage in objects(raw.get("environments"))
    ]
    return _dressed(call, {**raw, "environments": stages} if "environments" in raw else dict(raw))


def _whole_stage(stage: JsonObject, *, has_tasks: bool, gates: int, approvals: set[str]) -> JsonObject:
    shown = dict(stage)
    for side in ("pre", "post"):
        if "all" not in approvals:
            name = f"{side}DeployApprovals"
            kept: list[Json] = [row for row in objects(stage.get(name)) if _is_kept(row, approvals)]
            shown[name] = kept
        if "none" in approvals:
            shown.pop(f"{side}ApprovalsSnapshot", None)
    if "deploySteps" in stage:
        steps: list[Json] = [
            _step(step, has_tasks=has_tasks, gates=gates) for step in objects(stage["deploySteps"])
        ]
        shown["deploySteps"] = steps
    return shown


def _is_kept(approval: JsonObject, wanted: set[str]) -> bool:
    return ("automatedApprovals" if approval.get("isAutomated") is True else "manualApprovals") in wanted


def _step(step: JsonObject, *, has_tasks: bool, gates: int) -> JsonObject:
    shown = dict(step)
    if not has_tasks and "releaseDeployPhases" in step:
        shown["releaseDeployPhases"] = [
            _without_tasks(phase) for phase in objects(step["releaseDeployPhases"])
        ]
    for name in ("preDeploymentGates", "postDeploymentGates"):
        record = as_object(step.get(name))
        rows = as_list(record.get("deploymentJobs"))
        if len(rows) > gates:
            shown[name] = {**record, "deploymentJobs": rows[len(rows) - gates :] if gates else []}
    return shown


def _without_tasks(phase: JsonObject) -> JsonObject:
    if "deploymentJobs" not in phase:
        return dict(phase)
    jobs: list[Json] = [{**job, "tasks": []} for job in objects(phase["deploymentJobs"])]
    return {**phase, "deploymentJobs": jobs}


def _dressed(call: Call, shown: JsonObject) -> JsonObject:
    """What any view of a release hides: properties that nobody asked for, the name of what is gone."""
    if "properties" in shown and call.switches.properties_need_filter:
        wanted = {name.lower() for name in call.names("propertyFilters")}
        held = as_object(shown["properties"])
        shown["properties"] = {name: value for name, value in held.items() if name.lower() in wanted}
    definition = call.project.definitions.get(definition_id(shown)) if call.project_ else None
    is_gone = definition is not None and definition.deleted_at is not None
    if is_gone and not call.switches.deleted_definition_name:
        reference = as_object(shown["releaseDefinition"])
        shown["releaseDefinition"] = {name: value for name, value in reference.items() if name != "name"}
    return shown


def last_releases(call: Call) -> dict[int, JsonObject]:
    """The newest release of each definition, by the definition's id."""
    found: dict[int, JsonObject] = {}
    for release in call.project.releases.values():
        number = definition_id(release)
        if number not in found or (integer(release["id"]) or 0) > (integer(found[number]["id"]) or 0):
            found[number] = release
    return found


def whole_definition(call: Call, found: Definition) -> JsonObject:
    """A definition as a request for it alone shows it: with the release that each stage had last."""
    current: dict[Json, int] = {}
    for release in call.project.releases.values():
        for stage in objects(release.get("environments")):
            if objects(stage.get("deploySteps")):
                key = stage.get("definitionEnvironmentId")
                current[key] = max(current.get(key, 0), integer(release["id"]) or 0)
    stages: list[Json] = []
    for stage in objects(found.raw.get("environments")):
        number = current.get(stage.get("id"))
        links: JsonObject = {"id": number, "url": f"{call.scene.home}/releases/{number}", "_links": {}}
        stages.append({**stage, "currentRelease": links} if number else stage)
    return {**found.raw, **({"environments": stages} if "environments" in found.raw else {})}


def thin_definition(call: Call, found: Definition, last: dict[int, JsonObject]) -> JsonObject:
    """A definition as a list shows it."""
    wanted = expansions(call, DEFINITION_EXPANDS)
    raw = found.raw
    names = [*_THIN_DEFINITION, *(name for name in ("artifacts", "triggers", "variables") if name in wanted)]
    shown = {name: raw[name] for name in names if name in raw}
    release = last.get(integer(raw["id"]) or 0)
    if release:
        shown["lastRelease"] = {
            **{name: release.get(name) for name in ("id", "name", "description", "createdOn", "createdBy")},
            "artifacts": [],
            "webAccessUri": None,
            "_links": {},
            "releaseDefinition": {"id": raw["id"], "_links": {}},
            "modifiedBy": None,
            "reason": "none",
        }
    if "environments" in wanted:
        stages: list[Json] = [
            {name: stage[name] for name in _THIN_STAGE if name in stage}
            for stage in objects(raw.get("environments"))
        ]
        shown["environments"] = stages
    return shown


def without_secrets(value: Json) -> Json:
    """A body whose secret variables have lost their values: the service never shows them again."""
    if isinstance(value, list):
        return [without_secrets(one) for one in value]
    if not isinstance(value, dict):
        return value
    shown = {name: without_secrets(one) for name, one in value.items()}
    if shown.get("isSecret") is True and "value" in shown:
        shown["value"] = None
    return shown


def is_named(person: Json, wanted: str) -> bool:
    """Whether a filter names a person, by id, unique name or the name that is shown."""
    one = as_object(person)
    return wanted.lower() in {text(one.get(name)).lower() for name in ("id", "uniqueName", "displayName")}
