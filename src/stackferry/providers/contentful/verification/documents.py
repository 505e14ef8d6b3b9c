"""Compares entries and assets: the current body, the state as a whole and of each locale, what is live, the bytes.

Pure. What is in releases is compared here too: bodies without a state of their own.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.json_diff import equal
from stackferry.json_values import as_object, nested, objects
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.verification.bytes_of_files import byte_differences
from stackferry.providers.contentful.verification.edits import (
    About,
    body_differences,
    foreign_ids,
    on_one_side,
    value_difference,
)
from stackferry.providers.contentful.verification.live import Live, live_of, without_locales
from stackferry.providers.contentful.verification.own_parts import own_parts
from stackferry.providers.contentful.verification.states import CHANGED as EDITED
from stackferry.providers.contentful.verification.states import locale_states, state
from stackferry.providers.differences import ADDED, CHANGED, REMOVED, Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.verification.sides import Pair, Sides
    from stackferry.providers.differences import Mismatch
    from stackferry.providers.source import RecordStore

_PUBLISHED: Final = {kinds.ENTRIES: kinds.PUBLISHED_ENTRIES, kinds.ASSETS: kinds.PUBLISHED_ASSETS}
# The kind that tells in which state an object of this kind is, where that is a kind of its own.
STATES: Final = {kinds.ENTRIES.name: "publications", kinds.ASSETS.name: kinds.ASSETS.name}


def document_differences(sides: Sides) -> Iterator[Mismatch | Change]:
    """Every difference of entries and assets, wherever they stand."""
    for kind in (kinds.ASSETS, kinds.ENTRIES, kinds.RELEASE_ASSETS, kinds.RELEASE_ENTRIES):
        if sides.context.options.includes(kind.name):
            for pair in sides.pairs(kind):
                yield from _compare(sides, kind, pair)


def _compare(sides: Sides, kind: Kind, pair: Pair) -> Iterator[Mismatch | Change]:
    about = About(kind.name, pair)
    if pair.left is None or pair.right is None:
        if not _is_part_of_one(sides, kind, pair):
            yield from on_one_side(sides, about)
        return
    sides.compared[kind.name] += 1
    found = [*_current(sides, kind, about)]
    yield from found
    if kind in _PUBLISHED and sides.context.options.publish != "none":
        states = [*_states(sides, about)]
        yield from states
        found += states
        live = [*_live(sides, kind, about)]
        yield from live
        found += live
    if sides.is_one_place and not found:
        yield from _saved(sides, about)


def _current(sides: Sides, kind: Kind, about: About) -> Iterator[Mismatch | Change]:
    pair = about.pair
    bodies = _views(sides, kind, (pair.left or {}, pair.right or {}))
    yield from body_differences(sides, about, *bodies)
    data = sides.data_fields(pair.content_type)
    yield from foreign_ids(sides, about, *(_only_fields(body, data) for body in bodies))
    if kind in (kinds.ASSETS, kinds.RELEASE_ASSETS):
        yield from byte_differences(sides, about, pair.left or {}, pair.right or {})


def _views(sides: Sides, kind: Kind, rows: tuple[JsonObject, JsonObject]) -> list[JsonObject]:
    """Both bodies in the target's words."""
    words = (sides.terms, sides.own_terms)
    found = [own_parts(kind.name, row, terms) for row, terms in zip(rows, words, strict=True)]
    # A field that one side lacks is compared locale by locale, too: so are the gaps that explain it.
    fields = [as_object(one.get("fields")) for one in found]
    names = dict.fromkeys(chain(*fields))
    return [
        {**one, "fields": {name: values.get(name, {}) for name in names}}
        for one, values in zip(found, fields, strict=True)
    ]


def _only_fields(body: JsonObject, names: frozenset[str]) -> JsonObject:
    fields = as_object(body.get("fields"))
    return {"fields": {name: values for name, values in fields.items() if name in names}}


def _saved(sides: Sides, about: About) -> Iterator[Mismatch | Change]:
    """That an object was saved, where nothing in it is another."""
    numbers = [nested(row, "sys", "version") for row in (about.pair.left, about.pair.right)]
    if numbers[0] != numbers[1]:
        yield from value_difference(sides, about, "/sys/version", *numbers)


def _is_part_of_one(sides: Sides, kind: Kind, pair: Pair) -> bool:
    """Whether a body in a release came or went with the release; or, of an edit, with its item."""
    if kind in _PUBLISHED:
        return False
    other = sides.left if pair.left is None else sides.right
    release, _, entity = pair.uid.partition("\0")
    row = other.get(
        Stream(kinds.RELEASES.name), sides.release_on_other_side(release, of_left=pair.left is not None)
    )
    items = objects(nested(row or {}, "entities", "items"))
    is_item = entity in {kinds.link_id(item.get("entity", item)) for item in items}
    return row is None or (sides.tells_edits and not is_item)


# --- states ---


def _states(sides: Sides, about: About) -> Iterator[Mismatch | Change]:
    """The state as a whole, and in each locale that both sides have."""
    left, right = about.pair.left or {}, about.pair.right or {}
    of_states = About(STATES[about.kind], about.pair, title_kind=about.kind)
    whole = state(left), state(right)
    by_code = _codes(sides, left), locale_states(right, sides.codes)
    if sides.only and "archived" in whole:
        return
    if sides.is_one_place:
        yield from _publications(sides, of_states, by_code)
        if "archived" in whole and whole[0] != whole[1]:
            yield from value_difference(sides, of_states, "/state", *whole)
    else:
        yield from _states_of_places(sides, of_states, whole, by_code)


