"""Compares older versions: what was published before, of entries. Pure.

Numbers are the target's own, and its history may be longer: each body of the source's must be there, in their order.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_object, nested, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.kinds import record_key
from stackferry.providers.contentful.verification.edits import About, value_difference
from stackferry.providers.contentful.verification.live import without_locales
from stackferry.providers.contentful.verification.own_parts import own_parts
from stackferry.providers.contentful.verification.sides import Pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.verification.sides import Sides
    from stackferry.providers.contentful.verification.terms import Terms
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

    Version = tuple[str, int, JsonObject]  # the id of the object, the number, the record

_KINDS: Final = {kinds.ENTRY_SNAPSHOTS: kinds.ENTRIES}  # those of content types are recorded only
_LEFT_OUT: Final = frozenset({"metadata", "sys"})


def brings_history(context: ImportContext) -> bool:
    """Whether the import that is verified was to bring older versions."""
    return (context.imported.get("versions") or context.options.versions) == "all"


def history_differences(sides: Sides) -> Iterator[Mismatch | Change]:
    """Older versions that the target lacks, where the import was to bring them."""
    if sides.tells_edits or not brings_history(sides.context):
        return  # a version never changes, and no other import brings any
    for kind, of in _KINDS.items():
        if sides.context.options.includes(kind.name):
            for stream in sides.streams(sides.left, kind.name):
                yield from _compare(sides, stream, title_kind=of.name)


def _compare(sides: Sides, stream: Stream, *, title_kind: str) -> Iterator[Mismatch | Change]:
    theirs = _objects(sides.right, stream)
    other, held = next(theirs, ("", ()))
    for uid, versions in _objects(sides.left, stream):
        while other and other < uid:  # both sides are in the order of their ids
            other, held = next(theirs, ("", ()))
        rows = (row for _, _, row in held) if other == uid else _only_version(sides, stream, uid)
        bodies = [_body(stream.kind, row, sides.own_terms) for row in rows]
        for _, number, row in _missing(sides, stream.kind, versions, bodies):
            about = About(stream.kind, Pair(uid, row, None, stream.type), title_kind=title_kind)
            yield from value_difference(sides, about, f"/{number}", number, ABSENT)


def _only_version(sides: Sides, stream: Stream, uid: str) -> Iterator[JsonObject]:
    """The version of an entry that was published once: no export reads the history of one, for it is what is live."""
    row = sides.right.get(stream._replace(kind=kinds.ENTRIES.name), uid) or {}
    if nested(row, "sys", "publishedCounter") == 1:
        live = sides.right.get(stream._replace(kind=kinds.PUBLISHED_ENTRIES.name), uid)
        yield {"snapshot": live or row}


def _objects(store: RecordStore, stream: Stream) -> Iterator[tuple[str, Iterable[Version]]]:
    """The versions of each object, oldest first."""
    rows = ((*record_key(stream.kind, row), row) for row in store.objects(stream))
    return ((uid, [*versions]) for uid, versions in groupby(rows, key=itemgetter(0)))


def _missing(sides: Sides, kind: str, versions: Iterable[Version], theirs: list[bytes]) -> Iterator[Version]:
    """The versions of the source that do not stand among the target's, in their order."""
    place, lacking = 0, _lacking(sides)
    for one in versions:
        sides.compared[kind] += 1
        body = _body(kind, one[2], sides.terms, lacking)
        found = next((at for at in range(place, len(theirs)) if theirs[at] == body), None)
        if found is None:
            yield one
        else:
            place = found + 1


def _lacking(sides: Sides) -> frozenset[str]:
    """The locales of the source that the target lacks, in its words. Each is told itself; no version there has any."""
    rows = sides.left.objects(Stream(kinds.LOCALES.name))
    return frozenset(sides.terms.locale(text(row.get("code"))) for row in rows) - {*sides.codes}


def _body(kind: str, record: JsonObject, terms: Terms, lacking: frozenset[str] = frozenset()) -> bytes:
    """What was published, but for values in locales that are `lacking`."""
    body = without_locales(own_parts(kind, as_object(record.get("snapshot")), terms), lacking)
    shown: JsonObject = {name: value for name, value in body.items() if name not in _LEFT_OUT}
    rest: JsonObject = {name: value for name, value in record.items() if name not in ("sys", "snapshot")}
    return exact_json.dumps({**rest, "snapshot": shown})
