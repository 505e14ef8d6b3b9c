"""What one of two snapshots cannot tell: what is absent there is not known to be gone. Pure.

A snapshot may be narrowed to some content, made without assets, or come from an export whose layout lacks some kinds;
and it may have gaps. What both of two snapshots leave out alike is as it was.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects, text
from stackferry.model import HEAD
from stackferry.providers.differences import NotCompared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore

_NARROWING = ("content_types", "locales", "query", "limit", "with_references", "release")

NARROWED: Final = "one snapshot is narrowed: what it does not hold is not compared"
WITHOUT_ASSETS: Final = "one snapshot was made without assets"
NO_ROOM: Final = "one of the exports cannot hold it"
NOT_ASKED: Final = "one snapshot was made without --{}"


class Coverage:
    """What a snapshot leaves out and the other one does not.

    `part_of`: the kind that another kind is exported with. `of_assets`: the kinds that an export without assets lacks.
    `asked`: the kinds of which all are exported only where an option says so.
    """

    def __init__(
        self,
        store: RecordStore,
        other: RecordStore,
        part_of: Mapping[str, str],
        of_assets: frozenset[str],
        asked: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self._part_of, self._of_assets = part_of, of_assets
        mine, others = (store.get(HEAD, "") or {} for store in (store, other))
        self._narrowing, self._has_assets = _narrowing(mine), _has_assets(mine)
        self.is_narrowed = bool(self._narrowing) and self._narrowing != _narrowing(others)
        self._lacks_assets = not self._has_assets and _has_assets(others)
        self.unknown = _limits(mine) - _limits(others)
        left_out = [name for name in asked if _is_left_out(name, mine, others)]
        self._not_asked = {kind: name for name in left_out for kind in asked[name]}
        self._gaps = objects(mine.get("gaps"))

    def leaves_out(self, kind: str) -> bool:
        """Whether the absence of an object of a kind says nothing, because of how the snapshot was made."""
        if (
            kind in self.unknown
            or kind in self._not_asked
            or (self._lacks_assets and kind in self._of_assets)
        ):
            return True
        return self.is_narrowed

    def gap(self, kind: str, uid: str, content_type: str = "", locale: str = "") -> str:
        """Why the snapshot lacks an object that the service may have; empty where it would hold it."""
        part_of = self._part_of.get(kind, "")
        for gap in self._gaps:
            # A gap of a whole listing has its name: "roles", "entries/page/en-us".
            named, *where = text(gap.get("kind")).split("/")
            named = "assets" if named == "files" else named
            names = (*where, text(gap.get("content_type")), text(gap.get("locale")))
            is_here = kind != "entries" or {*names} <= {"", content_type, locale}
            if named in (kind, part_of) and text(gap.get("uid")) in ("", "*", uid) and is_here:
                return text(gap.get("reason"))
        return ""

    def not_compared(self) -> Iterator[NotCompared]:
        """What is not compared because of how the snapshot was made."""
        if self.is_narrowed:
            yield NotCompared("*", "*", NARROWED)
        if self._lacks_assets:
            yield NotCompared("assets", "*", WITHOUT_ASSETS)
        for kind in sorted(self.unknown):
            yield NotCompared(kind, "*", NO_ROOM)
        for kind, option in sorted(self._not_asked.items()):
            yield NotCompared(kind, "<only one has it>", NOT_ASKED.format(option))


def _is_left_out(name: str, mine: JsonObject, others: JsonObject) -> bool:
    """Whether the other side alone was made with an option."""
    options, more = (as_object(one.get("options")) for one in (mine, others))
    return bool(options and more.get(name)) and not options.get(name)


def _narrowing(manifest: JsonObject) -> JsonObject:
    options = as_object(manifest.get("options"))
    return {name: options[name] for name in _NARROWING if options.get(name)}


def _has_assets(manifest: JsonObject) -> bool:
    return as_object(manifest.get("options")).get("assets") is not False


def _limits(manifest: JsonObject) -> set[str]:
    return {text(limit.get("kind")) for limit in objects(manifest.get("limits"))}
