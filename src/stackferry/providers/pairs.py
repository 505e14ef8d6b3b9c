"""Pairing the objects of one kind by keys, where a key names exactly one free object on each side. Pure."""

from __future__ import annotations

from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Row
    from stackferry.providers.source import RecordStore, TempTables

_SHOWN = 5  # candidates that a message names


class ByUid(NamedTuple):
    """How objects are paired by uid before any other key is tried.

    `ways` give what an object's uid may be in the target, the surest first: the same uid, or that of an earlier import.
    """

    ways: tuple[Callable[[str, str], str | None], ...]  # from a kind and the source's uid

    def pair(
        self, pairs: Pairs, kind: str, uids: Callable[[], Iterable[str]], is_held: Callable[[str, str], bool]
    ) -> Pairs:
        """Pair free objects. `is_held` says of a source's and a target's uid whether the target holds the second."""
        for way in self.ways:
            for uid in uids():
                found = way(kind, uid) if pairs.target(uid) is None else None
                if found is not None and pairs.is_free_target(found) and is_held(uid, found):
                    pairs.add(uid, found)
        return pairs


def same_uid(_: str, uid: str) -> str:
    """The way of a uid that is the same on both sides."""
    return uid


class Ambiguity(NamedTuple):
    """An object of the source that a key names, but not it alone, or not one object of the target alone.

    `candidates` are uids of the target, the first few of them. `content_type` is that of an entry.
    """

    uid: str
    content_type: str
    candidates: tuple[str, ...]

    @property
    def reason(self) -> str:
        if len(self.candidates) == 1:
            return f"could be {self.candidates[0]} in the target, and so could another object of the source"
        return f"could be any of {', '.join(self.candidates)} in the target"


class Pairs:
    """Pairs of a source uid and a target uid of one kind, and what could not be told apart.

    An object is free while it is in no pair and in no ambiguity. Everything lies in scratch tables, for there may be
    as many pairs as entries.
    """

    def __init__(self, scratch: TempTables, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._scratch = scratch
        self._by_source, self._by_target = scratch.table(2), scratch.table(2)
        # Objects that a key named ambiguously: no later key may pair them.
        self._unclear_sources, self._unclear_targets = scratch.table(1), scratch.table(1)
        self.ambiguous: list[Ambiguity] = []
        for pair in pairs:
            self.add(*pair)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((source, target) for source, target in self._by_source)

    def add(self, source: str, target: str) -> None:
        self._by_source.add([(source, target)])
        self._by_target.add([(target, source)])

    def target(self, source: str) -> str | None:
        """The uid in the target; None for an object that is in no pair."""
        found = self._by_source.of(source)
        return found[0][1] if found else None

    def source(self, target: str) -> str | None:
        """The uid in the source; None for an object that is in no pair."""
        found = self._by_target.of(target)
        return found[0][1] if found else None

    def is_target(self, target: str) -> bool:
        """Whether an object of the target is in a pair."""
        return bool(self._by_target.of(target))

    def is_free_source(self, uid: str) -> bool:
        return not self._by_source.of(uid) and not self._unclear_sources.of(uid)

    def is_free_target(self, uid: str) -> bool:
        return not self._by_target.of(uid) and not self._unclear_targets.of(uid)

    def pair_by_key(self, sources: Iterable[Row], targets: Iterable[Row], content_type: str = "") -> None:
        """Pair free objects. A row is a key and a uid; an object may have several keys, in several languages.

        Two objects are paired where each has a key in common with the other and with no third one. All others that
        share a key with some object become ambiguous.
        """
        left, right = self._scratch.table(2, sources), self._scratch.table(2, targets)
        common, reverse = self._scratch.table(2), self._scratch.table(2)
        for key, rows in groupby(left, key=itemgetter(0)):
            uids, others = [uid for _, uid in rows], [uid for _, uid in right.of(key)]
            if len(uids) == len(others) == 1:
                common.add([(uids[0], others[0])])
                reverse.add([(others[0], uids[0])])
            elif others:
                self._leave(content_type, uids, others)
        for uid, rows in groupby(common, key=itemgetter(0)):
            others = [target for _, target in rows]
            is_pair = len(others) == 1 and len(reverse.of(others[0])) == 1
            if is_pair and self.is_free_source(uid) and self.is_free_target(others[0]):
                self.add(uid, others[0])
            else:
                self._leave(content_type, [uid], others)

    def _leave(self, content_type: str, sources: list[str], targets: list[str]) -> None:
        """Remember that these could not be told apart."""
        self.ambiguous += [
            Ambiguity(uid, content_type, tuple(islice(targets, _SHOWN)))
            for uid in sources
            if not self._unclear_sources.of(uid)
        ]
        self._unclear_sources.add((uid,) for uid in sources)
        self._unclear_targets.add((uid,) for uid in targets)


def holds(store: RecordStore, kind: str, uid: str) -> bool:
    """Whether a side has an object of a kind, whatever its content type and its language."""
    streams = (stream for stream in store.streams() if stream.kind == kind)
    return any(store.get(stream, uid) is not None for stream in streams)
