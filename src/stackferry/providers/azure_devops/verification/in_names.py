"""A definition or a release with names in place of the ids that point elsewhere. Pure.

Which fields hold ids of what: API pages "Definitions: Get", "Releases: Get release". An ordinary task keeps its id,
which is the same everywhere; a connection stands in an input of any name and is known by its id alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, text
from stackferry.providers.azure_devops.kinds import (
    CONNECTIONS,
    DEFINITIONS,
    DEPLOYMENT_GROUPS,
    QUEUES,
    SECURE_FILES,
    TASK_GROUPS,
    VARIABLE_GROUPS,
)
from stackferry.providers.azure_devops.verification.names import STAGES

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.verification.names import Names

_ON_MACHINES: Final = frozenset({"machinegroupbaseddeployment", "4"})
_META_TASK: Final = "metatask"
_IDS: Final = {
    "queueId": QUEUES.name,
    "definitionEnvironmentId": STAGES,
    "releaseDefinitionId": DEFINITIONS.name,
}
_OF_PEOPLE: Final = ("uniqueName", "displayName", "descriptor", "imageUrl")


def in_names(value: Json, names: Names) -> Json:
    """The value in which people and what definitions point at are named."""
    if isinstance(value, list):
        return [in_names(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    if is_person(value):
        return names.person(value)
    return {name: _member(name, item, value, names) for name, item in value.items()}


def is_person(value: JsonObject) -> bool:
    """Whether an object is an IdentityRef: somebody, or a group."""
    return "id" in value and any(text(value.get(name)) for name in _OF_PEOPLE) and "environments" not in value


def _member(name: str, value: Json, owner: JsonObject, names: Names) -> Json:
    if name == "deploymentInput" and str(owner.get("phaseType")).lower() in _ON_MACHINES:
        given = as_object(in_names({**as_object(value), "queueId": None}, names))
        return {**given, "queueId": _named(DEPLOYMENT_GROUPS.name, as_object(value).get("queueId"), names)}
    if name in _IDS:
        return _named(_IDS[name], value, names)
    if name == "variableGroups" and isinstance(value, list):
        return [
            _named(VARIABLE_GROUPS.name, item, names) if not isinstance(item, dict) else in_names(item, names)
            for item in value
        ]
    if name == "taskId" and text(owner.get("definitionType") or "").lower() == _META_TASK:
        return _named(TASK_GROUPS.name, value, names)
    if name == "inputs" and isinstance(value, dict):
        return {key: _input(item, names) for key, item in value.items()}
    return in_names(value, names)


def _named(kind: str, value: Json, names: Names) -> Json:
    """0 and null point at nothing."""
    return names.of(kind, value) if value and (integer(value) or text(value)) else value


def _input(value: Json, names: Names) -> Json:
    """An input of a task: a connection or a secure file by its id, or several with commas."""
    parts = text(value).split(",") if isinstance(value, str) else []
    shown: list[str] = []
    for part in parts:
        kinds = (kind.name for kind in (CONNECTIONS, SECURE_FILES))
        found = next((kind for kind in kinds if names.known(kind, part.strip()) is not None), None)
        shown.append(part if found is None else text(names.of(found, part.strip())))
    return ",".join(shown) if parts else in_names(value, names)
