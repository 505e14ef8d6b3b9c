"""Labels, groups of variants, and variants of entries that the target's branch has deleted, found out. Pure.

No page says that a new branch has them, so their absence alone tells nothing. Deleted they were where an earlier import
knew them in the target, or where the target holds others of the kind from before the two branches parted: then a branch
has them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.variants import variant_of
from stackferry.providers.contentstack.importing.branches.collected import NEEDED, Absent
from stackferry.providers.contentstack.importing.branches.fork import Fate, Fork, target_stream
from stackferry.providers.contentstack.matching.rule import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.branches.collected import Collected
    from stackferry.providers.target import ImportContext

OF_GROUP: Final = "variants of groups"
"""What hides a variant wherever it is named: its group stays deleted."""


class GoneVariants:
    """One look at what of these the source has and the target lacks; to be asked when it is known which entries stay
    deleted."""

    def __init__(self, context: ImportContext, found: Collected) -> None:
        self._context, self._found = context, found
        self._fork, self._pairs = context.once(Fork), context.once(matches)

    def collect(self) -> None:
        self._kind(kinds.LABELS.name, self._parents_of_labels)
        self._kind(kinds.VARIANT_GROUPS.name, self._used_groups)
        self._variants()

    def _kind(self, kind: str, find_used: Callable[[], set[str]]) -> None:
        """What becomes of the objects of a kind that the target lacks; `find_used` gives those that are needed."""
        rows = self._context.source.objects(Stream(kind)) if self._context.options.includes(kind) else ()
        absent = [row for row in rows if self._pairs.target(kind, text(row.get("uid"))) is None]
        used, came_along = (find_used(), self._came_along(kind)) if absent else (set(), False)
        for row in absent:
            one = Absent.of(kind, row)
            fate = self._fork.fate(kind, one.uid, row)
            if not (came_along or self._context.earlier.target(kind, one.uid)):
                continue
            if fate is Fate.GONE and one.uid in used:
                self._found.conflict(one, NEEDED)
            else:
                self._found.take(fate, one)
            if self._found.hides(kind, one.uid):
                for member in objects(row.get("variants")):
                    self._found.hide(OF_GROUP, text(member.get("uid")))

    def _came_along(self, kind: str) -> bool:
        """Whether the target holds an object of the source from before the two parted."""
        own = {text(row.get("uid")): row for row in self._context.target.objects(Stream(kind))}
        shared = (
            own[uid]
            for row in self._context.source.objects(Stream(kind))
            if (uid := text(row.get("uid"))) in own
        )
        return any(not self._fork.is_later(text(row.get("created_at"))) for row in shared)

    def _parents_of_labels(self) -> set[str]:
        """The labels above those that the source has edited or made, at any distance."""
        rows = {text(row.get("uid")): row for row in self._context.source.objects(Stream(kinds.LABELS.name))}
        waiting = [row for uid, row in rows.items() if self._fork.is_edited(kinds.LABELS.name, uid, row)]
        used: set[str] = set()
        while waiting:
            above = {*texts(waiting.pop().get("parent"))} - used
            used |= above
            waiting += [rows[uid] for uid in above if uid in rows]
        return used

    def _used_groups(self) -> set[str]:
        """The groups of variants of entries that the source has edited or made."""
        edited = {variant_of(row) for _, row in self._rows() if self._is_edited(row)}
        groups = self._context.source.objects(Stream(kinds.VARIANT_GROUPS.name))
        return {
            text(group.get("uid"))
            for group in groups
            if any(text(one.get("uid")) in edited for one in objects(group.get("variants")))
        }

    def _rows(self) -> Iterator[tuple[Stream, JsonObject]]:
        """What variants change in documents that are left."""
        for stream in self._context.source.streams():
            for row in self._context.source.objects(stream) if stream.kind == kinds.VARIANTS.name else ():
                if not self._found.hides("entries", text(row.get("uid")), stream.locale):
                    yield stream, row

    def _is_edited(self, row: JsonObject) -> bool:
        return self._fork.is_later(text(as_object(row.get("variant")).get("updated_at")))

    def _variants(self) -> None:
        """Variants of entries that both branches have, and in a group that both have."""
        if not self._context.options.includes(kinds.VARIANTS.name):
            return
        absent = [found for found in self._rows() if self._is_absent(*found)]
        came_along = bool(absent) and any(self._is_from_before(*found) for found in self._rows())
        for stream, row in absent if came_along else ():
            uid, variant = text(row.get("uid")), as_object(row.get("variant"))
            one = Absent(
                stream.kind,
                f"{uid}/{variant_of(row)}",
                stream.type,
                stream.locale,
                text(variant.get("title")),
            )
            is_older = not self._fork.is_later(text(variant.get("created_at")))
            if is_older and not self._is_edited(row):
                self._found.stays(one, is_whole=False)
            elif is_older:
                self._found.conflict(one, is_whole=False)

    def _held(self, stream: Stream, row: JsonObject) -> JsonObject | None:
        """The target's own."""
        entry = self._pairs.target("entries", text(row.get("uid")))
        there = target_stream(self._context, stream)
        return self._context.target.get(there, f"{entry}\0{variant_of(row)}") if entry else None

    def _is_absent(self, stream: Stream, row: JsonObject) -> bool:
        """Whether the target has the document and not this variant of it."""
        there = target_stream(self._context, stream)._replace(kind="entries")
        entry = self._pairs.target("entries", text(row.get("uid")))
        is_there = entry is not None and self._context.target.get(there, entry) is not None
        return (
            is_there and not self._found.hides(OF_GROUP, variant_of(row)) and self._held(stream, row) is None
        )

    def _is_from_before(self, stream: Stream, row: JsonObject) -> bool:
        held = self._held(stream, row)
        created = text(as_object((held or {}).get("variant")).get("created_at"))
        return bool(created) and not self._fork.is_later(created)


def hidden_with(stream: Stream, row: JsonObject) -> Iterator[tuple[str, str, str]]:
    """What hides a variant of an entry, beside its document: that it stays deleted, or its group."""
    variant = variant_of(row)
    yield stream.kind, f"{text(row.get('uid'))}/{variant}", stream.locale
    yield OF_GROUP, variant, ""
