"""The definitions of a project that is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.azure_devops.deploying.phases import MANUAL_INTERVENTION
from stackferry.emulators.azure_devops.organization import guid

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.emulators.azure_devops.seed.furnish import World
    from stackferry.model import Json, JsonObject

_SCRIPT = "e213ff0f-5d5c-4791-802d-52ea3e7be1f1"
_DEPLOY = "497d490f-eea7-4f2b-ab94-48d9c1acdcb1"
_GATE = "f1e4b0e6-017e-4819-8a48-ef19ae96e289"
GATE = "Query work items"
ODD_NAME = "Füße & <script>alert('x')</script> =cmd() .. 配布"
OLD_SITE = "Old site"
_NUMBERS = b'{"ratio": 0.1000, "big": 12345678901234567890, "exponent": 1E2, "nothing": null}'


def _approvals(*people: JsonObject, enough: int = 0) -> JsonObject:
    if not people:
        return {"approvals": [{"rank": 1, "isAutomated": True, "isNotificationOn": False}]}
    rows: list[Json] = [
        {"rank": rank, "isAutomated": False, "isNotificationOn": False, "approver": {"id": person["id"]}}
        for rank, person in enumerate(people, 1)
    ]
    options: JsonObject = {
        "requiredApproverCount": enough,
        "releaseCreatorCanBeApprover": True,
        "autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped": False,
        "enforceIdentityRevalidation": False,
        "timeoutInMinutes": 43200,
        "executionOrder": "beforeGates",
    }
    return {"approvals": rows, "approvalOptions": options}


def _task(
    name: str, uid: str = _SCRIPT, version: str = "2.*", kind: str = "task", **inputs: Json
) -> JsonObject:
    return {
        "taskId": uid,
        "version": version,
        "name": name,
        "refName": "",
        "enabled": True,
        "alwaysRun": False,
        "continueOnError": False,
        "timeoutInMinutes": 0,
        "definitionType": kind,
        "overrideInputs": {},
        "condition": "succeeded()",
        "inputs": inputs,
    }


def _phase(name: str, queue: int, *tasks: JsonObject, kind: str = "agentBasedDeployment") -> JsonObject:
    rows: list[Json] = [*tasks]
    return {
        "rank": 1,
        "phaseType": kind,
        "name": name,
        "refName": None,
        "deploymentInput": {
            "parallelExecution": {"parallelExecutionType": "none"},
            "queueId": queue,
            "demands": [],
            "skipArtifactsDownload": False,
            "timeoutInMinutes": 0,
            "jobCancelTimeoutInMinutes": 1,
            "condition": "succeeded()",
        },
        "workflowTasks": rows,
    }


def _stage(name: str, rank: int, *phases: JsonObject, after: str = "", **more: Json) -> JsonObject:
    condition: JsonObject = {"name": "ReleaseStarted", "conditionType": "event", "value": ""}
    if after:
        condition = {"name": after, "conditionType": "environmentState", "value": "4"}
    rows: list[Json] = [{**phase, "rank": number} for number, phase in enumerate(phases, 1)]
    return {
        "name": name,
        "rank": rank,
        "variables": {},
        "variableGroups": [],
        "preDeployApprovals": _approvals(),
        "postDeployApprovals": _approvals(),
        "deployPhases": rows,
        "environmentOptions": {
            "emailNotificationType": "OnlyOnFailure",
            "timeoutInMinutes": 0,
            "badgeEnabled": True,
        },
        "demands": [],
        "conditions": [condition],
        "schedules": [],
        "retentionPolicy": {"daysToKeep": 30, "releasesToKeep": 3, "retainBuild": True},
        "preDeploymentGates": {"id": 0, "gatesOptions": None, "gates": []},
        "postDeploymentGates": {"id": 0, "gatesOptions": None, "gates": []},
        "environmentTriggers": [],
        **more,
    }


def _artifact(scene: Scene, name: str, alias: str) -> JsonObject:
    build = next(row for row in scene.project.others["build_definitions"] if row["name"] == name)
    return {
        "sourceId": f"{scene.project.id}:{build['id']}",
        "type": "Build",
        "alias": alias,
        "isPrimary": True,
        "isRetained": False,
        "definitionReference": {
            "definition": {"id": str(build["id"]), "name": name},
            "project": {"id": scene.project.id, "name": scene.project.name},
            "defaultVersionType": {"id": "latestType", "name": "Latest"},
        },
    }


def bodies(scene: Scene, world: World) -> list[JsonObject]:
    """The definitions as they are made first: a chain, one with gates, a nightly one, an odd one, one to be deleted."""
    return [_shop(scene, world), _payments(scene, world), _nightly(world), _odd(world), _old(world)]


def _shop(scene: Scene, world: World) -> JsonObject:
    trigger: JsonObject = {
        "triggerType": "artifactSource",
        "artifactAlias": "_Shop.CI",
        "triggerConditions": [{"sourceBranch": "main", "tags": []}],
    }
    return {
        "name": "Shop.CD",
        "path": "\\Web\\Shop",
        "description": "Shop, every commit",
        "variables": {
            "tries": {"value": "3", "allowOverride": True},
            "token": {"value": "invented", "isSecret": True},
        },
        "variableGroups": [world.group],
        "environments": _shop_stages(world),
        "artifacts": [_artifact(scene, "Shop.CI", "_Shop.CI")],
        "triggers": [trigger],
        "releaseNameFormat": "Release-$(rev:r)",
        "tags": ["web"],
        "properties": {"DefinitionCreationSource": {"$type": "System.String", "$value": "ReleaseNew"}},
    }


def _shop_stages(world: World) -> list[Json]:
    ana, bo = world.people["Ana Souza"], world.people["Bo Lindqvist"]
    copy = _task("Copy files", scriptPath="copy.ps1", arguments="-Target $(site)")
    deploy = _task(
        "Deploy site",
        _DEPLOY,
        "4.*",
        ConnectedServiceName=world.connection,
        WebAppName="$(site)",
        package="drop/**",
    )
    warm = _task("Warm up", world.task_group, "2.*", "metaTask", url="https://$(site).example")
    ask = _task("Check the shop window", MANUAL_INTERVENTION, "8.*", instructions="Is the\n«window» open?")
    site: JsonObject = {"site": {"value": "shop-prod"}, "password": {"value": "invented", "isSecret": True}}
    groups: list[Json] = [world.secrets]
    return [
        _stage(
            "Dev",
            1,
            _phase("Agent job", world.hosted, copy, deploy),
            variables={"site": {"value": "shop-dev"}},
        ),
        _stage("QA", 2, _phase("Agent job", world.queue, copy, deploy, warm), after="Dev"),
        _stage(
            "Prod",
            3,
            _phase("Ask", 0, ask, kind="runOnServer"),
            _phase("Machines", world.machines, deploy, kind="machineGroupBasedDeployment"),
            after="QA",
            variables=site,
            variableGroups=groups,
            preDeployApprovals=_approvals(ana, bo),
            retentionPolicy={"daysToKeep": 365, "releasesToKeep": 10, "retainBuild": True},
        ),
    ]


def _payments(scene: Scene, world: World) -> JsonObject:
    deploy = _task("Deploy service", _DEPLOY, "4.*", azureSubscription=world.connection, appName="payments")
    push = _task("Push packages", externalEndpoint=f"{world.other_connection},{world.connection}")
    gate = _task(GATE, _GATE, "0.*", queryId=guid("query"), maxThreshold="0")
    options: JsonObject = {
        "isEnabled": True,
        "timeout": 1440,
        "samplingInterval": 15,
        "stabilizationTime": 5,
        "minimumSuccessDuration": 0,
    }
    stages: list[Json] = [
        _stage(
            "Staging",
            1,
            _phase("Agent job", world.hosted, deploy, push),
            postDeployApprovals=_approvals(world.team),
        ),
        _stage(
            "Production (EU)",
            2,
            _phase("Agent job", world.queue, deploy),
            after="Staging",
            preDeployApprovals=_approvals(*world.people.values(), enough=1),
            preDeploymentGates={"id": 0, "gatesOptions": options, "gates": [{"tasks": [gate]}]},
        ),
    ]
    return {
        "name": "Payments",
        "path": "\\Services",
        "environments": stages,
        "artifacts": [_artifact(scene, "Payments.CI", "_Payments.CI")],
        "releaseNameFormat": "$(Build.BuildNumber) to all-$(Rev:rr)",
        "variables": {"limit": {"value": "0.1000"}},
    }


def _nightly(world: World) -> JsonObject:
    at: JsonObject = {"daysToRelease": "all", "startHours": 3, "startMinutes": 0, "timeZoneId": "UTC"}
    sign = _task("Sign", "5f2d9b2f-6a0a-4d9c-8a5e-0a6ad5d3b4c1", "1.*", secureFile=world.secure_file)
    stage = _stage("Night", 1, _phase("Agent job", world.hosted, _task("Clean up"), sign), schedules=[at])
    # A credential that nobody has made secret.
    variables: JsonObject = {"dbPassword": {"value": "Plain-Invented-1"}}
    return {
        "name": "Nightly",
        "path": "\\",
        "environments": [stage],
        "releaseNameFormat": "Release-$(rev:r)",
        "variables": variables,
    }


def _odd(world: World) -> JsonObject:
    phase = _phase(
        "../job \\ of: *?", world.hosted, _task("=cmd() <b>run</b> ../../etc"), _task('"quoted", \t tab')
    )
    asked = _approvals(world.people["Chi Nwosu"])
    stage = _stage(
        'Prod / "EU" <i>', 1, phase, preDeployApprovals=asked, futureField=exact_json.loads(_NUMBERS)
    )
    return {
        "name": ODD_NAME,
        "path": "\\Web\\Äußeres & more",
        "description": '=HYPERLINK("http://x.invalid")\n' + "long " * 400,
        "environments": [stage],
        "artifacts": [_repository(world)],
        "releaseNameFormat": "Release-$(rev:r)",
    }


def _repository(world: World) -> JsonObject:
    """Code as an artifact, which is fetched over a connection."""
    return {
        "sourceId": f"{world.other_connection}:fabrikam/shop",
        "type": "GitHub",
        "alias": '_shop "code"',
        "isPrimary": True,
        "definitionReference": {
            "connection": {"id": world.other_connection, "name": "NuGet, intern"},
            "definition": {"id": "fabrikam/shop", "name": "fabrikam/shop"},
            "branch": {"id": "main", "name": "main"},
            "defaultVersionType": {"id": "latestFromBranchType", "name": "Latest"},
        },
    }


def _old(world: World) -> JsonObject:
    stage = _stage("Live", 1, _phase("Agent job", world.hosted, _task("Upload")))
    return {
        "name": OLD_SITE,
        "path": "\\Web",
        "environments": [stage],
        "releaseNameFormat": "Release-$(rev:r)",
    }
