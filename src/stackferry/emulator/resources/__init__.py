"""One module for each resource of the API; each has its rows of the route table."""

from __future__ import annotations

from stackferry.emulator.resources import (
    assets,
    collections,
    entries,
    entry_transfer,
    locales,
    schemas,
    stacks,
)

ROUTES = (
    *stacks.ROUTES,
    *locales.ROUTES,
    *collections.ROUTES,
    *schemas.ROUTES,
    *entries.ROUTES,
    *entry_transfer.ROUTES,
    *assets.ROUTES,
)
