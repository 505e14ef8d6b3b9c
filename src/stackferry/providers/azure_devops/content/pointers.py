"""Where a definition points at what belongs to other areas: one table, by which pointers are found and exchanged.

Finding and exchanging go through the same code, so whatever is exchanged was looked for first. Connections and secure
files stand in inputs whose names differ from task to task, so there they are found by their ids. API pages:
"Definitions: Create" (the fields), the vendor's tasks (the inputs). Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_list, as_object, integer, nested, objects, text
from stackferry.providers.azure_devops.kinds import (
    BUILDS,
    CONNECTIONS,
    DEPLOYMENT_GROUPS,
    PEOPLE,
    PROJECTS,
    QUEUES,
    REPOSITORIES,
    SECURE_FILES,
    TASK_GROUPS,
    VARIABLE_GROUPS,
    is_guid,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import Json, JsonObject

# DeployPhaseTypes, by their bits. Other phases run on no agent.
_OF_PHASES: Final = {
    "agentbaseddeployment": QUEUES.name,
    "1": QUEUES.name,
    "machinegroupbaseddeployment": DEPLOYMENT_GROUPS.name,
    "4": DEPLOYMENT_GROUPS.name,
}
_META_TASK: Final = "metatask"
_APPROVALS: Final = ("preDeployApprovals", "postDeployApprovals")
_GATES: Final = ("preDeploymentGates", "postDeploymentGates")
# Inputs that hold a connection or a file by the vendor's tasks: an id in them that nothing lists is told.
_CONNECTION_INPUT: Final = re.compile(
    r"(?i)(connected.?service\w*|azure.?subscription|\w*service.?connection|\w*endpoints?)"
)
_FILE_INPUT: Final = re.compile(r"(?i)\w*secure.?file\w*")
_PARTED: Final = re.compile(r"(\s*[,;\n]\s*)")
_AUTOMATED: Final[JsonObject] = {"rank": 1, "isAutomated": True, "isNotificationOn": False}
_REPOSITORY_TYPES: Final = frozenset({"git", "tfvc"})


class Pointer(NamedTuple):
    """An id of something that is not in the definition.

    `name`: what the definition itself calls it. `where`: the stage and the job or task that need it. `version`: of a
    task group, the major one. Not `needed`: without it the definition says almost the same.
    """

    kind: str
    id: str
    name: str = ""
    where: str = ""
    version: str = ""
    needed: bool = True


class Exchange:
    """One definition with the ids that `resolve` gives; what it gives None for is left out.

    `known`: the ids of connections, secure files and people that an input may hold, in lower case, and the kind of
    each. `named`: what something of a kind is called, by the id that `resolve` gave; empty: as before.
    """

    def __init__(
        self,
        resolve: Callable[[Pointer], str | None],
        known: Mapping[str, str],
        named: Callable[[str, str], str] = lambda _kind, _id: "",
    ) -> None:
        self._resolve, self._known, self._named = resolve, known, named

    def definition(self, definition: JsonObject) -> JsonObject:
        made = self._with_groups(definition, "the definition")
        if "artifacts" in definition:
            rows = (self.artifact(row) for row in objects(definition["artifacts"]))
            made["artifacts"] = [row for row in rows if row is not None]
        if "environments" in definition:
            made["environments"] = [self._stage(row) for row in objects(definition["environments"])]
        return made

    def _with_groups(self, holder: JsonObject, where: str) -> JsonObject:
        made = dict(holder)
        if as_list(holder.get("variableGroups")):
            found = (
                self._resolve(Pointer(VARIABLE_GROUPS.name, str(one), where=where))
                for one in as_list(holder["variableGroups"])
            )
            made["variableGroups"] = [as_id(one) for one in found if one is not None]
        return made

    # --- stages ---

    def _stage(self, stage: JsonObject) -> JsonObject:
        name = f"stage {text(stage.get('name'))}"
        made = self._with_groups(stage, name)
        for side in _APPROVALS:
            if side in stage:
                made[side] = self._approvals(as_object(stage[side]), name)
        for side in _GATES:
            if side in stage:
                made[side] = self._gates(as_object(stage[side]), name)
        if "deployPhases" in stage:
            made["deployPhases"] = [self._phase(row, name) for row in objects(stage["deployPhases"])]
        if as_object(stage.get("processParameters")):
            made["processParameters"] = self._anywhere(stage["processParameters"], "", name)
        self._set_owner(made, name)
        self._set_old_queue(made, name)
        return made

    def _set_owner(self, stage: JsonObject, where: str) -> None:
        """Who is told about a stage; the service takes who makes it, where nobody is named."""
        if owner := as_object(stage.pop("owner", None)):
            found = self._resolve(person(owner, where, needed=False))
            if found is not None:
                stage["owner"] = {"id": found}

    def _set_old_queue(self, stage: JsonObject, where: str) -> None:
        """Services before 4.0 have tasks and a queue in the stage itself, and no phases."""
        if objects(stage.get("deployPhases")):
            return
        if integer(stage.get("queueId")):
            found = self._resolve(Pointer(QUEUES.name, str(stage["queueId"]), where=where))
            stage["queueId"] = None if found is None else as_id(found)
        if objects(nested(stage, "deployStep", "tasks")):
            stage["deployStep"] = {"tasks": self._tasks(nested(stage, "deployStep", "tasks"), where)}

    def _approvals(self, rule: JsonObject, where: str) -> JsonObject:
        rows = [self._approval(row, where) for row in objects(rule.get("approvals"))]
        kept: list[Json] = [row for row in rows if row is not None]
        return {**rule, "approvals": kept or ([dict(_AUTOMATED)] if rows else [])}

    def _approval(self, row: JsonObject, where: str) -> JsonObject | None:
        if row.get("isAutomated") is True or not as_object(row.get("approver")):
            return row
        found = self._resolve(person(as_object(row["approver"]), where))
        return None if found is None else {**row, "approver": {"id": found}}

    def _gates(self, rule: JsonObject, where: str) -> JsonObject:
        if not objects(rule.get("gates")):
            return rule
        gates: list[Json] = [
            {**gate, "tasks": self._tasks(gate.get("tasks"), where)} for gate in objects(rule["gates"])
        ]
        return {**rule, "gates": gates}

    def _phase(self, phase: JsonObject, stage: str) -> JsonObject:
        where = f"{stage}, job {text(phase.get('name'))}"
        made: JsonObject = {**phase, "workflowTasks": self._tasks(phase.get("workflowTasks"), where)}
        given = as_object(phase.get("deploymentInput"))
        kind = _OF_PHASES.get(str(phase.get("phaseType")).lower())
        if kind is not None and given:
            found = self._resolve(Pointer(kind, str(integer(given.get("queueId")) or 0), where=where))
            made["deploymentInput"] = {**given, "queueId": None if found is None else as_id(found)}
        return made

    def _tasks(self, tasks: Json, where: str) -> list[Json]:
        made = (self._task(row, f"{where}, task {text(row.get('name'))}") for row in objects(tasks))
        return [row for row in made if row is not None]

    def _task(self, task: JsonObject, where: str) -> JsonObject | None:
        made = dict(task)
        if text(task.get("definitionType")).lower() == _META_TASK:
            major = text(task.get("version")).partition(".")[0]
            found = self._resolve(Pointer(TASK_GROUPS.name, text(task.get("taskId")), "", where, major))
            if found is None:
                return None
            made["taskId"] = found
        for name in ("inputs", "overrideInputs"):
            if as_object(task.get(name)):
                made[name] = self._anywhere(task[name], "", where)
        return made

    def _anywhere(self, value: Json, name: str, where: str) -> Json:
        """A value with the ids that stand in its texts, alone or in a list of several."""
        if isinstance(value, dict):
            return {key: self._anywhere(one, key, where) for key, one in value.items()}
        if isinstance(value, list):
            return [self._anywhere(one, name, where) for one in value]
        return self._input(value, name, where) if isinstance(value, str) else value

    def _input(self, value: str, name: str, where: str) -> str:
        pieces = _PARTED.split(value)
        kinds = [self._kind_of(piece.strip(), name) for piece in pieces]
        if not any(kinds):
            return value
        found = [
            piece
            if not kind
            else self._resolve(Pointer(kind, piece.strip(), where=where, needed=kind != PEOPLE.name))
            for piece, kind in zip(pieces, kinds, strict=True)
        ]
        return _joined(found)

    def _kind_of(self, value: str, name: str) -> str:
        """The kind of thing whose id a part of an input is; empty for none."""
        if known := self._known.get(value.lower()):
            return known
        if not is_guid(value):
            return ""
        if _FILE_INPUT.fullmatch(name):
            return SECURE_FILES.name
        return CONNECTIONS.name if _CONNECTION_INPUT.fullmatch(name) else ""

    # --- artifacts ---

    def artifact(self, artifact: JsonObject) -> JsonObject | None:
        """An artifact's rule; None where what it is made of is left out."""
        reference = as_object(artifact.get("definitionReference"))
        where = f"artifact {text(artifact.get('alias'))}"
        kind = text(artifact.get("type")).lower()
        changes = dict[str, str]()  # ids that stand in the artifact's `sourceId`, too
        made = {name: one for name, one in reference.items() if name != "artifactSourceDefinitionUrl"}
        for name, of in _of_artifact(kind):
            asked = as_object(reference.get(name))
            if not text(asked.get("id")):
                continue
            new = self._resolve(Pointer(of, text(asked["id"]), text(asked.get("name")), where))
            if new is None:
                return None
            changes[text(asked["id"]).lower()] = new
            called = self._named(of, new)
            made[name] = {**asked, "id": new, **({"name": called} if called else {})}
        found: JsonObject = {**artifact, "definitionReference": made}
        if source := text(artifact.get("sourceId")):
            found["sourceId"] = ":".join(changes.get(part.lower(), part) for part in source.split(":"))
        return found