def _states_of_places(
    sides: Sides, about: About, whole: tuple[str, str], by_code: tuple[dict[str, str], dict[str, str]]
) -> Iterator[Mismatch | Change]:
    """The states that differ between two places.

    Between two nights it is told instead where something went live or is live no more, and where a document was
    archived; that an edit was not published follows from the edit and the state.
    """
    # An edit in another locale may count as one of all: live and current values tell it.
    are_edited = whole == (EDITED, EDITED)
    if sides.only or are_edited:
        by_code = _without_edits(by_code[0]), _without_edits(by_code[1])
    different = [code for code in sides.codes if by_code[0][code] != by_code[1][code]]
    for code in different:
        yield from value_difference(
            sides, about, f"/state/{code}", by_code[0][code], by_code[1][code], locale=code
        )
    # Who publishes or takes down another locale above an edit leaves the document published, and the locale changed.
    is_told = bool(different) or EDITED in by_code[0].values()
    if not is_told and whole[0] != whole[1] and not sides.only:
        yield from value_difference(sides, about, "/state", *whole)


def _without_edits(states: dict[str, str]) -> dict[str, str]:
    """States that only say what is live."""
    return {code: "published" if word == "changed" else word for code, word in states.items()}


def _codes(sides: Sides, document: JsonObject) -> dict[str, str]:
    """The states of a document of the source, by the target's codes."""
    return {sides.terms.locale(code): word for code, word in locale_states(document, sides.own_codes).items()}


def _publications(
    sides: Sides, about: About, by_code: tuple[dict[str, str], dict[str, str]]
) -> Iterator[Change]:
    """Where a document went live, or is live no more, by locale."""
    for code in sides.codes:
        was, now = (words[code] in ("published", "changed") for words in by_code)
        if was != now:
            subject = about.subject(sides)
            yield Change(subject, REMOVED if was else ADDED, f"/published/{code}", facts={"of_locale": code})


# --- what is live ---


def _live(sides: Sides, kind: Kind, about: About) -> Iterator[Mismatch | Change]:
    """What is live, but for locales in which only one side has something live: their state tells that."""
    rows = about.pair.left or {}, about.pair.right or {}
    here = _live_body(sides.left, kind, rows[0], sides.own_codes)
    there = _live_body(sides.right, kind, rows[1], sides.codes)
    one_sided = frozenset(map(sides.terms.locale, here.codes)) ^ there.codes
    if not here.codes or not there.codes:
        return
    if here.body is None or there.body is None:
        sides.unknown_live_body(about.kind, about.pair)
        return
    are_current = here.body.get("sys") == rows[0].get("sys") and there.body.get("sys") == rows[1].get("sys")
    if are_current and not sides.is_one_place:
        return  # both show the current body, which is compared already
    views = [without_locales(body, one_sided) for body in _views(sides, kind, (here.body, there.body))]
    live = About(STATES[about.kind], about.pair, title_kind=about.kind, prefix="/published")
    if sides.is_one_place:
        files = [_addresses(without_locales(body, one_sided)) for body in (here.body, there.body)]
        if not equal(*views) or files[0] != files[1]:
            yield from _published_again(sides, kind, live, views)
        return
    if not_live := sides.known.of_object(about.kind, about.pair.uid):  # and what was live before is so still
        if not equal(*views):
            sides.gap(live.kind, about.pair.uid, not_live, path=live.prefix)
        return
    yield from body_differences(sides, live, *views)
    if kind is kinds.ASSETS:
        yield from byte_differences(sides, live, here.body, there.body)


def _live_body(store: RecordStore, kind: Kind, row: JsonObject, codes: tuple[str, ...]) -> Live:
    published = _PUBLISHED[kind]
    of_type = str(nested(row, "sys", "contentType", "sys", "id") or "") if kind is kinds.ENTRIES else ""
    return live_of(row, store.get(Stream(published.name, of_type), kinds.sys_id(row)), codes)


def _published_again(
    sides: Sides, kind: Kind, live: About, views: list[JsonObject]
) -> Iterator[Mismatch | Change]:
    """Between two nights: that something else is live; and what, unless it is the current body."""
    was, now = (nested(row, "sys", "publishedVersion") for row in (live.pair.left, live.pair.right))
    locales: list[Json] = [code for code in sides.codes if _values(views[0], code) != _values(views[1], code)]
    yield Change(live.subject(sides), CHANGED, "/published", was, now, {"locales": locales})
    current = own_parts(kind.name, live.pair.right or {}, sides.own_terms)
    held = {code for values in as_object(views[1].get("fields")).values() for code in as_object(values)}
    if not equal(without_locales(current, {*sides.codes} - held), views[1]):
        yield from body_differences(sides, live, *views)


def _values(body: JsonObject, code: str) -> dict[str, bytes]:
    """The values of a body in one locale."""
    by_field = ((name, as_object(values)) for name, values in as_object(body.get("fields")).items())
    return {name: exact_json.dumps(values[code]) for name, values in by_field if code in values}


def _addresses(asset: JsonObject) -> list[Json]:
    """The addresses of an asset's files: within one place another file has another one."""
    return [as_object(file).get("url") for file in as_object(nested(asset, "fields", "file")).values()]
