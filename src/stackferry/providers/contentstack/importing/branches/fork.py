"""What the two branches of a promotion had in common: when they were one, and what promotions made equal since. Pure.

An edit, a deletion or a publication is compared with that base. When the branches parted the stack itself says; a token
may not be allowed to ask. Then times that both have alike tell: a new branch is a copy of another one, so what both
have with the same time is older than the copy.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, Final

from stackferry.json_values import epoch_seconds, integer, objects, text
from stackferry.providers.contentstack.content.branches import BRANCHES, parted
from stackferry.providers.contentstack.content.variants import variant_record
from stackferry.providers.contentstack.importing.branches.dated import edited_at, mark
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.target_names import is_same_stack, target_locale
from stackferry.providers.promotion import PROMOTED, Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.contentstack.content.publications import Publication
    from stackferry.providers.target import ImportContext

VERSIONED: Final = frozenset(("entries", "assets", "content_types", "global_fields"))
_NUMBERED: Final = VERSIONED | {"variants"}
DELETED_KINDS: Final = VERSIONED | {"locales", "extensions", "folders", "releases"}
"""Kinds of which a new branch has all that its source has (page: Create a branch): what it lacks was deleted."""
_INSTANT = 0.001  # seconds: the service writes times to the millisecond


class Fate(Enum):
    """What the target's lack of something means."""

    NEW = auto()  # it never had it
    GONE = auto()  # deleted there, and as it was in the source
    CONFLICT = auto()  # deleted there, and edited in the source


class Fork:
    """The base of one import from branch to branch; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context, options = context, context.options
        origin, place = context.origin, context.place
        is_other_branch = origin is not None and place is not None and origin.name != place.name
        # A mirror is what the source is, and so is what is restored singly.
        is_whole = options.mirror or bool(options.selection.uids)
        is_update = options.on_conflict == "update" and not is_whole
        self.is_on = is_same_stack(context) and is_other_branch and is_update

    @cached_property
    def parted(self) -> float | None:
        """When the two branches parted, as the stack says, in seconds since 1970; None where nobody says."""
        origin, place = self._context.origin, self._context.place
        if origin is None or place is None:
            return None
        time = parted(self._context.target.objects(BRANCHES), origin.name, place.name)
        return epoch_seconds(time) if time else None

    @cached_property
    def since(self) -> float | None:
        """From when on something surely happened in one branch alone: when they parted, or as early as can be known."""
        if self.parted is not None:
            return self.parted
        latest = max((epoch_seconds(time) or 0.0 for time in self._alike()), default=0.0)
        return latest + _INSTANT if latest else None

    def _alike(self) -> Iterator[str]:
        """The times that an object has in both branches."""
        for row, held in self.both():
            yield from (
                text(row.get(name))
                for name in ("created_at", "updated_at")
                if row.get(name) == held.get(name)
            )
            shown = objects(held.get("publish_details"))
            yield from (text(one.get("time")) for one in objects(row.get("publish_details")) if one in shown)

    def both(self) -> Iterator[tuple[JsonObject, JsonObject]]:
        """What both branches have under one uid: entries' documents, assets and types."""
        for stream in self._context.source.streams():
            if stream.kind in VERSIONED:
                there = target_stream(self._context, stream)
                for row in self._context.source.objects(stream):
                    if (held := self._context.target.get(there, text(row.get("uid")))) is not None:
                        yield row, held

    def is_later(self, time: str) -> bool:
        """Whether something happened since; what tells no time may have."""
        at, since = epoch_seconds(time), self.since
        return at is None or since is None or at >= since

    def is_untouched(self, row: JsonObject) -> bool:
        """Whether the source's object, or its version, is older than the fork: then nothing of it is to be brought."""
        return self.is_on and not self.is_later(text(row.get("updated_at")))

    def knows(self, key: str) -> bool:
        """Whether an earlier promotion left something of the source as it is now in the target, too."""
        context = self._context
        return (
            context.identity.target(PROMOTED, key) is None
            and context.earlier.target(PROMOTED, key) is not None
        )

    def knows_there(self, key: str) -> bool:
        """The same of something of the target as it is now."""
        return self._context.earlier.source(PROMOTED, key) is not None

    def known_by_time(self, here: str, there: str, target_time: str) -> Known:
        """Which sides of an object without versions are as an earlier promotion left them.

        `target_time`: when the target's was edited last, as it was read. What the target has been given since then this
        import has made.
        """
        same = self._context.earlier.target(PROMOTED, here)
        made, read = epoch_seconds(same.rpartition("\0")[2]) if same else None, epoch_seconds(target_time)
        is_earlier = self.knows(here) if made is None or read is None else made <= read
        return Known(same is not None and is_earlier, self.knows_there(there))

    def in_both(self, source: Publication, target: Publication) -> list[tuple[str, str, str]]:
        """What is to be kept for the next promotion where both branches show the same.

        Nothing for what was live in both before they parted: of that the time tells.
        """
        if not self.is_on or source.time is None or target.time is None:
            return []
        is_later = self.since is None or max(source.time, target.time) >= self.since
        return [(PROMOTED, publication_key(source), publication_key(target))] if is_later else []

    def is_edited(self, kind: str, name: str, row: JsonObject) -> bool:
        """Whether the source's object was edited since the two were equal, as far as anybody can tell."""
        return not self.knows(promoted_key(kind, name, row)) and self.is_later(edited_at(kind, row))

    def fate(self, kind: str, name: str, row: JsonObject, *, is_whole: bool = True) -> Fate:
        """Of something that the target lacks; `is_whole`: not only a language of an entry that it has."""
        if not self.is_edited(kind, name, row):
            return Fate.GONE
        is_older = self.since is not None and not self.is_later(text(row.get("created_at")))
        is_known = is_older or self._knows_earlier(kind, name, row)
        return Fate.CONFLICT if is_known or (is_whole and self._knows_object(kind, row)) else Fate.NEW

    def _knows_earlier(self, kind: str, name: str, row: JsonObject) -> bool:
        """Whether an earlier promotion left an earlier version of it in the target."""
        versions = range(1, _version(row)) if kind in VERSIONED else ()
        return any(self.knows(promoted_key(kind, name, {"_version": one})) for one in versions)

    def _knows_object(self, kind: str, row: JsonObject) -> bool:
        """Whether an earlier import knew it in the target, in whatever version; not this very one."""
        key = text(row.get("code" if kind == "locales" else "uid"))
        is_made = self._context.identity.target(kind, key) is not None
        return not is_made and self._context.earlier.target(kind, key) is not None


