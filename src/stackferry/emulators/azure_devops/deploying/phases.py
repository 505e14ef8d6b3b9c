"""The phases of an attempt: jobs with tasks that write logs, and people who are asked in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.deploying.attempts import plan_id
from stackferry.emulators.azure_devops.log_files import as_log, entry_name, log_lines
from stackferry.emulators.azure_devops.organization import TaskLog, guid
from stackferry.json_values import as_list, as_object, integer, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.organization import Run
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import Json, JsonObject

MANUAL_INTERVENTION = "bcb64569-d51a-4af0-9c01-ea5d05b3b622"  # the id of the service's own task


def make_phases(scene: Scene, run: Run, stage: JsonObject, step: JsonObject) -> None:
    """Give an attempt its phases, none of them begun. Ids of tasks count up through all of them."""
    step["runPlanId"] = plan_id(run)
    first = 1
    made: list[Json] = []
    for rank, rule in enumerate(objects(stage.get("deployPhasesSnapshot")), 1):
        phase = _new_phase(scene, run, rule, rank, first)
        first += sum(len(objects(job.get("tasks"))) for job in objects(phase["deploymentJobs"]))
        made.append(phase)
    step["releaseDeployPhases"] = made


def _new_phase(scene: Scene, run: Run, rule: JsonObject, rank: int, first: int) -> JsonObject:
    number = scene.new_id("phase")
    plan = plan_id(run)
    agent = "" if rule.get("phaseType") == "runOnServer" else "Agent-1"
    home = f"{scene.home}/releases/{run.release}/environments/{run.stage}/deployPhases/{number}/tasks"
    tasks: list[Json] = [
        {
            "id": first + place,
            "timelineRecordId": guid(plan, rank, place),
            "name": name,
            "status": "pending",
            "rank": place + 1,
            "issues": [],
            "agentName": agent,
            "logUrl": f"{home}/{first + place}/logs",
            "task": {"id": task.get("taskId"), "name": name, "version": task.get("version")}
            if task
            else None,
        }
        for place, (name, task) in enumerate(_planned_tasks(rule))
    ]
    job: JsonObject = {
        "id": 0,
        "timelineRecordId": guid(plan, rank, "job"),
        "name": rule.get("name"),
        "status": "pending",
        "rank": 1,
        "issues": [],
        "agentName": agent,
    }
    return {
        "id": number,
        "phaseId": str(number),
        "name": rule.get("name"),
        "rank": rank,
        "phaseType": rule.get("phaseType") or "agentBasedDeployment",
        "status": "notStarted",
        "runPlanId": plan,
        "deploymentJobs": [{"job": job, "tasks": tasks}] if tasks else [],
        "manualInterventions": [],
    }


def _planned_tasks(rule: JsonObject) -> list[tuple[str, JsonObject]]:
    """The tasks that run, by name; an agent's own first step is no task of the definition."""
    wanted = [
        (text(task.get("name")), task)
        for task in objects(rule.get("workflowTasks"))
        if task.get("enabled") is not False and task.get("taskId") != MANUAL_INTERVENTION
    ]
    return wanted if rule.get("phaseType") == "runOnServer" else [("Initialize job", {}), *wanted]


def asks_people(stage: JsonObject, rank: int) -> JsonObject | None:
    """The task of a phase that asks somebody to intervene."""
    rules = objects(stage.get("deployPhasesSnapshot"))
    tasks = objects(rules[rank - 1].get("workflowTasks")) if rank <= len(rules) else []
    return next((task for task in tasks if task.get("taskId") == MANUAL_INTERVENTION), None)


def new_intervention(
    scene: Scene, release: JsonObject, stage: JsonObject, phase: JsonObject, task: JsonObject
) -> JsonObject:
    """Ask somebody to resume or to reject."""
    row: JsonObject = {
        "id": scene.new_id("intervention"),
        "status": "pending",
        "taskInstanceId": guid("intervention", phase["id"]),
        "comments": None,
        "instructions": as_object(task.get("inputs")).get("instructions") or "",
        "createdOn": scene.now,
        "modifiedOn": scene.now,
        **scene.approval_references(release, stage),
        "name": text(task.get("name")) or "Manual Intervention",
    }
    phase["manualInterventions"] = [*as_list(phase.get("manualInterventions")), row]
    return row


def tasks_of(phase: JsonObject) -> list[JsonObject]:
    return [task for job in objects(phase.get("deploymentJobs")) for task in objects(job.get("tasks"))]


def show_progress(
    scene: Scene, run: Run, stage: JsonObject, phase: JsonObject, share: float, result: str
) -> None:
    """Bring a phase's tasks and logs to what is done of them, a share of 1 being all; `result` is how it then ends."""
    tasks = tasks_of(phase)
    done = share * len(tasks)
    for place, task in enumerate(tasks):
        part = min(1.0, max(0.0, done - place))
        is_last = place == len(tasks) - 1
        _show_task(
            scene, run, stage, phase, task, part, "failed" if is_last and result == "failed" else "succeeded"
        )
    for job in objects(phase.get("deploymentJobs")):
        raw = as_object(job["job"])
        raw["status"] = result if share >= 1 else "inProgress"
        raw.setdefault("startTime", scene.now)
        if share >= 1:
            raw.setdefault("finishTime", scene.now)


def _show_task(
    scene: Scene, run: Run, stage: JsonObject, phase: JsonObject, task: JsonObject, part: float, result: str
) -> None:
    if part <= 0 or "finishTime" in task:
        return
    for name in ("startTime", "dateStarted"):
        task.setdefault(name, scene.now)
    whole = log_lines(
        text(task["name"]), text(task["startTime"]), scene.service.limits.log_lines, failed=result == "failed"
    )
    lines = whole[: max(1, int(part * len(whole)))]
    key = (run.release, run.stage, integer(phase["id"]) or 0, integer(task["id"]) or 0)
    entry = entry_name(stage, run.attempt, phase, task)
    scene.project.logs[key] = TaskLog(entry, as_log(lines))
    task["lineCount"] = len(lines)
    task["status"] = result if part >= 1 else "inProgress"
    if part >= 1:
        _end_task(task, scene.now, is_failed=result == "failed")


def _end_task(task: JsonObject, now: str, *, is_failed: bool) -> None:
    task.update({"finishTime": now, "dateEnded": now, "percentComplete": 100})
    if is_failed:
        task["issues"] = [{"issueType": "Error", "message": f"{task['name']} failed", "data": {}}]


def cut_short(scene: Scene, phase: JsonObject) -> None:
    """End what a canceled attempt left under way."""
    for task in tasks_of(phase):
        if "finishTime" not in task:
            task["status"] = "canceled" if "startTime" in task else "skipped"
            if "startTime" in task:
                task.update({"finishTime": scene.now, "dateEnded": scene.now})
    for row in objects(phase.get("manualInterventions")):
        if row.get("status") == "pending":
            row.update({"status": "canceled", "modifiedOn": scene.now})
