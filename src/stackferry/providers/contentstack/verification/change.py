"""One edit between two snapshots of one place, and what both sides call things. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.core.json_changes import json_changes
from stackferry.core.json_diff import equal
from stackferry.json_values import objects, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.recognisable import recognisable
from stackferry.providers.contentstack.kinds import BY_NAME, record_key
from stackferry.providers.contentstack.words import view
from stackferry.providers.coverage import Coverage
from stackferry.providers.differences import ADDED, CHANGED, MOVED, REMOVED, Change, Subject, value_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore


_PART_OF = {name: kind.part_of for name, kind in BY_NAME.items()}
_OF_ASSETS = frozenset(("assets", "folders", "files", "asset_versions"))


def document_changes(subject: Subject, left: Json, right: Json) -> Iterator[Change]:
    """Every edit between two documents of one object; parts that moved are one line each."""
    for one in json_changes(recognisable(left), recognisable(right)):
        if one.origin:
            yield Change(subject, MOVED, one.path, facts={"from": one.origin})
        elif one.is_element:
            yield value_change(subject, one.path, one.left, one.right)
        else:  # a field that was filled or emptied was there before and is there now
            yield Change(subject, CHANGED, one.path, one.left, one.right)


def newest(left: JsonObject | None, right: JsonObject | None) -> JsonObject:
    """A record as the newer of both snapshots has it that has it."""
    return right if right is not None else left or {}


class Sides:
    """Two snapshots of one place, the older one left; `gaps` grow with what one of them cannot tell."""

    def __init__(self, left: RecordStore, right: RecordStore) -> None:
        self.left, self.right = left, right
        self.coverage = (
            Coverage(left, right, _PART_OF, _OF_ASSETS),
            Coverage(right, left, _PART_OF, _OF_ASSETS),
        )
        self.gaps: list[Gap] = []
        self.compared: Counter[str] = Counter()
        self._streams: dict[tuple[str, str], dict[Stream, None]] = {}
        self._masters = (master_locale(right), master_locale(left))
        self._environments = {
            text(row.get("uid")): text(row.get("name"))
            for store in (left, right)  # what the right one says counts
            for row in store.objects(Stream("environments"))
        }

    def changed(self, stream: Stream) -> Iterator[tuple[JsonObject | None, JsonObject | None]]:
        """The records of a stream that differ at all, side by side; those that are equal are counted as compared."""
        for left, right in self.pairs(stream):
            if left is None or right is None or not equal(left, right):
                yield left, right
            else:
                self.compared[stream.kind] += 1

    def pairs(self, stream: Stream) -> Iterator[tuple[JsonObject | None, JsonObject | None]]:
        """The records of a stream with one key; None where a side has none."""
        for row in self.left.objects(stream):
            yield row, self.right.get(stream, *record_key(stream.kind, row))
        for row in self.right.objects(stream):
            if self.left.get(stream, *record_key(stream.kind, row)) is None:
                yield None, row

    def on_one_side(self, subject: Subject, *, is_left: bool, **facts: Json) -> Iterator[Change]:
        """An object that only one side has; nothing, or a gap, where the other one cannot tell."""
        gone_with_language = is_left and self.is_gone("", subject.locale)
        if not gone_with_language and self.can_tell(subject, is_left=is_left):
            yield Change(subject, REMOVED if is_left else ADDED, facts=facts)

    def can_tell(self, subject: Subject, *, is_left: bool) -> bool:
        """Whether the side that lacks an object would hold it, if it were there. Where a gap explains it, it is one."""
        other = self.coverage[1 if is_left else 0]
        if other.leaves_out(subject.kind):
            return False
        reason = other.gap(subject.kind, subject.uid, subject.content_type, subject.locale)
        if reason:
            self.unknown(subject, "", f"only one snapshot has it, the other has a gap: {reason}")
        return not reason

    def unknown(self, subject: Subject, path: str, reason: str) -> None:
        """A gap: what cannot be compared."""
        self.gaps.append(
            Gap(
                kind=subject.kind,
                uid=subject.uid,
                type=subject.content_type,
                locale=subject.locale,
                path=path,
                reason=reason,
            )
        )

    def is_gone(self, environment: str, locale: str) -> bool:
        """Whether an environment or a language was deleted, and with it all that was live there."""
        return any(
            self.left.get(stream, name) is not None and self.right.get(stream, name) is None
            for stream, name in ((Stream("environments"), environment), (Stream("locales"), locale))
        )

    def environment(self, name: str) -> str:
        """The name of an environment that is given by its uid or its name."""
        return self._environments.get(name) or name

    def streams(self, kind: str, content_type: str = "") -> list[Stream]:
        """The streams of a kind, or of one content type, that either side has."""
        if not self._streams:
            for one in sorted({*self.left.streams(), *self.right.streams()}):
                for key in ((one.kind, ""), (one.kind, one.type)):
                    self._streams.setdefault(key, {})[one] = None
        return [*self._streams.get((kind, content_type), ())]

    def title(self, kind: str, uid: str, content_type: str = "", locale: str = "") -> str:
        """What a person knows an object by, today or else on the left; of an entry in its language or the master's."""
        stream = Stream(kind, content_type, locale)
        tries = [(store, stream) for store in (self.right, self.left)]
        if kind == "entries":
            masters = zip((self.right, self.left), self._masters, strict=True)
            tries += [(store, stream._replace(locale=master)) for store, master in masters]
        for store, where in tries:
            row = store.get(where, uid)
            if row is not None and (title := view(kind, row).title):
                return title
        return ""

    def subject(self, kind: str, uid: str, content_type: str = "", locale: str = "") -> Subject:
        """An entry, or an asset without a content type, as what a change of another kind is about."""
        of = "entries" if content_type else "assets"
        where = (content_type, locale) if content_type else ()
        return Subject(kind, uid, self.title(of, uid, *where), content_type, locale)

    def lost_language(self, content_type: str, uid: str, locale: str, *, is_left: bool) -> bool:
        """Whether only one side has an entry in a language: what belongs to that document came or went with it."""
        mine, other = (self.left, self.right) if is_left else (self.right, self.left)
        stream = Stream("entries", content_type, locale)
        return mine.get(stream, uid) is not None and other.get(stream, uid) is None

    def live(self, store: RecordStore, content_type: str, uid: str) -> set[tuple[str, str]]:
        """The environments and languages in which an entry or an asset is live."""
        streams = self.streams("entries", content_type) if content_type else [Stream("assets")]
        return {
            (text(row.get("environment")), text(row.get("locale")))
            for stream in streams
            for row in objects((store.get(stream, uid) or {}).get("publish_details"))
        }

    def holds(self, store: RecordStore, content_type: str, uid: str) -> bool:
        """Whether a side has an entry in any language, or an asset."""
        if not content_type:
            return store.get(Stream("assets"), uid) is not None
        return any(store.get(stream, uid) is not None for stream in self.streams("entries", content_type))
