"""What an attempt has several of: approvals, gates, manual interventions; and the artifacts of its release. Pure.

API pages: "Releases: Get release", "Approvals", "Gates", "Manual interventions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, epoch_seconds, integer, nested, objects, text
from stackferry.providers.azure_devops.evidence.values import (
    APPROVAL_STATUSES,
    APPROVAL_TYPES,
    GATE_STATUSES,
    INTERVENTION_STATUSES,
    at,
    person,
    worded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject

SIDES: Final = ("preDeploy", "postDeploy")


def approvals_of(stage: JsonObject, attempt: int, steps: list[JsonObject]) -> list[JsonObject]:
    """The approvals of an attempt as they are, those before the deployment first. `steps`: all of its stage."""
    return [
        row if "approvalType" in row else {**row, "approvalType": side}
        for side in SIDES
        for row in objects(stage.get(f"{side}Approvals"))
        if _attempt_of(row, steps) == attempt
    ]


def _attempt_of(approval: JsonObject, steps: list[JsonObject]) -> int:
    """Which attempt an approval belongs to. Old servers do not say it: then the last one that was queued before."""
    number = integer(approval.get("attempt"))
    if number is not None:
        return number
    asked = epoch_seconds(text(approval.get("createdOn")))
    numbers = [1]
    for step in steps:
        queued = epoch_seconds(text(at(step.get("queuedOn"))))
        if queued is not None and asked is not None and queued <= asked:
            numbers.append(integer(step.get("attempt")) or 1)
    return max(numbers)


def approval(row: JsonObject) -> JsonObject:
    """One approval: who was asked, who really gave it, and with which words."""
    return {
        "type": worded(row.get("approvalType"), APPROVAL_TYPES),
        "approver": person(row.get("approver")),
        "approved_by": person(row.get("approvedBy")),
        "status": worded(row.get("status"), APPROVAL_STATUSES),
        "modified_on": at(row.get("modifiedOn")),
        "comments": row.get("comments") or "",
        "automated": row.get("isAutomated") is True,
    }


def gates_of(step: JsonObject) -> Iterator[JsonObject]:
    """A row for each gate of an attempt. `status` is that of all gates together, `last_result` its own, the last time.

    Who ignored one stands nowhere in a release.
    """
    for side in SIDES:
        gates = as_object(step.get(f"{side}mentGates"))
        results = _results(gates)
        ignored = {
            text(row.get("name")): row.get("lastModifiedOn") for row in objects(gates.get("ignoredGates"))
        }
        names = [*dict.fromkeys([*results, *ignored])] or ([""] if integer(gates.get("id")) else [])
        for name in names:
            yield {
                "type": side,
                "name": name or None,
                "status": worded(gates.get("status"), GATE_STATUSES),
                "last_result": results.get(name),
                "ignored": name in ignored,
                "ignored_on": at(ignored.get(name)),
            }


def _results(gates: JsonObject) -> dict[str, Json]:
    """The last result of each gate, by its name."""
    results: dict[str, Json] = {}
    for job in objects(gates.get("deploymentJobs")):
        results |= {text(task.get("name")): task.get("status") for task in objects(job.get("tasks"))}
    return results


def interventions_of(step: JsonObject) -> Iterator[JsonObject]:
    """Where somebody was asked in the middle of a deployment, and what they said."""
    for phase in objects(step.get("releaseDeployPhases")):
        for row in objects(phase.get("manualInterventions")):
            yield {
                "name": row.get("name"),
                "status": worded(row.get("status"), INTERVENTION_STATUSES),
                "answered_by": person(row.get("approver")),
                "modified_on": at(row.get("modifiedOn")),
                "instructions": row.get("instructions") or "",
                "comments": row.get("comments") or "",
            }


def artifacts_of(release: JsonObject) -> Iterator[JsonObject]:
    """What was deployed: version and branch of each artifact."""
    for row in objects(release.get("artifacts")):
        yield {
            "alias": row.get("alias"),
            "type": row.get("type"),
            "version": _named(row, "version"),
            "version_id": nested(row, "definitionReference", "version", "id"),
            "branch": _named(row, "branch", "id"),
        }


def _named(artifact: JsonObject, what: str, before: str = "name") -> Json:
    """What a reference of an artifact says: its name, or its id where it has none; with `before`, the other way."""
    found = as_object(nested(artifact, "definitionReference", what))
    return found.get(before) or found.get("name") or found.get("id") or None
