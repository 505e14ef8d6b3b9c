"""What a project holds, read by plain HTTP, with names in place of ids: the judge of what was made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plain_project import Project

_LISTS = (
    "distributedtask/queues",
    "distributedtask/deploymentgroups",
    "distributedtask/variablegroups",
    "distributedtask/taskgroups",
    "distributedtask/securefiles",
    "serviceendpoint/endpoints",
    "build/definitions",
)
# What the service sets by itself (research, section 5: what is dropped to create a definition).
_OF_A_DEFINITION = [
    "id",
    "revision",
    "url",
    "_links",
    "createdBy",
    "createdOn",
    "modifiedBy",
    "modifiedOn",
    "lastRelease",
    "isDeleted",
    "source",
    "comment",
    "projectReference",
]
_OF_A_STAGE = ("id", "badgeUrl", "currentRelease", "deployStep")
_JOB_POOLS = {
    "agentBasedDeployment": "distributedtask/queues",
    "machineGroupBasedDeployment": "distributedtask/deploymentgroups",
}


class Names:
    """Names of a project's things by their ids."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.uid = str(project.get(f"/_apis/projects/{project.name}")["id"])
        self.of = {path: {row["id"]: row["name"] for row in project.rows(path)} for path in _LISTS}
        self.by_guid = {
            uid: f"<{name}>"
            for path in (
                "distributedtask/taskgroups",
                "distributedtask/securefiles",
                "serviceendpoint/endpoints",
            )
            for uid, name in self.of[path].items()
        }

    def definition(self, raw: Any) -> Any:
        """A definition without what the service sets, ids replaced."""
        found = {key: value for key, value in raw.items() if key not in _OF_A_DEFINITION}
        found["variableGroups"] = self._groups(raw["variableGroups"])
        found["environments"] = [self.stage(one) for one in raw["environments"]]
        found["artifacts"] = [self.artifact(one) for one in raw["artifacts"]]
        return self.plain(found)

    def stage(self, raw: Any) -> Any:
        found = {key: value for key, value in raw.items() if key not in _OF_A_STAGE}
        found["variableGroups"] = self._groups(raw["variableGroups"])
        found["deployPhases"] = [self.job(one) for one in raw["deployPhases"]]
        for when in ("preDeployApprovals", "postDeployApprovals"):
            rows = [
                {key: value for key, value in row.items() if key != "id"} for row in raw[when]["approvals"]
            ]
            found[when] = {**raw[when], "approvals": rows}
        for when in ("preDeploymentGates", "postDeploymentGates"):
            if raw.get(when):
                found[when] = {key: value for key, value in raw[when].items() if key != "id"}
        return found

    def job(self, raw: Any) -> Any:
        kind = _JOB_POOLS.get(raw["phaseType"])
        given = dict(raw["deploymentInput"])
        if kind:
            given["queueId"] = self.of[kind][given["queueId"]]
        return {**raw, "deploymentInput": given}

    def artifact(self, raw: Any) -> Any:
        reference = dict(raw["definitionReference"])
        if raw["type"] == "Build":
            definition = reference["definition"]
            name = self.of["build/definitions"][int(definition["id"])]
            assert definition["name"] == name
            assert raw["sourceId"] == f"{reference['project']['id']}:{definition['id']}"
            reference["definition"] = name
        return {**raw, "sourceId": "…", "definitionReference": reference}

    def _groups(self, uids: list[int]) -> list[str]:
        return [self.of["distributedtask/variablegroups"][uid] for uid in uids]

    def plain(self, value: Any) -> Any:
        """People by their unique names, guids of things by their names."""
        if isinstance(value, dict):
            if "uniqueName" in value:
                return str(value["uniqueName"]).replace(f"[{self.project.name}]", "[…]")
            return {key: self.plain(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        if isinstance(value, str):
            for uid, name in self.by_guid.items():
                value = value.replace(uid, name)
            return value.replace(self.uid, "<project>").replace(self.project.name, "<project>")
        return value

    def release(self, raw: Any) -> Any:
        """What can be made anew of a release."""
        stages = [
            {"name": one["name"], "variables": one["variables"], "rank": one["rank"]}
            for one in raw["environments"]
        ]
        artifacts = [
            {
                "alias": one["alias"],
                "version": one["definitionReference"]["version"]["name"],
                "branch": one["definitionReference"].get("branch", {}).get("name"),
            }
            for one in raw["artifacts"]
        ]
        keys = ("name", "status", "description", "keepForever", "tags", "variables", "reason")
        of = raw["releaseDefinition"]
        return {
            **{key: raw[key] for key in keys},
            "definition": f"{of['path']}/{of['name']}",
            "environments": stages,
            "artifacts": artifacts,
        }


def definitions(project: Project) -> dict[str, Any]:
    names = Names(project)
    return {f"{one['path']}/{one['name']}": names.definition(one) for one in project.definitions()}


def releases(project: Project) -> list[Any]:
    names = Names(project)
    return [names.release(one) for one in project.releases()]


def folders(project: Project) -> dict[str, Any]:
    return {row["path"]: row["description"] for row in project.rows("release/folders")}


def started(project: Project) -> list[Any]:
    """Every sign of a deployment."""
    rows = project.rows("release/deployments", top_=100)
    steps = [one for release in project.releases() for one in release["environments"] if one["deploySteps"]]
    moved = [
        one
        for release in project.releases()
        for one in release["environments"]
        if one["status"] != "notStarted"
    ]
    return [*rows, *steps, *moved]


def switched_off(definition: Any) -> Any:
    """What an import makes of the triggers of a definition."""
    stages = [
        {
            **one,
            "schedules": [],
            "conditions": [row for row in one["conditions"] if row["name"] != "ReleaseStarted"],
        }
        for one in definition["environments"]
    ]
    return {**definition, "triggers": [], "environments": stages}


def changes(left: Any, right: Any, path: str = "") -> list[str]:
    """Where two values differ."""
    if type(left) is not type(right):
        return [f"{path}: {left!r} → {right!r}"]
    if isinstance(left, dict):
        return [
            line
            for key in sorted({*left, *right})
            for line in changes(left.get(key, "absent"), right.get(key, "absent"), f"{path}/{key}")
        ]
    if isinstance(left, list) and len(left) == len(right):
        return [
            line
            for n, (one, other) in enumerate(zip(left, right, strict=True))
            for line in changes(one, other, f"{path}/{n}")
        ]
    return [] if left == right else [f"{path}: {left!r} → {right!r}"]
