"""The clients of Azure DevOps about classic releases (docs/api.md).

async with stackferry.connect("azure-devops://fabrikam@services/Web") as project:
    answer = await Releases(project.call, Root.of(project.place)).get(release_id=41)
"""

from __future__ import annotations

from stackferry.library.mappings.mapping_file import read_mapping
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
from stackferry.providers.azure_devops.options import AzureReadOptions, AzureWriteOptions

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
