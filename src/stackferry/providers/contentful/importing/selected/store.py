"""A snapshot as if it held some of its entries, assets and releases only, with what belongs to these. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.files import files_of
from stackferry.providers.contentful.importing.selected.uids import Uids
from stackferry.providers.contentful.kinds import link_id, record_key

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore, TempTables

_OF_ENTRIES: Final = frozenset({"entries", "published_entries", "entry_snapshots"})
_OF_ASSETS: Final = frozenset({"assets", "published_assets"})
_OF_RELEASES: Final = frozenset({"releases", "release_entries", "release_assets"})
_WITH_FILES: Final = ("assets", "published_assets", "release_assets")
# What belongs to one object, and where a row names that.
_OWNERS: Final = {
    kinds.TASKS.name: (("sys", "parentEntity"), ("sys", "parent")),
    kinds.COMMENTS.name: (("sys", "parentEntity"), ("sys", "parent")),
    kinds.WORKFLOWS.name: (("entity",), ("sys", "entity")),
    kinds.SCHEDULED_ACTIONS.name: (("entity",),),
}
_SELECTED: Final = ("Entry", "Asset", "Release")  # what a comment on a content type is not about
_WORKFLOWS: Final = Stream(kinds.WORKFLOWS.name)


class Selected:
    """Implements `RecordStore`: these entries, assets and releases. Kinds that belong to none of them are all there."""

    def __init__(
        self,
        source: RecordStore,
        entries: Container[str],
        assets: Container[str],
        releases: Container[str],
        scratch: TempTables,
    ) -> None:
        self._source = source
        self._members = {
            **dict.fromkeys(_OF_ENTRIES, entries),
            **dict.fromkeys(_OF_ASSETS, assets),
            **dict.fromkeys(_OF_RELEASES, releases),
        }
        self._all = (entries, assets, releases)
        self._files = Uids(scratch, self._addresses())

    def streams(self) -> list[Stream]:
        return self._source.streams()

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        rows = self._source.objects(stream)
        if stream.kind in _OWNERS:
            return (row for row in rows if self._has_owner(stream.kind, row))
        return (row for row in rows if self._is_in(stream.kind, record_key(stream.kind, row)[0]))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        return self._source.get(stream, uid, number) if self._is_in(stream.kind, uid) else None

    def _is_in(self, kind: str, uid: str) -> bool:
        if kind == kinds.FILES.name:
            return uid in self._files
        members = self._members.get(kind)
        return members is None or uid.partition("\0")[0] in members

    def _has_owner(self, kind: str, row: JsonObject) -> bool:
        links = [link for path in _OWNERS[kind] if (link := nested(row, *path))]
        named = [link_id(one) for one in links if nested(one, "sys", "linkType") in _SELECTED]
        if named:
            return any(uid in members for uid in named for members in self._all)
        of_workflow = [link_id(one) for one in links if nested(one, "sys", "linkType") == "Workflow"]
        owners = (self._source.get(_WORKFLOWS, uid) for uid in of_workflow)
        return all(self._has_owner(_WORKFLOWS.kind, owner) for owner in owners if owner is not None)

    def _addresses(self) -> Iterator[str]:
        """The addresses of the files of what is selected."""
        for kind in _WITH_FILES:
            for row in self.objects(Stream(kind)):
                yield from (file.url for file in files_of(row))
