"""The routes of the API, one module for each of its resources; each has its rows of the route table.

A module reads the request, changes the state and words the answer. What several of them need lies beside the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.resources import (
    assets,
    branch_merges,
    bulk,
    entries,
    metadata,
    publish,
    records,
    releases,
    schemas,
    stacks,
    taxonomies,
    terms,
    trash,
    variants,
    workflows,
)

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.routing import Route

_MODULES = (
    assets, branch_merges, bulk, entries, metadata, publish, records, releases, schemas, stacks, taxonomies, terms,
    trash, variants, workflows,
)  # fmt: skip
ROUTES: tuple[Route[Call], ...] = tuple(route for module in _MODULES for route in module.ROUTES)
