"""What a definition of the source points at, as it is in the target: by its name, or as the import was told.

Ids differ between projects, names mostly do not. Nothing is guessed: what has no counterpart, or several, is missing,
and everything missing is told at once, before the first write. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.content import pointers
from stackferry.providers.azure_devops.content.people import in_any_project, in_project, is_group, people_of
from stackferry.providers.azure_devops.content.pointers import Exchange, Pointer
from stackferry.providers.azure_devops.kinds import (
    BUILDS,
    CONNECTIONS,
    DEFINITIONS,
    PEOPLE,
    PROJECT_IDS,
    PROJECTS,
    REPOSITORIES,
    SECURE_FILES,
)
from stackferry.providers.azure_devops.matching.names import Names, id_of, like
from stackferry.providers.azure_devops.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import JsonObject, Place
    from stackferry.providers.places import Objects
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_ANYWHERE: Final = frozenset({BUILDS.name, REPOSITORIES.name, PROJECTS.name})
"""What may lie in another project of the same organization."""


class Missing(NamedTuple):
    """What a definition points at and the target has not, or has several times: `found` are their ids.

    `name`: what people call it; empty where nothing tells that. `asked`: what it was to be, and `like` it: names of the
    target that come close.
    """

    pointer: Pointer
    name: str
    found: tuple[str, ...] = ()
    asked: str = ""
    like: tuple[str, ...] = ()


class Mapped:
    """What the source's ids are in the target, of everything that definitions point at."""

    def __init__(self, context: ImportContext) -> None:
        self._options = write_options(context.options)
        self._target = context.target
        self._origin, self._place = context.origin, context.place
        self._here, self._there = Names(context.everything), Names(context.target)
        self.known = known_ids(context.everything)
        self._own_projects = own_projects(context.everything, context.origin)
        self._found: dict[tuple[str, str, str], str | None] = {}
        self._missing: dict[tuple[str, str, str], Missing] = {}

    def definition(self, definition: JsonObject) -> JsonObject:
        """A definition in the target's ids; without what has no counterpart."""
        return Exchange(self.resolve, self.known, self._called).definition(definition)

    def artifact(self, artifact: JsonObject) -> JsonObject | None:
        """An artifact of a definition likewise; None where it is left out."""
        return Exchange(self.resolve, self.known, self._called).artifact(artifact)

    def resolve(self, pointer: Pointer) -> str | None:
        """The id in the target; None where there is none, or it is left out."""
        key = (pointer.kind, pointer.id.lower() or pointer.name, pointer.version)
        if key not in self._found:
            name = self.name(pointer)
            ids = self._ids(pointer, name)
            self._found[key] = ids[0] if len(ids) == 1 else None
            if len(ids) != 1:
                asked = asked_for(self._options.mapping, pointer.kind, name, pointer.id)
                close = like(asked, (one for _, one in self._there.of(pointer.kind))) if asked else ()
                self._missing[key] = Missing(pointer, name, tuple(ids), asked, close)
        return self._found[key]

    def missing(self, definitions: Iterable[JsonObject]) -> list[Missing]:
        """What these definitions need and the target has not, once for each place that needs it."""
        found: list[Missing] = []
        for definition in definitions:
            for pointer in pointers.pointers(definition, self.known):
                if self.resolve(pointer) is None and pointer.needed:
                    key = (pointer.kind, pointer.id.lower() or pointer.name, pointer.version)
                    where = f"{text(definition.get('name'))}, {pointer.where}"
                    found.append(self._missing[key]._replace(pointer=pointer._replace(where=where)))
        return found

    def name(self, pointer: Pointer) -> str:
        """What people call what a pointer points at, in the source."""
        return self._here.name(pointer.kind, pointer.id) or pointer.name

    def person(self, name: str) -> str:
        """What somebody of the source is called in the target: a group of the project by the name of that one."""
        asked = asked_for(self._options.mapping, PEOPLE.name, name, "")
        row = self._target.get(Stream(PROJECTS.name), "") or {}
        return asked or in_project(in_any_project(name, self._own_projects), text(row.get("name")))

    def _called(self, kind: str, uid: str) -> str:
        """What the thing of an id is called in the target."""
        if kind == PROJECTS.name:
            row = self._target.get(Stream(PROJECTS.name), "") or {}
            return text(row.get("name")) if id_of(row) == uid else ""
        return self._there.name(kind, uid)

    def _ids(self, pointer: Pointer, name: str) -> list[str]:
        asked = asked_for(self._options.mapping, pointer.kind, name, pointer.id)
        if pointer.kind == PEOPLE.name:
            return self._person(pointer, asked)
        if asked:
            if self._there.name(pointer.kind, asked):
                return [asked]
            given = self._there.ids(pointer.kind, asked, pointer.version)
            return given or ([asked] if pointer.kind in (PROJECTS.name, REPOSITORIES.name) else [])
        if pointer.kind == PROJECTS.name and self._is_own(pointer):
            row = self._target.get(Stream(PROJECTS.name), "") or {}
            return [id_of(row)] if row else []
        is_listed = bool(self._here.name(pointer.kind, pointer.id))
        if pointer.kind in _ANYWHERE and not is_listed and self._is_one_organization:
            return [pointer.id]
        return self._there.ids(pointer.kind, name, pointer.version) if name else []

    def _is_own(self, pointer: Pointer) -> bool:
        return not self._own_projects.isdisjoint({pointer.id.lower(), pointer.name.lower()} - {""})

    def _person(self, pointer: Pointer, asked: str) -> list[str]:
        of_group = is_group(pointer.name)
        if not asked and not of_group and self._is_one_organization:
            return [pointer.id]
        wanted = asked or in_any_project(pointer.name, self._own_projects)
        row = self._target.get(Stream(PEOPLE.name), wanted.lower())
        return [] if row is None else [id_of(row)]

    @property
    def _is_one_organization(self) -> bool:
        one, other = self._origin, self._place
        return one is not None and other is not None and is_one_organization(one, other)


