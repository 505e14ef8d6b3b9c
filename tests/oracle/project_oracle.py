"""What an emulated project of Azure DevOps holds, by names in place of ids: read from its raw state alone.

Two projects are alike where these are equal. What is unique to a project, as ids, dates and people who did something,
is not part of it.
"""

from __future__ import annotations

import copy
import re
from typing import Any

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOP = ("id", "revision", "url", "_links", "createdBy", "createdOn", "modifiedBy", "modifiedOn", "lastRelease",
        "isDeleted", "projectReference", "source", "comment")  # fmt: skip
_STAGE = ("id", "badgeUrl", "currentRelease", "deployStep", "queueId", "owner")
_TABLES = {
    "endpoints": "connection",
    "securefiles": "file",
    "taskgroups": "task group",
    "build_definitions": "build definition",
}


class Names:
    """What the ids in one project are called."""

    def __init__(self, organization: Any, project: Any) -> None:
        self.project = project
        self.guids = {project.id.lower(): "this project"}
        for table, words in _TABLES.items():
            for row in project.others[table]:
                self.guids[str(row["id"]).lower()] = f"{words} {row['name']}"
        for uid, person in organization.people.items():
            name = str(person["uniqueName"]).replace(f"[{project.name}]", "[this project]")
            self.guids[uid.lower()] = f"person {name}"

    def of(self, table: str, uid: Any) -> str:
        return next((row["name"] for row in self.project.others[table] if row["id"] == uid), f"nothing {uid}")

    def text(self, value: str) -> str:
        return _GUID.sub(lambda found: self.guids.get(found[0].lower(), found[0]), value)


def definitions(organization: Any, project: Any, *, quiet: bool) -> dict[str, Any]:
    """Every definition that is there, by folder and name. `quiet`: without what starts something by itself."""
    names = Names(organization, project)
    return {
        f"{raw['path']}/{raw['name']}": _definition(names, raw, quiet=quiet)
        for raw in (one.raw for one in project.definitions.values() if one.deleted_at is None)
    }


def _definition(names: Names, raw: Any, *, quiet: bool) -> Any:
    made = {key: copy.deepcopy(value) for key, value in raw.items() if key not in _TOP}
    made["variableGroups"] = [names.of("variablegroups", one) for one in made.get("variableGroups") or []]
    made["artifacts"] = [_rule(names, one) for one in made.get("artifacts") or []]
    made["environments"] = [_stage(names, one, quiet=quiet) for one in made["environments"]]
    if quiet:
        made["triggers"] = []
    return _named(names, made)


def _stage(names: Names, stage: Any, *, quiet: bool) -> Any:
    made = {key: value for key, value in stage.items() if key not in _STAGE}
    made["variableGroups"] = [names.of("variablegroups", one) for one in made.get("variableGroups") or []]
    for phase in made.get("deployPhases") or []:
        given = phase.get("deploymentInput")
        if given and phase["phaseType"] == "agentBasedDeployment":
            given["queueId"] = names.of("queues", given["queueId"])
        elif given and phase["phaseType"] == "machineGroupBasedDeployment":
            given["queueId"] = names.of("deploymentgroups", given["queueId"])
    for side in ("preDeployApprovals", "postDeployApprovals"):
        for row in made[side]["approvals"]:
            row.pop("id", None)
            row["approver"] = (row.get("approver") or {}).get("id")
    for side in ("preDeploymentGates", "postDeploymentGates"):
        (made.get(side) or {}).pop("id", None)
    if quiet:
        made |= {"schedules": [], "environmentTriggers": []}
        made["conditions"] = [one for one in made["conditions"] if one["conditionType"] != "event"]
    return made


def _rule(names: Names, artifact: Any) -> Any:
    made, reference = dict(artifact), dict(artifact["definitionReference"])
    if artifact["type"] == "Build":
        number = int(reference["definition"]["id"])
        called = names.of("build_definitions", number)
        reference["definition"] = {"id": called, "name": called}
        reference["project"] = "this project"
        made["sourceId"] = made["sourceId"].rpartition(":")[0] + ":" + called
    return {**made, "definitionReference": reference}


def _named(names: Names, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _named(names, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(names, one) for one in value]
    return names.text(value) if isinstance(value, str) else value


def releases(project: Any) -> dict[str, list[Any]]:
    """What can be made anew of the releases of each definition that is there, in the order in which they were made."""
    found: dict[str, list[Any]] = {}
    builds = {str(row["id"]): row["buildNumber"] for row in project.others["builds"]}
    for number in sorted(project.releases):
        raw = project.releases[number]
        definition = project.definitions.get(raw["releaseDefinition"]["id"])
        if definition is not None and definition.deleted_at is None:
            row = _release(builds, raw)
            found.setdefault(f"{definition.raw['path']}/{definition.raw['name']}", []).append(row)
    return found


def _release(builds: dict[str, str], raw: Any) -> Any:
    versions = {}
    for artifact in raw["artifacts"]:
        reference = artifact["definitionReference"]
        version = reference.get("version") or {}
        uid = str(version.get("id"))
        called = builds.get(uid, f"no build {uid}") if artifact["type"] == "Build" and version else uid
        versions[artifact["alias"]] = (called, version.get("name"), (reference.get("branch") or {}).get("id"))
    return {
        "name": raw["name"],
        "status": raw["status"],
        "description": raw["description"],
        "reason": raw["reason"],
        "keepForever": raw["keepForever"],
        "tags": sorted(raw["tags"]),
        "variables": _values(raw["variables"]),
        "stages": {one["name"]: _values(one["variables"]) for one in raw["environments"]},
        "artifacts": versions,
    }


def _values(variables: Any) -> dict[str, Any]:
    return {name: one.get("value") for name, one in variables.items() if not one.get("isSecret")}


def started(project: Any) -> list[str]:
    """Whatever has started in a project, or is about to."""
    found = [f"deployment {number}" for number in project.deployments]
    for number, raw in project.releases.items():
        found += [
            f"release {number}, stage {stage['name']}: {stage['status']}"
            for stage in raw["environments"]
            if stage["status"] not in ("notStarted", "undefined") or stage["deploySteps"]
        ]
    return [*found, *(f"run of release {run.release}" for run in project.runs)]


def self_starting(project: Any) -> list[str]:
    """What would start something by itself, of the definitions that are there."""
    found = []
    for raw in (one.raw for one in project.definitions.values() if one.deleted_at is None):
        found += [f"{raw['name']}: triggers"] * bool(raw.get("triggers"))
        for stage in raw["environments"]:
            parts = [name for name in ("schedules", "environmentTriggers") if stage.get(name)]
            parts += [
                "automatic"
                for one in stage["conditions"]
                if one["conditionType"] not in ("environmentState", "artifact")
            ]
            found += [f"{raw['name']}, {stage['name']}: {part}" for part in parts]
    return found
