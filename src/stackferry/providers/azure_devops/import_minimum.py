"""The fewest requests that an import can take, by the formula of what it brings and what the target held.

    reads     pages of definitions + definitions that are there already + pages of releases + folders + settings
              + pages of the releases of definitions that are there, where no release bears a mark
              + kinds that definitions point at + people who are asked or told + pages of builds
    writes    folders + definitions + releases + releases with another name, kept for ever or abandoned
              + releases with tags + definitions whose triggers come on, where that is asked for

What the target held needs no write. Pure; counts rows and plans nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from stackferry.json_values import as_list, texts
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.releases import status_of
from stackferry.providers.azure_devops.exporting.inventory import (
    build_definitions,
    definition_key,
    unmarked_definitions,
)
from stackferry.providers.azure_devops.exporting.lists import rows_of
from stackferry.providers.azure_devops.importing.definitions import wanted_folders
from stackferry.providers.azure_devops.importing.nothing_starts import starting_parts
from stackferry.providers.azure_devops.importing.releases import NAMES
from stackferry.providers.azure_devops.importing.wanted import inventory_options
from stackferry.providers.azure_devops.kinds import (
    BUILDS_MADE,
    DEFINITIONS,
    FOLDERS,
    PEOPLE,
    PROJECTS,
    RELEASES,
    uid_of,
)
from stackferry.providers.azure_devops.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.exporting.inventory import AzureInventoryOptions
    from stackferry.providers.target import ImportContext

_ROWS: Final = 100  # of a page
_BUILDS: Final = 1000


def import_minimum(context: ImportContext) -> dict[str, int]:
    """The fewest reads and writes; which releases have another name is known once the import is done."""
    return {"read": _reads(context), "write": _writes(context)}


def _reads(context: ImportContext) -> int:
    if context.origin is None or context.place is None:
        return 0
    asked = inventory_options(context.source, "", context.options, (context.origin, context.place))
    own = cast("AzureInventoryOptions", asked)
    held = {definition_key(row) for row in context.target.objects(rows_of(DEFINITIONS))}
    parts = (
        _pages(_count(context, rows_of(DEFINITIONS)), _ROWS),
        _count(context, Stream(DEFINITIONS.name)),
        _pages(_count(context, Stream(RELEASES.name)), _ROWS) if own.has_releases else 0,
        sum(_pages(count, _ROWS) for count in unmarked_definitions(context.target, own).values())
        if own.looks_alike
        else 0,
        1 + (not own.wanted <= held) if own.makes_definitions else 0,
        len(own.lists - {PEOPLE.name, PROJECTS.name}),
        len(own.people),
        _pages(_count(context, Stream(BUILDS_MADE.name)), _BUILDS)
        if build_definitions(context.target, own)
        else 0,
    )
    return sum(parts)


def _writes(context: ImportContext) -> int:
    folders = [path for path in wanted_folders(context.source) if context.identity.target(FOLDERS.name, path)]
    definitions = [row for row in _rows(context, DEFINITIONS.name) if _is_new(context, DEFINITIONS.name, row)]
    releases = sum(
        1 + bool(texts(as_list(row.get("tags")))) + _is_changed(context, row)
        for row in _rows(context, RELEASES.name)
        if _is_new(context, RELEASES.name, row)
    )
    enabled = write_options(context.options).enable_triggers
    starting = [row for row in definitions if enabled and [*starting_parts(row)]]
    return len(folders) + len(definitions) + releases + len(starting)


def _is_new(context: ImportContext, kind: str, row: JsonObject) -> bool:
    """Whether the target has it now and had it not before."""
    target = context.identity.target(kind, uid_of(row.get("id")))
    stream = rows_of(DEFINITIONS) if kind == DEFINITIONS.name else Stream(kind)
    return target is not None and context.target.get(stream, target) is None


def _is_changed(context: ImportContext, row: JsonObject) -> bool:
    """Whether a new release has another name at first, is kept for ever, or abandoned."""
    name = context.identity.target(NAMES, uid_of(row.get("id")))
    return name != row.get("name") or row.get("keepForever") is True or status_of(row) == "abandoned"


def _rows(context: ImportContext, kind: str) -> Iterator[JsonObject]:
    return context.source.objects(Stream(kind))


def _count(context: ImportContext, stream: Stream) -> int:
    return sum(1 for _ in context.target.objects(stream))


def _pages(count: int, size: int) -> int:
    return max(1, -(-count // size))
