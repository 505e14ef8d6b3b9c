"""The rule of matching: which object of the target is which object of the source.

Import, verify and diff all use this rule, so what an import adopts is what a comparison compares.

    locales                    the code, as --locale maps it
    most kinds                 the id, which is the same in every space that holds the object
    roles                      the id, else the name
    kinds whose ids the        in one environment the id; else the id that an earlier import between the two places
    service chooses            gave it, if the target still holds it; then the id, which a clone of an environment
                               keeps; then what the object says of itself (`natural_keys`)
    bodies in a release        the release's, and the id of the entry or asset

A scheduled action that was cancelled or carried out in the target is not one that is still to come in the source.

Objects that say exactly the same of themselves are interchangeable: the first is paired with the first. A key that says
less (the title of a release) pairs two objects only where it names one free object on each side. Where it names more,
none of them is paired and each is ambiguous.

Pure: reads only what is staged of both sides, and of the target only what it held before an import began.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.contentful.matching.natural_keys import NATURAL_KEYS
from stackferry.providers.identities import NOTHING_EARLIER, EarlierIdentities
from stackferry.providers.pairs import ByUid, Pairs, same_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Place
    from stackferry.providers.contentful.matching.natural_keys import KeyOf
    from stackferry.providers.pairs import Ambiguity
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import ImportContext, WriteOptions

_RELEASED = (kinds.RELEASE_ENTRIES.name, kinds.RELEASE_ASSETS.name)


class Matches:
    """The pairs of one source and one target, found kind by kind when a kind is first asked for.

    An `Identity`: without a recorded one, verify and diff use it as it is.
    """

    def __init__(
        self,
        source: RecordStore,
        target: RecordStore,
        options: WriteOptions,
        scratch: TempTables,
        places: tuple[Place, Place] | None = None,
        earlier: EarlierIdentities = NOTHING_EARLIER,
    ) -> None:
        """`places` are those of the source and the target; `earlier` is what is known of the two."""
        self._source, self._target, self._scratch = source, target, scratch
        self._here, self._there = Held(source, scratch), Held(target, scratch)
        self._locales, self._earlier = options.locales, earlier
        is_one = places is not None and places[0].identity == places[1].identity
        self._by_id = ByUid((same_uid, earlier.target) if is_one else (earlier.target, same_uid))
        self._pairs: dict[str, Pairs] = {}

    def target(self, kind: str, source: str) -> str | None:
        """The id in the target; None for an object that is in no pair. Of a locale it is the code."""
        if kind in _RELEASED:
            return self._of_release(kind, source)
        if kind == kinds.LOCALES.name:
            code = self._locales.get(source, source)
            return code if self._there.holds(kind, code) else None
        if kind in NATURAL_KEYS:
            return self.of(kind).target(source)
        return source if self._there.holds(kind, source) else None

    def is_target(self, kind: str, target: str) -> bool:
        """Whether an object of the target is in a pair."""
        if kind in NATURAL_KEYS:
            return self.of(kind).is_target(target)
        if kind == kinds.LOCALES.name:
            rows = self._source.objects(Stream(kind))
            return any(self._locales.get(code := text(row.get("code")), code) == target for row in rows)
        if kind in _RELEASED:
            release, _, entity = target.partition("\0")
            owner = self.of(kinds.RELEASES.name).source(release)
            return owner is not None and self._here.holds(kind, f"{owner}\0{entity}")
        return self._here.holds(kind, target)

    def counterpart(self, kind: str, uid: str) -> str | None:
        """The id in the target, also of an object that the source does not hold; None where it is not there."""
        if found := self.target(kind, uid):
            return found
        others = (way(kind, uid) for way in self._by_id.ways)
        return next((other for other in others if other and self._there.holds(kind, other)), None)

    def ambiguity(self, kind: str, source: str) -> Ambiguity | None:
        """Why an object of the source is in no pair, if there are several that it could be."""
        return next((one for one in self.of(kind).ambiguous if one.uid == source), None)

    def of(self, kind: str) -> Pairs:
        """The pairs of a kind whose ids need not be the same; none for every other kind."""
        if kind not in self._pairs:
            pairs = self._pairs[kind] = Pairs(self._scratch)
            if kind in NATURAL_KEYS:
                self._pair(kind, pairs)
        return self._pairs[kind]

    def _pair(self, kind: str, pairs: Pairs) -> None:
        stream = Stream(kind)
        self._by_id.pair(
            pairs,
            kind,
            lambda: (kinds.sys_id(row) for row in self._source.objects(stream)),
            partial(self._may_be, kind),
        )
        whole, *less = NATURAL_KEYS[kind]
        # A reply is known by the comment that it answers, so each turn finds those that answer what is known.
        while self._pair_equal(kind, pairs, whole) and kind == kinds.COMMENTS.name:
            pass
        for key_of in less:
            sources = ((key, uid) for key, _, uid in self._keys(kind, pairs, key_of, of_target=False))
            targets = ((key, uid) for key, _, uid in self._keys(kind, pairs, key_of, of_target=True))
            pairs.pair_by_key(sources, targets)

    def _may_be(self, kind: str, uid: str, other: str) -> bool:
        """Whether the target holds an object that may be the source's by its id.

        What was cancelled or carried out since is not what is still to come: another one takes its place.
        """
        if kind != kinds.SCHEDULED_ACTIONS.name:
            return self._there.holds(kind, other)
        stream = Stream(kind)
        states = (
            nested(row or {}, "sys", "status")
            for row in (self._source.get(stream, uid), self._target.get(stream, other))
        )
        is_to_come, is_there = (state == "scheduled" for state in states)
        return self._there.holds(kind, other) and (is_there or not is_to_come)

    def _pair_equal(self, kind: str, pairs: Pairs, key_of: KeyOf) -> bool:
        """Pair what says the same of itself, in the order in which it was made. Answers whether anything was paired."""
        is_any = False
        sources = self._scratch.table(3, self._keys(kind, pairs, key_of, of_target=False))
        targets = self._scratch.table(3, self._keys(kind, pairs, key_of, of_target=True))
        for key, rows in groupby(sources, key=itemgetter(0)):
            for (_, _, uid), (_, _, other) in zip(rows, targets.of(key), strict=False):
                pairs.add(uid, other)
                is_any = True
        return is_any

    def _keys(
        self, kind: str, pairs: Pairs, key_of: KeyOf, *, of_target: bool
    ) -> Iterator[tuple[bytes, str, str]]:
        """The key, the time and the id of every free object; what its key refers to as it is in the target."""
        store, is_free = (
            (self._target, pairs.is_free_target) if of_target else (self._source, pairs.is_free_source)
        )
        for row in store.objects(Stream(kind)):
            uid = kinds.sys_id(row)
            key = key_of(row, (lambda _, one: one) if of_target else self._as_in_target)
            if key is not None and uid and is_free(uid):
                yield key, text(nested(row, "sys", "createdAt")), uid

    def _as_in_target(self, kind: str, uid: str) -> str:
        """What an object is in the target; one that is not there keeps its id, which no other object has."""
        return self.target(kind, uid) or uid

    def _of_release(self, kind: str, source: str) -> str | None:
        release, _, entity = source.partition("\0")
        target = self.of(kinds.RELEASES.name).target(release)
        key = f"{target}\0{entity}"
        return key if target is not None and self._there.holds(kind, key) else None


def matches(context: ImportContext) -> Matches:
    """The pairs of what the snapshot holds and what the target held before; ask for it with `context.once`."""
    places = (context.origin, context.place) if context.origin and context.place else None
    sides = (context.everything, context.target)
    return Matches(*sides, context.options, context.scratch, places, context.earlier)


def counterpart(context: ImportContext, kind: str, uid: str) -> str | None:
    """What an object is in the target as it was before, also one that the snapshot does not hold."""
    return context.once(matches).counterpart(kind, uid)
