"""Which entries of a snapshot a target already holds: by uid, else by url, else by title, never by guess.

Where two candidates fit, nobody is chosen: the import says so before it writes anything. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.model import JsonObject, Shelf
from stackferry.providers.contentstack.answers import own_row, text
from stackferry.providers.contentstack.small_kinds import to_locale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.providers.contentstack.documents import Content, Entry
    from stackferry.providers.provider import Replay

_NATURAL = ("url", "title")


@dataclass(slots=True)
class Matches:
    """`pairs`: source uid → target uid. `ambiguous`: what could not be told apart, in words."""

    pairs: dict[str, str] = field(default_factory=dict)
    ambiguous: list[str] = field(default_factory=list)


def match_entries(replay: Replay, content: Content) -> Matches:
    """Look at every entry of the snapshot and at what the target held before the import."""
    found = Matches()
    if not any(shelf.kind == "entries" for shelf in replay.target.shelves()):
        return found
    singletons = {
        text(row.get("uid")) for row in replay.source.objects(Shelf("content_types")) if _is_single(row)
    }
    by_type: dict[str, list[Entry]] = defaultdict(list)
    for entry in content.entries:
        by_type[entry.content_type].append(entry)
    for content_type, entries in by_type.items():
        _match_type(replay, content_type, entries, found, single=content_type in singletons)
    return found


def _is_single(content_type: JsonObject) -> bool:
    return own_row(content_type.get("options")).get("singleton") is True


def _match_type(
    replay: Replay, content_type: str, entries: list[Entry], found: Matches, *, single: bool
) -> None:
    theirs = _their_documents(replay, content_type)
    left = [entry for entry in entries if entry.uid not in theirs]
    found.pairs.update({entry.uid: entry.uid for entry in entries if entry.uid in theirs})
    free = {uid: rows for uid, rows in theirs.items() if uid not in found.pairs}
    for entry in left:
        candidates = sorted(free) if single else _candidates(replay, entry, free)
        if len(candidates) == 1:
            found.pairs[entry.uid] = candidates[0]
            del free[candidates[0]]
        elif candidates:
            found.ambiguous.append(
                f"entry {entry.uid} of {content_type} could be any of {', '.join(candidates)} in the target"
            )


def _their_documents(replay: Replay, content_type: str) -> dict[str, dict[str, JsonObject]]:
    """The target's entries of one type: uid → locale → document."""
    found: dict[str, dict[str, JsonObject]] = defaultdict(dict)
    for shelf in replay.target.shelves():
        if shelf.kind == "entries" and shelf.content_type == content_type:
            for row in replay.target.objects(shelf):
                found[text(row.get("uid"))][shelf.locale] = row
    return found


def _candidates(replay: Replay, entry: Entry, free: dict[str, dict[str, JsonObject]]) -> list[str]:
    """The target's entries with the same url in some language; if there is none, with the same title."""
    latest = {
        to_locale(replay, document.locale): document.load(replay.source)
        for document in entry.documents
        if not document.number
    }
    for name in _NATURAL:
        alike = [uid for uid, rows in sorted(free.items()) if _agree(latest, rows, name)]
        if alike:
            return alike
    return []


def _agree(ours: dict[str, JsonObject], theirs: dict[str, JsonObject], name: str) -> bool:
    shared: Iterable[str] = ours.keys() & theirs.keys()
    return any(ours[code].get(name) and ours[code].get(name) == theirs[code].get(name) for code in shared)
