"""Classic releases of a live project: one client method for each call.

    releases = Releases(session.call, Root.of(place))
    answer = await releases.get(release_id=41, expand=["tasks"])

docs/api.md lists all of them. Clients send what they are given and return what they are answered; refusals are raised
in words that name what was asked for, and what to do next.
"""

from __future__ import annotations

from stackferry.providers.azure_devops.api.approvals import ApprovalFilters, Approvals
from stackferry.providers.azure_devops.api.client import Call, Found, RowPage
from stackferry.providers.azure_devops.api.definitions import Definitions
from stackferry.providers.azure_devops.api.keeper import Keeper
from stackferry.providers.azure_devops.api.logs import Logs, TaskLog
from stackferry.providers.azure_devops.api.release_maker import (
    ArtifactVersion,
    Held,
    Made,
    NewRelease,
    ReleaseMaker,
)
from stackferry.providers.azure_devops.api.releases import ReleaseDetails, ReleaseFilters, Releases
from stackferry.providers.azure_devops.api.stages import Attempt, Stages

__all__ = [
    "ApprovalFilters",
    "Approvals",
    "ArtifactVersion",
    "Attempt",
    "Call",
    "Definitions",
    "Found",
    "Held",
    "Keeper",
    "Logs",
    "Made",
    "NewRelease",
    "ReleaseDetails",
    "ReleaseFilters",
    "ReleaseMaker",
    "Releases",
    "RowPage",
    "Stages",
    "TaskLog",
]
