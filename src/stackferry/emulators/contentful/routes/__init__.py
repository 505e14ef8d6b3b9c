"""What each path of the API does: a module for each group of kinds, whose rows are put together here."""

from __future__ import annotations

from stackferry.emulators.contentful.routes import (
    assets,
    bulk_actions,
    content_types,
    editor_interfaces,
    entries,
    locales,
    snapshots,
    spaces,
    tags,
    uploads,
)

ROUTES = (
    *spaces.ROUTES,
    *locales.ROUTES,
    *tags.ROUTES,
    *content_types.ROUTES,
    *editor_interfaces.ROUTES,
    *snapshots.ROUTES,
    *entries.ROUTES,
    *assets.ROUTES,
    *uploads.ROUTES,
    *bulk_actions.ROUTES,
)
