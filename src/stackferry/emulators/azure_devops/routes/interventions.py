"""Manual interventions and gates: what holds a stage, and who lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import invalid, not_there
from stackferry.emulators.azure_devops.call import Call, find_row, wrapped
from stackferry.emulators.azure_devops.deploying.gates import ignore
from stackferry.emulators.azure_devops.new_release import note
from stackferry.emulators.azure_devops.organization import phases_of
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.words import INTERVENTION_STATUS, word
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def _interventions(release: JsonObject) -> list[JsonObject]:
    return [
        row
        for stage in objects(release.get("environments"))
        for _, phase in phases_of(stage)
        for row in objects(phase.get("manualInterventions"))
    ]


def _list(call: Call) -> Answer:
    return wrapped(_interventions(call.release()))


def _get(call: Call) -> Answer:
    return Answer(
        dict(find_row(_interventions(call.release()), call.args["intervention"], "manual intervention"))
    )


def _patch(call: Call) -> Answer:
    row = find_row(_interventions(call.release()), call.args["intervention"], "manual intervention")
    body = call.json()
    status = word(INTERVENTION_STATUS, body.get("status"), "status")
    if row.get("status") != "pending" or status not in ("approved", "rejected"):
        raise invalid(
            f"The manual intervention {row['id']} is {row.get('status')}, it cannot be set to {status}."
        )
    row.update({"status": status, "approver": call.me, "comments": text(body.get("comment"))})
    row["modifiedOn"] = call.service.now()
    return Answer(dict(row))


def _gates(call: Call) -> tuple[JsonObject, JsonObject]:
    """The gates that the path names, and their release."""
    number = call.number_in_path("gate")
    for release in reversed(call.project.releases.values()):
        for stage in objects(release.get("environments")):
            for step in objects(stage.get("deploySteps")):
                for name in ("preDeploymentGates", "postDeploymentGates"):
                    gates = as_object(step.get(name))
                    if gates.get("id") == number:
                        return release, gates
    raise not_there("release gates", number)


def _patch_gates(call: Call) -> Answer:
    release, gates = _gates(call)
    body = call.json()
    names = [str(one) for one in as_list(body.get("gatesToIgnore"))]
    tasks = [task for job in objects(gates.get("deploymentJobs")) for task in objects(job.get("tasks"))]
    known = {text(task.get("name")) for task in tasks}
    if not names or set(names) - known:
        raise invalid(f"There is no gate {', '.join(sorted(set(names) - known)) or '(none named)'}.")
    if gates.get("status") != "inProgress":
        raise invalid(f"The gates {gates['id']} are not being evaluated: they are {gates.get('status')}.")
    ignore(call.scene, gates, names)
    note(call, release, "IgnoreGate", text(body.get("comment")), ", ".join(names))
    return Answer({name: value for name, value in gates.items() if name != "deploymentJobs"})


_ALL = "release/releases/{release}/manualinterventions"
RULES = (
    rule("GET", _ALL, _list, "manualinterventions"),
    rule("GET", f"{_ALL}/{{intervention}}", _get, "manualinterventions"),
    rule("PATCH", f"{_ALL}/{{intervention}}", _patch, "manualinterventions", "release:manage"),
    rule("PATCH", "release/gates/{gate}", _patch_gates, "gates", "release:manage"),
)
