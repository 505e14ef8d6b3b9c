"""What the things of one side that definitions point at are called, and their ids by these names. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer, nested, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.kinds import MAPPED, PEOPLE, PROJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.places import Objects

_LIKE: Final = 3  # names that come close, at most
_LISTED: Final = frozenset(MAPPED) - {PROJECTS.name, PEOPLE.name}


class Names:
    """The things of one side, read from its lists when a kind is first asked for."""

    def __init__(self, store: Objects) -> None:
        self._store = store
        self._names: dict[str, dict[str, str]] = {}  # by kind and id
        self._ids: dict[str, dict[str, list[str]]] = {}  # by kind and name

    def name(self, kind: str, uid: str) -> str:
        """What the thing of an id is called; empty where this side does not list it."""
        return self._read(kind).get(uid.lower(), "")

    def ids(self, kind: str, name: str, version: str = "") -> list[str]:
        """The ids of everything of that name, in the same letter case if there is any; of a task group in a version."""
        self._read(kind)
        exact = self._ids[kind].get(name, [])
        found = exact or [
            uid for other, ids in self._ids[kind].items() if other.lower() == name.lower() for uid in ids
        ]
        return [uid for uid in found if not version or version in self._versions(kind, uid)]

    def of(self, kind: str) -> Iterator[tuple[str, str]]:
        """Every thing of a kind: its id in lower case, and its name."""
        yield from self._read(kind).items()

    def rows(self, kind: str) -> Iterator[JsonObject]:
        yield from self._store.objects(Stream(kind))

    def _versions(self, kind: str, uid: str) -> set[str]:
        """The major versions of a task group, each of which is a row of its own."""
        rows = (row for row in self.rows(kind) if id_of(row) == uid)
        return {str(integer(nested(row, "version", "major")) or 1) for row in rows}

    def _read(self, kind: str) -> dict[str, str]:
        if kind not in self._names:
            names, ids = dict[str, str](), dict[str, list[str]]()
            for row in self.rows(kind) if kind in _LISTED else ():
                uid, name = id_of(row), text(row.get("name"))
                names[uid.lower()] = name
                if uid not in ids.setdefault(name, []):
                    ids[name].append(uid)
            self._names[kind], self._ids[kind] = names, ids
        return self._names[kind]


def like(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of some names that come close to one, the closest first."""
    by_case = {other.lower(): other for other in sorted(names, reverse=True)}
    return tuple(by_case[one] for one in get_close_matches(name.lower(), sorted(by_case), _LIKE, 0.4))


def id_of(row: JsonObject) -> str:
    """An id as a text: a number, or a guid."""
    number = integer(row.get("id"))
    return text(row.get("id")) if number is None else str(number)
