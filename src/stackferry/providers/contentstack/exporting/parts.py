"""The parts in which a copy reads the entries, and their order.

An entry can be written when everything that it refers to exists, so those come first. Entries of a cycle come twice:
first with the documents that create them, the oldest entry first, because it could refer to nothing younger when it
was created; then, in the same order, with the rest. What older versions refer to is not known yet, so the latest
versions decide. Each part is staged as a list of its members: the import, and a resumed run, use the same parts.
Pure: looks only at records.
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
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.source import LocalRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.contentstack.content.entries import Entry, EntryTable
    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.source import GrowingStore, RecordStore, TempTables

COMPLETE = "complete"  # the last stage
_PARTS = Stream(".parts")  # a leading dot: not part of the snapshot
READS = 20  # requests that make a part, at the least: two seconds at ten a second
# Each part is a stage of both halves of the copy, which waits for all of its requests.
_MOST_PARTS = 50
_READS_OF_FIRST = 2  # a versions list and a version


def part_name(number: int) -> str:
    """The name of the stage that reads a part."""
    return f"part {number + 1}"


def parts_staged(staged: RecordStore) -> int:
    """How many parts were staged; 0 before that."""
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
) -> Iterator[LocalRecords]:
    """Stage the parts, each of `least` requests or more; `reads` gives the requests for an entry's older versions."""
    # A resumed copy keeps the parts that its import has begun with.
    if staged.get(_PARTS, "") is not None:
        return
    entries = list_entries(staged, scratch, (one for one in staged.streams() if one.kind == "entries"))
    ordered = scratch.table(3, _ordered(staged, entries, scratch))
    # Four bytes an entry.
    costs = array("i", map(reads, entries))
    size, part, spent = max(least, -(-sum(costs) // _MOST_PARTS)), 0, 0
    members: list[Member] = []
    for number, whole in _twice_in_cycles(ordered):
        cost = costs[number] if whole else min(costs[number], _READS_OF_FIRST)
        if spent and spent + cost > size:
            yield _note(part, members)
            part, spent, members = part + 1, 0, []
        spent += cost
        members.append(Member(*entries.name(number), whole))
    yield _note(part, members)
    yield LocalRecords(name="parts", records=[(_PARTS, Record("", {"parts": part + 1}))])


def _twice_in_cycles(ordered: Iterable[Row]) -> Iterator[tuple[int, bool]]:
    """The entries in their order; those of a cycle first to be created only, then whole."""
    for _, some in groupby(ordered, key=itemgetter(0)):
        cycle = array("i", (number for *_, number in some))
        for whole in (False, True) if len(cycle) > 1 else (True,):
            yield from ((number, whole) for number in cycle)


def _note(part: int, members: list[Member]) -> LocalRecords:
    """A part as it is staged. Of an entry that is in it twice the second record replaces the first: it is whole."""
    stream = _PARTS._replace(locale=str(part))
    lines = [Record(f"{one.content_type}\0{one.uid}", {**one._asdict()}) for one in members]
    return LocalRecords(name=f"members of {part_name(part)}", records=[(stream, line) for line in lines])


def _ordered(staged: RecordStore, entries: EntryTable, scratch: TempTables) -> Iterator[tuple[int, str, int]]:
    """Sort keys of the entries: their cycle after the cycles that it refers to, then their age; and their number."""
    schemas, births, links = read_schemas(staged), scratch.table(2), scratch.table(2)
    for number, entry in enumerate(entries):
        bodies = [one.load(staged) for one in entry.versions]
        # An entry could refer to nothing that was created after it.
        births.add([(number, min(text(body.get("created_at")) for body in bodies))])
        if schema := schemas.get(entry.content_type):
            links.add((number, target) for target in _targets(entries, schema, bodies))
    cycles = components(len(entries), Edges(lambda: ((number, target) for number, target in links)))
    return ((cycles[number], born, number) for number, born in births)


def _targets(entries: EntryTable, schema: Schema, bodies: Iterable[JsonObject]) -> Iterator[int]:
    """The numbers of the entries that these bodies refer to."""
    for body in bodies:
        for one in find_references(schema, body):
            target = entries.number(one.uid) if one.may_be_entry else None
            if target is not None:
                yield target
