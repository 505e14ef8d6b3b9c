"""Pairing the entries of each content type: by uid, by url, by title; see `rule`. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_object, text
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import Row
    from stackferry.providers.pairs import ByUid, Pairs
    from stackferry.providers.source import RecordStore

_NATURAL = ("url", "title")


def pair_entries(
    source: RecordStore, target: RecordStore, locales: Mapping[str, str], by_uid: ByUid, pairs: Pairs
) -> Pairs:
    """All entries of both sides. `locales` gives the target's code for a source's code."""
    singletons = {
        text(row.get("uid"))
        for row in source.objects(Stream("content_types"))
        if as_object(row.get("options")).get("singleton") is True
    }
    held = _streams_by_type(target)
    for content_type, streams in _streams_by_type(source).items():
        if content_type in held:
            sides = (_Side(source, streams, locales), _Side(target, held[content_type], {}))
            by_uid.pair(pairs, "entries", sides[0].uids, partial(_is_held, sides[1]))
            _pair_type(*sides, pairs, content_type, is_singleton=content_type in singletons)
    return pairs


def _streams_by_type(staged: RecordStore) -> dict[str, list[Stream]]:
    found: dict[str, list[Stream]] = {}
    for stream in staged.streams():
        if stream.kind == "entries":
            found.setdefault(stream.type, []).append(stream)
    return found


class _Side:
    """The entries of one content type on one side: a stream for each language."""

    def __init__(self, staged: RecordStore, streams: list[Stream], locales: Mapping[str, str]) -> None:
        self._staged, self._streams, self._locales = staged, streams, locales

    def uids(self) -> Iterator[str]:
        """The uid of every entry, once for each language that it is in."""
        for stream in self._streams:
            yield from (text(row.get("uid")) for row in self._staged.objects(stream))

    def holds(self, uid: str) -> bool:
        return any(self._staged.get(stream, uid) is not None for stream in self._streams)

    def keys(self, name: str, is_free: Callable[[str], bool]) -> Iterator[Row]:
        """The key and the uid of each free entry: what a field holds in a language, by the target's code."""
        for stream in self._streams:
            locale = self._locales.get(stream.locale, stream.locale)
            for row in self._staged.objects(stream):
                uid, value = text(row.get("uid")), row.get(name)
                if value and is_free(uid):
                    yield exact_json.dumps([locale, value]), uid

    def only_keys(self, is_free: Callable[[str], bool]) -> Iterator[Row]:
        """The same key for every free entry: it pairs the entries of a singleton."""
        return ((b"", uid) for uid in self.uids() if is_free(uid))


def _is_held(target: _Side, _: str, uid: str) -> bool:
    return target.holds(uid)


def _pair_type(source: _Side, target: _Side, pairs: Pairs, content_type: str, *, is_singleton: bool) -> None:
    if is_singleton:
        keys = (source.only_keys(pairs.is_free_source), target.only_keys(pairs.is_free_target))
        pairs.pair_by_key(*keys, content_type)
    for name in _NATURAL:
        keys = (source.keys(name, pairs.is_free_source), target.keys(name, pairs.is_free_target))
        pairs.pair_by_key(*keys, content_type)
