"""A small project with something of every kind, made through the API alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from project_service import BUILDS, PEOPLE, THINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from plain_project import Project

IDS = {name: uid for _, name, uid, _ in THINGS}
BUILD_IDS = {(of, number): uid for of, number, uid, _ in BUILDS}
STARTED = {"name": "ReleaseStarted", "conditionType": "event", "value": ""}
AUTOMATED = {"approvals": [{"rank": 1, "isAutomated": True, "isNotificationOn": False, "id": 0}]}
KEPT = {"daysToKeep": 30, "releasesToKeep": 3, "retainBuild": True}


def after(stage: str) -> dict[str, Any]:
    return {"name": stage, "conditionType": "environmentState", "value": "4"}


def people(project: Project) -> dict[str, Any]:
    """The id of each person and group, as the service finds them."""
    names = [*(f"{name}@people.example" for name in PEOPLE), f"[{project.name}]\\Approvers"]
    found = {}
    for name in names:
        rows = project.get("identities", searchFilter="General", filterValue=name)["value"]
        found[name.partition("@")[0] if "@" in name else "group"] = rows[0]["id"] if rows else None
    return found


def task(name: str, *, group: str = "", **inputs: str) -> dict[str, Any]:
    """A task, or with `group` a task group."""
    return {
        "taskId": IDS[group] if group else "e213ff0f-5d5c-4791-802d-52ea3e7be1f1",
        "version": "2.*",
        "name": name,
        "refName": f"ref_{name.split()[0]}",
        "enabled": True,
        "alwaysRun": False,
        "continueOnError": True,
        "timeoutInMinutes": 7,
        "retryCountOnTaskFailure": 2,
        "definitionType": "metaTask" if group else "task",
        "overrideInputs": {},
        "condition": "succeededOrFailed()",
        "environment": {"TASK_OWN": "1"},
        "inputs": inputs,
    }


def job(
    name: str, queue: str, *tasks: Any, rank: int = 1, kind: str = "agentBasedDeployment"
) -> dict[str, Any]:
    return {
        "rank": rank,
        "phaseType": kind,
        "name": name,
        "refName": f"Job_{rank}",
        "workflowTasks": list(tasks),
        "deploymentInput": {
            "queueId": IDS.get(queue, 0),
            "parallelExecution": {"parallelExecutionType": "none"},
            "demands": [{"name": "npm"}, "Agent.OS -equals Linux"],
            "skipArtifactsDownload": False,
            "artifactsDownloadInput": {"downloadInputs": []},
            "enableAccessToken": True,
            "timeoutInMinutes": 11,
            "jobCancelTimeoutInMinutes": 2,
            "condition": "succeeded()",
            "overrideInputs": {},
        },
    }


def stage(name: str, *conditions: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "conditions": list(conditions),
        "retentionPolicy": KEPT,
        "preDeployApprovals": AUTOMATED,
        "postDeployApprovals": AUTOMATED,
        "deployPhases": [job("Run", "Own pool", task("Say it", text="hello"))],
        **more,
    }


def asked(*uids: str, **options: Any) -> dict[str, Any]:
    """Approvals of people."""
    rows = [
        {"rank": rank, "isAutomated": False, "isNotificationOn": False, "approver": {"id": uid}, "id": 0}
        for rank, uid in enumerate(uids, 1)
    ]
    given = {
        "requiredApproverCount": 0,
        "releaseCreatorCanBeApprover": True,
        "autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped": False,
        "enforceIdentityRevalidation": False,
        "timeoutInMinutes": 600,
        "executionOrder": "beforeGates",
    }
    return {"approvals": rows, "approvalOptions": {**given, **options}}


def gates(*tasks: Any) -> dict[str, Any]:
    options = {
        "isEnabled": True,
        "timeout": 15,
        "samplingInterval": 5,
        "stabilizationTime": 0,
        "minimumSuccessDuration": 0,
    }
    return {"id": 0, "gatesOptions": options, "gates": [{"tasks": list(tasks)}]}


def build_artifact(project_id: str, project: str, build: str, alias: str) -> dict[str, Any]:
    return {
        "alias": alias,
        "type": "Build",
        "isPrimary": True,
        "isRetained": False,
        "sourceId": f"{project_id}:{IDS[build]}",
        "definitionReference": {
            "project": {"id": project_id, "name": project},
            "definition": {"id": str(IDS[build]), "name": build},
            "defaultVersionType": {"id": "latestType", "name": "Latest"},
        },
    }


def full_definition(project: Project) -> dict[str, Any]:
    """Something in every key that the pages name, and keys that no page names."""
    who = people(project)
    uid = project.get(f"/_apis/projects/{project.name}")["id"]
    dev = stage(
        "Dev",
        STARTED,
        variables={"where": {"value": "dev"}, "pin": {"value": "1234", "isSecret": True}},
        variableGroups=[IDS["Keys"]],
        schedules=[{"daysToRelease": "monday", "startHours": 3, "startMinutes": 30, "timeZoneId": "UTC"}],
        environmentTriggers=[],
        deployPhases=[
            job(
                "Agents",
                "Linux",
                task("One connection", azureSubscription=IDS["Azure"], text="x"),
                task("Two connections", externalEndpoint=f"{IDS['Azure']},{IDS['NuGet']}"),
                task("A file", secureFile=IDS["cert.pem"]),
                task("A group", group="Cool down", url="https://$(where).example"),
            ),
            job("Servers", "Machines", task("On machines"), rank=2, kind="machineGroupBasedDeployment"),
            job("Ask", "", task("Manual", instructions="Look\nat <b>it</b>"), rank=3, kind="runOnServer"),
        ],
        environmentOptions={
            "emailNotificationType": "Always",
            "emailRecipients": "release.creator",
            "skipArtifactsDownload": True,
            "timeoutInMinutes": 3,
            "enableAccessToken": True,
            "publishDeploymentStatus": True,
            "badgeEnabled": True,
            "autoLinkWorkItems": True,
            "pullRequestDeploymentEnabled": True,
        },
        demands=[{"name": "java"}],
        executionPolicy={"concurrencyCount": 1, "queueDepthCount": 2},
        retentionPolicy={"daysToKeep": 45, "releasesToKeep": 5, "retainBuild": False},
        properties={"LinkBoardsWorkItems": {"$type": "System.String", "$value": "False"}},
        processParameters={"inputs": [{"name": "size", "defaultValue": "S"}]},
        ofNoPage={"deep": [1, {"er": "value"}], "number": 1.25},
    )
    prod = stage(
        "Prod",
        after("Dev"),
        preDeployApprovals=asked(who["ana"], who["group"], requiredApproverCount=1),
        postDeployApprovals=asked(who["bo"], executionOrder="afterSuccessfulGates"),
        preDeploymentGates=gates(task("Query", queryId="q-1", connectedServiceName=IDS["NuGet"])),
        owner={"id": who["chi"]},
    )
    return {
        "name": "Web",
        "path": "\\Shop",
        "description": "It says «all», of 100 %",
        "releaseNameFormat": "Web-$(rev:r)",
        "tags": ["shop", "web"],
        "properties": {"DefinitionCreationSource": {"$type": "System.String", "$value": "ReleaseNew"}},
        "comment": "first",
        "variables": {
            "tries": {"value": "5", "allowOverride": True},
            "empty": {"value": ""},
            "password": {"value": "never told", "isSecret": True},
        },
        "variableGroups": [IDS["Shared"], IDS["Keys"]],
        "artifacts": [build_artifact(uid, project.name, "Shop.CI", "_shop")],
        "triggers": [
            {
                "triggerType": "artifactSource",
                "artifactAlias": "_shop",
                "triggerConditions": [{"sourceBranch": "main", "tags": ["good"]}],
            },
            {
                "triggerType": "schedule",
                "schedule": {"daysToRelease": "all", "startHours": 1, "timeZoneId": "UTC"},
            },
        ],
        "environments": [dev, prod],
        "unknownOfTomorrow": {"list": [1, 2.5, None, {"x": "y"}]},
    }


def until(what: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def stage_of(release: Any, name: str) -> Any:
    return next(one for one in release["environments"] if one["name"] == name)


def settle(project: Project, uid: int, name: str, *states: str) -> Any:
    """The release, once that stage is in one of these states."""

    def look() -> Any:
        release = project.release(uid)
        return release if stage_of(release, name)["status"] in states else None

    return until(look)


def answer(project: Project, uid: int, status: str, words: str, kind: str = "preDeploy") -> None:
    """Answer the pending approvals of a release, one after the other."""

    def pending() -> Any:
        return project.get("release/approvals", releaseIdsFilter=uid, typeFilter=kind)["value"]

    until(pending)
    while rows := pending():
        project.patch(f"release/approvals/{rows[0]['id']}", {"status": status, "comments": words})


def create(project: Project, definition: int, build: str = "2026.1", **more: Any) -> int:
    instance = {"id": str(BUILD_IDS["Shop.CI", build]), "name": build, "sourceBranch": "refs/heads/main"}
    artifacts = [{"alias": "_shop", "instanceReference": instance}]
    made = project.post("release/releases", {"definitionId": definition, "artifacts": artifacts, **more})
    return int(made["id"])


def fill(project: Project) -> dict[str, int]:
    """Definitions and releases; the id of each release by what it is."""
    for path in ("\\Shop", "\\Shop\\Old", "\\Empty"):
        project.post("release/folders", {"path": path, "description": f"of {path}"})
    full = project.post("release/definitions", full_definition(project))["id"]
    small = {"name": "Web", "environments": [stage("One"), stage("Two", after("One"))]}
    root = project.post("release/definitions", {**small, "path": "\\"})["id"]
    old = project.post("release/definitions", {**small, "path": "\\Shop\\Old", "description": "old"})["id"]
    made = {}
    made["approved"] = create(project, full, description="with words")
    settle(project, made["approved"], "Dev", "succeeded")
    answer(project, made["approved"], "approved", "Looks good; =go()")
    answer(project, made["approved"], "approved", "Went well", "postDeploy")
    settle(project, made["approved"], "Prod", "succeeded")
    made["refused"] = create(project, full, "2026.2")
    settle(project, made["refused"], "Dev", "succeeded")
    answer(project, made["refused"], "rejected", "Not on Friday")
    settle(project, made["refused"], "Prod", "rejected")
    made["draft"] = create(project, full, isDraft=True, description="a draft")
    made["plain"] = project.post("release/releases", {"definitionId": root})["id"]
    for name in ("twin", "other twin"):
        made[name] = project.post("release/releases", {"definitionId": old, "description": "twins"})["id"]
    made["retried"] = project.post("release/releases", {"definitionId": root})["id"]
    one = stage_of(project.release(made["retried"]), "One")["id"]
    for _ in range(2):
        project.patch(
            f"release/releases/{made['retried']}/environments/{one}",
            {"status": "inProgress", "comment": "again"},
        )
        settle(project, made["retried"], "One", "succeeded", "rejected")
    made["abandoned"] = project.post("release/releases", {"definitionId": root, "description": "gone"})["id"]
    project.patch(f"release/releases/{made['abandoned']}", {"status": "abandoned", "comment": "no more"})
    variables = {"tries": {"value": "7"}, "mine": {"value": "x y"}, "hush": {"value": "s3", "isSecret": True}}
    metadata = [
        {
            "definitionEnvironmentId": project.definition(full)["environments"][0]["id"],
            "variables": {"where": {"value": "lab"}},
        }
    ]
    made["variables"] = create(
        project,
        full,
        isDraft=True,
        variables=variables,
        environmentsMetadata=metadata,
        properties={"own.note": {"$type": "System.String", "$value": "kept?"}},
    )
    made["kept"] = project.post("release/releases", {"definitionId": old})["id"]
    project.patch(
        f"release/releases/{made['kept']}",
        {"keepForever": True, "name": "For «ever» / ..", "comment": "audit"},
    )
    project.post(f"release/releases/{made['kept']}/tags", ["audited", "EU 2026", "<b>"])
    return made


def fill_decoy(project: Project) -> None:
    """Another project of the same organization, so that new ids are others than in the source."""
    for number in range(3):
        raw = {"name": f"Decoy {number}", "environments": [stage("Dev", deployPhases=[])]}
        uid = project.post("release/definitions", raw)["id"]
        for _ in range(4):
            project.post("release/releases", {"definitionId": uid})
