"""Definitions: the current one, who changed it when, and every revision as it was. Pure.

API pages: "Definitions: List, Get, Get revision", "Get release definition history".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import integer
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.exporting.lists import (
    NAMES,
    RowReader,
    fetch,
    fetch_revision,
    is_vanished,
    listing,
    of_id,
    rows_of,
)
from stackferry.providers.azure_devops.exporting.selection import is_wanted_definition
from stackferry.providers.azure_devops.kinds import (
    DEFINITION_HISTORY,
    DEFINITION_REVISIONS,
    DEFINITIONS,
    uid_of,
)
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.source import LocalRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.exporting.base import BaseRecords
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.options import AzureReadOptions
    from stackferry.providers.source import CursorListing, Fetch, GrowingStore, Job


def definition_list(root: Root, options: AzureReadOptions, *, leads_on: bool) -> CursorListing:
    """The list of definitions; a row leads to the definition and its history."""
    keep = partial(is_wanted_definition, options)
    reader = RowReader(DEFINITIONS, DEFINITIONS.name, options, keep=keep, is_record=False, names=NAMES)

    def jobs(row: JsonObject) -> Iterator[Fetch | CursorListing]:
        yield definition(root, options, release_id(row))
        yield _history(root, options, release_id(row))

    return listing(
        DEFINITIONS,
        reader,
        lambda cursor, rows: read.list_definitions(root, cursor, rows),
        leads_to=jobs if leads_on else None,
    )


def definition_details(
    root: Root, staged: GrowingStore, options: AzureReadOptions, base: BaseRecords | None
) -> Iterator[Job]:
    """Each definition with its history and revisions; the history of one that has not changed comes from a base."""
    for row in staged.objects(rows_of(DEFINITIONS)):
        number = release_id(row)
        yield definition(root, options, number)
        held = base.history(staged, row) if base else []
        if held:
            yield LocalRecords(name=f"{DEFINITION_HISTORY.name}/{number}", records=held, is_reused=True)
        else:
            yield _history(root, options, number)


def revisions(root: Root, staged: GrowingStore, options: AzureReadOptions) -> Iterator[Job]:
    """Every revision that a history names."""
    for row in staged.objects(Stream(DEFINITION_HISTORY.name)):
        if is_vanished(staged, DEFINITIONS, uid_of(row.get("definitionId"))):
            continue
        yield _revision(root, options, row)


def definition(root: Root, options: AzureReadOptions, number: int) -> Fetch:
    """One definition as it is now."""
    return fetch(
        DEFINITIONS,
        f"{DEFINITIONS.name}/{number}",
        read.get_definition(root, number),
        of_id("definition", number),
        DEFINITIONS.key(number),
        options,
    )


def _history(root: Root, options: AzureReadOptions, definition: int) -> CursorListing:
    name = f"{DEFINITION_HISTORY.name}/{definition}"

    def is_its_own(row: JsonObject) -> bool:
        return row.get("definitionId") == definition

    return listing(
        DEFINITION_HISTORY,
        RowReader(DEFINITION_HISTORY, name, options, keep=is_its_own),
        lambda _cursor, _rows: read.list_revisions(root, definition),
        name=name,
        optional=True,
        of_one=True,
        leads_to=lambda row: [_revision(root, options, row)],
    )


def _revision(root: Root, options: AzureReadOptions, row: JsonObject) -> Fetch:
    definition, number = integer(row.get("definitionId")) or 0, integer(row.get("revision")) or 0
    request = read.get_revision(root, definition, number)
    return fetch_revision(DEFINITION_REVISIONS, "definition", (definition, number), request, options)
