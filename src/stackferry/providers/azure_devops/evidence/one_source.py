"""The attempts that the archives of one project know, each once; they lie in scratch tables. Pure."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, epoch_seconds, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.evidence.archive import Archive, Row
    from stackferry.providers.evidence import Wanted
    from stackferry.providers.source import TempTables

UNKNOWN: Final = float("-inf")


class _Held(NamedTuple):
    """A row of the table: the key of an attempt, the place of its archive (the oldest is 0), its number in that."""

    release: int
    stage: int
    attempt: int
    place: int
    number: int
    at: float
    definition: str
    facts: bytes


class OfOneSource:
    """`archives` are of one project, the oldest first. `count`: attempts that are wanted."""

    def __init__(self, archives: list[Archive], wanted: Wanted, scratch: TempTables) -> None:
        self.archives, self._wanted, self.count = archives, wanted, 0
        self._held = scratch.table(8, self._all())
        self._names = names_of(archives)
        self._order = scratch.table(6, self._chosen())  # when it was queued, and the first columns of `_Held`

    def rows(self) -> Iterator[JsonObject]:
        """The facts of each, by time."""
        for _, *key in self._order:
            (found,) = self._held.of(*key)
            held = _Held(*found)
            facts = as_object(exact_json.loads(held.facts))
            facts["vanished"] = facts["vanished"] or self._missing_since(held) or None
            yield facts

    def _all(self) -> Iterator[_Held]:
        for place, archive in enumerate(self.archives):
            for number, row in enumerate(archive.rows()):
                facts = exact_json.dumps(row.facts)
                yield _Held(*row.key, place, number, _at(row), row.definition, facts)

    def _chosen(self) -> Iterator[tuple[float, int, int, int, int, int]]:
        """What is wanted of the newest row of each attempt."""
        for _, rows in groupby(self._held, key=itemgetter(0, 1, 2)):
            *_, newest = rows
            held = _Held(*newest)
            if self._is_wanted(held):
                self.count += 1
                yield held.at, *held[:5]

    def _is_wanted(self, held: _Held) -> bool:
        wanted = self._wanted
        named = self._names.get(held.definition, set())
        if wanted.definitions and named.isdisjoint(folded(wanted.definitions)):
            return False
        if wanted.stages and _stage(held) not in folded(wanted.stages):
            return False
        # Where no time is told nobody can say that it is not meant.
        return held.at == UNKNOWN or _is_within(held.at, wanted)

    def _missing_since(self, held: _Held) -> str:
        """The watermark of the first later archive that has no such release any more."""
        later = self.archives[held.place + 1 :]
        return next((watermark(one) or "unknown" for one in later if one.lacks(held.release)), "")


def _stage(held: _Held) -> str:
    return text(as_object(exact_json.loads(held.facts)).get("stage")).casefold()


def _is_within(queued: float, wanted: Wanted) -> bool:
    since, until = epoch_seconds(wanted.since), epoch_seconds(wanted.until)
    return not (since is not None and queued < since) and not (until is not None and queued >= until)


def watermark(archive: Archive) -> str:
    return text(archive.manifest.get("watermark"))


def seconds(at: str) -> float:
    found = epoch_seconds(at)
    return UNKNOWN if found is None else found


def _at(row: Row) -> float:
    """When an attempt was queued; where that is not told, the first thing that is."""
    times = (seconds(text(row.facts.get(name))) for name in ("queued_on", "started_on", "completed_on"))
    return next((found for found in times if found != UNKNOWN), UNKNOWN)


def names_of(archives: list[Archive]) -> dict[str, set[str]]:
    """What each definition can be asked for by, by id: its id, and every name that it has or had."""
    found: dict[str, set[str]] = {}
    for archive in archives:
        for uid, names in archive.names.items():
            found.setdefault(uid, {uid}).update(folded(names))
    return found


def folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}
