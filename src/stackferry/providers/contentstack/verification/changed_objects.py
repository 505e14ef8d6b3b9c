"""What was edited in the kinds that have one record for each object: types, terms, folders, roles and others. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from stackferry.core.json_changes import moved_places
from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.taxonomy_publications import live_taxonomies
from stackferry.providers.contentstack.schema.transform import outlined
from stackferry.providers.contentstack.verification.change import Sides, document_changes, newest
from stackferry.providers.contentstack.verification.not_compared import is_compared
from stackferry.providers.contentstack.words import view
from stackferry.providers.differences import ADDED, CHANGED, MOVED, REMOVED, Change, Subject, value_change
from stackferry.providers.secrets.redacted import NOT_HELD_REASON, only_one_holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.source import RecordStore

# What the comparison of another module tells, or the place of the record says.
_TOLD_ELSEWHERE = {
    "taxonomies": {"publish_details"},
    "metadata": {"publish_details"},
    "terms": {"order", "parent_uid"},
    "folders": {"parent_uid"},
}
_PARENTS = {"terms": "parent_uid", "folders": "parent_uid"}


def object_changes(sides: Sides) -> Iterator[Change]:
    """Every edit of every object of these kinds."""
    for kind in kinds.KINDS:
        if kind.is_compared or kind is kinds.STACK_SETTINGS:
            for left, right in sides.changed(Stream(kind.name)):
                yield from _compare(sides, kind, left, right)
    yield from _term_order(sides)
    yield from _translations(sides)
    yield from _live_taxonomies(sides)


def _compare(sides: Sides, kind: Kind, left: JsonObject | None, right: JsonObject | None) -> Iterator[Change]:
    record = newest(left, right)
    subject = _subject(kind, record)
    if kind is kinds.METADATA:
        subject = replace(subject, title=sides.subject("", *_owner(record), subject.locale).title)
    if left is None or right is None:
        if not _is_part_of_one(sides, kind, record, is_left=right is None):
            yield from sides.on_one_side(subject, is_left=right is None)
        return
    sides.compared[kind.name] += 1
    yield from _values(sides, kind, subject, left, right)
    yield from _moved_into(sides, kind, subject, left, right)
    if kind is kinds.RELEASES and (left.get("locked") is True) != (right.get("locked") is True):
        yield value_change(subject, "/locked", left.get("locked") is True, right.get("locked") is True)
    if kind is kinds.METADATA:
        yield from _live_metadata(sides, subject, left, right)


def _values(
    sides: Sides, kind: Kind, subject: Subject, left: JsonObject, right: JsonObject
) -> Iterator[Change]:
    """The edits of an object's own fields; what is a credential on one side only is not known."""
    views = [_own(kind, store, row) for store, row in ((sides.left, left), (sides.right, right))]
    for found in document_changes(subject, *views):
        if only_one_holds(found.left, found.right):
            sides.unknown(subject, found.path, NOT_HELD_REASON)
        else:
            yield found


def _subject(kind: Kind, record: JsonObject) -> Subject:
    shown = view(kind.name, record)
    uid = shown.uid
    if kind.owner_key:
        uid = f"{text(record.get(kind.owner_key))}/{uid}"
    locale = text(record.get("locale")) if kind is kinds.METADATA else ""
    return Subject(kind.name, uid, "" if shown.title == uid else shown.title, locale=locale)


def _document(kind: Kind, record: JsonObject) -> JsonObject:
    return as_object(record.get(kind.object_key)) if kind.owner_key else record


def _own(kind: Kind, store: RecordStore, record: JsonObject) -> JsonObject:
    """What people set of an object."""
    body = kind.own_fields(_document(kind, record))
    if kind is kinds.FOLDERS:
        body = {name: value for name, value in body.items() if is_compared(kind.name, name)}
    if kind in (kinds.CONTENT_TYPES, kinds.GLOBAL_FIELDS):
        body = outlined(body, {text(row.get("uid")) for row in store.objects(Stream("global_fields"))})
    told = _TOLD_ELSEWHERE.get(kind.name, set())
    return {name: value for name, value in body.items() if name not in told}


def _is_part_of_one(sides: Sides, kind: Kind, record: JsonObject, *, is_left: bool) -> bool:
    """Whether it came or went with what it belongs to: a term with its taxonomy, metadata with its entry."""
    other = sides.right if is_left else sides.left
    if kind is kinds.TERMS:
        return other.get(Stream("taxonomies"), text(record.get("taxonomy"))) is None
    if kind is kinds.METADATA:
        uid, content_type = _owner(record)
        return not sides.holds(other, content_type, uid) or sides.lost_language(
            content_type, uid, text(record.get("locale")), is_left=is_left
        )
    return False


def _moved_into(
    sides: Sides, kind: Kind, subject: Subject, left: JsonObject, right: JsonObject
) -> Iterator[Change]:
    """A term or a folder that lies in another one than before."""
    name = _PARENTS.get(kind.name)
    if name is None:
        return
    before, after = (text(_document(kind, row).get(name)) for row in (left, right))
    if before != after:
        owner = text(left.get(kind.owner_key)) if kind.owner_key else ""
        facts: dict[str, Json] = {
            "from": _name(sides.left, kind, owner, before),
            "to": _name(sides.right, kind, owner, after),
        }
        yield Change(subject, MOVED, f"/{name}", before or None, after or None, facts)


def _name(store: RecordStore, kind: Kind, owner: str, uid: str) -> str:
    if not uid:
        return "the top"
    row = store.get(Stream(kind.name), f"{owner}\0{uid}" if owner else uid)
    return text(_document(kind, row or {}).get("name")) or uid


