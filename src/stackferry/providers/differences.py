"""What a comparison tells: a difference between a snapshot and a target, an edit, what it leaves out.

Every system tells its differences in these words, so that reports and the command line read them all alike. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.core.json_diff import ABSENT, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"


class NotCompared(NamedTuple):
    """A part of a record: `*` in the path stands for any key or place, and what lies below it is meant too."""

    kind: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where the target differs from the snapshot. `uid` is the snapshot's, `left` its value."""

    kind: str
    uid: str
    left: Side
    right: Side
    content_type: str = ""
    locale: str = ""
    path: str = ""

    def as_json(self) -> JsonObject:
        place = {
            "kind": self.kind,
            "uid": self.uid,
            "content_type": self.content_type,
            "locale": self.locale,
            "path": self.path,
        }
        facts: JsonObject = {name: value for name, value in place.items() if value}
        for name, side in (("left", self.left), ("right", self.right)):
            if side is not ABSENT:
                facts[name] = side
        return facts


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that was edited; `title` is what a person knows it by."""

    kind: str
    uid: str
    title: str = ""
    content_type: str = ""
    locale: str = ""

    def as_json(self) -> JsonObject:
        names = ("kind", "uid", "title", "content_type", "locale")
        return {name: value for name in names if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of one object. `facts` are further names: `environment`, `release`, `item`, `from`."""

    subject: Subject
    change: str
    path: str = ""
    left: Side = ABSENT
    right: Side = ABSENT
    facts: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        row: JsonObject = {"change": self.change, **self.subject.as_json()}
        row |= {"path": self.path} if self.path else {}
        row |= {name: value for name, value in self.facts.items() if value}
        for name, side in (("left", self.left), ("right", self.right)):
            if side is not ABSENT:
                row[name] = side
        return row


def value_change(subject: Subject, path: str, left: Side, right: Side, **facts: Json) -> Change:
    """A value that is another, or is on one side only."""
    word = ADDED if left is ABSENT else REMOVED if right is ABSENT else CHANGED
    return Change(subject, word, path, left, right, facts)