def target_stream(context: ImportContext, stream: Stream) -> Stream:
    """Where the target has what is in a stream of the source."""
    return stream._replace(locale=target_locale(context, stream.locale)) if stream.locale else stream


def document_name(content_type: str, uid: str, locale: str) -> str:
    """What a document of an entry is called here; an asset, a type and so on by its uid."""
    return f"{content_type}\0{uid}\0{locale}"


def promoted_key(kind: str, name: str, row: JsonObject) -> str:
    """What an object is as it is now, for `PROMOTED`: by its version, or where it has none by its time or content."""
    now = str(_version(row)) if kind in _NUMBERED else mark(kind, row)
    return f"{kind}\0{name}\0{now}"


def promoted(kind: str, name: str, row: JsonObject, made: JsonObject) -> tuple[str, str, str]:
    """The identity that says that the source's `row` and the target's `made` are the same."""
    return (PROMOTED, promoted_key(kind, name, row), promoted_key(kind, name_there(kind, name, made), made))


def publication_key(one: Publication) -> str:
    """What is live since a moment is called here, on its own side."""
    return (
        f"publications\0{one.content_type}\0{one.uid}\0{one.environment}\0{one.locale}\0{one.time or 0.0:.3f}"
    )


def item_name(release: str, item: JsonObject) -> str:
    """What an item of a release is called here, on its own side."""
    return f"{release}\0{item_key(item)}"


def promoted_item(release: str, item: JsonObject, target: str, body: JsonObject) -> tuple[str, str, str]:
    """The identity that says that both releases hold the same item: the source's, and `body` in the target's."""
    return (
        PROMOTED,
        promoted_key("release_items", item_name(release, item), {}),
        promoted_key("release_items", item_name(target, body), {}),
    )


def name_there(kind: str, name: str, made: JsonObject) -> str:
    """What the target's object is called, from the source's name and the object."""
    if kind not in ("entries", "variants"):
        return text(made.get("code" if kind == "locales" else "uid")) or name
    content_type, uid, locale, *variant = name.split("\0")
    there = document_name(content_type, text(made.get("uid")) or uid, text(made.get("locale")) or locale)
    own = [text(variant_record(made).get("_uid")) or one for one in variant]
    return "\0".join((there, *own))


def _version(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
