"""What an import has to know of its target: which lists, people and definitions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.marks import marks_begin
from stackferry.providers.azure_devops.content.people import in_any_project, is_group
from stackferry.providers.azure_devops.content.pointers import pointers
from stackferry.providers.azure_devops.exporting.inventory import AzureInventoryOptions, definition_key
from stackferry.providers.azure_devops.kinds import (
    BUILDS,
    DEFINITIONS,
    PEOPLE,
    PROJECTS,
    RELEASES,
    uid_of,
)
from stackferry.providers.azure_devops.matching.mapping import (
    asked_for,
    is_one_organization,
    known_ids,
    own_projects,
)
from stackferry.providers.azure_devops.matching.names import Names
from stackferry.providers.azure_devops.matching.rule import named_apart
from stackferry.providers.azure_devops.matching.unknown_names import refuse_unknown_names
from stackferry.providers.azure_devops.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Place
    from stackferry.providers.azure_devops.content.pointers import Pointer
    from stackferry.providers.azure_devops.options import AzureWriteOptions
    from stackferry.providers.source import ReadOptions, RecordStore
    from stackferry.providers.target import WriteOptions

_DEFINITIONS = Stream(DEFINITIONS.name)


def inventory_options(
    source: RecordStore, salt: str, options: WriteOptions, places: tuple[Place, Place]
) -> ReadOptions:
    """What an import between two places reads of its target. Raises UsageError for a mapping of unknown names."""
    refuse_unknown_names(source, options)
    own, known = write_options(options), known_ids(source)
    writes = own.includes(DEFINITIONS.name)
    found = [one for row in source.objects(_DEFINITIONS) for one in pointers(row, known)]
    needed = found if writes else [one for one in found if one.kind in (BUILDS.name, PROJECTS.name)]
    people = _people(source, own, needed, places)
    has_builds = any(one.kind == BUILDS.name for one in found) and own.includes(RELEASES.name)
    return AzureInventoryOptions(
        salt=salt,
        wanted=frozenset(definition_key(row) for row in named_apart(source).values()),
        people=people,
        lists=frozenset(one.kind for one in needed),
        built=_built(source, own, found) if has_builds else frozenset(),
        has_releases=own.includes(RELEASES.name),
        looks_alike=own.includes(RELEASES.name) and not own.ignore_alike,
        makes_definitions=writes,
        marks=marks_begin(places[0]),
        releases=_releases_with_definitions(source),
        needs_project=_needs_project(found, people, places),
        spares_people=PEOPLE.name in own.without,
    )


def _releases_with_definitions(source: RecordStore) -> int:
    """How many releases there are of definitions that the snapshot holds."""
    ids = {uid_of(row.get("id")) for row in source.objects(_DEFINITIONS)}
    rows = source.objects(Stream(RELEASES.name))
    return sum(uid_of(nested(row, "releaseDefinition", "id")) in ids for row in rows)


def _needs_project(found: Iterable[Pointer], people: Iterable[str], places: tuple[Place, Place]) -> bool:
    """Whether the target's project itself is read: something names a project, or it may be the snapshot's own."""
    is_one_organization = places[0].key.lower() == places[1].key.lower()
    names_one = any(one.kind == PROJECTS.name for one in found)
    return is_one_organization or names_one or any(name.startswith("[") for name in people)


def _people(
    source: RecordStore, options: AzureWriteOptions, found: Iterable[Pointer], places: tuple[Place, Place]
) -> frozenset[str]:
    """Whom to look for, by name. In one organization users keep their ids, and groups of a project do not."""
    own, is_one = own_projects(source, places[0]), is_one_organization(*places)
    names = set[str]()
    for one in found:
        if one.kind != PEOPLE.name:
            continue
        asked = asked_for(options.mapping, PEOPLE.name, one.name, one.id)
        if asked or (one.name and (is_group(one.name) or not is_one)):
            names.add(asked or in_any_project(one.name, own))
    return frozenset(names)


def _built(source: RecordStore, options: AzureWriteOptions, found: Iterable[Pointer]) -> frozenset[str]:
    """What the build definitions are called in the target, or their ids there."""
    here = Names(source)
    named = ((here.name(BUILDS.name, one.id) or one.name, one.id) for one in found if one.kind == BUILDS.name)
    return frozenset(asked_for(options.mapping, BUILDS.name, name, uid) or name for name, uid in named)
