"""The rule of matching: which object of the target is which object of the source.

Import, verify and diff all use this rule, so what an import adopts is what a comparison
compares. For every kind the first that holds decides:

    every kind            the same uid, in branches of one stack
                          the uid that an earlier import between the two places gave it, if the target still holds it
                          the same uid, in two stacks
    locales               the code, as --locale maps it; terms: taxonomy and uid
    environments          the name, as --environment maps it; extensions: the uid, as --extension maps it
    other small kinds     the natural key that the kind's row in `kinds` names, uids in it translated; where objects
                          lie in each other (labels) the keys on the way from the root, else the key alone
    stages, variants      within paired workflows and variant groups: the name, else the position
    folders               the names on the way from the root
    assets                file name, title, folder and size in bytes
    entries               of one content type: the url, else the title, in any language that both sides have; of a
                          singleton the only entry

A key pairs two objects only where it names exactly one free object on each side. Where it names more, none of them is
paired, no later key is tried for them, and each is reported as ambiguous: an import stops before it writes (entries)
or leaves a gap (small kinds), a comparison reports a difference and a gap. The exceptions are assets and folders: a
file may well have been uploaded twice. Of several alike, those are paired that paired entries refer to, then those
that agree in description, tags, bytes (where both sides' are at hand) and publications; the rest in any way.

Pure: reads only what is staged of both sides, and of the target only at what it held before an import began.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.json_values import as_object
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.matching.assets import pair_assets, pair_folders
from stackferry.providers.contentstack.matching.entries import pair_entries
from stackferry.providers.contentstack.matching.objects import (
    pair_by_uid,
    pair_locales,
    pair_members,
    pair_objects,
    pair_terms,
)
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.target_names import are_of_one_stack
from stackferry.providers.identities import NOTHING_EARLIER, EarlierIdentities
from stackferry.providers.pairs import ByUid, Pairs, same_uid

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject, Place
    from stackferry.providers.pairs import Ambiguity
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import ImportContext, WriteOptions


class Matches:
    """The pairs of one source and one target, found kind by kind when a kind is first asked for."""

    def __init__(
        self,
        source: RecordStore,
        target: RecordStore,
        options: WriteOptions,
        scratch: TempTables,
        places: tuple[Place, Place] | None = None,
        earlier: EarlierIdentities = NOTHING_EARLIER,
    ) -> None:
        """`places` are those of the source and the target; `earlier` what is known of the two."""
        self._source, self._target, self._options, self._scratch = source, target, options, scratch
        is_one_stack = places is not None and are_of_one_stack(*places)
        self._by_uid = ByUid((same_uid, earlier.target) if is_one_stack else (earlier.target, same_uid))
        self._extensions = write_options(options).extensions
        self._pairs: dict[str, Pairs] = {}
        self._find: dict[str, Callable[[], Pairs]] = {
            "locales": partial(pair_locales, source, target, options.locales, scratch),
            "terms": partial(pair_terms, source, target, scratch),
            "entries": lambda: pair_entries(source, target, options.locales, self._by_uid, Pairs(scratch)),
            "assets": self._assets,
            "folders": self._folders,
            **{name: partial(self._members, name) for name in kinds.MEMBERS},
        }

    def of(self, kind: str) -> Pairs:
        """The pairs of a kind; none for an unknown kind."""
        if kind not in self._pairs:
            self._pairs[kind] = self._find.get(kind, partial(self._objects, kind))()
        return self._pairs[kind]

    def target(self, kind: str, source: str) -> str | None:
        """The uid in the target; None for an object that is in no pair."""
        if kind == "documents":  # an entry or an asset
            return self.target("entries", source) or self.target("assets", source)
        if kind == "extensions" and source in self._extensions:
            return self._extensions[source]
        return self.of(kind).target(source)

    def row(self, kind: str, source: str) -> JsonObject | None:
        """What the target holds of an object of the source. Of a term `source` is taxonomy and uid."""
        target = self.target(kind, source)
        if target is None:
            return None
        if kind == kinds.TERMS.name:
            return as_object((self._target.get(Stream(kind), source) or {}).get("term"))
        return self._target.get(Stream(kind), target)

    def counterpart(self, kind: str, uid: str) -> str | None:
        """The uid in the target, also of an object that the source does not hold; None where it is not there."""
        if found := self.target(kind, uid):
            return found
        others = (way(uid) for way in self.ways(kind))
        return next((other for other in others if other and self._holds(kind, other)), None)

    def _holds(self, kind: str, uid: str) -> bool:
        if kind != "entries":
            return self._target.get(Stream(kind), uid) is not None
        streams = (stream for stream in self._target.streams() if stream.kind == kind)
        return any(self._target.get(stream, uid) is not None for stream in streams)

    def ways(self, kind: str) -> list[Callable[[str], str | None]]:
        """What the uid of an object may be in the target, the surest first."""
        return [partial(way, kind) for way in self._by_uid.ways]

    def ambiguity(self, kind: str, source: str) -> Ambiguity | None:
        """Why an object of the source is in no pair, if there are several that it could be."""
        return next((one for one in self.of(kind).ambiguous if one.uid == source), None)

    def _objects(self, name: str) -> Pairs:
        kind = kinds.BY_NAME.get(name)
        if kind is None or not kind.listed:
            return Pairs(self._scratch)
        return pair_objects(
            kind, self._source, self._target, self._options, self._of_same_uid(name), self.target
        )

    def _of_same_uid(self, kind: str) -> Pairs:
        return pair_by_uid(self._source, self._target, kind, self._by_uid, Pairs(self._scratch))

    def _members(self, name: str) -> Pairs:
        holder, key = kinds.MEMBERS[name]
        stream = Stream(holder)
        holders = (
            (self._source.get(stream, source) or {}, self._target.get(stream, target) or {})
            for source, target in self.of(holder)
        )
        ways = self.ways(name)
        members = (pair_members(row.get(key), other.get(key), ways) for row, other in holders)
        return Pairs(self._scratch, chain.from_iterable(members))

    def _assets(self) -> Pairs:
        known = (partial(self.target, "entries"), partial(self.target, "environments"))
        paired = self._of_same_uid("assets")
        found = pair_assets(self._source, self._target, *known, self._options.locales, paired)
        return Pairs(self._scratch, found.items())

    def _folders(self) -> Pairs:
        found = pair_folders(self._source, self._target, self.of("assets"), self._of_same_uid("folders"))
        return Pairs(self._scratch, found.items())


def matches(context: ImportContext) -> Matches:
    """The pairs of what the snapshot holds and what the target held before; ask for it with `context.once`."""
    places = (context.origin, context.place) if context.origin and context.place else None
    sides = (context.everything, context.target)
    return Matches(*sides, context.options, context.scratch, places, context.earlier)


def counterpart(context: ImportContext, kind: str, uid: str) -> str | None:
    """What an object is in the target as it was before, also one that the snapshot does not hold."""
    return context.once(matches).counterpart(kind, uid)
