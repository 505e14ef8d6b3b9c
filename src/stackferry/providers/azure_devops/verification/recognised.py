"""Lists whose elements are recognised when others come or go before them, and paths that name them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.json_changes import NamedList
from stackferry.core.json_diff import escaped
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json

# By which of their members the elements of a list are recognised: the first that is there.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "environments": ("id", "name"),
    "artifacts": ("alias",),
    "deployPhases": ("name",),
    "deployPhasesSnapshot": ("name",),
    "workflowTasks": ("name",),
    "conditions": ("name",),
    "approvals": ("approver", "rank"),
    "preDeployApprovals": ("id",),
    "postDeployApprovals": ("id",),
    "deploySteps": ("attempt",),
    "releaseDeployPhases": ("id",),
    "manualInterventions": ("id",),
    "deploymentGates": ("id",),
    "deploymentJobs": ("job",),
    "tasks": ("id", "name"),
    "variableGroups": ("id", "name"),
    "schedules": ("jobId",),
    "triggers": ("artifactAlias", "triggerType"),
}
_LABELS: Final = ("name", "alias", "approver", "artifactAlias", "attempt", "id", "rank")


def recognisable(value: Json, under: str = "") -> Json:
    """The value with a name for each element of a list that has one, for `json_changes`."""
    if isinstance(value, dict):
        return {name: recognisable(item, name) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    names = [_name(item, _KEYS.get(under, ()), under) for item in value]
    return NamedList([recognisable(item) for item in value], names)


def _name(item: Json, keys: tuple[str, ...], under: str) -> str:
    if isinstance(item, dict):
        found = next((_word(item[key]) for key in keys if item.get(key)), "")
        return f"{under} {found}" if found else ""
    return f"{under} {_word(item)}" if item is not None and not isinstance(item, list) else ""


def _word(value: Json) -> str:
    if isinstance(value, dict):
        return next((_word(value[key]) for key in ("id", "name", "timelineRecordId") if value.get(key)), "")
    return text(value) or str(value)


def shown_path(path: str, document: Json) -> str:
    """A path in which elements of lists go by their names: `/environments/Prod/rank`."""
    steps: list[str] = []
    for step in path.split("/")[1:]:
        if isinstance(document, list):
            items = as_list(document)
            document = items[int(step)] if int(step) < len(items) else None
            steps.append(_label(document) or step)
        else:
            document = as_object(document).get(step.replace("~1", "/").replace("~0", "~"))
            steps.append(step)
    return "".join(f"/{step}" for step in steps)


def _label(item: Json) -> str:
    if isinstance(item, str):
        return escaped(item)
    row = as_object(item)
    value = next((row[key] for key in _LABELS if row.get(key)), None) or as_object(row.get("job")).get("name")
    return escaped(_word(value)) if value is not None and not isinstance(value, (dict, list)) else ""
