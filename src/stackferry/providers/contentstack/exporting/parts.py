"""The order in which a copy reads the entries, and the parts in which they arrive.

An entry can be written when everything that it refers to can be, so those come first. Entries that refer to each other
come twice: first with the documents that create them, the oldest first, for when it was made it could refer to nothing
younger; then, when all of them are on their way, with the rest. What the older versions refer to is not known yet: the
latest ones tell for all. Each part is staged as a list of its members, so that the import that it feeds, and a run that
takes both up again, know the same parts. Pure: looks only at rows.
"""

from __future__ import annotations

from array import array
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from stackferry.core.graph.digraph import Edges, components
from stackferry.json_values import integer, text
from stackferry.model import Record, Stream
from stackferry.providers.contentstack.content.entries import list_entries, read_schemas
from stackferry.providers.contentstack.references.model import ReferenceKind
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.source import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Row
    from stackferry.providers.contentstack.content.entries import Entry, EntryTable
    from stackferry.providers.source import GrowingStore, RecordStore, TempTables

GROUND = "translated_terms"  # the stage after which types and all that they stand on are there
LISTED = "arranged"  # the one after which everything is there but what hangs on entries
COMPLETE = "everything"  # the last one
_PARTS = Stream(".parts")  # begins with a dot: for the run alone
READS = 20  # of one part, at the least: some two seconds at the service's limit
_MOST_PARTS = 50
_READS_OF_FIRST = 2  # a versions list and a version


def part_name(number: int) -> str:
    """The stage that brings a part."""
    return f"part {number + 1}"


def parts_staged(staged: RecordStore) -> int:
    """How many parts there are."""
    found = staged.get(_PARTS, "")
    return (integer(found.get("parts")) if found else None) or 0


class Member(NamedTuple):
    """An entry of a part; not `whole`: only the document that creates it."""

    content_type: str
    uid: str
    whole: bool


def members_of(staged: RecordStore, part: int) -> Iterator[Member]:
    """The entries of a part."""
    for row in staged.objects(_PARTS._replace(locale=str(part))):
        yield Member(text(row.get("content_type")), text(row.get("uid")), row.get("whole") is True)


def arrange(
    staged: GrowingStore, scratch: TempTables, reads: Callable[[Entry], int], least: int
) -> Iterator[Note]:
    """Write the parts down: `least` requests or more; `reads` tells how many bring an entry's older versions."""
    if staged.get(_PARTS, "") is not None:
        return
    entries = list_entries(staged, scratch, (one for one in staged.streams() if one.kind == "entries"))
    ordered = scratch.table(3, _ordered(staged, entries, scratch))
    costs = array("i", bytes(4 * len(entries)))
    for number, entry in enumerate(entries):
        costs[number] = reads(entry)
    size, part, spent = max(least, -(-sum(costs) // _MOST_PARTS)), 0, 0
    members: list[Member] = []
    for number, whole in _twice_in_rings(ordered):
        cost = costs[number] if whole else min(costs[number], _READS_OF_FIRST)
        if spent and spent + cost > size:
            yield _note(part, members)
            part, spent, members = part + 1, 0, []
        spent += cost
        members.append(Member(*entries.name(number), whole))
    yield _note(part, members)
    yield Note(name="parts", records=[(_PARTS, Record("", {"parts": part + 1}))])


def _twice_in_rings(ordered: Iterable[Row]) -> Iterator[tuple[int, bool]]:
    """The entries in their order; those of a ring without what is not needed to create them, and then whole."""
    for _, some in groupby(ordered, key=itemgetter(0)):
        ring = array("i", (number for *_, number in some))
        for whole in (False, True) if len(ring) > 1 else (True,):
            yield from ((number, whole) for number in ring)


def _note(part: int, members: list[Member]) -> Note:
    """A part as it is staged. Of an entry that is in it twice the latter counts, which is whole."""
    stream = _PARTS._replace(locale=str(part))
    lines = [Record(f"{one.content_type}\0{one.uid}", {**one._asdict()}) for one in members]
    return Note(name=f"members of {part_name(part)}", records=[(stream, line) for line in lines])


def _ordered(staged: RecordStore, entries: EntryTable, scratch: TempTables) -> Iterator[tuple[int, str, int]]:
    """What sorts the entries: their rings after those that they refer to, then their age; and which they are."""
    schemas, births, links = read_schemas(staged), scratch.table(2), scratch.table(2)
    for here, entry in enumerate(entries):
        bodies = [one.load(staged) for one in entry.versions]
        births.add([(here, min(text(body.get("created_at")) for body in bodies))])
        schema = schemas.get(entry.content_type)
        found = (one for body in bodies for one in find_references(schema, body)) if schema else ()
        there = (entries.number(one.uid) for one in found if one.kind is ReferenceKind.ENTRY)
        links.add((here, number) for number in there if number is not None)
    rings = components(len(entries), Edges(lambda: ((here, there) for here, there in links)))
    return ((rings[here], born, here) for here, born in births)
