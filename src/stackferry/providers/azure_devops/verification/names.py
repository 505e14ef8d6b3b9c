"""What the ids in definitions and releases stand for: queues, groups, connections, stages, people. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import integer, nested, objects, text
from stackferry.model import Stream, integer_key
from stackferry.providers.azure_devops.kinds import BUILDS, DEFINITIONS, POINTED_AT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import Identity

STAGES: Final = "stages"  # of definitions
_PERSON: Final = ("uniqueName", "displayName", "id")


class Found(NamedTuple):
    """One object that has an id and a name."""

    kind: str
    uid: str
    name: str


class Names:
    """The names of one side, or of two that are one place: there the later store says what a thing is called now.

    Where two things of a kind have one name, their ids are told with it, so that they stay two.
    """

    def __init__(self, *stores: RecordStore) -> None:
        self._names: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for store in stores:
            for found in _found(store):
                self._names[found.kind][found.uid] = found.name
        self._counts = {kind: Counter(names.values()) for kind, names in self._names.items()}

    def of(self, kind: str, value: Json) -> Json:
        """The name of what an id stands for; the id itself where nothing of the kind has it."""
        name = self.known(kind, value)
        if name is None:
            return value
        return name if self._counts[kind][name] == 1 else f"{name} ({value})"

    def known(self, kind: str, value: Json) -> str | None:
        return self._names[kind].get(_plain(value))

    def person(self, person: JsonObject) -> Json:
        """Somebody by the unique name; who left by what there is."""
        return next((name for key in _PERSON if (name := text(person.get(key)))), None)

    def holds(self, kind: str, name: str) -> bool:
        return self._counts.get(kind, Counter())[name] > 0


class SourceNames(Names):
    """The names of a source as they are in its target: what an import has mapped has the name that it was mapped to."""

    def __init__(self, source: RecordStore, target: Names, identity: Identity, project: str) -> None:
        super().__init__(source)
        self._target, self._identity, self._project = target, identity, project

    def of(self, kind: str, value: Json) -> Json:
        for uid in _keys(value):
            mapped = self._identity.target(kind, uid)
            if mapped is not None and self._target.known(kind, mapped) is not None:
                return self._target.of(kind, _plain(mapped))
        return super().of(kind, value)

    def person(self, person: JsonObject) -> Json:
        name = super().person(person)
        mapped = (self._identity.target("people", uid) for uid in _keys(name))
        return next(filter(None, mapped), of_this_project(name, self._project))


class TargetNames(Names):
    """The names of a target."""

    def __init__(self, store: RecordStore, project: str) -> None:
        super().__init__(store)
        self._project = project

    def person(self, person: JsonObject) -> Json:
        return of_this_project(super().person(person), self._project)


def of_this_project(name: Json, project: str) -> Json:
    """A group of a project, `[Project]\\Name`, without the project's name: each project has its own."""
    mark = f"[{project}]\\"
    is_own = isinstance(name, str) and name.lower().startswith(mark.lower())
    return f"[the project]\\{text(name)[len(mark) :]}" if is_own else name


def definition_name(row: JsonObject) -> str:
    """A definition or a build with the folder that it lies in."""
    return "\\".join(filter(None, (text(row.get("path")).strip("\\"), text(row.get("name")))))


def _found(store: RecordStore) -> Iterator[Found]:
    for kind in POINTED_AT:
        for row in store.objects(Stream(kind.name)):
            name = definition_name(row) if kind is BUILDS else text(row.get("name"))
            yield Found(kind.name, _plain(row.get("id")), name)
    for row in store.objects(Stream(DEFINITIONS.name)):
        name = definition_name(row)
        yield Found(DEFINITIONS.name, _plain(row.get("id")), name)
        for stage in objects(row.get("environments")):
            yield Found(STAGES, _plain(stage.get("id")), f"{name}\\{text(nested(stage, 'name'))}")


def _plain(value: Json) -> str:
    """An id as a text: an integer, the key of one, or a guid in any letter case."""
    shown = text(value) or ("" if value is None else str(value))
    return str(int(shown)) if shown.isascii() and shown.isdecimal() else shown.lower()


def _keys(value: Json) -> tuple[str, ...]:
    """The ways in which an identity may name an id."""
    number = integer(value)
    if number is None:
        return tuple(dict.fromkeys((text(value), _plain(value)))) if text(value) else ()
    return (integer_key(number), str(number)) if number >= 0 else ()
