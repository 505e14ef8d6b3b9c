"""Which definition and which release of a target is which of the source, found from outside.

What an import recorded comes first. Else a definition goes by its folder and name; a release by its definition, its
name, and its place among those of one name, since an import makes them in the order of their ids. Pure.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.kinds import DEFINITIONS, RELEASES, uid_of
from stackferry.providers.azure_devops.verification.names import definition_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_DEFINITIONS, _RELEASES = Stream(DEFINITIONS.name), Stream(RELEASES.name)


class DefinitionPairs:
    """The definitions of both sides; uids are those of records."""

    def __init__(self, context: ImportContext) -> None:
        target = {
            definition_name(row).lower(): uid_of(row["id"]) for row in context.target.objects(_DEFINITIONS)
        }
        self._targets: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        for row in context.source.objects(_DEFINITIONS):
            uid = uid_of(row["id"])
            recorded = context.identity.target(DEFINITIONS.name, uid)
            found = recorded or target.get(definition_name(row).lower())
            if found is not None and context.target.get(_DEFINITIONS, found) is not None:
                self._targets[uid] = found
                self._sources[found] = uid

    def target(self, uid: str) -> str | None:
        return self._targets.get(uid)

    def source(self, uid: str) -> str | None:
        return self._sources.get(uid)


class ReleasePairs:
    """The releases of both sides. Their order among those of one name lies in tables on disk."""

    def __init__(self, context: ImportContext, definitions: DefinitionPairs) -> None:
        self._context = context
        # Definition in the target, name, place among those of that name, uid.
        self._there = context.scratch.table(4, _numbered(context.target, definition_of))
        here = _numbered(context.source, lambda row: definitions.target(definition_of(row)) or "")
        self._here = context.scratch.table(4, ((row[3], *row[:3]) for row in here))

    def target(self, uid: str) -> JsonObject | None:
        """The release of the target; None where there is none."""
        found = self._context.identity.target(RELEASES.name, uid)
        if found is None:
            keys = self._here.of(uid)
            rows = self._there.of(*keys[0][1:]) if keys and keys[0][1] else ()
            found = str(rows[0][3]) if rows else None
        return None if found is None else self._context.target.get(_RELEASES, found)


def definition_of(release: JsonObject) -> str:
    """The uid of the definition that a release was made of."""
    return uid_of(nested(release, "releaseDefinition", "id"))


def _numbered(store: RecordStore, definition: Callable[[JsonObject], str]) -> Iterator[Row]:
    counts = Counter[tuple[str, str]]()
    for row in store.objects(_RELEASES):
        key = definition(row), text(row.get("name"))
        counts[key] += 1
        yield *key, counts[key], uid_of(row["id"])
