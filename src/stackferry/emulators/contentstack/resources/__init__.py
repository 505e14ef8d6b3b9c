"""One module for each resource of the API; each has its rows of the route table."""

from __future__ import annotations

from stackferry.emulators.contentstack.resources import (
    asset_folders,
    assets,
    bulk,
    entries,
    entry_languages,
    entry_publish,
    entry_transfer,
    entry_versions,
    locales,
    publish_queue,
    records,
    releases,
    schemas,
    stacks,
    taxonomies,
    terms,
    variants,
    workflows,
)

ROUTES = (
    *assets.ROUTES,
    *asset_folders.ROUTES,
    *bulk.ROUTES,
    *records.ROUTES,
    *entries.ROUTES,
    *entry_languages.ROUTES,
    *entry_publish.ROUTES,
    *entry_transfer.ROUTES,
    *entry_versions.ROUTES,
    *locales.ROUTES,
    *publish_queue.ROUTES,
    *releases.ROUTES,
    *schemas.ROUTES,
    *stacks.ROUTES,
    *taxonomies.ROUTES,
    *terms.ROUTES,
    *variants.ROUTES,
    *workflows.ROUTES,
)
