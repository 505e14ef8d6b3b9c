"""A small feedback vertex set of a large graph, by simulated annealing (Galinier, Lemamou and Bouzidi 2013).

The state is a sequence of vertices in which every edge leads forward: it has no cycle, and the vertices
outside it are the set. A move puts a vertex back into the sequence, right behind the last of its tails or
right before the first of its heads, and pushes out those that now stand on the wrong side of it.

The moves are counted, not timed, and the dice are a fixed sequence: same graph, same answer, on any machine.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOT: Final = 0.5
_COLD: Final = 0.17
_GAP: Final = 1 << 40
_BEFORE: Final = -1
_BEHIND: Final = 1 << 62
_LEVELS: Final = 120


class Annealing:
    """A search from one solution for a lighter one. `order` is the sequence that it begins with."""

    def __init__(
        self,
        heads: Sequence[Sequence[int]],
        tails: Sequence[Sequence[int]],
        weights: Sequence[int],
        order: Sequence[int],
    ) -> None:
        self._heads, self._tails, self._weights = heads, tails, weights
        n = len(heads)
        # Where a vertex stands in the sequence, in two copies that differ in where the others stand: before
        # all of it or behind all of it. So one comparison tells who is inside and on the wrong side.
        self._low, self._high = [_BEFORE] * n, [_BEHIND] * n
        self._next, self._previous = (
            [0] * (n + 2),
            [0] * (n + 2),
        )  # n is the front of the sequence, n + 1 its end
        self._relabel(order)
        self._outside = [vertex for vertex in range(n) if self._low[vertex] == _BEFORE]
        self._slot = [0] * n
        for slot, vertex in enumerate(self._outside):
            self._slot[vertex] = slot
        self._cost = sum(weights[vertex] for vertex in self._outside)
        self.best, self.best_cost = list(self._outside), self._cost
        self._dice = 1

    def run(self, moves: int) -> None:
        """Make so many moves, from hot to cold; `best` is the lightest set that was met."""
        scale = sum(self._weights) / max(1, len(self._weights))
        cooling = (_COLD / _HOT) ** (1 / _LEVELS)
        heat = _HOT * scale
        for _ in range(_LEVELS):
            self._level(heat, moves // _LEVELS)
            heat *= cooling
            if self._cost < self.best_cost:
                self.best, self.best_cost = list(self._outside), self._cost

    def _level(self, heat: float, moves: int) -> None:
        # The innermost loop of all: what it uses is bound to names, and a move that is refused costs little.
        heads, tails, outside = self._heads, self._tails, self._outside
        low, high, weight = self._low, self._high, self._weights.__getitem__
        label, label_or_end = low.__getitem__, high.__getitem__
        dice = self._dice
        for _ in range(moves):
            if not outside:
                break
            dice = (dice * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
            vertex = outside[(dice >> 20) % len(outside)]
            if dice >> 63:
                place = max(map(label, tails[vertex]), default=_BEFORE)
                wrong = [head for head in heads[vertex] if high[head] <= place]
            else:
                place = min(map(label_or_end, heads[vertex]), default=_BEHIND)
                wrong = [tail for tail in tails[vertex] if low[tail] >= place]
            change = sum(map(weight, wrong)) - weight(vertex)
            if change <= 0 or (dice >> 33 & 0xFFFFFF) < math.exp(-change / heat) * 0x1000000:
                self._insert(vertex, self._behind(vertex, place, after=bool(dice >> 63)))
                for other in wrong:
                    self._push_out(other)
                self._cost += change
        self._dice = dice

    def _behind(self, vertex: int, place: int, *, after: bool) -> int:
        n = len(self._low)
        if after:
            return next((tail for tail in self._tails[vertex] if self._low[tail] == place >= 0), n)
        return self._previous[next((head for head in self._heads[vertex] if self._low[head] == place), n + 1)]

    def _insert(self, vertex: int, behind: int) -> None:
        following = self._next[behind]
        low, high = self._label_at(behind), self._label_at(following)
        self._next[behind] = self._previous[following] = vertex
        self._next[vertex], self._previous[vertex] = following, behind
        self._low[vertex] = self._high[vertex] = (low + high) // 2
        slot, last = self._slot[vertex], self._outside.pop()
        if last != vertex:
            self._outside[slot] = last
            self._slot[last] = slot
        if high - low < 3:
            self._relabel(self._sequence())

    def _label_at(self, place: int) -> int:
        if place < len(self._low):
            return self._low[place]
        return 0 if place == len(self._low) else self._last_label

    def _push_out(self, vertex: int) -> None:
        before, following = self._previous[vertex], self._next[vertex]
        self._next[before], self._previous[following] = following, before
        self._low[vertex], self._high[vertex] = _BEFORE, _BEHIND
        self._slot[vertex] = len(self._outside)
        self._outside.append(vertex)

    def _sequence(self) -> list[int]:
        n, order = len(self._low), []
        vertex = self._next[n]
        while vertex <= n:
            order.append(vertex)
            vertex = self._next[vertex]
        return order

    def _relabel(self, order: Sequence[int]) -> None:
        n = len(self._low)
        self._last_label = (len(order) + 1) * _GAP
        before = n
        for place, vertex in enumerate(order, 1):
            self._low[vertex] = self._high[vertex] = place * _GAP
            self._next[before], self._previous[vertex] = vertex, before
            before = vertex
        self._next[before], self._previous[n + 1] = n + 1, before
