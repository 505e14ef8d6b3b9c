"""What an import left out on purpose, because the target has nothing that definitions could point at there. Pure.

Its gap says of which kinds, and not where: the places are found here, by what stands in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT, Absent
from stackferry.json_values import as_list, as_object, text
from stackferry.providers.azure_devops.kinds import (
    BUILDS,
    CONNECTIONS,
    PEOPLE,
    PROJECTS,
    REPOSITORIES,
    SECURE_FILES,
    TASK_GROUPS,
    VARIABLE_GROUPS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json
    from stackferry.providers.azure_devops.verification.edits import Edit
    from stackferry.providers.azure_devops.verification.elsewhere.known_gaps import KnownGaps
    from stackferry.providers.azure_devops.verification.names import Names

_PLACES: Final[Mapping[str, str]] = {
    VARIABLE_GROUPS.name: r"(/.*)?/variableGroups(/[^/]+)?",
    TASK_GROUPS.name: r"/.*/(workflowTasks|tasks)(/[^/]+)?",
    CONNECTIONS.name: r"/artifacts(/.*)?|/.*/(inputs|overrideInputs)(/.*)?",
    SECURE_FILES.name: r"/.*/(inputs|overrideInputs)(/.*)?",
    PEOPLE.name: r"/environments/[^/]+/((pre|post)DeployApprovals/approvals(/.*)?|owner)",
    BUILDS.name: r"/artifacts(/.*)?",
    REPOSITORIES.name: r"/artifacts(/.*)?",
    PROJECTS.name: r"/artifacts(/.*)?",
}
_INPUTS: Final = re.compile(r"/(inputs|overrideInputs)(/|$)")


def left_out(edit: Edit, known: KnownGaps, names: Names) -> str:
    """Why a part of a definition, or of a release of it, is not there; empty where nothing was left out of it."""
    for kind, place in _PLACES.items():
        reason = known.of_object(kind, "*")
        if reason and re.fullmatch(place, edit.path) and _is_of(kind, edit, names):
            return reason
    return ""


def _is_of(kind: str, edit: Edit, names: Names) -> bool:
    """Whether what is gone is of the kind. In place of approvers an automated approval may stand."""
    if kind == PEOPLE.name:
        return True
    if _INPUTS.search(edit.path):
        gone = _words(edit.left) - _words(edit.right)
        return bool(gone) and gone <= names.all_of(kind) and _words(edit.right) <= _words(edit.left)
    if edit.right is not ABSENT or isinstance(edit.left, Absent):
        return False
    rows = as_list(edit.left) or [edit.left]
    return kind != TASK_GROUPS.name or all(_is_group(row) for row in rows)


def _is_group(task: Json) -> bool:
    return text(as_object(task).get("definitionType")).lower() == "metatask"


def _words(side: object) -> set[str]:
    """The texts of an input, or of all inputs, without the commas between them."""
    if isinstance(side, dict):
        return {word for value in side.values() for word in _words(value)}
    return {*side.split(",")} if isinstance(side, str) else set()
