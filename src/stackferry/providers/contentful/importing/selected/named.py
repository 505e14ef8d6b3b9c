"""Entries, assets and releases that are restored singly: found in a snapshot by id or name, and selected alone.

What they link to is not selected. An entry and an asset may have one id, so objects are selected by kind and id:
"entries/ID". Pure: reads every object once.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError
from stackferry.json_values import as_object
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.states import locales_of, version_of
from stackferry.providers.contentful.content.titles import Titles
from stackferry.providers.contentful.exporting.staged import uids
from stackferry.providers.contentful.importing.selected.store import Selected
from stackferry.providers.contentful.kinds import record_key, sys_id
from stackferry.providers.system import NamedObject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore, TempTables

_SORTS: Final = {
    kinds.ENTRIES.name: "entry",
    kinds.ASSETS.name: "asset",
    kinds.RELEASES.name: "release",
}
_ADVICE: Final = "'export --versions all' keeps every version that was published"


def find_named(store: RecordStore, names: Collection[str]) -> dict[str, list[NamedObject]]:
    """The objects that each of these names may mean: those of that id, or else of that title, name or file name."""
    by_id: defaultdict[str, dict[NamedObject, None]] = defaultdict(dict)
    by_name: defaultdict[str, dict[NamedObject, None]] = defaultdict(dict)
    titles = Titles(store)
    for stream in store.streams():
        for row in store.objects(stream) if stream.kind in _SORTS else ():
            uid = sys_id(row)
            ids = {uid, f"{stream.kind}/{uid}"}.intersection(names)
            words = {*titles.all_of(row)}.intersection(names)
            if ids or words:
                one = _named(stream, uid, titles.of(stream.kind, row))
                for name in ids:
                    by_id[name][one] = None
                for name in words:
                    by_name[name][one] = None
    return {name: [*(by_id.get(name) or by_name.get(name) or ())] for name in names}


def _named(stream: Stream, uid: str, title: str) -> NamedObject:
    is_release = stream.kind == kinds.RELEASES.name
    return NamedObject(
        kind=stream.kind,
        uid=uid,
        type=stream.type,
        title=title,
        sort=_SORTS[stream.kind],
        has_versions=stream.kind == kinds.ENTRIES.name,
        has_languages=not is_release,
        part=1 if is_release else 0,
        key=f"{stream.kind}/{uid}",
    )


def select_named(source: RecordStore, selection: Selection, scratch: TempTables) -> RecordStore:
    """The objects of these keys. Raises UsageError for a locale or a version that the snapshot does not hold."""
    chosen: dict[str, set[str]] = {kind: set() for kind in _SORTS}
    for key in selection.uids:
        kind, _, uid = key.partition("/")
        chosen[kind].add(uid)
    entries, assets, releases = (chosen[kind] for kind in _SORTS)
    selected = Selected(source, entries, assets, releases, scratch)
    _refuse_locales(selected, selection.locales)
    if not selection.version:
        return selected
    restored = _AtVersion(selected, selection.version)
    restored.check()
    return restored


def _refuse_locales(selected: RecordStore, locales: Collection[str]) -> None:
    held = {*uids(selected, kinds.LOCALES)}
    for code in sorted({*locales} - held):
        near = did_you_mean(code, held)
        raise UsageError(f"the snapshot holds no locale '{code}'; it holds {', '.join(sorted(held))}{near}")
    for stream in selected.streams():
        for row in selected.objects(stream) if locales and stream.kind in _SORTS else ():
            codes = locales_of({"fields": row.get("fields")})
            if "fields" in row and {*codes}.isdisjoint(locales):
                asked, own = ", ".join(sorted(locales)), ", ".join(sorted(codes))
                raise UsageError(
                    f"the snapshot holds {_SORTS[stream.kind]} {sys_id(row)} in {own}, not in {asked}"
                )


class _AtVersion:
    """Implements `RecordStore`: one entry as it was in one version, as if that were an unpublished edit of today."""

    def __init__(self, selected: RecordStore, version: int) -> None:
        self._selected, self._version = selected, version

    def streams(self) -> list[Stream]:
        return self._selected.streams()

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        rows = self._selected.objects(stream)
        return map(self._as_it_was, rows) if stream.kind == kinds.ENTRIES.name else rows

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        row = self._selected.get(stream, uid, number)
        return self._as_it_was(row) if row is not None and stream.kind == kinds.ENTRIES.name else row

    def check(self) -> None:
        """Raise UsageError where the snapshot does not hold that version."""
        for uid, versions in self._versions.items():
            if self._version not in versions:
                held = ", ".join(map(str, sorted(versions)))
                raise UsageError(
                    f"the snapshot does not hold version {self._version} of entry {uid}; it holds {held} ({_ADVICE})"
                )

    def _as_it_was(self, latest: JsonObject) -> JsonObject:
        """The entry with the fields of that version: of its tags no version tells."""
        then = self._versions.get(sys_id(latest), {}).get(self._version, latest)
        sys = as_object(then.get("sys"))
        kept: JsonObject = {
            name: sys[name] for name in ("type", "id", "contentType", "version") if name in sys
        }
        own = as_object(latest.get("sys"))
        return {
            **latest,
            "fields": then.get("fields"),
            "sys": {"contentType": own.get("contentType"), **kept},
        }

    @cached_property
    def _versions(self) -> dict[str, dict[int, JsonObject]]:
        """The bodies that the snapshot holds of the entry, by number."""
        found: defaultdict[str, dict[int, JsonObject]] = defaultdict(dict)
        for kind in (kinds.ENTRY_SNAPSHOTS, kinds.PUBLISHED_ENTRIES, kinds.ENTRIES):
            for stream in self._selected.streams():
                for row in self._selected.objects(stream) if stream.kind == kind.name else ():
                    body = as_object(row.get("snapshot")) or row
                    found[record_key(kind.name, row)[0]][version_of(body)] = body
        return found
