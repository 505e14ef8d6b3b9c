"""What a definition must have, and what it may point at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.api_errors import ApiError, invalid
from stackferry.json_values import as_list, as_object, integer, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.azure_devops.call import Call
    from stackferry.emulators.azure_devops.organization import OtherKind
    from stackferry.model import JsonObject

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CONNECTION = re.compile(r"connected.?service|subscription|endpoint|connection", re.IGNORECASE)
_SECURE_FILE = re.compile(r"secure.?file", re.IGNORECASE)
_CREDENTIAL = re.compile(r"(password|secret|token|apikey|accesskey)$", re.IGNORECASE)
_LONG = 8  # characters that a credential has at least


def check_definition(call: Call, body: JsonObject) -> None:
    """Raises 400 for what the service does not take."""
    if not text(body.get("name")).strip():
        raise ApiError(400, "VssPropertyValidationException", "Value cannot be null or empty: name.")
    stages = objects(body.get("environments"))
    if not stages:
        raise invalid("VS402875: A release pipeline needs at least one stage.")
    names = [text(stage.get("name")).lower() for stage in stages]
    if len(set(names)) != len(names):
        raise invalid("VS402880: The names of stages must be unique.")
    for stage in stages:
        _check_stage(call, stage)
    if call.switches.scan_variables:
        _scan(body)
    if call.switches.validate_references:
        _check_references(call, body)


def check_folder(call: Call, body: JsonObject) -> None:
    """Raises 400 for a definition in a folder that is not there, or makes the folder."""
    path = text(body.get("path")) or "\\"
    if path.lower() in {one.lower() for one in (*call.project.folders, "\\")}:
        return
    if not call.switches.folders_by_themselves:
        raise ApiError(400, "FolderNotFoundException", f"VS402916: Folder {path} does not exist.")
    call.project.put_folder(path, createdBy=call.me, createdOn=call.service.now())


def _check_stage(call: Call, stage: JsonObject) -> None:
    name = stage.get("name")
    for side in ("preDeployApprovals", "postDeployApprovals"):
        if not objects(as_object(stage.get(side)).get("approvals")):
            raise invalid(f"VS402877: The stage '{name}' has no approvals in {side}. Specify at least one.")
    # Before 4.0 the definition had one policy for all of them.
    if not call.version.is_old and not as_object(stage.get("retentionPolicy")):
        raise invalid(f"VS402982: A retention policy is not set for the stage '{name}'.")


def _scan(body: JsonObject) -> None:
    """Raises 400 for plain variables that look like credentials."""
    places = [as_object(body.get("variables"))]
    places += [as_object(stage.get("variables")) for stage in objects(body.get("environments"))]
    found = sorted(
        name
        for variables in places
        for name, raw in variables.items()
        if as_object(raw).get("isSecret") is not True
        and _CREDENTIAL.search(name)
        and len(text(as_object(raw).get("value"))) >= _LONG
    )
    if found:
        raise invalid(
            "The release pipeline contains variables that appear to hold credentials: "
            f"{', '.join(found)}. Make them secret."
        )


def _check_references(call: Call, body: JsonObject) -> None:
    stages = objects(body.get("environments"))
    groups = [number for place in (body, *stages) for number in as_list(place.get("variableGroups"))]
    known = _ids(call, "variablegroups")
    problems = [f"Variable group {number} does not exist." for number in groups if number not in known]
    problems += _artifact_problems(call, body)
    for stage in stages:
        problems += _approver_problems(call, stage)
        problems += _phase_problems(call, stage)
    if problems:
        raise invalid(" ".join(dict.fromkeys(problems)))


def _ids(call: Call, kind: OtherKind) -> set[object]:
    return {row.get("id") for row in call.project.others[kind]}


def _artifact_problems(call: Call, body: JsonObject) -> Iterator[str]:
    for artifact in objects(body.get("artifacts")):
        reference, alias = as_object(artifact.get("definitionReference")), artifact.get("alias")
        source = text(nested(reference, "definition", "id"))
        if artifact.get("type") == "Build" and source not in {
            str(one) for one in _ids(call, "build_definitions")
        }:
            yield f"Build pipeline {source} of artifact '{alias}' does not exist."
        connection = text(nested(reference, "connection", "id"))
        if connection and connection.lower() not in {str(one).lower() for one in _ids(call, "endpoints")}:
            yield f"Service connection {connection} of artifact '{alias}' does not exist."


def _approver_problems(call: Call, stage: JsonObject) -> Iterator[str]:
    for side in ("preDeployApprovals", "postDeployApprovals"):
        for row in objects(as_object(stage.get(side)).get("approvals")):
            approver = as_object(row.get("approver"))
            if row.get("isAutomated") is not True and call.organization.find_person(approver) is None:
                named = approver.get("uniqueName") or approver.get("id")
                yield f"VS402860: The approver {named} of stage '{stage['name']}' is not a valid identity."


def _phase_problems(call: Call, stage: JsonObject) -> Iterator[str]:
    for phase in objects(stage.get("deployPhases")):
        number = integer(as_object(phase.get("deploymentInput")).get("queueId"))
        kind = text(phase.get("phaseType"))
        if kind == "machineGroupBasedDeployment" and number is not None:
            if number not in _ids(call, "deploymentgroups"):
                yield f"VS402884: Deployment group {number} of stage '{stage['name']}' does not exist."
        elif number is not None and number not in _ids(call, "queues") and (number or kind != "runOnServer"):
            yield f"VS402883: Agent queue {number} of stage '{stage['name']}' does not exist."
    for task in _tasks(stage):
        yield from _task_problems(call, task)


def _tasks(stage: JsonObject) -> Iterator[JsonObject]:
    for phase in objects(stage.get("deployPhases")):
        yield from objects(phase.get("workflowTasks"))
    for side in ("preDeploymentGates", "postDeploymentGates"):
        for gate in objects(as_object(stage.get(side)).get("gates")):
            yield from objects(gate.get("tasks"))


def _task_problems(call: Call, task: JsonObject) -> Iterator[str]:
    if task.get("definitionType") == "metaTask":
        yield from _group_problems(call, task)
    for name, value in as_object(task.get("inputs")).items():
        kind: OtherKind = "securefiles" if _SECURE_FILE.search(name) else "endpoints"
        if kind == "endpoints" and not _CONNECTION.search(name):
            continue
        known = {str(one).lower() for one in _ids(call, kind)}
        words = "Secure file" if kind == "securefiles" else "Service connection"
        for one in text(value).split(","):
            if _GUID.fullmatch(one.strip()) and one.strip().lower() not in known:
                yield f"{words} {one.strip()} of task '{task.get('name')}' does not exist."


def _group_problems(call: Call, task: JsonObject) -> Iterator[str]:
    major = text(task.get("version")).partition(".")[0]
    groups = {
        (text(row.get("id")).lower(), str(integer(as_object(row.get("version")).get("major")) or 1))
        for row in call.project.others["taskgroups"]
    }
    if (text(task.get("taskId")).lower(), major) not in groups:
        yield f"Tasks with versions 'Task group: {task.get('name')} {task.get('version')}' are not valid."
