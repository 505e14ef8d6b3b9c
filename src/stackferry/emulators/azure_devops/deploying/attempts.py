"""One attempt at a stage: how it begins, how it is shown, how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.organization import Run, guid
from stackferry.json_values import as_object, integer, objects, text

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import Json, JsonObject

NEVER = "0001-01-01T00:00:00"
_RESULTS = {"succeeded": "succeeded", "partiallySucceeded": "partiallySucceeded", "rejected": "failed",
            "canceled": "notDeployed"}  # fmt: skip
UNDER_WAY = ("queued", "inProgress", "scheduled")


def begin_attempt(
    scene: Scene,
    release: JsonObject,
    stage: JsonObject,
    *,
    user: str,
    reason: str,
    due: datetime | None = None,
) -> Run:
    """Queue a stage, or schedule it. A stage that ran before gets one more attempt."""
    steps = objects(stage.get("deploySteps"))
    number, person, now = len(steps) + 1, scene.organization.person(user), scene.now
    step: JsonObject = {
        "id": scene.new_id("step"),
        "deploymentId": scene.new_id("deployment"),
        "attempt": number,
        "reason": reason,
        "status": "notDeployed",
        "operationStatus": "Scheduled" if due else "Queued",
        "releaseDeployPhases": [],
        "requestedBy": person,
        "requestedFor": person,
        "queuedOn": now,
        "lastModifiedBy": person,
        "lastModifiedOn": now,
        "hasStarted": False,
        "tasks": [],
        "runPlanId": "00000000-0000-0000-0000-000000000000",
        "issues": [],
    }
    stage["deploySteps"] = [*steps, step]
    stage["status"] = "scheduled" if due else "queued"
    stage.setdefault("createdOn", now)
    release_id, stage_id = integer(release["id"]) or 0, integer(stage["id"]) or 0
    run = Run(release_id, stage_id, number, "scheduled" if due else "queued", due)
    scene.project.runs.append(run)
    touch(scene, release, stage, step)
    return run


def step_of(stage: JsonObject, attempt: int) -> JsonObject:
    """The attempt of a stage by its number."""
    return next(one for one in objects(stage.get("deploySteps")) if one.get("attempt") == attempt)


def touch(scene: Scene, release: JsonObject, stage: JsonObject, step: JsonObject) -> None:
    """Note that an attempt has changed, in everything that shows it."""
    now = scene.now
    step["lastModifiedOn"] = now
    stage["modifiedOn"] = now
    if scene.service.switches.deployment_modifies_release:
        release["modifiedOn"] = now
    _show_deployment(scene, release, stage, step)


def _show_deployment(scene: Scene, release: JsonObject, stage: JsonObject, step: JsonObject) -> None:
    """Bring the row of the list of deployments up to date."""
    number = integer(step["deploymentId"]) or 0
    row = scene.project.deployments.setdefault(number, {"id": number})
    definition = as_object(release.get("releaseDefinition"))
    release_id = integer(release["id"]) or 0
    page = f"{scene.web}?releaseId={release_id}&_a=release-summary"
    attempt = step["attempt"]
    reference = scene.release_reference(release)
    row.update(
        {
            "release": {
                **reference,
                "artifacts": release.get("artifacts"),
                "webAccessUri": page,
                "description": None,
                "releaseDefinition": None,
                "createdOn": NEVER,
                "createdBy": None,
                "modifiedBy": None,
                "reason": "none",
            },
            "releaseDefinition": {
                name: definition.get(name)
                for name in ("id", "name", "path", "projectReference", "url", "_links")
            },
            "releaseEnvironment": scene.approval_references(release, stage)["releaseEnvironment"],
            "projectReference": {"id": scene.project.id, "name": scene.project.name},
            "definitionEnvironmentId": stage.get("definitionEnvironmentId"),
            "attempt": attempt,
            "reason": step["reason"],
            "deploymentStatus": step["status"],
            "operationStatus": step["operationStatus"],
            "requestedBy": step["requestedBy"],
            "requestedFor": step["requestedFor"],
            "queuedOn": step["queuedOn"],
            "startedOn": _started_on(row, step),
            "lastModifiedOn": step["lastModifiedOn"],
            "lastModifiedBy": step["lastModifiedBy"],
            "conditions": stage.get("conditions"),
            "scheduledDeploymentTime": stage.get("scheduledDeploymentTime") or NEVER,
            "preDeployApprovals": _approvals(stage, "preDeployApprovals", attempt),
            "postDeployApprovals": _approvals(stage, "postDeployApprovals", attempt),
            "_links": {},
        }
    )
    if text(stage.get("status")) not in UNDER_WAY and "completedOn" not in row:
        row["completedOn"] = step["lastModifiedOn"]


def _started_on(row: JsonObject, step: JsonObject) -> Json:
    """When an attempt began to deploy: the first time that it was seen to have."""
    if row.get("startedOn", NEVER) != NEVER:
        return row["startedOn"]
    return step["lastModifiedOn"] if step["hasStarted"] else NEVER


def _approvals(stage: JsonObject, name: str, attempt: Json) -> list[Json]:
    return [row for row in objects(stage.get(name)) if row.get("attempt") == attempt]


def end_attempt(
    scene: Scene, run: Run, release: JsonObject, stage: JsonObject, result: str, operation: str
) -> None:
    """End an attempt: `succeeded`, `partiallySucceeded`, `rejected` or `canceled`, all as a stage says it."""
    step = step_of(stage, run.attempt)
    stage["status"] = result
    step["status"] = _RESULTS[result]
    step["operationStatus"] = operation
    if result != "succeeded":
        _cancel_approvals(scene, stage, run.attempt)
    scene.project.runs = [one for one in scene.project.runs if one is not run]
    touch(scene, release, stage, step)


def _cancel_approvals(scene: Scene, stage: JsonObject, attempt: int) -> None:
    for name in ("preDeployApprovals", "postDeployApprovals"):
        for row in objects(stage.get(name)):
            if row.get("attempt") == attempt and row.get("status") == "pending":
                row["status"] = "canceled"
                row["modifiedOn"] = scene.now


def plan_id(run: Run) -> str:
    return guid("plan", run.release, run.stage, run.attempt)
