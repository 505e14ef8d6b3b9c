"""Definitions and releases that are deleted, and that the service still lists. Pure.

API pages: "Definitions: List", "Releases: List", `isDeleted`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.exporting.lists import RowReader, fetch, listing, of_id, rows_of
from stackferry.providers.azure_devops.exporting.selection import (
    is_wanted_definition,
    is_wanted_row,
    params_of,
)
from stackferry.providers.azure_devops.kinds import DELETED_DEFINITIONS, DELETED_RELEASES
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import CursorListing, GrowingStore, Job

_DELETED = ("isDeleted", "true")
_WHOLE = (
    (DELETED_DEFINITIONS, "definition", read.get_definition),
    (DELETED_RELEASES, "release", read.get_release),
)


def deleted_lists(root: Root, options: AzureReadOptions) -> Iterator[CursorListing]:
    """Definitions that can still be brought back, and releases that are not yet destroyed."""
    yield listing(
        DELETED_DEFINITIONS,
        RowReader(
            DELETED_DEFINITIONS,
            DELETED_DEFINITIONS.name,
            options,
            keep=partial(is_wanted_definition, options),
        ),
        lambda cursor, rows: read.list_definitions(root, cursor, rows, _DELETED),
        optional=True,
    )
    yield listing(
        DELETED_RELEASES,
        RowReader(DELETED_RELEASES, DELETED_RELEASES.name, options, keep=partial(is_wanted_row, options)),
        lambda cursor, rows: read.list_releases(root, cursor, rows, *params_of(options), _DELETED),
        optional=True,
    )


def deleted_details(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """The whole of each, where the service still gives it; else its row stays."""
    for kind, name, request in _WHOLE:
        for row in staged.objects(rows_of(kind)):
            number = release_id(row)
            yield fetch(
                kind,
                f"{kind.name}/{number}",
                request(root, number),
                of_id(name, number),
                kind.key(number),
                options,
                known=False,
                if_gone=Page([], 0),
            )
