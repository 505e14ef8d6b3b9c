"""`stackferry release` on a project of Azure DevOps: classic releases, by the API's own operations."""

from __future__ import annotations

from stackferry.cli.azure_devops import (
    release_approvals,
    release_changes,
    release_create,
    release_list,
    release_logs,
    release_show,
    release_stage,
)
from stackferry.cli.azure_devops.release_group import command

__all__ = [
    "command",
    "release_approvals",
    "release_changes",
    "release_create",
    "release_list",
    "release_logs",
    "release_show",
    "release_stage",
]
