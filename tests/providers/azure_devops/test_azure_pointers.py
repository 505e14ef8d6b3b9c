"""Where definitions point at other things: every field of the table, and nothing that only looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from stackferry.providers.azure_devops.content.pointers import Exchange, Pointer, pointers

ONE, OTHER, FILE, ANA = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3, 4))
SUBSCRIPTION = "99999999-0000-4000-8000-000000000000"
KNOWN = {ONE: "connections", OTHER: "connections", FILE: "secure_files", ANA: "people"}


def task(**inputs: Any) -> dict[str, Any]:
    return {"taskId": "t", "version": "2.*", "definitionType": "task", "name": "T", "inputs": inputs}


def stage(**more: Any) -> dict[str, Any]:
    return {"name": "Dev", **more}


def phase(kind: Any, queue: int, *tasks: Any) -> dict[str, Any]:
    return {
        "name": "Job",
        "phaseType": kind,
        "deploymentInput": {"queueId": queue},
        "workflowTasks": [*tasks],
    }


def of_stage(**more: Any) -> dict[str, Any]:
    return {"environments": [stage(**more)]}


def of_task(**inputs: Any) -> dict[str, Any]:
    return of_stage(deployPhases=[phase("runOnServer", 0, task(**inputs))])


META = {**task(), "definitionType": "MetaTask", "taskId": "g", "version": "2.*"}
ROWS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (of_stage(deployPhases=[phase("agentBasedDeployment", 7)]), [("queues", "7")]),
    (of_stage(deployPhases=[phase("AgentBasedDeployment", 7)]), [("queues", "7")]),
    (of_stage(deployPhases=[phase(1, 7)]), [("queues", "7")]),
    (of_stage(deployPhases=[phase("machineGroupBasedDeployment", 7)]), [("deployment_groups", "7")]),
    (of_stage(deployPhases=[phase("runOnServer", 0)]), []),
    (of_stage(deployPhases=[phase("agentBasedDeployment", 0)]), [("queues", "0")]),
    (of_stage(queueId=7, deployStep={"tasks": [task(x=ONE)]}), [("queues", "7"), ("connections", ONE)]),
    ({"variableGroups": [4], **of_stage(variableGroups=[5])}, [("variable_groups", "4"), ("variable_groups", "5")]),
    (of_stage(deployPhases=[phase("runOnServer", 0, META)]), [("task_groups", "g")]),
    (of_stage(preDeploymentGates={"gates": [{"tasks": [META]}]}), [("task_groups", "g")]),
    (of_stage(postDeploymentGates={"gates": [{"tasks": [task(x=ONE)]}]}), [("connections", ONE)]),
    (of_task(anything=ONE.upper()), [("connections", ONE.upper())]),
    (of_task(externalEndpoints=f"{ONE},{OTHER}"), [("connections", ONE), ("connections", OTHER)]),
    (of_task(lines=f"{ONE}\n{OTHER}"), [("connections", ONE), ("connections", OTHER)]),
    (of_task(secureFile=FILE), [("secure_files", FILE)]),
    (of_task(ConnectedServiceNameARM=SUBSCRIPTION), [("connections", SUBSCRIPTION)]),
    (of_task(certSecureFile=SUBSCRIPTION), [("secure_files", SUBSCRIPTION)]),
    (of_task(subscriptionId=SUBSCRIPTION, queryId=SUBSCRIPTION, script=f"echo {ONE}"), []),
    (of_task(azureSubscription="$(connection)", connectedServiceName="by name"), []),
    (of_task(emailRecipients=ANA), [("people", ANA)]),
    (of_stage(processParameters={"inputs": [{"defaultValue": ONE}]}), [("connections", ONE)]),
    (of_stage(preDeployApprovals={"approvals": [{"approver": {"id": ANA}, "isAutomated": False}]}), [("people", ANA)]),
    (of_stage(postDeployApprovals={"approvals": [{"isAutomated": True}]}), []),
    (of_stage(owner={"id": ANA}), [("people", ANA)]),
    ({"artifacts": [{"type": "Build", "sourceId": "p:3", "definitionReference": {
        "definition": {"id": "3", "name": "CI"}, "project": {"id": "p"}}}]}, [("projects", "p"), ("builds", "3")]),
    ({"artifacts": [{"type": "GitHub", "sourceId": f"{ONE}:a/b", "definitionReference": {
        "connection": {"id": ONE}, "definition": {"id": "a/b"}}}]}, [("connections", ONE)]),
    ({"artifacts": [{"type": "Git", "sourceId": "p:r", "definitionReference": {
        "definition": {"id": "r"}, "project": {"id": "p"}}}]}, [("projects", "p"), ("repositories", "r")]),
    ({"artifacts": [{"type": "Nuget", "definitionReference": {"definition": {"id": "package"}}}]}, []),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "found"), ROWS)
def test_every_row_of_the_table(definition: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert sorted((one.kind, one.id) for one in pointers(definition, KNOWN)) == sorted(found)


@pytest.mark.parametrize(("definition", "found"), ROWS)
def test_what_is_exchanged_is_what_was_found(
    definition: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    """No id of the source is left, and nothing else is touched."""
    new = {uid: "900" if uid.isdecimal() else f"new-{at}" for at, (_, uid) in enumerate(found)}
    made = Exchange(lambda pointer: new[pointer.id], KNOWN).definition(definition)
    wanted = repr(definition)
    for uid, other in new.items():
        wanted = wanted.replace(uid, other) if len(uid) > 1 else wanted
    if all(len(uid) > 1 for uid in new):
        assert repr(made) == wanted
    assert not [one for one in pointers(made, KNOWN) if (one.kind, one.id) in found]


def test_what_is_left_out_leaves_no_hole_behind() -> None:
    approvals = {"approvals": [{"approver": {"id": ANA}, "isAutomated": False, "rank": 1}]}
    parts = of_stage(
        variableGroups=[5],
        owner={"id": ANA},
        preDeployApprovals=approvals,
        deployPhases=[phase("runOnServer", 0, META, task(both=f"{ONE},{OTHER}", one=OTHER))],
    )

    def resolve(pointer: Pointer) -> str | None:
        return "kept" if pointer.id == ONE else None

    made: Any = Exchange(resolve, KNOWN).definition({"variableGroups": [4], **parts})
    (found,) = made["environments"]
    assert made["variableGroups"] == found["variableGroups"] == []
    assert "owner" not in found
    assert [row["isAutomated"] for row in found["preDeployApprovals"]["approvals"]] == [True]
    (left,) = found["deployPhases"][0]["workflowTasks"]
    assert left["inputs"] == {"both": "kept", "one": ""}
