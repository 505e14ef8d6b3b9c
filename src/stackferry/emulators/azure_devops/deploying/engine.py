"""What goes on by itself: before each request, every stage that is under way goes as far as it can.

queued → approvals before → gates before → phases → gates after → approvals after → an end, and what follows it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.deploying import approvals, gates, phases
from stackferry.emulators.azure_devops.deploying.attempts import (
    UNDER_WAY,
    begin_attempt,
    end_attempt,
    step_of,
    touch,
)
from stackferry.emulators.azure_devops.organization import stage_of
from stackferry.emulators.azure_devops.words import STAGE_STATUS
from stackferry.json_values import as_object, integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from stackferry.emulators.azure_devops.organization import Run
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import Json, JsonObject

_MANY = 10_000  # steps of one request: more is a defect


def advance(scene: Scene) -> None:
    """Let every stage that is under way go on."""
    for _ in range(_MANY):
        if not any(_advance_one(scene, run) for run in [*scene.project.runs] if not run.waits):
            return
    raise AssertionError("stages go on for ever")


def hold(scene: Scene, release: JsonObject, manual: list[Json]) -> None:
    """Let stages be started by hand only: they lose the conditions under which they start by themselves."""
    if not scene.service.switches.manual_environments_hold:
        return
    for stage in objects(release.get("environments")):
        if stage.get("name") in manual:
            stage.update({"conditions": [], "triggerReason": "Manual"})


def start_by_itself(scene: Scene, release: JsonObject, user: str) -> None:
    """Start the stages of a new release whose condition is that the release starts."""
    for stage in objects(release.get("environments")):
        if any(one.get("conditionType") == "event" for one in objects(stage.get("conditions"))):
            begin_attempt(scene, release, stage, user=user, reason="automated")


def start(scene: Scene, release: JsonObject, stage: JsonObject, user: str, due: datetime | None) -> None:
    """Start a stage because somebody asks for it."""
    for run in [*scene.project.runs]:
        if run.stage == stage["id"] and run.state == "scheduled":
            end_attempt(scene, run, release, stage, "canceled", "Canceled")
    begin_attempt(scene, release, stage, user=user, reason="manual", due=due)


def cancel(scene: Scene, release: JsonObject, stage: JsonObject) -> None:
    """Cancel what is under way in a stage."""
    for run in [*scene.project.runs]:
        if run.release == release["id"] and run.stage == stage["id"]:
            for phase in objects(step_of(stage, run.attempt).get("releaseDeployPhases")):
                phases.cut_short(scene, phase)
                if phase["status"] == "inProgress":
                    phase["status"] = "canceled"
            end_attempt(scene, run, release, stage, "canceled", "Canceled")
    if text(stage.get("status")) in UNDER_WAY:  # one that was loaded as it is
        stage["status"] = "canceled"


def _advance_one(scene: Scene, run: Run) -> bool:
    """Let one stage take its next step. False when it waits."""
    release = scene.project.releases.get(run.release)
    stage = stage_of(release, run.stage) if release else None
    if release is None or stage is None:
        scene.project.runs = [one for one in scene.project.runs if one is not run]
        return False
    return _STEPS[run.state](scene, run, release, stage)


def _scheduled(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    if run.due is not None and scene.service.time() < run.due:
        return False
    run.state = "queued"
    stage["status"] = "queued"
    _to(scene, run, release, stage, "Queued")
    return True


def _queued(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    approvals.ask(scene, release, stage, "pre", run.attempt)
    run.state = "approval"
    stage["status"] = "inProgress"
    _to(scene, run, release, stage, "Pending")
    return True


def _approval(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    return _decided(scene, run, release, stage, "pre")


def _decided(scene: Scene, run: Run, release: JsonObject, stage: JsonObject, side: approvals.Side) -> bool:
    answer = approvals.verdict(scene, release, stage, side, run.attempt)
    if answer is None:
        run.waits = True
        touch(scene, release, stage, step_of(stage, run.attempt))
        return False
    if not answer:
        end_attempt(scene, run, release, stage, "rejected", "Rejected")
    elif side == "pre":
        run.state = "gates"
        _to(
            scene,
            run,
            release,
            stage,
            "EvaluatingGates" if gates.gate_names(stage, "pre") else "QueuedForAgent",
        )
    else:
        _finish(scene, run, release, stage, "Approved")
    return True


def _gates(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    step = step_of(stage, run.attempt)
    if not gates.pass_gates(scene, run, stage, step, "pre"):
        return False
    phases.make_phases(scene, run, stage, step)
    step["hasStarted"] = True
    run.state, run.phase = "phases", 0
    _begin_phase(scene, run)
    _to(scene, run, release, stage, "PhaseInProgress")
    return True


def _begin_phase(scene: Scene, run: Run) -> None:
    run.began = scene.service.time()
    run.requests = scene.service.requests_served


def _phases(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    step = step_of(stage, run.attempt)
    all_phases = objects(step.get("releaseDeployPhases"))
    if run.phase >= len(all_phases):
        run.state = "post gates"
        _to(scene, run, release, stage, "PhaseSucceeded")
        return True
    phase = all_phases[run.phase]
    phase.setdefault("startedOn", scene.now)
    phase["status"] = "inProgress"
    if not _people_let_on(scene, run, release, stage, phase):
        return False
    is_last = run.phase == len(all_phases) - 1
    result = scene.service.outcome(release, stage, run.attempt) if is_last else "succeeded"
    result = "failed" if result == "rejected" else result
    share = _share(scene, run, len(all_phases))
    phases.show_progress(scene, run, stage, phase, share, result)
    if share < 1:
        touch(scene, release, stage, step)
        return False
    phase["status"] = result
    if result == "failed":
        end_attempt(scene, run, release, stage, "rejected", "PhaseFailed")
        return True
    run.phase += 1
    _begin_phase(scene, run)
    return True


def _people_let_on(scene: Scene, run: Run, release: JsonObject, stage: JsonObject, phase: JsonObject) -> bool:
    """Whether nobody is asked in this phase, or somebody has resumed it. A rejection ends the attempt."""
    task = phases.asks_people(stage, integer(phase["rank"]) or 0)
    if task is None:
        return True
    rows = objects(phase.get("manualInterventions"))
    row = rows[0] if rows else phases.new_intervention(scene, release, stage, phase, task)
    if row["status"] == "approved":
        return True
    step = step_of(stage, run.attempt)
    if row["status"] == "rejected":
        phase["status"] = "failed"
        end_attempt(scene, run, release, stage, "rejected", "PhaseFailed")
    elif step["operationStatus"] != "ManualInterventionPending":
        _to(scene, run, release, stage, "ManualInterventionPending")
    return False


def _share(scene: Scene, run: Run, count: int) -> float:
    """How much of a phase is done: each has its part of what a stage takes."""
    switches = scene.service.switches
    passed = (scene.service.time() - run.began).total_seconds() if run.began else 0.0
    served = scene.service.requests_served - run.requests
    parts = [
        done * count / needed
        for done, needed in (
            (passed, switches.deploy_seconds),
            (float(served), float(switches.deploy_requests)),
        )
        if needed
    ]
    return max(0.0, min([1.0, *parts]))


def _post_gates(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    step = step_of(stage, run.attempt)
    if not gates.pass_gates(scene, run, stage, step, "post"):
        step["operationStatus"] = "EvaluatingGates"
        return False
    approvals.ask(scene, release, stage, "post", run.attempt)
    run.state = "post approval"
    _to(scene, run, release, stage, "Pending")
    return True


def _post_approval(scene: Scene, run: Run, release: JsonObject, stage: JsonObject) -> bool:
    return _decided(scene, run, release, stage, "post")


def _finish(scene: Scene, run: Run, release: JsonObject, stage: JsonObject, operation: str) -> None:
    """End an attempt that came through, and start what waits for it."""
    result = scene.service.outcome(release, stage, run.attempt)
    is_partial = result == "partiallySucceeded"
    end_attempt(scene, run, release, stage, result, "PhasePartiallySucceeded" if is_partial else operation)
    stage["timeToDeploy"] = (
        round((scene.service.time() - run.began).total_seconds() / 60, 4) if run.began else 0.0
    )
    _start_followers(
        scene, release, stage, text(as_object(step_of(stage, run.attempt)["requestedFor"]).get("id"))
    )


def _start_followers(scene: Scene, release: JsonObject, ended: JsonObject, user: str) -> None:
    for stage in objects(release.get("environments")):
        waits = [
            one for one in objects(stage.get("conditions")) if one.get("conditionType") == "environmentState"
        ]
        if stage["status"] != "notStarted" or not any(one.get("name") == ended["name"] for one in waits):
            continue
        for one in waits:
            one["result"] = _is_met(release, one)
        if all(one["result"] for one in waits):
            begin_attempt(scene, release, stage, user=user or scene.organization.user, reason="automated")


def _is_met(release: JsonObject, condition: JsonObject) -> bool:
    """Whether a stage is in a state that a condition asks for: a sum of the states' numbers."""
    named = [one for one in objects(release.get("environments")) if one.get("name") == condition.get("name")]
    wanted = str(condition.get("value") or "4")
    bits = int(wanted) if wanted.isdigit() else 4
    return any(STAGE_STATUS[text(one["status"])] & bits for one in named)


def _to(scene: Scene, run: Run, release: JsonObject, stage: JsonObject, operation: str) -> None:
    """Note how far an attempt has come."""
    step = step_of(stage, run.attempt)
    step["operationStatus"] = operation
    step["status"] = "inProgress" if stage["status"] == "inProgress" else step["status"]
    touch(scene, release, stage, step)


_STEPS: dict[str, Callable[[Scene, Run, JsonObject, JsonObject], bool]] = {
    "scheduled": _scheduled,
    "queued": _queued,
    "approval": _approval,
    "gates": _gates,
    "phases": _phases,
    "post gates": _post_gates,
    "post approval": _post_approval,
}
