"""What the ids in definitions and releases stand for: queues, groups, connections, stages, people. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import nested, objects, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.kinds import BUILDS, DEFINITIONS, POINTED_AT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

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
        return self._names[kind].get(plain_id(value))

    def all_of(self, kind: str) -> set[str]:
        """The names of everything of a kind; of names with commas their parts."""
        return {part for name in self._names.get(kind, {}).values() for part in name.split(",")}

    def person(self, person: JsonObject) -> Json:
        """Somebody by the unique name; who left by what there is."""
        return next((name for key in _PERSON if (name := text(person.get(key)))), None)


def definition_name(row: JsonObject) -> str:
    """A definition or a build with the folder that it lies in."""
    return "\\".join(filter(None, (text(row.get("path")).strip("\\"), text(row.get("name")))))


def _found(store: RecordStore) -> Iterator[Found]:
    for kind in POINTED_AT:
        for row in store.objects(Stream(kind.name)):
            name = definition_name(row) if kind is BUILDS else text(row.get("name"))
            yield Found(kind.name, plain_id(row.get("id")), name)
    for row in store.objects(Stream(DEFINITIONS.name)):
        name = definition_name(row)
        yield Found(DEFINITIONS.name, plain_id(row.get("id")), name)
        for stage in objects(row.get("environments")):
            yield Found(STAGES, plain_id(stage.get("id")), f"{name}\\{text(nested(stage, 'name'))}")


def plain_id(value: Json) -> str:
    """An id as a text: an integer, the key of one, or a guid in any letter case."""
    shown = text(value) or ("" if value is None else str(value))
    return str(int(shown)) if shown.isascii() and shown.isdecimal() else shown.lower()
