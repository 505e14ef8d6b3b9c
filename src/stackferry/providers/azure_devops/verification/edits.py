"""What a comparison finds, as verify and diff tell it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stackferry.core.json_changes import json_changes
from stackferry.core.json_diff import ABSENT, Side
from stackferry.providers.azure_devops.verification.recognised import recognisable, shown_path
from stackferry.providers.differences import ADDED, CHANGED, MOVED, REMOVED, Change, Mismatch, Subject
from stackferry.providers.secrets.redacted import only_one_holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Json, JsonObject

VANISHED: Final = "vanished"
BACK: Final = "brought back"


@dataclass(frozen=True, slots=True)
class About:
    """The object that a difference is about: its kind, its id as the service writes it, and what people call it."""

    kind: str
    uid: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference. `path` names elements of lists; `place` is the same path by their places."""

    about: About
    change: str
    path: str = ""
    left: Side = ABSENT
    right: Side = ABSENT
    facts: Mapping[str, Json] = field(default_factory=dict)
    place: str = ""

    def as_change(self) -> Change:
        about = self.about
        subject = Subject(about.kind, about.uid, about.title)
        return Change(subject, self.change, self.path, self.left, self.right, self.facts)

    def as_mismatch(self) -> Mismatch:
        """With both values; an object that one side lacks by its title."""
        about, left, right = self.about, self.left, self.right
        if left is ABSENT and right is ABSENT and not self.path:
            name = about.title or about.uid
            left, right = (name, ABSENT) if self.change == REMOVED else (ABSENT, name)
        if self.change == MOVED:
            left, right = self.facts.get("from"), self.path
        return Mismatch(about.kind, about.uid, left, right, path=self.path)

    @property
    def is_unknown(self) -> bool:
        """Whether both values may be equal, since one side alone holds a credential."""
        return only_one_holds(self.left, self.right)


def body_edits(about: About, left: JsonObject, right: JsonObject, prefix: str = "") -> Iterator[Edit]:
    """Where two bodies differ, each edit once. Elements of lists are recognised by what names them."""
    here, there = recognisable(left), recognisable(right)
    for one in json_changes(here, there):
        is_gone = one.right is ABSENT and not one.origin
        path = prefix + shown_path(one.path, here if is_gone else there)
        if one.origin:
            facts: JsonObject = {"from": prefix + shown_path(one.origin, here)}
            yield Edit(about, MOVED, path, facts=facts, place=one.path)
        else:
            word = ADDED if one.left is ABSENT else REMOVED if one.right is ABSENT else CHANGED
            yield Edit(about, word, path, one.left, one.right, place=one.path)


def only(about: About, *, in_left: bool, **facts: Json) -> Edit:
    """An object that one side alone has."""
    return Edit(about, REMOVED if in_left else ADDED, facts=facts)
