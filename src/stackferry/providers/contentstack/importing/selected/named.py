"""Entries, assets and releases that are restored singly: found in a snapshot by uid or name, and selected alone.

What they refer to is not selected: links are resolved as in every import. Of a release the documents that its items
name are there to be matched, because its items pin their versions. Pure: reads every object once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.selected.store import Selected
from stackferry.providers.contentstack.words import view
from stackferry.providers.system import NamedObject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore

# What people know an object of each kind by, besides its uid.
_NAMES: Final = {"entries": ("title", "url"), "assets": ("title", "filename", "url"), "releases": ("name",)}
_SORTS: Final = {"entries": "entry", "assets": "asset", "releases": "release"}
# What older versions of entries and assets are in; and what tells of the latest version alone.
_OLDER: Final = {"entries": "versions", "assets": "asset_versions"}
_OF_LATEST: Final = frozenset({*_OLDER.values(), "history", "variants", kinds.METADATA.name})
_STATE: Final = ("_version_name", "_workflow", "publish_details")
_ADVICE: Final = "'export --versions all' keeps every version"


def find_named(store: RecordStore, names: Collection[str]) -> dict[str, list[NamedObject]]:
    """The objects that each of these names may mean: those of that uid, or else of that title, url, file or name."""
    by_uid: defaultdict[str, dict[NamedObject, None]] = defaultdict(dict)
    by_name: defaultdict[str, dict[NamedObject, None]] = defaultdict(dict)
    known: dict[tuple[str, str], NamedObject] = {}
    master = master_locale(store)
    for stream in sorted(store.streams(), key=lambda one: one.kind == "entries" and one.locale != master):
        for row in store.objects(stream) if stream.kind in _NAMES else ():
            uid = text(row.get("uid"))
            found = {text(row.get(name)) for name in _NAMES[stream.kind]}
            if uid not in names and found.isdisjoint(names):
                continue
            # An entry has a document in each language: it is called what its master is, or else the first of them.
            one = known.setdefault((stream.kind, uid), _named(stream, row))
            for name in found.intersection(names) - {""}:
                by_name[name][one] = None
            if uid in names:
                by_uid[uid][one] = None
    return {name: [*(by_uid.get(name) or by_name.get(name) or ())] for name in names}


def _named(stream: Stream, row: JsonObject) -> NamedObject:
    return NamedObject(
        kind=stream.kind,
        uid=text(row.get("uid")),
        type=stream.type,
        title=view(stream.kind, row).title,
        sort=_SORTS[stream.kind],
        has_versions=stream.kind in _OLDER,
        has_languages=stream.kind == "entries",
        part=1 if stream.kind == "releases" else 0,
    )


def select_named(source: RecordStore, selection: Selection) -> RecordStore:
    """The objects of these uids. Raises UsageError for a language or a version that the snapshot does not hold."""
    uids = selection.uids
    releases = {text(row.get("uid")) for row in source.objects(Stream("releases"))} & uids
    items = {
        text(as_object(row.get("item")).get("uid"))
        for row in source.objects(Stream("release_items"))
        if text(row.get("release")) in releases
    }
    selected = _Named(source, selection.locales, uids | items, uids | items, releases)
    documents = _documents(selected, uids)
    _refuse_languages(source, selection, documents)
    return _AtVersion(selected, selection.version, documents) if selection.version else selected


def _documents(source: RecordStore, uids: Collection[str]) -> dict[str, list[Stream]]:
    """The streams with documents of each of these entries and assets."""
    found: defaultdict[str, list[Stream]] = defaultdict(list)
    for stream in source.streams():
        if stream.kind in _OLDER:
            for uid in sorted(uids):
                if source.get(stream, uid) is not None:
                    found[uid].append(stream)
    return found


def _refuse_languages(
    source: RecordStore, selection: Selection, documents: Mapping[str, list[Stream]]
) -> None:
    if not selection.locales:
        return
    for uid, streams in sorted(_documents(source, selection.uids).items()):
        locales = [stream.locale for stream in streams if stream.kind == "entries"]
        if locales and uid not in documents:
            asked = ", ".join(sorted(selection.locales))
            raise UsageError(f"the snapshot holds entry {uid} in {', '.join(locales)}, not in {asked}")


class _Named(Selected):
    """Implements `RecordStore`. When something is to be published is no part of it: the queue of today stays."""

    def streams(self) -> list[Stream]:
        return [stream for stream in super().streams() if stream.kind != kinds.SCHEDULES.name]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return iter(()) if stream.kind == kinds.SCHEDULES.name else super().objects(stream)


class _AtVersion(Selected):
    """Implements `RecordStore`: entries and assets as they were in one version, as if that were the latest one.

    Of an entry it is the version of its master language, or of its only one: each language counts its own.
    """

    def __init__(self, selected: Selected, version: int, documents: Mapping[str, Iterable[Stream]]) -> None:
        super().__init__(selected, ())
        self._version = version
        self._at = {
            (stream, uid) for uid, streams in documents.items() for stream in self._chosen(uid, [*streams])
        }

    def streams(self) -> list[Stream]:
        return [stream for stream in super().streams() if stream.kind not in _OF_LATEST]

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        if stream.kind in _OF_LATEST:
            return iter(())
        if stream.kind not in _OLDER:
            return super().objects(stream)
        uids = (text(row.get("uid")) for row in super().objects(stream))
        return (row for uid in uids if (row := self.get(stream, uid)) is not None)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        if stream.kind in _OF_LATEST:
            return None
        if stream.kind not in _OLDER:
            return super().get(stream, uid, number)
        return self._document(stream, uid) if (stream, uid) in self._at else None

    def _document(self, stream: Stream, uid: str) -> JsonObject | None:
        """An object in that version; where an asset lies is not part of a version."""
        latest = self._source.get(stream, uid) or {}
        if _number(latest) == self._version:
            found: JsonObject | None = latest
        else:
            found = self._source.get(stream._replace(kind=_OLDER[stream.kind]), uid, self._version)
        is_asset = stream.kind == "assets"
        if found is None or (is_asset and self._source.get(Stream("files"), uid, self._version) is None):
            return None
        place = {"parent_uid": latest.get("parent_uid")} if is_asset else {}
        return {name: value for name, value in found.items() if name not in _STATE} | place

    def _chosen(self, uid: str, streams: list[Stream]) -> list[Stream]:
        """The documents of an object that are restored. Raises UsageError where none has that version."""
        own = [one for one in streams if one.locale == master_locale(self._source)]
        chosen = own or streams
        if len(chosen) > 1:
            locales = ", ".join(one.locale for one in chosen)
            raise UsageError(
                f"entry {uid} is in {locales}, and each language counts its own versions: say with --locale which "
                f"one is to have version {self._version}"
            )
        if not any(self._document(one, uid) for one in chosen):
            raise UsageError(
                f"the snapshot does not hold version {self._version} of {_SORTS[chosen[0].kind]} {uid}; it holds "
                f"{'; '.join(self._held(one, uid) for one in streams)} ({_ADVICE})"
            )
        return chosen

    def _held(self, stream: Stream, uid: str) -> str:
        """The versions of a document that there are, in words."""
        older = stream._replace(kind=_OLDER[stream.kind])
        rows = (row for row in self._source.objects(older) if row.get("uid") == uid)
        latest = self._source.get(stream, uid) or {}
        numbers = sorted({_number(row) for row in (*rows, latest)})
        if stream.kind == "assets":
            numbers = [one for one in numbers if self._source.get(Stream("files"), uid, one) is not None]
        where = f" of {stream.locale}" if stream.locale else ""
        return f"{', '.join(map(str, numbers)) or 'none'}{where}"


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
