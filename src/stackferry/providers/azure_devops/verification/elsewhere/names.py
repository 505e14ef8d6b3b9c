"""What ids of two projects stand for, in the names of the target. Pure.

What an import was told to map has the name that it was mapped to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import nested, objects, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.kinds import BUILDS, DEFINITIONS, RELEASES
from stackferry.providers.azure_devops.verification.names import Names, plain_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject, Place
    from stackferry.providers.source import RecordStore

_OWN = "the project"


class NamesOfOne(Names):
    """The names of one of two projects. What is its own, as groups and itself, is named without it."""

    def __init__(self, store: RecordStore, place: Place | None) -> None:
        super().__init__(store)
        self._own = _project_names(store) | ({place.name.lower()} if place else frozenset())

    def of(self, kind: str, value: Json) -> Json:
        return self.mapped(kind, value, text(super().of(kind, value)) or None)

    def mapped(self, kind: str, value: Json, name: str | None) -> Json:
        """What a thing with this id and name is called in the target."""
        del kind
        return value if name is None else name

    def person(self, person: JsonObject) -> Json:
        name = text(super().person(person))
        return self.mapped("people", person.get("id"), self._of_project(name)) if name else None

    def project(self, reference: JsonObject) -> Json:
        """A project that an artifact comes from."""
        uid, name = plain_id(reference.get("id")), text(reference.get("name"))
        if {uid, name.lower()} & self._own:
            return _OWN
        return self.mapped("projects", reference.get("id"), name or uid)

    def _of_project(self, name: str) -> str:
        project, mark, group = name.removeprefix("[").partition("]\\")
        return f"[{_OWN}]\\{group}" if mark and name[0] == "[" and project.lower() in self._own else name


class SourceNames(NamesOfOne):
    """Names of the source as they are in the target. `mapping`: names by "KIND:NAME" or "KIND:ID"."""

    def __init__(
        self, store: RecordStore, place: Place | None, target: NamesOfOne, mapping: Mapping[str, str]
    ) -> None:
        super().__init__(store, place)
        self._target, self._mapping = target, mapping

    def mapped(self, kind: str, value: Json, name: str | None) -> Json:
        asked = self._mapping.get(f"{kind}:{name}") or self._mapping.get(f"{kind}:{value}")
        if asked is None:
            return super().mapped(kind, value, name)
        return self._target.known(kind, asked) or asked

    def person(self, person: JsonObject) -> Json:
        given = text(Names.person(self, person))
        return self._mapping.get(f"people:{given}") or super().person(person)


def _project_names(store: RecordStore) -> frozenset[str]:
    """The guid of the project and what artifacts call it."""
    found: set[str] = set()
    for kind, path in ((RELEASES, ("projectReference", "id")), (BUILDS, ("project", "id"))):
        row = next(iter(store.objects(Stream(kind.name))), None)
        found.add(plain_id(nested(row, *path)))
    for row in store.objects(Stream(DEFINITIONS.name)):
        for artifact in objects(row.get("artifacts")):
            project = nested(artifact, "definitionReference", "project")
            if plain_id(nested(project, "id")) in found:
                found.add(text(nested(project, "name")).lower())
    return frozenset(found - {""})
