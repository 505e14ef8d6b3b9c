"""Users and groups in definitions, and the names of groups, which begin with that of their project. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects
from stackferry.providers.azure_devops.content.releases import stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

_OF_PROJECT: Final = re.compile(r"\[([^\]]*)\]\\(.*)", re.DOTALL)
_ANY: Final = "*"  # in the name of a group: the project itself, whatever it is called


def people_of(definition: JsonObject) -> Iterator[JsonObject]:
    """Everybody whom a definition asks, or tells."""
    for stage in stages(definition):
        yield as_object(stage.get("owner"))
        for side in ("preDeployApprovals", "postDeployApprovals"):
            for row in objects(nested(stage, side, "approvals")):
                yield as_object(row.get("approver"))


def is_group(name: str) -> bool:
    """Whether a name is that of a group, `[Project]\\Name`."""
    return _OF_PROJECT.fullmatch(name) is not None


def in_any_project(name: str, projects: frozenset[str]) -> str:
    """The name of a group of one of these projects as that of the same group in any; every other as it is."""
    group = _OF_PROJECT.fullmatch(name)
    if group is None or group[1].lower() not in projects:
        return name
    return f"[{_ANY}]\\{group[2]}"


def in_project(name: str, project: str) -> str:
    """The name of such a group in one project."""
    return f"[{project}]{name[len(_ANY) + 2 :]}" if name.startswith(f"[{_ANY}]\\") else name
