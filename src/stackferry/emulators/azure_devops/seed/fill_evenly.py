"""A project with very many small releases, all alike: for tests of time and memory. They share what they can."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.seed.api import Api
from stackferry.emulators.values import format_time, parse_time
from stackferry.json_values import as_object, integer, objects

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Project
    from stackferry.model import Json, JsonObject

_AUTOMATIC: JsonObject = {"approvals": [{"rank": 1, "isAutomated": True, "isNotificationOn": False}]}


def fill_evenly(
    service: Emulator, organization: str, project: str, *, token: str, releases: int, with_logs: bool = True
) -> Project:
    """A new project with one definition of one stage, and releases that were deployed to it, a minute apart."""
    made = service.add_project(organization, project, token=token)
    api = Api(service, organization, project, token)
    definition = api.post("release/definitions", _definition(integer(made.others["queues"][0]["id"]) or 0))
    first = integer(api.post("release/releases", {"definitionId": definition["id"]})["id"]) or 0
    api.get(f"release/releases/{first}")  # lets it be deployed
    template = made.releases[first]
    logs = [(key, log) for key, log in made.logs.items() if key[0] == first]
    (deployment,) = made.deployments.values()
    began = parse_time(template["createdOn"])
    for number in range(1, releases):
        at: Json = format_time(began + timedelta(minutes=number)) if began else None
        release = _like(template, first + number, number, at)
        made.put_release(release)
        made.put_deployment(_deployment(deployment, release, at))
        if with_logs:
            stage = integer(objects(release["environments"])[0]["id"]) or 0
            made.logs.update(((first + number, stage, *key[2:]), log) for key, log in logs)
    if not with_logs:
        made.logs.clear()
    made.definitions[integer(definition["id"]) or 0].names_given = releases
    return made


def _definition(queue: int) -> JsonObject:
    task: JsonObject = {
        "taskId": "e213ff0f-5d5c-4791-802d-52ea3e7be1f1",
        "name": "Copy",
        "version": "2.*",
        "inputs": {},
    }
    phase: JsonObject = {
        "name": "Agent job",
        "phaseType": "agentBasedDeployment",
        "deploymentInput": {"queueId": queue},
        "workflowTasks": [task],
    }
    stage: JsonObject = {
        "name": "Live",
        "conditions": [{"name": "ReleaseStarted", "conditionType": "event", "value": ""}],
        "retentionPolicy": {"daysToKeep": 365, "releasesToKeep": 3, "retainBuild": True},
        "preDeployApprovals": _AUTOMATIC,
        "postDeployApprovals": _AUTOMATIC,
        "deployPhases": [phase],
    }
    return {"name": "Even", "environments": [stage]}


def _like(template: JsonObject, uid: int, number: int, at: Json) -> JsonObject:
    """The template under another id. What is the same is the same object."""
    (stage,) = objects(template["environments"])
    (step,) = objects(stage["deploySteps"])
    attempt: JsonObject = {
        **step,
        "id": (integer(step["id"]) or 0) + number,
        "deploymentId": (integer(step["deploymentId"]) or 0) + number,
        "queuedOn": at,
        "lastModifiedOn": at,
    }
    copied: JsonObject = {
        **stage,
        "id": (integer(stage["id"]) or 0) + number,
        "releaseId": uid,
        "deploySteps": [attempt],
        "modifiedOn": at,
    }
    return {
        **template,
        "id": uid,
        "name": f"Release-{number + 1}",
        "createdOn": at,
        "modifiedOn": at,
        "environments": [copied],
        "url": str(template["url"]).rpartition("/")[0] + f"/{uid}",
        "logsContainerUrl": str(template["url"]).rpartition("/")[0] + f"/{uid}/logs",
    }


def _deployment(template: JsonObject, release: JsonObject, at: Json) -> JsonObject:
    (stage,) = objects(release["environments"])
    (step,) = objects(stage["deploySteps"])
    return {
        **template,
        "id": step["deploymentId"],
        "release": {**as_object(template["release"]), "id": release["id"], "name": release["name"]},
        "releaseEnvironment": {**as_object(template["releaseEnvironment"]), "id": stage["id"]},
        "queuedOn": at,
        "startedOn": at,
        "lastModifiedOn": at,
        "completedOn": at,
    }
