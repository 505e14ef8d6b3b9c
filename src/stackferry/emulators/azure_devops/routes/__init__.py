"""What each path of the API does: a module for each group of resources, whose rows are put together here."""

from __future__ import annotations

from stackferry.emulators.azure_devops.routes import (
    approvals,
    attachments,
    definitions,
    deployments,
    folders,
    interventions,
    locations,
    logs,
    others,
    releases,
    settings,
    stages,
    tags,
)

_MODULES = (
    approvals,
    attachments,
    definitions,
    deployments,
    folders,
    interventions,
    locations,
    logs,
    others,
    releases,
    settings,
    stages,
    tags,
)
ROUTES = tuple(row for module in _MODULES for row in module.RULES)
