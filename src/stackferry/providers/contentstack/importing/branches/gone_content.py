"""Entries, their languages, assets and releases that the target's branch has deleted, found out. Pure."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.importing.branches.collected import Absent
from stackferry.providers.contentstack.importing.branches.fork import (
    Fate,
    Fork,
    document_name,
    item_name,
    promoted_item,
    target_stream,
)
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.contentstack.importing.branches.collected import Collected
    from stackferry.providers.target import ImportContext

_ASSETS: Final = Stream("assets")
_RELEASES: Final = Stream("releases")
_ITEMS: Final = Stream("release_items")


class GoneContent:
    """One look at what the source has and the target lacks; `asked` is the release that was asked for, if any."""

    def __init__(self, context: ImportContext, found: Collected, asked: str) -> None:
        self._context, self._found, self._asked = context, found, asked
        self._fork, self._pairs = context.once(Fork), context.once(matches)

    def collect(self) -> None:
        includes = self._context.options.includes
        if includes("assets"):
            self._objects(_ASSETS)
        if includes("entries"):
            self._entries()
        if includes("releases"):
            self._objects(_RELEASES)
            self._items()

    def _objects(self, stream: Stream) -> None:
        for row in self._context.source.objects(stream):
            one = Absent.of(stream.kind, row)
            if self._pairs.target(stream.kind, one.uid) is None:
                self._found.take(self._fork.fate(stream.kind, one.uid, row), one)

    def _entries(self) -> None:
        absent = self._context.scratch.table(6, self._absent_documents())
        for (content_type, uid), rows in groupby(absent, key=itemgetter(0, 1)):
            found = [*rows]
            documents = [
                (Fate(fate), Absent("entries", text(uid), text(content_type), text(locale), text(title)))
                for _, _, locale, title, fate, _ in found
            ]
            (self._whole if found[0][5] else self._languages)(documents)

    def _absent_documents(self) -> Iterator[Row]:
        """Type, uid, language and title of each document that the target lacks; its fate; and whether all of it is."""
        context = self._context
        for stream in context.source.streams():
            there = target_stream(context, stream)
            for row in context.source.objects(stream) if stream.kind == "entries" else ():
                uid = text(row.get("uid"))
                target = self._pairs.target("entries", uid)
                if target is None or context.target.get(there, target) is None:
                    name = document_name(stream.type, uid, stream.locale)
                    fate = self._fork.fate("entries", name, row, is_whole=target is None)
                    yield (
                        stream.type,
                        uid,
                        stream.locale,
                        text(row.get("title")),
                        fate.value,
                        int(target is None),
                    )

    def _whole(self, documents: list[tuple[Fate, Absent]]) -> None:
        """An entry that the target does not have at all: as one, since it was deleted as one."""
        fates = {fate for fate, _ in documents}
        for fate, one in documents:
            if fates == {Fate.GONE}:
                self._found.stays(one)
            elif fates != {Fate.NEW} and fate is not Fate.GONE:
                self._found.conflict(one)

    def _languages(self, documents: list[tuple[Fate, Absent]]) -> None:
        for fate, one in documents:
            if fate is Fate.GONE:
                self._found.stays(one, is_whole=False)
            elif fate is Fate.CONFLICT:
                self._found.conflict(one, is_whole=False)

    # --- items of releases ---

    def _items(self) -> None:
        held = self._context.scratch.table(5, self._items_held())
        for row in self._context.source.objects(_ITEMS):
            release, item = text(row.get("release")), as_object(row.get("item"))
            target = self._pairs.target("releases", release)
            if target is None:
                continue
            is_held = any(held.of(target, *key) for key in self._keys(item))
            if self._is_about_gone(item):
                if release != self._asked:  # of that it is a gap, told where its items are added
                    self._hide(release, item, is_told=not is_held)
            elif not is_held and self._is_removed(release, item):
                self._hide(release, item, is_told=True)

    def _items_held(self) -> Iterator[Row]:
        """The items of the target's releases: release, type, uid, variant and language."""
        for row in self._context.target.objects(_ITEMS):
            item = as_object(row.get("item"))
            named = (item.get("uid"), item.get("variant_id"), item.get("locale"))
            yield text(row.get("release")), _type(item), *map(text, named)

    def _keys(self, item: JsonObject) -> Iterator[tuple[str, ...]]:
        """How `_items_held` may begin for an item of the source; one that names no language may be in any."""
        kind, uid = _kind(item), text(item.get("uid"))
        code = text(item.get("locale"))
        uids = {uid, self._pairs.target(kind, uid), self._context.earlier.target(kind, uid)}
        for one in uids - {None}:
            key = (_type(item), one or "", text(item.get("variant_id")))
            yield from [(*key, target_locale(self._context, code)), (*key, "")] if code else [key]

    def _hide(self, release: str, item: JsonObject, *, is_told: bool) -> None:
        self._found.hide(_ITEMS.kind, item_name(release, item))
        if is_told:
            facts = (_type(item), text(item.get("locale")), text(item.get("title")))
            self._found.tell(Absent(_ITEMS.kind, text(item.get("uid")), *facts, release))

    def _is_about_gone(self, item: JsonObject) -> bool:
        locale = text(item.get("locale")) if _type(item) else ""
        return self._found.hides(_kind(item), text(item.get("uid")), locale)

    def _is_removed(self, release: str, item: JsonObject) -> bool:
        """Whether an item was taken out of the target's release since the two were equal.

        Items tell no time: the source's release holds this one from before, if nothing in it has changed since.
        """
        row = self._context.source.get(_RELEASES, release) or {}
        known = promoted_item(release, item, "", {})[1]
        return self._fork.knows(known) or not self._fork.is_later(text(row.get("updated_at")))


def _type(item: JsonObject) -> str:
    """The content type of an item; empty for an asset."""
    named = text(item.get("content_type_uid"))
    return "" if named in ASSET_TYPES else named


def _kind(item: JsonObject) -> str:
    return "entries" if _type(item) else "assets"
