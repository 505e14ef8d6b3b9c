"""The differences of two bodies, and how they are told: one by one for verify, as people edit them for diff. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stackferry.core.json_changes import json_changes
from stackferry.core.json_diff import ABSENT, Side, differences
from stackferry.json_values import as_list, as_object, objects, text
from stackferry.providers.contentful.content.source_names import is_data_of
from stackferry.providers.contentful.kinds import CONCEPTS, EDITOR_INTERFACES, TAGS, UI_CONFIG, link_id
from stackferry.providers.contentful.verification.recognisable import recognisable
from stackferry.providers.differences import CHANGED, MOVED, Change, Mismatch, Subject, value_change
from stackferry.providers.secrets.redacted import NOT_HELD_REASON, only_one_holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.verification.sides import Pair, Sides


_LINKS: Final = (TAGS.name, CONCEPTS.name)
_REFERENCES: Final = (
    "references"  # the kind of gaps of values that arrive as they are and mean something else
)


# What the service makes by itself: it is there, and as the service made it, where an import could not write it.
_ALWAYS_THERE: Final = (EDITOR_INTERFACES.name, UI_CONFIG.name)


@dataclass(frozen=True, slots=True)
class About:
    """What a difference is about: an object of a kind, with the prefix of its paths."""

    kind: str
    pair: Pair
    title_kind: str = ""  # the kind that its title is that of, where this one has none
    prefix: str = ""

    def subject(self, sides: Sides) -> Subject:
        return Subject(self.kind, self.pair.shown, self._title(sides), self.pair.content_type)

    def known(self, sides: Sides, path: str) -> str:
        """The recorded gap that explains a value at a path; that of a state may be one of its document."""
        kinds = (self.kind, self.title_kind) if self.title_kind else (self.kind,)
        found = [sides.known.of_value(kind, self.pair.uid, path) for kind in kinds]
        if self.kind in _ALWAYS_THERE:
            found.append(sides.known.of_object(self.kind, self.pair.uid))
        return next(filter(None, found), "")

    def _title(self, sides: Sides) -> str:
        """What it is called today, or else on the left."""
        for titles, row in zip(reversed(sides.titles), (self.pair.right, self.pair.left), strict=True):
            if row is not None and (found := titles.of(self.title_kind or self.kind, row)):
                return "" if found == self.pair.uid else found
        return ""


def body_differences(sides: Sides, about: About, left: Json, right: Json) -> Iterator[Mismatch | Change]:
    """Where two bodies differ. What a recorded gap explains is a gap, and so is a redacted credential."""
    for path, here, there, origin, is_element in _edits(sides, about, left, right):
        told = f"{about.prefix}{path}"
        is_unknown = only_one_holds(here, there)
        if is_unknown and sides.is_shared(about.kind):
            continue
        if reason := NOT_HELD_REASON if is_unknown else about.known(sides, told):
            sides.gap(about.kind, about.pair.uid, reason, path=told, content_type=about.pair.content_type)
        elif not sides.tells_edits:
            yield Mismatch(about.kind, about.pair.shown, here, there, about.pair.content_type, path=told)
        elif origin:
            yield Change(about.subject(sides), MOVED, told, facts={"from": f"{about.prefix}{origin}"})
        elif is_element:
            yield value_change(about.subject(sides), told, here, there)
        else:  # a field that was filled or emptied was there before and is there now
            yield Change(about.subject(sides), CHANGED, told, here, there)


def value_difference(
    sides: Sides, about: About, path: str, left: Side, right: Side, *, locale: str = ""
) -> Iterator[Mismatch | Change]:
    """A state or a version that is another: what a gap of the whole object explains, too."""
    told = f"{about.prefix}{path}"
    uid, of_type = about.pair.uid, about.pair.content_type
    of_kinds = filter(None, (about.title_kind, about.kind))
    of_object = next(filter(None, (sides.known.of_object(kind, uid) for kind in of_kinds)), "")
    if reason := of_object or sides.known.of_value(about.kind, uid, told):
        sides.gap(about.kind, uid, reason, path=told, content_type=of_type)
    elif sides.tells_edits:
        facts = {"of_locale": locale} if locale else {}
        yield Change(about.subject(sides), CHANGED, told, left, right, facts)
    else:
        yield Mismatch(about.kind, about.pair.shown, left, right, of_type, path=told)


def on_one_side(sides: Sides, about: About, **facts: Json) -> Iterator[Mismatch | Change]:
    """An object that only one side has; a gap where the other side cannot tell, or where one explains it."""
    pair, is_left = about.pair, about.pair.right is None
    if not sides.can_tell(about.kind, pair.uid, is_left=is_left):
        return
    subject = about.subject(sides)
    if is_left and not sides.is_one_place and (reason := sides.known.of_object(about.kind, pair.uid)):
        sides.gap(about.kind, pair.uid, f"not in the target: {reason}", content_type=pair.content_type)
    elif sides.tells_edits:
        yield Change(subject, "removed" if is_left else "added", facts=facts)
    else:
        name = subject.title or pair.shown
        left, right = (name, ABSENT) if is_left else (ABSENT, name)
        yield Mismatch(about.kind, pair.shown, left, right, pair.content_type)


def foreign_ids(
    sides: Sides, about: About, left: JsonObject, right: JsonObject
) -> Iterator[Mismatch | Change]:
    """Ids of the source that both bodies hold in data, although the object has another one in the target."""
    if sides.tells_edits:
        return
    pair, is_document = about.pair, "fields" in left
    for path, value in sides.source_ids.between(left, right):
        if not is_document and not is_data_of(about.kind, path):
            continue
        known = (sides.known.of_value(kind, pair.uid, path) for kind in (about.kind, _REFERENCES))
        if reason := next(filter(None, known), ""):
            sides.gap(about.kind, pair.uid, reason, path=path, content_type=pair.content_type)
        else:
            yield Mismatch(about.kind, pair.shown, ABSENT, value, pair.content_type, path=path)


def _edits(
    sides: Sides, about: About, left: Json, right: Json
) -> Iterator[tuple[str, Side, Side, str, bool]]:
    if not sides.tells_edits:
        found = differences(*map(_by_id, _with_controls(left, right)))
        yield from ((one.path, one.left, one.right, "", False) for one in found)
        return
    is_document = about.kind in ("entries", "assets", "release_entries", "release_assets")
    here, there = (recognisable(body, is_document=is_document) for body in (left, right))
    for edit in json_changes(here, there):
        yield edit.path, edit.left, edit.right, edit.origin, edit.is_element


def _with_controls(left: Json, right: Json) -> tuple[Json, Json]:
    """Two editor interfaces whose controls are known by their fields, as gaps name them, where both have one order."""
    both = (as_object(left), as_object(right))
    controls = [_controls(body) for body in both]
    shared = [[name for name in own if name in other] for own, other in (controls, controls[::-1])]
    if not (controls[0] or controls[1]) or shared[0] != shared[1]:
        return left, right
    here, there = ({**body, "controls": {**own}} for body, own in zip(both, controls, strict=True))
    return here, there


def _controls(body: JsonObject) -> JsonObject:
    """The controls by their fields; none where a field has two, or something else is among them."""
    rows = as_list(body.get("controls"))
    found: JsonObject = {text(one.get("fieldId")): one for one in objects(rows)}
    return found if len(found) == len(rows) else {}


def _by_id(body: Json) -> Json:
    """A body whose tags and concepts are known by their ids, as gaps name them."""
    if not isinstance(body, dict) or not isinstance(body.get("fields"), dict):
        return body  # no document
    metadata = as_object(body.get("metadata"))
    links: JsonObject = {name: {link_id(one): one for one in objects(metadata.get(name))} for name in _LINKS}
    return {**body, "metadata": {**metadata, **links}}
