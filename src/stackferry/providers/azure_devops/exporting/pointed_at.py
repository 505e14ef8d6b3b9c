"""Folders, and the lists of other areas that definitions point at. Pure.

Each area has rights of its own: where a token lacks one, that kind is one gap and the rest is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.azure_devops.exporting.lists import RowReader, listing
from stackferry.providers.azure_devops.kinds import FOLDERS, POINTED_AT
from stackferry.providers.azure_devops.requests import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import CursorListing, Job


def folders(root: Root, options: AzureReadOptions) -> CursorListing:
    return listing(
        FOLDERS,
        RowReader(FOLDERS, FOLDERS.name, options),
        lambda _cursor, _rows: read.list_folders(root),
        optional=True,
    )


def pointed_at(root: Root, options: AzureReadOptions) -> Iterator[Job]:
    for kind in POINTED_AT:
        yield _list(root, kind, options)


def _list(root: Root, kind: Kind, options: AzureReadOptions) -> CursorListing:
    return listing(
        kind,
        RowReader(kind, kind.name, options),
        lambda cursor, _rows: read.list_pointed_at(root, kind, cursor),
        optional=True,
        may_be_refused=True,
    )
