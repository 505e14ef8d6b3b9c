"""The definitions of a project that is made up, and what they point at in other areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.azure_devops.deploying.phases import MANUAL_INTERVENTION
from stackferry.emulators.azure_devops.organization import guid

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import Json, JsonObject

_SCRIPT = "e213ff0f-5d5c-4791-802d-52ea3e7be1f1"
_DEPLOY = "497d490f-eea7-4f2b-ab94-48d9c1acdcb1"
_GATE = "f1e4b0e6-017e-4819-8a48-ef19ae96e289"
GATE = "Query work items"
ODD_NAME = "Füße & <script>alert('x')</script> =cmd() .. 配布"
OLD_SITE = "Old site"
_NUMBERS = b'{"ratio": 0.1000, "big": 12345678901234567890, "exponent": 1E2, "nothing": null}'


@dataclass(frozen=True, slots=True)
class World:
    """What lies around the definitions: ids of queues, groups, connections and people."""

    queue: int
    hosted: int
    machines: int
    group: int
    secrets: int
    task_group: str
    connection: str
    other_connection: str
    people: dict[str, JsonObject]
    team: JsonObject


def make_world(scene: Scene, seed: int) -> World:
    """Fill the other areas. Ids differ from those of another project with another seed."""
    project, home = scene.project, scene.organization
    for _ in range(seed % 7):  # so that equal names have other ids elsewhere
        scene.new_id("queues")
        scene.new_id("variablegroups")
        scene.new_id("deploymentgroups")
    people = {
        name: home.add_person(name, unique)
        for name, unique in (
            ("Ana Souza", "ana.souza@fabrikam.example"),
            ("Bo Lindqvist", "bo.lindqvist@fabrikam.example"),
            ("Chi Nwosu", "chi.nwosu@fabrikam.example"),
            ('Dee "=SUM(A1)" <b>Ray</b>', "dee.ray@fabrikam.example"),
        )
    }
    team = home.add_person(
        f"[{project.name}]\\Release Managers", f"[{project.name}]\\Release Managers", is_group=True
    )
    own = scene.new_id("queues")
    pool: JsonObject = {"id": 40 + seed % 7, "name": "Own pool", "isHosted": False, "poolType": "automation"}
    project.put("queues", {"id": own, "projectId": project.id, "name": "Own pool", "pool": pool})
    machines = scene.new_id("deploymentgroups")
    project.put("deploymentgroups", {"id": machines, "name": "Web servers", "machineCount": 2, "pool": pool})
    group, secrets = scene.new_id("variablegroups"), scene.new_id("variablegroups")
    project.put(
        "variablegroups", _variable_group(group, "Shared settings", {"region": {"value": "westeurope"}})
    )
    hidden: JsonObject = {"apiKey": {"value": None, "isSecret": True}, "user": {"value": "deploy"}}
    project.put("variablegroups", _variable_group(secrets, "Keys of production", hidden))
    task_group = guid(project.id, "task group", seed)
    version: JsonObject = {"major": 2, "minor": 1, "patch": 0, "isTest": False}
    project.put(
        "taskgroups",
        {"id": task_group, "name": "Warm up", "version": version, "category": "Deploy", "tasks": []},
    )
    connections = [guid(project.id, "connection", number, seed) for number in (1, 2)]
    for uid, name, kind in zip(
        connections, ("Azure (production)", "NuGet, intern"), ("azurerm", "externalnuget"), strict=True
    ):
        row: JsonObject = {"id": uid, "name": name, "type": kind, "isReady": True, "owner": "library"}
        project.put("endpoints", {**row, "authorization": {"scheme": "ServicePrincipal", "parameters": None}})
    project.put(
        "securefiles", {"id": guid(project.id, "file", seed), "name": "signing.pfx", "properties": {}}
    )
    hosted = next(int(str(row["id"])) for row in project.others["queues"] if row["name"] == "Azure Pipelines")
    return World(
        own, hosted, machines, group, secrets, task_group, connections[0], connections[1], people, team
    )


def _variable_group(number: int, name: str, variables: JsonObject) -> JsonObject:
    return {
        "id": number,
        "name": name,
        "type": "Vsts",
        "description": "",
        "variables": variables,
        "isShared": False,
    }


def make_builds(scene: Scene, count: int) -> dict[str, list[int]]:
    """Two build definitions, each with builds; the ids of these by the definition's name."""
    project = scene.project
    made: dict[str, list[int]] = {}
    for name, path in (("Shop.CI", "\\"), ("Payments.CI", "\\Services")):
        number = scene.new_id("build_definitions")
        project.put(
            "build_definitions", {"id": number, "name": name, "path": path, "revision": 3, "type": "build"}
        )
        made[name] = []
        for build in range(1, count + 1):
            uid = scene.new_id("builds")
            branch = "refs/heads/main" if build % 4 else f"refs/heads/release/{build}"
            row: JsonObject = {
                "id": uid,
                "buildNumber": f"2026.{1 + build // 28}.{build}",
                "status": "completed",
                "result": "succeeded",
                "sourceBranch": branch,
                "definition": {"id": number, "name": name, "path": path},
            }
            project.put("builds", row)
            made[name].append(uid)
    return made


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
    stages: list[Json] = [
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
        "environments": stages,
        "artifacts": [_artifact(scene, "Shop.CI", "_Shop.CI")],
        "triggers": [trigger],
        "releaseNameFormat": "Release-$(rev:r)",
        "tags": ["web"],
        "properties": {"DefinitionCreationSource": {"$type": "System.String", "$value": "ReleaseNew"}},
    }


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
    stage = _stage("Night", 1, _phase("Agent job", world.hosted, _task("Clean up")), schedules=[at])
    return {"name": "Nightly", "path": "\\", "environments": [stage], "releaseNameFormat": "Release-$(rev:r)"}


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
        "releaseNameFormat": "Release-$(rev:r)",
    }


def _old(world: World) -> JsonObject:
    stage = _stage("Live", 1, _phase("Agent job", world.hosted, _task("Upload")))
    return {
        "name": OLD_SITE,
        "path": "\\Web",
        "environments": [stage],
        "releaseNameFormat": "Release-$(rev:r)",
    }
