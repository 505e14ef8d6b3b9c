"""What lies around definitions: the queues, groups, connections, files, builds and people that they point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.organization import guid

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Project
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import JsonObject

_BUILDS = 12  # of each build definition


def furnish(service: Emulator, organization: str, project: str, *, token: str, seed: int) -> Project:
    """A new project without definitions, but with what those of `generate` point at: other ids, the same names."""
    made = service.add_project(organization, project, token=token)
    scene = service.scene(organization, made.name)
    make_world(scene, seed)
    make_builds(scene)
    return made


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
    secure_file: str
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
    file = guid(project.id, "file", seed)
    project.put("securefiles", {"id": file, "name": "signing.pfx", "properties": {}})
    hosted = next(int(str(row["id"])) for row in project.others["queues"] if row["name"] == "Azure Pipelines")
    return World(
        own, hosted, machines, group, secrets, task_group, connections[0], connections[1], file, people, team
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


def make_builds(scene: Scene) -> dict[str, list[int]]:
    """Two build definitions, each with builds; the ids of these by the definition's name."""
    project = scene.project
    made: dict[str, list[int]] = {}
    for name, path in (("Shop.CI", "\\"), ("Payments.CI", "\\Services")):
        number = scene.new_id("build_definitions")
        project.put(
            "build_definitions", {"id": number, "name": name, "path": path, "revision": 3, "type": "build"}
        )
        made[name] = []
        for build in range(1, _BUILDS + 1):
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