def _of_artifact(kind: str) -> Iterator[tuple[str, str]]:
    """What the parts of an artifact's reference point at, by its type in lower case."""
    yield "connection", CONNECTIONS.name
    if kind == "build":
        yield from (("project", PROJECTS.name), ("definition", BUILDS.name))
    elif kind in _REPOSITORY_TYPES:
        yield from (("project", PROJECTS.name), ("definition", REPOSITORIES.name))


def person(row: JsonObject, where: str, *, needed: bool = True) -> Pointer:
    """A pointer at somebody: a user, or a group such as `[Project]\\Name`, by an IdentityRef."""
    name = text(row.get("uniqueName")) or text(row.get("displayName"))
    return Pointer(PEOPLE.name, text(row.get("id")), name, where, needed=needed)


def as_id(found: str) -> Json:
    """An id as a body holds it."""
    return int(found) if found.isdecimal() and found.isascii() else found


def _joined(pieces: list[str | None]) -> str:
    """The parts of a list with what is between them; nothing is between parts that are left out."""
    kept = [pieces[at] for at in range(0, len(pieces), 2) if pieces[at] is not None]
    between = pieces[1] if len(pieces) > 1 else ","
    if len(kept) * 2 - 1 == len(pieces):
        return "".join(str(piece) for piece in pieces)
    return str(between).join(map(str, kept))


def pointers(definition: JsonObject, known: Mapping[str, str]) -> list[Pointer]:
    """Everything that a definition points at."""
    found: list[Pointer] = []

    def note(pointer: Pointer) -> str:
        found.append(pointer)
        return pointer.id

    Exchange(note, known).definition(definition)
    return found