def mapped(context: ImportContext) -> Mapped:
    """What ids of the source are in the target; ask for it with `context.once`."""
    return context.once(Mapped)


def is_one_organization(one: Place, other: Place) -> bool:
    """Whether two projects share their people, and may point at each other."""
    return _organization(one) == _organization(other)


def _organization(place: Place) -> tuple[str, str, str]:
    """What stands before the project in a name is the path of an own server: each is a server of its own."""
    return place.key.lower(), place.service, place.name.rpartition("/")[0].lower()


def asked_for(mapping: Mapping[str, str], kind: str, name: str, uid: str) -> str:
    """What the user said something of the source is in the target: by its name, or its id."""
    return mapping.get(f"{kind}:{name}", "") or mapping.get(f"{kind}:{uid}", "")


def known_ids(store: Objects) -> dict[str, str]:
    """The ids, in lower case, that may stand in an input of a task without its name telling, and their kinds."""
    found = {
        text(person.get("id")).lower(): PEOPLE.name
        for definition in store.objects(Stream(DEFINITIONS.name))
        for person in people_of(definition)
    }
    names = Names(store)
    for kind in (CONNECTIONS.name, SECURE_FILES.name):
        found |= dict.fromkeys((uid for uid, _ in names.of(kind)), kind)
    found.pop("", None)
    return found


def own_projects(store: RecordStore, origin: Place | None) -> frozenset[str]:
    """The id and the name of the project that a snapshot is of, in lower case, as far as it tells them."""
    found = {origin.name.rpartition("/")[2].lower()} if origin is not None else set[str]()
    for kind, path in PROJECT_IDS:
        row = next(iter(store.objects(Stream(kind.name))), None)
        found.add(text(nested(row, *path)).lower())
    return frozenset(found - {""})
