"""Types and what else content needs, deleted in the target's branch: needed by what is written, they come back.

To be asked when it is known which entries and assets stay deleted. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.importing.branches.collected import NEEDED, Absent
from stackferry.providers.contentstack.importing.branches.fork import Fate, Fork
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.schema.transform import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.branches.collected import Collected
    from stackferry.providers.target import ImportContext

_TYPES: Final = ("content_types", "global_fields")


class GoneTypes:
    """One look at what of these the source has and the target lacks."""

    def __init__(self, context: ImportContext, found: Collected) -> None:
        self._context, self._found = context, found
        self._fork, self._pairs = context.once(Fork), context.once(matches)
        self._is_part = write_options(context.options).is_part

    def collect(self) -> None:
        """Languages and types first: only of what comes back of these anything else is needed."""
        self._kind("locales", self._used_languages)
        self._kind("content_types", self._used_types)
        if self._found.is_kept:
            self._hide_without()
        for kind in ("global_fields", "extensions"):
            self._kind(kind, self._used_by_types)
        self._kind("folders", self._used_folders)

    def _kind(self, kind: str, find_used: Callable[[], set[str]]) -> None:
        """What becomes of the objects of a kind that the target lacks; `find_used` gives those that are needed."""
        if not self._context.options.includes(kind) and not self._is_part:
            return
        rows = [row for row in self._context.source.objects(Stream(kind)) if self._is_absent(kind, row)]
        used = find_used() if rows else set()
        for row in rows:
            one = Absent.of(kind, row)
            fate = self._fork.fate(kind, one.uid, row)
            if fate is Fate.GONE and one.uid in used:
                self._found.conflict(one, NEEDED)
            elif one.uid in used or not self._is_part:  # of a part nothing is made but what is needed
                self._found.take(fate, one)

    def _is_absent(self, kind: str, row: JsonObject) -> bool:
        return self._pairs.target(kind, text(row.get("code" if kind == "locales" else "uid"))) is None

    def _documents(self) -> Iterator[tuple[Stream, JsonObject]]:
        """The documents of entries that are left."""
        return ((stream, row) for stream in self._streams() for row in self._left(stream))

    def _streams(self) -> list[Stream]:
        """The types and languages in which documents are left."""
        is_asked = self._context.options.includes("entries")
        found = [one for one in self._context.source.streams() if one.kind == "entries" and is_asked]
        return [one for one in found if next(self._left(one), None) is not None]

    def _left(self, stream: Stream) -> Iterator[JsonObject]:
        rows = self._context.source.objects(stream)
        return (row for row in rows if not self._found.hides("entries", text(row.get("uid")), stream.locale))

    def _used_languages(self) -> set[str]:
        fallbacks = locale_fallbacks(self._context.source)
        return {code for one in self._streams() for code in fallback_chain(one.locale, fallbacks)}

    def _used_types(self) -> set[str]:
        return {one.type for one in self._streams()}

    def _hide_without(self) -> None:
        """Entries whose type, and documents whose language, stays deleted although the source has edited them."""
        for stream, row in self._documents():
            one = Absent("entries", text(row.get("uid")), stream.type, stream.locale, text(row.get("title")))
            if self._found.hides("content_types", stream.type):
                self._found.lacks(one, "content type")
            elif self._found.hides("locales", stream.locale):
                self._found.lacks(one, "language")

    def _used_by_types(self) -> set[str]:
        """What types are made of that are written: global fields and extensions, by uid."""
        waiting = [row for kind in _TYPES for row in self._written(kind)]
        used: set[tuple[str, str]] = set()
        while waiting:
            for kind, uid in {*needs(waiting.pop())} - used:
                used.add((kind, uid))
                row = self._context.source.get(Stream(kind), uid) if kind != "content_types" else None
                if row is not None and self._is_absent(kind, row):
                    waiting.append(row)
        return {uid for kind, uid in used if kind != "content_types"}

    def _written(self, kind: str) -> Iterator[JsonObject]:
        """The types that come back, or that the source has edited or made."""
        used = self._used_types() if self._is_part else set()
        for row in self._context.source.objects(Stream(kind)):
            uid, is_absent = text(row.get("uid")), self._is_absent(kind, row)
            if self._found.hides(kind, uid):
                continue
            is_edited = self._fork.is_edited(kind, uid, row)
            # A global field that is gone comes back for a type alone.
            is_back = is_absent and (kind == "content_types" or is_edited)
            if (is_absent and uid in used) if self._is_part else (is_back or is_edited):
                yield row

    def _used_folders(self) -> set[str]:
        """The folders of assets that come back, or that the source has edited or made; and those above them."""
        source, used = self._context.source, set[str]()
        for row in source.objects(Stream("assets")) if self._context.options.includes("assets") else ():
            uid, parent = text(row.get("uid")), text(row.get("parent_uid"))
            if self._found.hides("assets", uid) or not self._fork.is_edited("assets", uid, row):
                continue
            while parent and parent not in used:
                used.add(parent)
                parent = text((source.get(Stream("folders"), parent) or {}).get("parent_uid"))
        return used
