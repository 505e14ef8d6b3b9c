"""Which entries can be written when, as they arrive.

From a snapshot all at once: one wave. In a copy the entries arrive in parts, and each part makes a wave. A wave creates
the entries from which references lead to no entry that is still unknown, each after what it refers to. It completes
the entries that are there with all versions and refer only to entries that are created. Pure.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.graph.dependency_order import Ordering, dependency_order
from stackferry.core.graph.digraph import Edges, leading_to
from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import VersionRows, read_content
from stackferry.providers.contentstack.exporting.parts import members_of, part_name, parts_staged
from stackferry.providers.contentstack.importing.entries.reference_index import ReferenceIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackferry.providers.source import GrowingStore
    from stackferry.providers.target import ImportContext, WaitFor


# What is known of an entry, as bits: its first document; all of them; that a wave creates it; and completes it.
_KNOWN, _WHOLE, _CREATED, _COMPLETED = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Wave:
    """Some entries, by their numbers.

    `created` are those that this wave creates, `order` the same, each after what it needs but for `cut`: what an entry
    must at first go without. `completed` are those whose other documents follow.
    """

    created: Sequence[int]
    order: Sequence[int]
    cut: Mapping[int, frozenset[int]]
    completed: Sequence[int]


class Waves:
    """The waves of one import. `known` are those so far; `is_complete` when no other follows."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._entries = context.once(read_content).entries
        self._all = range(len(self._entries))
        self._marks = bytearray(len(self._entries))
        self.references = context.once(ReferenceIndex)
        self.known: list[Wave] = []
        self.is_complete = False
        if context.running_export is None:
            self._add(self._all, self._all)
            self.is_complete = True

    def __iter__(self) -> Iterator[Wave | WaitFor]:
        """Every wave, when what it consists of is here."""
        if self._context.running_export is None:
            yield from self.known
            return
        rows = self._context.running_export.rows
        for part in range(parts_staged(rows)):
            yield self._context.until(part_name(part))
            yield self._add(*self._arrived(part, rows))
        self.is_complete = True

    def has_more_than(self, count: int) -> bool:
        """Whether more than so many waves are known, or no other follows."""
        return self.is_complete or len(self.known) > count

    @property
    def cut(self) -> dict[int, frozenset[int]]:
        """What the entries that are known so far must at first go without."""
        return {number: missing for wave in self.known for number, missing in wave.cut.items()}

    def _arrived(self, part: int, source: GrowingStore) -> tuple[list[int], list[int]]:
        """The entries of a part, and those that are whole; their older versions are put in their places."""
        places = VersionRows(source)
        locales = [text(row.get("code")) for row in source.objects(Stream("locales"))]
        known, whole = [], []
        for content_type, uid, is_whole in members_of(source, part):
            number = self._entries.number(uid)
            if number is not None:
                streams = [Stream("versions", content_type, locale) for locale in locales]
                self._entries.add(row for one in streams for row in places.of(one, source.of(one, uid)))
                known.append(number)
                whole += [number] if is_whole else []
        return sorted(known), whole

    def _add(self, known: Sequence[int], whole: Iterable[int]) -> Wave:
        """The wave that these entries make possible, now that they are known, and some of them whole."""
        self.references.read(known)
        self._mark(_KNOWN, known)
        self._mark(_WHOLE, whole)
        created = self._creatable()
        self.references.number_titles(created)
        ordering = self._ordered(created)
        self._mark(_CREATED, created)
        completed = self._completable()
        self._mark(_COMPLETED, completed)
        wave = Wave(created, ordering.order, ordering.cut, completed)
        self.known.append(wave)
        return wave

    def _mark(self, mark: int, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._marks[number] |= mark

    def _is_marked(self, mark: int, number: int) -> bool:
        return bool(self._marks[number] & mark)

    def _creatable(self) -> Sequence[int]:
        """The entries that are not created yet and lead to none that is still unknown."""
        # All at once, as from a snapshot: no graph need be searched.
        if not self.known and all(self._marks):
            return self._all
        unknown = (number for number in self._all if not self._is_marked(_KNOWN, number))
        open_ends = Edges(
            lambda: (edge for edge in self.references.first_edges() if not self._is_marked(_CREATED, edge[0]))
        )
        waits = leading_to(len(self._all), open_ends, unknown)
        return array("i", (one for one in self._all if not (self._is_marked(_CREATED, one) or waits[one])))

    def _ordered(self, created: Sequence[int]) -> Ordering:
        """An order among these alone: what else they need is there."""
        if created is self._all:
            return dependency_order(len(created), Edges(self.references.first_edges))
        place = {number: place for place, number in enumerate(created)}
        inner = Edges(
            lambda: (
                (place[number], place[other])
                for number, other in self.references.first_edges()
                if number in place and other in place
            )
        )
        found = dependency_order(len(created), inner)
        cut = {created[one]: frozenset(created[other] for other in cut) for one, cut in found.cut.items()}
        return Ordering(array("i", (created[one] for one in found.order)), cut)

    def _completable(self) -> Sequence[int]:
        """The entries that are whole, were created, and refer in no document to one that was not."""
        if not self.known and all(marks & _WHOLE for marks in self._marks):
            return self._all
        waits = bytearray(len(self._all))
        for number, other in self.references.links:
            waits[number] |= not self._is_marked(_CREATED, other)
        ready = _KNOWN | _WHOLE | _CREATED
        return array("i", (one for one in self._all if self._marks[one] == ready and not waits[one]))
