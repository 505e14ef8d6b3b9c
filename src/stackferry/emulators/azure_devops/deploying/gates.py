"""Gates: they hold a stage until all of them pass, or somebody ignores those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from stackferry.emulators.azure_devops.organization import guid
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.organization import Run
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import Json, JsonObject

Side = Literal["pre", "post"]
SAMPLES = 7  # evaluations that a gate has when it is asked for first: more than an answer shows unasked


def gate_names(stage: JsonObject, side: Side) -> list[str]:
    """The names of a stage's gates."""
    rule = as_object(stage.get(f"{side}DeploymentGatesSnapshot"))
    tasks = [task for gate in objects(rule.get("gates")) for task in objects(gate.get("tasks"))]
    return [text(task.get("name")) for task in tasks if task.get("enabled") is not False]


def pass_gates(scene: Scene, run: Run, stage: JsonObject, step: JsonObject, side: Side) -> bool:
    """Whether the gates let an attempt go on. They are made the first time."""
    names = gate_names(stage, side)
    if not names:
        return True
    key = f"{side}DeploymentGates"
    gates = as_object(step.get(key)) or _new_gates(scene, run, names, side)
    step[key] = gates
    ignored = {text(one.get("name")) for one in objects(gates.get("ignoredGates"))}
    if any(name in scene.service.failing_gates and name not in ignored for name in names):
        return False
    if gates.get("status") == "inProgress":
        gates.update(
            {"status": "succeeded", "lastModifiedOn": scene.now, "stabilizationCompletedOn": scene.now}
        )
        gates["succeedingSince"] = scene.now
    return True


def _new_gates(scene: Scene, run: Run, names: list[str], side: Side) -> JsonObject:
    plan = guid("gates", run.release, run.stage, run.attempt, side)
    jobs: list[Json] = [_sample(scene, names, number, plan) for number in range(1, SAMPLES + 1)]
    return {
        "id": scene.new_id("gate"),
        "status": "inProgress",
        "runPlanId": plan,
        "startedOn": scene.now,
        "lastModifiedOn": scene.now,
        "deploymentJobs": jobs,
        "ignoredGates": [],
    }


def _sample(scene: Scene, names: list[str], number: int, plan: str) -> JsonObject:
    """One evaluation of all gates."""
    tasks: list[Json] = [
        {
            "id": number * 10 + place,
            "timelineRecordId": guid(plan, number, name),
            "name": name,
            "status": "failed" if name in scene.service.failing_gates else "succeeded",
            "startTime": scene.now,
            "finishTime": scene.now,
            "rank": place,
            "issues": [],
        }
        for place, name in enumerate(names, 1)
    ]
    job: JsonObject = {"id": number * 10, "name": f"Evaluation {number}", "status": "succeeded", "issues": []}
    return {"job": job, "tasks": tasks}


def ignore(scene: Scene, gates: JsonObject, names: list[str]) -> None:
    """Ignore gates by their names."""
    exact = f"{scene.service.time():%Y-%m-%dT%H:%M:%S.%f}1Z"  # seven decimals, as recorded
    rows: list[Json] = [{"name": name, "lastModifiedOn": exact} for name in names]
    gates["ignoredGates"] = [*as_list(gates.get("ignoredGates")), *rows]
    gates["lastModifiedOn"] = scene.now
