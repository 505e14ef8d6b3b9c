"""What the target's branch alone has published, or taken down, since it parted from the source's: that stays. Pure.

Publish details tell when each thing went live. What the source shows since before the two were equal, and the target
shows no more, or in another version, was decided in the target alone. What the source has published since is as in the
source, whatever the target did. What only the target shows is taken down where both showed it before: then the source
alone has taken it down.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.publications import (
    EntryPublications,
    Publication,
    asset_publications,
    document_publications,
    shown_in_target,
    target_publications,
)
from stackferry.providers.contentstack.importing.branches.deleted import DeletedInTarget
from stackferry.providers.contentstack.importing.branches.fork import Fork, publication_key, target_stream
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Row
    from stackferry.providers.contentstack.importing.variants import EntryVariant
    from stackferry.providers.target import ImportContext

_ASSETS: Final = Stream("assets")
_DOWN: Final = "down"
_SINCE: Final = (
    "published in the target's branch since it was last equal to the source's, and not there: it stays live"
)
OTHER_VERSION: Final = (
    "published in another version in the target's branch since it was last equal to the source's: it stays"
)
_UNSURE: Final = (
    "live in the target's branch alone; nobody can tell whether the source's took it down: it stays live"
)


class Kept(NamedTuple):
    """A place in which an object of the source is as the target's branch has it.

    `kind` is `entries`, `assets` or `variants`; `uid` the source's, of a variant that of its entry and its own;
    `target` the entry or the asset there.
    """

    kind: str
    uid: str
    environment: str
    locale: str
    content_type: str
    target: str
    how: str


class PublishedInTarget:
    """All of that, of one import; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._fork = context, context.once(Fork)
        self._pairs = context.once(matches)
        is_on = self._fork.is_on and context.options.publish != "none"
        rows = (one for one in self._find() if one is not None) if is_on else ()
        self._kept = context.scratch.table(7, rows)
        self.keeps_any = next(iter(self._kept), None) is not None

    def places(self, kind: str, uid: str) -> set[tuple[str, str]]:
        """Environments and languages in which an object of the source counts as not published."""
        found = map(Kept._make, self._kept.of(kind, uid) if self.keeps_any else ())
        return {(one.environment, one.locale.casefold()) for one in found}

    def taken_down(self) -> Iterator[Kept]:
        """What the target does not show."""
        return (one for one in map(Kept._make, self._kept) if one.how == _DOWN)

    # --- what the source shows ---

    def _find(self) -> Iterator[Kept | None]:
        includes = self._context.options.includes
        if includes("assets"):
            yield from self._assets()
        if includes("entries"):
            yield from self._entries()
        if includes("variants"):
            yield from self._variants()

    def _assets(self) -> Iterator[Kept | None]:
        for one in asset_publications(self._context.source):
            target = self._pairs.target("assets", one.uid)
            held = self._context.target.get(_ASSETS, target) if target else None
            if target and held is not None:
                yield self._judged("assets", one.uid, one, target, document_publications("", target, held))

    def _entries(self) -> Iterator[Kept | None]:
        ours, theirs = EntryPublications(self._context.source), self._context.once(target_publications)
        for content_type, uid, target in self._context.scratch.table(3, self._shown_otherwise()):
            shown = [*theirs.of(content_type, target)]
            for one in ours.of(content_type, uid):
                there = Stream("entries", content_type, target_locale(self._context, one.document_locale))
                # A document that the import makes there is live as in the source.
                if self._context.target.get(there, target) is not None:
                    yield self._judged("entries", uid, one, target, shown)

    def _shown_otherwise(self) -> Iterator[Row]:
        """Type, uid and target's uid of each entry that has a document which the two show in other places."""
        for stream in self._context.source.streams():
            there = target_stream(self._context, stream)
            for row in self._context.source.objects(stream) if stream.kind == "entries" else ():
                uid = text(row.get("uid"))
                target = self._pairs.target("entries", uid)
                held = self._context.target.get(there, target) if target else None
                if held is not None and held.get("publish_details") != row.get("publish_details"):
                    yield stream.type, uid, target or ""

    def _variants(self) -> Iterator[Kept | None]:
        for stream in self._context.source.streams():
            there = stream._replace(locale=target_locale(self._context, stream.locale))
            for row in self._context.source.objects(stream) if stream.kind == "variants" else ():
                uid, document = text(row.get("uid")), as_object(row.get("variant"))
                variant = text(as_object(document.get("_variant")).get("_uid"))
                entry, other = self._pairs.target("entries", uid), self._pairs.target("variants", variant)
                held = self._context.target.get(there, f"{entry}\0{other}") if entry and other else None
                if entry and held is not None:
                    shown = [*document_publications(stream.type, entry, as_object(held.get("variant")))]
                    for one in document_publications(stream.type, uid, document):
                        yield self._judged("variants", f"{uid}\0{variant}", one, entry, shown)

    def _judged(
        self, kind: str, uid: str, one: Publication, target: str, shown: Iterable[Publication]
    ) -> Kept | None:
        """The place of a publication of the source, where the target's branch alone has decided about it."""
        if self._is_moved(one):
            return None
        place = (self._environment(one), target_locale(self._context, one.locale))
        there = next((other for other in shown if (other.environment, other.locale) == place), None)
        if there is not None:
            owner = target_locale(self._context, one.document_locale) if one.document_locale else ""
            is_same = (there.version, there.document_locale) == (one.version, owner)
            if is_same or not self._is_moved_there(there):
                return None
        how = _DOWN if there is None else OTHER_VERSION
        return Kept(kind, uid, one.environment, one.locale, one.content_type, target, how)

    def _environment(self, one: Publication) -> str:
        return self._pairs.target("environments", one.environment) or one.environment

    def _is_moved(self, one: Publication) -> bool:
        """Whether the source has published it since the two were equal, as far as anybody can tell."""
        if one.time is None or self._fork.knows(publication_key(one)):
            return one.time is None
        return self._fork.since is None or one.time >= self._fork.since

    def _is_moved_there(self, one: Publication) -> bool:
        """Whether the target has; what tells no time has not."""
        if one.time is None or self._fork.knows_there(publication_key(one)):
            return False
        return self._fork.since is None or one.time >= self._fork.since

    # --- what only the target shows ---

    def stays_live(self, one: Publication, uid: str) -> str:
        """Why what only the target shows of the source's object is not taken down; empty where it is."""
        fork = self._fork
        if not fork.is_on or one.time is None or fork.knows_there(publication_key(one)):
            return ""
        if self._is_kept(one, uid):
            return OTHER_VERSION
        if fork.since is None:
            return ""
        if one.time >= fork.since:
            return _SINCE
        is_gone = self._context.once(DeletedInTarget).hides("entries", uid, one.locale)
        return _UNSURE if is_gone or not self._is_carried else ""

    def is_left_alone(self, content_type: str, uid: str, environment: str, locale: str) -> bool:
        """Whether a place of the target, with whatever hangs on the object there, is as the target's branch has it."""
        kind = "entries" if content_type else "assets"
        target = self._pairs.target(kind, uid) if self._fork.is_on else None
        if target is None:
            return False
        place = Publication(content_type, target, locale, environment, "", 0)
        shown = shown_in_target(self._context, content_type, target)
        there = (one for one in shown if (one.environment, one.locale) == (environment, locale))
        return self._is_kept(place, uid) or any(self.stays_live(one, uid) for one in there)

    def is_kept_variant(self, one: EntryVariant, environment: str, locale: str) -> bool:
        """Whether a place of the target shows a variant as the target's branch alone has decided."""
        return self._is_kept_in("variants", f"{one.uid}\0{one.variant}", (environment, locale))

    def _is_kept(self, one: Publication, uid: str) -> bool:
        return self._is_kept_in(
            "entries" if one.content_type else "assets", uid, (one.environment, one.locale)
        )

    def _is_kept_in(self, kind: str, uid: str, place: tuple[str, str]) -> bool:
        return any(self._target_place(row) == place for row in map(Kept._make, self._kept.of(kind, uid)))

    def _target_place(self, one: Kept) -> tuple[str, str]:
        environment = self._pairs.target("environments", one.environment) or one.environment
        return environment, target_locale(self._context, one.locale)

    @cached_property
    def _is_carried(self) -> bool:
        """Whether a new branch shows what its source shows: where anything is live in both since one moment."""
        for row, held in self._fork.both():
            shown = objects(held.get("publish_details"))
            if any(one in shown for one in objects(row.get("publish_details")) if one.get("time")):
                return True
        return False
