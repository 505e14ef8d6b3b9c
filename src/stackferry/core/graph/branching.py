"""The smallest feedback vertex set of a small graph, found and proven by branch and bound.

Sets of vertices are the bits of integers, so a step costs a handful of machine operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Branching:
    """A search for a set lighter than `bound`, in at most `nodes` steps.

    After `run`, `best` is the lightest set found, None if there is no lighter one; `proven` says whether the
    search was complete, so that no set is lighter than the one known.
    """

    def __init__(
        self, heads: Sequence[int], tails: Sequence[int], weights: Sequence[int], bound: int, nodes: int
    ) -> None:
        self._first = (list(heads), list(tails))
        self._weights = weights
        self._bound = bound
        self._nodes = nodes
        self.best: list[int] | None = None

    @property
    def proven(self) -> bool:
        return self._nodes > 0

    def run(self) -> None:
        """Search."""
        heads, tails = self._first
        self._search((1 << len(heads)) - 1, heads, tails, [])

    def _search(self, alive: int, heads: list[int], tails: list[int], taken: list[int]) -> None:
        self._nodes -= 1
        alive = self._reduce(alive, heads, tails, taken)
        cost = sum(self._weights[vertex] for vertex in taken)
        if cost >= self._bound:
            return
        if not alive:
            self.best, self._bound = taken, cost
            return
        if self._nodes <= 0 or cost + self._least(alive, heads, tails) >= self._bound:
            return
        vertex = max(_bits(alive), key=lambda v: heads[v].bit_count() * tails[v].bit_count())
        with_it = (list(heads), list(tails))
        self._search(_removed(alive, vertex, *with_it), *with_it, [*taken, vertex])
        self._search(_passed_over(alive, vertex, heads, tails), heads, tails, list(taken))

    def _reduce(self, alive: int, heads: list[int], tails: list[int], taken: list[int]) -> int:
        changed = True
        while changed:
            before = alive
            for vertex in _bits(alive):
                if heads[vertex] >> vertex & 1:
                    taken.append(vertex)
                    alive = _removed(alive, vertex, heads, tails)
                elif self._stands_for(heads[vertex], vertex) or self._stands_for(tails[vertex], vertex):
                    alive = _passed_over(alive, vertex, heads, tails)
            changed = alive != before
        return alive

    def _stands_for(self, neighbours: int, vertex: int) -> bool:
        if neighbours & (neighbours - 1):
            return False
        return not neighbours or self._weights[neighbours.bit_length() - 1] <= self._weights[vertex]

    def _least(self, alive: int, heads: list[int], tails: list[int]) -> int:
        """No set is lighter: of disjoint cliques of opposite pairs all but one, of disjoint triangles one."""
        total, single = 0, 0
        while alive:
            vertex = (alive & -alive).bit_length() - 1
            clique, both = 1 << vertex, heads[vertex] & tails[vertex] & alive
            while both:
                other = (both & -both).bit_length() - 1
                clique |= 1 << other
                both &= heads[other] & tails[other]
            alive &= ~clique
            weights = [self._weights[member] for member in _bits(clique)]
            total += sum(weights) - max(weights)
            single |= clique if len(weights) == 1 else 0
        return max(total + self._triangles(single, heads, tails), 1)

    def _triangles(self, free: int, heads: list[int], tails: list[int]) -> int:
        total = 0
        for vertex in _bits(free):
            if not free >> vertex & 1:
                continue
            for second in _bits(heads[vertex] & free):
                if thirds := heads[second] & tails[vertex] & free:
                    third = (thirds & -thirds).bit_length() - 1
                    free &= ~(1 << vertex | 1 << second | 1 << third)
                    total += min(self._weights[v] for v in (vertex, second, third))
                    break
        return total


def _removed(alive: int, vertex: int, heads: list[int], tails: list[int]) -> int:
    rest = ~(1 << vertex)
    for head in _bits(heads[vertex]):
        tails[head] &= rest
    for tail in _bits(tails[vertex]):
        heads[tail] &= rest
    return alive & rest


def _passed_over(alive: int, vertex: int, heads: list[int], tails: list[int]) -> int:
    before, after = tails[vertex], heads[vertex]
    alive = _removed(alive, vertex, heads, tails)
    for tail in _bits(before):
        heads[tail] |= after
    for head in _bits(after):
        tails[head] |= before
    return alive
