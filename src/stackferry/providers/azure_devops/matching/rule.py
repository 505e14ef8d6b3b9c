"""The rule of matching: which definition and which release of the target is which of the source.

    definitions    the folder and the name, in any letter case; else what an earlier import between the two places
                   made of it, if the target still holds that
    releases       what an earlier import made of it, if the target still holds that; else the mark of the source; where
                   the service keeps no marks, one that is like it in everything, if that is beyond doubt (`alike`)

Names of releases repeat, so they alone say nothing. Pure: reads only what is staged of both sides.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.marks import mark_in, mark_of
from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.exporting.inventory import definition_key
from stackferry.providers.azure_devops.exporting.lists import rows_of
from stackferry.providers.azure_devops.kinds import DEFINITIONS, RELEASES, uid_of
from stackferry.providers.azure_devops.matching.alike import Alike
from stackferry.providers.azure_devops.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_RELEASES = Stream(RELEASES.name)


class Matches:
    """The pairs of what the snapshot holds and what the target held before the import; uids are those of records."""

    def __init__(self, context: ImportContext) -> None:
        self._source, self._target, self._earlier = context.everything, context.target, context.earlier
        self._origin = context.origin
        self._by_key = {
            definition_key(row): uid_of(row.get("id")) for row in self._target.objects(rows_of(DEFINITIONS))
        }
        self._named = self._definitions()
        self._marked = context.scratch.table(2, self._marks())
        self._context = context

    @cached_property
    def alike(self) -> Alike | None:
        """What releases without marks say; None where that is not to be looked at."""
        if write_options(self._context.options).ignore_alike:
            return None
        here, there = self._recorded, {*filter(None, map(self._recorded, self._uids()))}
        return Alike(
            self._context, self._named.get, (lambda uid: here(uid) is not None, lambda uid: uid in there)
        )

    def _uids(self) -> Iterator[str]:
        for row in self._source.objects(_RELEASES):
            yield uid_of(row.get("id"))

    def target(self, kind: str, source: str) -> str | None:
        """The uid in the target; None for what is in no pair."""
        if kind == DEFINITIONS.name:
            return self._named.get(source)
        return self._release(source) if kind == RELEASES.name else None

    def held(self, kind: str, source: str) -> JsonObject | None:
        """The target's record; of a definition the whole, where an import reads that."""
        target = self.target(kind, source)
        return None if target is None else self._target.get(Stream(kind), target)

    def _definitions(self) -> dict[str, str]:
        rows = named_apart(self._source)
        found = {
            uid: self._by_key[definition_key(row)]
            for uid, row in rows.items()
            if definition_key(row) in self._by_key
        }
        held, taken = {*self._by_key.values()}, {*found.values()}
        for uid in rows.keys() - found.keys():
            other = self._earlier.target(DEFINITIONS.name, uid)
            if other in held - taken:
                found[uid] = str(other)
                taken.add(str(other))
        return found

    def _release(self, source: str) -> str | None:
        recorded = self._recorded(source)
        if recorded is not None or self.alike is None:
            return recorded
        return self.alike.target(source)

    def _recorded(self, source: str) -> str | None:
        """By what an earlier import remembered, or by the mark."""
        other = self._earlier.target(RELEASES.name, source)
        if other is not None and self._target.get(_RELEASES, other) is not None:
            return other
        row = self._source.get(_RELEASES, source)
        if row is None or self._origin is None:
            return None
        found = self._marked.of(mark_of(self._origin, row))
        return str(found[-1][1]) if found else None  # an older one is of a definition that was deleted

    def _marks(self) -> Iterator[tuple[str, str]]:
        for row in self._target.objects(_RELEASES):
            if mark := mark_in(row):
                yield mark, uid_of(row.get("id"))


def named_apart(source: RecordStore) -> dict[str, JsonObject]:
    """The definitions of a snapshot by their uids, the newest last; no two have one name in one folder.

    An archive that grows may hold one that was deleted, and another that took its name: the older one gets its id
    into its name.
    """
    rows = {uid_of(row.get("id")): row for row in source.objects(Stream(DEFINITIONS.name))}
    newest = {definition_key(row): uid for uid, row in sorted(rows.items())}
    return {
        uid: row
        if newest[definition_key(row)] == uid
        else {**row, "name": f"{text(row.get('name'))} ({release_id(row)})"}
        for uid, row in rows.items()
    }


def matches(context: ImportContext) -> Matches:
    """What is in the target already; ask for it with `context.once`."""
    return context.once(Matches)
