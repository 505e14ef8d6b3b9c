"""The clients of Azure DevOps about classic releases (docs/api.md).

async with stackferry.connect("azure-devops://fabrikam@services/Web") as project:
    answer = await Releases(project.call, Root.of(project.place)).get(release_id=41)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.library.mappings import mapping_file
from stackferry.providers.azure_devops.api import (
    Approvals,
    ArtifactVersion,
    Definitions,
    Keeper,
    Logs,
    NewRelease,
    ReleaseDetails,
    ReleaseFilters,
    ReleaseMaker,
    Releases,
    Stages,
)
from stackferry.providers.azure_devops.hosts import Root
from stackferry.providers.azure_devops.kinds import MAPPED
from stackferry.providers.azure_devops.options import AzureReadOptions, AzureWriteOptions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Approvals",
    "ArtifactVersion",
    "AzureReadOptions",
    "AzureWriteOptions",
    "Definitions",
    "Keeper",
    "Logs",
    "NewRelease",
    "ReleaseDetails",
    "ReleaseFilters",
    "ReleaseMaker",
    "Releases",
    "Root",
    "Stages",
    "read_mapping",
]


def read_mapping(file: str | Path) -> dict[str, str]:
    """What a mapping file says, as "KIND:NAME" and the name or id in the target. What is left empty says nothing.

    Raises UsageError, with the line, for a file that is none, and for tables that are empty or of another name.
    """
    return mapping_file.read_mapping(file, MAPPED)
