"""In which order the siblings of a taxonomy stand, and which terms are placed anew for that. Pure.

The number under `order` says no more than a term's place among its siblings. On no page is whether a term that is put
to a taken number moves the later ones up, nor whether those behind a term that is moved away move down. Terms are
placed from left to right, each right behind the one before, as few as possible. Where that was not enough, they are
only moved to the left (`leftwards`): then what stands before them keeps its number, whatever the service does with the
others. Where two have the same number, all are numbered anew.
API page: Taxonomy, "Create a term" and "Move/Reorder a term".
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import integer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackferry.model import JsonObject


class Place(NamedTuple):
    """Where a term stands: under which term ("" is the top), and with which number; None where nobody told it."""

    parent: str
    order: int | None


def place_of(term: JsonObject) -> Place:
    """The place that a term says. A sample of the page has its number as a text."""
    order = term.get("order")
    number = int(order) if isinstance(order, str) and order.isdigit() else integer(order)
    return Place(text(term.get("parent_uid")), number)


class Tree:
    """The terms of one taxonomy by their uids, and where each of them stands."""

    def __init__(self, terms: Iterable[JsonObject]) -> None:
        self.terms = {text(term.get("uid")): term for term in terms}
        self.places = {uid: place_of(term) for uid, term in self.terms.items()}
        self.siblings: dict[str, list[str]] = {}
        for uid, (parent, _) in sorted(self.places.items(), key=lambda item: (item[1].order or 0, item[0])):
            # A term whose parent is not there stands at the top.
            self.siblings.setdefault(parent if parent in self.terms else "", []).append(uid)

    def parents_first(self) -> Iterator[tuple[str, list[str]]]:
        """Every parent, the top first, with its children in their order; terms in a circle are left out."""
        waiting = [""]
        while waiting:
            parent = waiting.pop(0)
            if children := self.siblings.get(parent):
                yield parent, children
                waiting += children

    def depth_first(self) -> Iterator[str]:
        """The terms in the order in which they are read: each before those below it."""
        waiting = self.siblings.get("", [])[::-1]
        while waiting:
            uid = waiting.pop()
            yield uid
            waiting += self.siblings.get(uid, [])[::-1]

    def in_order(self) -> Iterator[JsonObject]:
        """All terms in the order in which they are read; those in a circle at the end."""
        seen = dict.fromkeys(self.depth_first())
        return (self.terms[uid] for uid in {**seen, **dict.fromkeys(self.terms)})

    def is_whole(self) -> bool:
        """Whether every term lies below one that is there, or at the top."""
        is_rooted = all(not parent or parent in self.terms for parent, _ in self.places.values())
        return is_rooted and len(list(self.depth_first())) == len(self.terms)

    def is_told(self, siblings: Sequence[str]) -> bool:
        """Whether the order of these is known."""
        return len(siblings) < 2 or all(self.places[uid].order is not None for uid in siblings)


def numbers_under(places: Mapping[str, Place], parent: str) -> dict[str, int]:
    """The numbers of the terms right under a parent."""
    return {uid: place.order or 0 for uid, place in places.items() if place.parent == parent}


def arrange(
    wanted: Sequence[str], numbers: Mapping[str, int], may_move: Callable[[str], bool]
) -> Iterator[tuple[str, int]]:
    """The terms to be placed, in their order, and the number of each, so that siblings stand in the `wanted` order.

    `numbers` are those that the siblings have in the target, among them terms of its own. What may not be moved stays.
    """
    return _arrange(wanted, numbers, may_move, _longest_run(wanted, numbers))


def leftwards(wanted: Sequence[str], numbers: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The same, moving terms to the left only; or all anew where two have the same number."""
    if len(set(numbers.values())) < len(numbers):
        return _renumber(wanted, numbers)
    return _arrange(wanted, numbers, lambda _: True, _lowest_of_rest(wanted, numbers))


def _arrange(
    wanted: Sequence[str], numbers: Mapping[str, int], may_move: Callable[[str], bool], stays: set[str]
) -> Iterator[tuple[str, int]]:
    now, last = dict(numbers), 0
    highest = max(now.values(), default=0)
    for uid in wanted:
        if uid in now and (uid in stays or not may_move(uid)):
            last = max(last, now[uid])
            continue
        now.pop(uid, None)
        last += 1
        if last <= highest and last in now.values():
            now = {other: number + (number >= last) for other, number in now.items()}
            highest += 1
        now[uid], highest = last, max(highest, last)
        yield uid, last


def _longest_run(wanted: Sequence[str], numbers: Mapping[str, int]) -> set[str]:
    """The most terms that stand in the wanted order already."""
    there = [uid for uid in wanted if uid in numbers]
    ends: list[int] = []  # the lowest number at which a run of each length ends, and below it where that is
    places: list[int] = []
    before: list[int | None] = []
    for place, uid in enumerate(there):
        length = bisect_left(ends, numbers[uid])
        ends[length : length + 1] = [numbers[uid]]
        places[length : length + 1] = [place]
        before.append(places[length - 1] if length else None)
    found: set[str] = set()
    last = places[-1] if places else None
    while last is not None:
        found.add(there[last])
        last = before[last]
    return found


def _lowest_of_rest(wanted: Sequence[str], numbers: Mapping[str, int]) -> set[str]:
    """The terms that stand before all that are to come after them."""
    stays: set[str] = set()
    lowest: int | None = None
    for uid in reversed(wanted):
        if uid in numbers:
            if lowest is None or numbers[uid] < lowest:
                stays.add(uid)
            lowest = numbers[uid] if lowest is None else min(lowest, numbers[uid])
    return stays


def out_of_order(wanted: Sequence[str], numbers: Mapping[str, int]) -> Iterator[str]:
    """The terms that do not stand behind all of the terms before them."""
    highest = 0
    for uid in wanted:
        if uid in numbers:
            if numbers[uid] <= highest:
                yield uid
            highest = max(highest, numbers[uid])


def _renumber(wanted: Sequence[str], numbers: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Every term with its position as its number; without those at the beginning that have theirs alone."""
    taken, is_before = list(numbers.values()), True
    for order, uid in enumerate(wanted, 1):
        is_before = is_before and numbers.get(uid) == order and taken.count(order) == 1
        if uid in numbers and not is_before:
            yield uid, order
