"""Which entries can be written when, as they arrive.

From a snapshot all at once: one wave. In a copy the entries arrive in parts, and each part brings a wave: the entries
of which it is now known what they need, in an order in which it exists, and those of which every document can be
written, because everything that they refer to is there or on its way. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.digraph import Edges, held_up
from stackferry.core.ordering import Ordering, order_by_needs
from stackferry.model import Shelf
from stackferry.providers.contentstack.answers import text
from stackferry.providers.contentstack.arranging import members_of, part_name, parts_staged
from stackferry.providers.contentstack.documents import Places, read_content
from stackferry.providers.contentstack.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from stackferry.providers.provider import Growing, Hold, Replay


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
    """The waves of one import. `made` are those that are known so far; `are_over` when no other follows."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._content = replay.once(read_content)
        self._entries = self._content.entries
        self.survey = replay.once(Survey)
        self.made: list[Wave] = []
        self.are_over = False
        self._is_known, self._is_created, self._is_completed = (
            bytearray(len(self._entries)) for _ in range(3)
        )
        if replay.arriving is None:
            self._add(range(len(self._entries)))
            self.are_over = True

    def __iter__(self) -> Iterator[Wave | Hold]:
        """Every wave, when what it consists of is here."""
        if self.are_over:
            yield from self.made
            return
        if self._replay.arriving is not None:
            rows = self._replay.arriving.rows
            for part in range(parts_staged(rows)):
                yield self._replay.until(part_name(part))
                yield self._add(sorted(self._arrived(part, rows)))
        self.are_over = True

    def are_beyond(self, known: int) -> bool:
        """Whether there is more to see than so many waves, or no other follows."""
        return self.are_over or len(self.made) > known

    @property
    def cut(self) -> dict[int, frozenset[int]]:
        """What the entries that are known so far must at first go without."""
        return {here: missing for wave in self.made for here, missing in wave.cut.items()}

    def _arrived(self, part: int, source: Growing) -> Iterator[int]:
        """The entries of a part, their older versions put in their places."""
        places = Places(source, self._content.fallback)
        locales = [text(row.get("code")) for row in source.objects(Shelf("locales"))]
        for content_type, uid in members_of(source, part):
            for locale in locales:
                shelf = Shelf("versions", content_type, locale)
                self._entries.add(places.of(shelf, source.of(shelf, uid)))
            number = self._entries.number(uid)
            if number is not None:
                yield number

    def _add(self, numbers: Collection[int]) -> Wave:
        """The wave that these entries, now known, make possible."""
        self.survey.look(numbers)
        for number in numbers:
            self._is_known[number] = 1
        created = self._creatable()
        ordering = self._ordered(created)
        for number in created:
            self._is_created[number] = 1
        completed = self._completable()
        for number in completed:
            self._is_completed[number] = 1
        wave = Wave(created, ordering.order, ordering.cut, completed)
        self.made.append(wave)
        return wave

    def _creatable(self) -> Sequence[int]:
        """The entries that are not created yet and lead to none that is still unknown."""
        total = range(len(self._entries))
        if not any(self._is_created) and all(self._is_known):
            return total
        unknown = (number for number in total if not self._is_known[number])
        open_ends = Edges(
            lambda: (edge for edge in self.survey.first_edges() if not self._is_created[edge[0]])
        )
        waiting = held_up(open_ends, unknown)
        return [number for number in total if not self._is_created[number] and number not in waiting]

    def _ordered(self, created: Sequence[int]) -> Ordering:
        """An order among these alone: what else they need is there."""
        if len(created) == len(self._entries):
            return order_by_needs(len(created), Edges(self.survey.first_edges))
        place = {number: place for place, number in enumerate(created)}
        inner = Edges(
            lambda: (
                (place[here], place[there])
                for here, there in self.survey.first_edges()
                if here in place and there in place
            )
        )
        found = order_by_needs(len(created), inner)
        cut = {created[here]: frozenset(created[one] for one in cut) for here, cut in found.cut.items()}
        return Ordering([created[here] for here in found.order], cut)

    def _completable(self) -> Sequence[int]:
        """The entries that were created and refer in no document to one that was not."""
        total = range(len(self._entries))
        if not any(self._is_completed) and all(self._is_created):
            return total
        waiting = {here for here, there in self.survey.links if not self._is_created[there]}
        return [
            number
            for number in total
            if self._is_created[number] and not self._is_completed[number] and number not in waiting
        ]
