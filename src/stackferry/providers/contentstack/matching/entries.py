"""Which entries of a snapshot a target already holds: by uid, else by url, else by title, never by guess.

Where two candidates fit, nobody is chosen: the import says so before it writes anything. Pure.
"""

from __future__ import annotations

from array import array
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.documents import read_content
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.contentstack.values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.providers.contentstack.content.documents import Entry, EntryTable
    from stackferry.providers.target import Replay

_NATURAL = ("url", "title")


class Matches:
    """Pairs of a source uid and a target uid. `ambiguous`: what could not be told apart, in words."""

    def __init__(self, replay: Replay) -> None:
        self._pairs, self._taken = replay.scratch.table(2), replay.scratch.table(1)
        self.ambiguous: list[str] = []

    def pair(self, source: str, target: str) -> None:
        """Say that they are the same entry."""
        self._pairs.add([(source, target)])
        self._taken.add([(target,)])

    def get(self, source: str) -> str | None:
        """The entry of the target that this one is."""
        found = self._pairs.of(source)
        return found[0][1] if found else None

    def is_taken(self, target: str) -> bool:
        """Whether an entry of the target is matched already."""
        return bool(self._taken.of(target))


def match_entries(replay: Replay) -> Matches:
    """Look at every entry of the snapshot and at what the target held before the import."""
    found = Matches(replay)
    if not any(stream.kind == "entries" for stream in replay.target.streams()):
        return found
    singletons = {
        text(row.get("uid")) for row in replay.source.objects(Stream("content_types")) if _is_single(row)
    }
    entries = replay.once(read_content).entries
    for content_type, members in groupby(enumerate(entries), key=lambda pair: pair[1].content_type):
        _Type(replay, content_type, found, single=content_type in singletons).match(entries, members)
    return found


def _is_single(content_type: JsonObject) -> bool:
    return as_object(content_type.get("options")).get("singleton") is True


class _Type:
    """The matching of one content type's entries."""

    def __init__(self, replay: Replay, content_type: str, found: Matches, *, single: bool) -> None:
        self._replay, self._content_type, self._found, self._single = replay, content_type, found, single
        streams = [stream for stream in replay.target.streams() if stream.kind == "entries"]
        self._shelves = [stream for stream in streams if stream.type == content_type]
        self._free = replay.scratch.table(1)  # the target's entries that have no uid of ours
        self._names = replay.scratch.table(4)  # what they are called: which name, language, value, whose

    def match(self, entries: EntryTable, members: Iterable[tuple[int, Entry]]) -> None:
        """By uid first, and what is left by what it is called."""
        left = array("i")
        for number, entry in members:
            if any(self._replay.target.get(stream, entry.uid) is not None for stream in self._shelves):
                self._found.pair(entry.uid, entry.uid)
            else:
                left.append(number)
        if left and self._shelves:
            self._index()
            for number in left:
                self._by_name(entries[number])

    def _index(self) -> None:
        for stream in self._shelves:
            for row in self._replay.target.objects(stream):
                uid = text(row.get("uid"))
                if not self._found.is_taken(uid):
                    self._free.add([(uid,)])
                    names = [(name, value) for name in _NATURAL if (value := row.get(name))]
                    self._names.add(
                        (name, stream.locale, exact_json.dumps(value), uid) for name, value in names
                    )

    def _by_name(self, entry: Entry) -> None:
        candidates = [uid for (uid,) in self._free] if self._single else self._called_alike(entry)
        candidates = [uid for uid in candidates if not self._found.is_taken(uid)]
        if len(candidates) == 1:
            self._found.pair(entry.uid, candidates[0])
        elif candidates:
            what = f"entry {entry.uid} of {self._content_type}"
            self._found.ambiguous.append(f"{what} could be any of {', '.join(candidates)} in the target")

    def _called_alike(self, entry: Entry) -> list[str]:
        """The target's entries with the same url in some language; if there is none, with the same title."""
        latest = [document for document in entry.documents if not document.number]
        for name in _NATURAL:
            said = [(one.locale, one.load(self._replay.source).get(name)) for one in latest]
            rows = (
                self._names.of(name, target_locale(self._replay, code), exact_json.dumps(value))
                for code, value in said
                if value
            )
            alike = {uid for found in rows for *_, uid in found if not self._found.is_taken(uid)}
            if alike:
                return sorted(alike)
        return []
