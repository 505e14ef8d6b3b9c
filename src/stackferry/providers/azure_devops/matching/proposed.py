"""A mapping of everything that the definitions of a snapshot point at, as far as names tell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.pointers import pointers
from stackferry.providers.azure_devops.kinds import DEFINITIONS, MAPPED, PEOPLE, PROJECTS
from stackferry.providers.azure_devops.matching.mapping import mapped
from stackferry.providers.azure_devops.matching.names import Names, like
from stackferry.providers.mapping import MappedName

if TYPE_CHECKING:
    from stackferry.providers.target import ImportContext


def proposed_mapping(context: ImportContext) -> list[MappedName]:
    """One row for each thing, in the order of the kinds and names."""
    ids, there = context.once(mapped), Names(context.target)
    places: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[str, str], str] = {}
    for row in context.source.objects(Stream(DEFINITIONS.name)):
        for pointer in pointers(row, ids.known):
            key = (pointer.kind, ids.name(pointer) or pointer.id)
            uid = ids.resolve(pointer)
            if not pointer.needed or pointer.kind == PROJECTS.name:
                continue
            is_person = pointer.kind == PEOPLE.name
            found[key] = (
                "" if uid is None else ids.person(key[1]) if is_person else _called(there, key[0], uid)
            )
            where = f"{text(row.get('name'))}, {pointer.where}"
            if where not in places.setdefault(key, []):
                places[key].append(where)
    ordered = sorted(found, key=lambda key: (MAPPED.index(key[0]), key[1]))
    return [
        MappedName(*key, found[key], () if found[key] else _like(there, *key), tuple(places[key]))
        for key in ordered
    ]


def _called(there: Names, kind: str, uid: str) -> str:
    """What a thing of the target is called; its id where nothing else tells it."""
    return there.name(kind, uid) or uid


def _like(there: Names, kind: str, name: str) -> tuple[str, ...]:
    return like(name, (other for _, other in there.of(kind)))