class _Sibling(NamedTuple):
    """A term that lies in the same one on both sides, with its numbers there."""

    before: float
    after: float
    uid: str
    record: JsonObject

    @property
    def name(self) -> str:
        return text(as_object(self.record.get("term")).get("name")) or self.uid


def _term_order(sides: Sides) -> Iterator[Change]:
    """The terms that stand elsewhere among their siblings, the fewest that must have been moved."""
    families: dict[tuple[str, str], list[_Sibling]] = {}
    for left, right in sides.pairs(Stream(kinds.TERMS.name)):
        if left and right and (sibling := _sibling(left, right)):
            parent = text(as_object(left.get("term")).get("parent_uid"))
            families.setdefault((text(left.get("taxonomy")), parent), []).append(sibling)
    for siblings in families.values():
        yield from _moved_siblings(siblings)


def _sibling(left: JsonObject, right: JsonObject) -> _Sibling | None:
    """A term that has the same parent on both sides, and an order."""
    was, now = as_object(left.get("term")), as_object(right.get("term"))
    before, after = _order(was), _order(now)
    if text(was.get("parent_uid")) != text(now.get("parent_uid")) or before is None or after is None:
        return None
    return _Sibling(before, after, text(now.get("uid")), right)


def _moved_siblings(siblings: list[_Sibling]) -> Iterator[Change]:
    before = sorted(siblings, key=lambda one: (one.before, one.uid))
    after = sorted(before, key=lambda one: one.after)  # those with equal numbers as they stood before
    places = {one.uid: place for place, one in enumerate(after)}
    moved = moved_places([places[one.uid] for one in before])
    numbers = Counter(one.after for one in siblings)
    for place, one in enumerate(after):
        subject = _subject(kinds.TERMS, one.record)
        if place in moved:
            beside = ("after", after[place - 1].name) if place else ("before", after[1].name)
            yield Change(subject, MOVED, "/order", facts=dict([beside]))
        elif numbers[one.after] > 1 and one.before != one.after:  # nobody can tell which of them comes first
            yield Change(subject, CHANGED, "/order", int(one.before), int(one.after))


def _order(term: JsonObject) -> float | None:
    try:
        return float(str(term["order"]))
    except (KeyError, ValueError):
        return None


def _translations(sides: Sides) -> Iterator[Change]:
    """Names and descriptions of taxonomies and terms in other languages."""
    for left, right in sides.changed(Stream(kinds.TRANSLATIONS.name)):
        row = newest(left, right)
        taxonomy, term, locale = (text(row.get(name)) for name in ("taxonomy", "term", "locale"))
        uid = f"{taxonomy}/{term}" if term else taxonomy
        title = text(as_object(row.get("names")).get("name"))
        subject = Subject(kinds.TRANSLATIONS.name, uid, title, locale=locale)
        if left is None or right is None:
            other = sides.right if right is None else sides.left
            if _has_names(other, taxonomy, term, locale):
                yield from sides.on_one_side(subject, is_left=right is None)
            continue
        sides.compared[kinds.TRANSLATIONS.name] += 1
        yield from document_changes(subject, _names(left), _names(right))


def _names(row: JsonObject) -> JsonObject:
    names = as_object(row.get("names"))
    return {"name": names.get("name"), "description": names.get("description")}


def _has_names(store: RecordStore, taxonomy: str, term: str, locale: str) -> bool:
    """Whether a snapshot has the language, and the taxonomy or the term."""
    owner, key = (Stream("terms"), f"{taxonomy}\0{term}") if term else (Stream("taxonomies"), taxonomy)
    return store.get(Stream("locales"), locale) is not None and store.get(owner, key) is not None


def _live_taxonomies(sides: Sides) -> Iterator[Change]:
    """Where a taxonomy went live, or is live no more."""
    left, right = live_taxonomies(sides.left), live_taxonomies(sides.right)
    for one in sorted(left ^ right):
        row, is_left = sides.right.get(Stream("taxonomies"), one.uid), one in left
        # What is gone itself, or its place, is told once.
        if is_left and (row is None or sides.is_gone(one.environment, one.locale)):
            continue
        subject = Subject("taxonomies", one.uid, text((row or {}).get("name")), locale=one.locale)
        environment = sides.environment(one.environment)
        word = REMOVED if is_left else ADDED
        yield Change(subject, word, f"/publish_details/{environment}", facts={"environment": environment})


def _live_metadata(sides: Sides, subject: Subject, left: JsonObject, right: JsonObject) -> Iterator[Change]:
    """Where metadata went live, or is live no more, without its entry or asset."""
    before, after = (
        {
            (text(one.get("environment")), text(one.get("locale")))
            for one in objects(row.get("publish_details"))
        }
        for row in (left, right)
    )
    uid, content_type = _owner(right)
    with_owner = sides.live(sides.left, content_type, uid) ^ sides.live(sides.right, content_type, uid)
    for place, locale in sorted((before ^ after) - with_owner):
        if not sides.is_gone(place, locale):
            environment = sides.environment(place)
            word = REMOVED if (place, locale) in before else ADDED
            facts: dict[str, Json] = {"environment": environment, "of_locale": locale}
            yield Change(subject, word, f"/publish_details/{environment}", facts=facts)


def _owner(record: JsonObject) -> tuple[str, str]:
    """The uid and the content type of what metadata belongs to; an asset has no content type."""
    of_entry = kinds.kind_of_metadata(record) == "entries"
    return text(record.get("entity_uid")), text(record.get("_content_type_uid")) if of_entry else ""
