"""Shrinking a graph without losing its smallest feedback vertex sets.

A feedback vertex set meets every cycle. The rules here take vertices that some smallest set holds, drop
those that no cycle passes, and pass over those that another one can stand for (Levy and Low 1988; PIE, CORE
and DOME of Lin and Jou 2000). What is left, the kernel, is usually a small part. With weights a rule is
applied only where it cannot make the set heavier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.core.graph.digraph import components

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Neighbours: TypeAlias = dict[int, set[int]]


class Kernel:
    """A graph that shrinks. `taken` are the vertices that were decided to belong to the set."""

    def __init__(self, heads: Neighbours, tails: Neighbours, weights: Mapping[int, int]) -> None:
        self.heads, self.tails, self.weights = heads, tails, weights
        self.taken: list[int] = []

    @classmethod
    def of(
        cls, vertices: Iterable[int], edges: Iterable[tuple[int, int]], weights: Mapping[int, int]
    ) -> Kernel:
        """The graph of these vertices and edges."""
        heads: Neighbours = {vertex: set() for vertex in vertices}
        tails: Neighbours = {vertex: set() for vertex in heads}
        for tail, head in edges:
            heads[tail].add(head)
            tails[head].add(tail)
        return cls(heads, tails, weights)

    def copy(self) -> Kernel:
        """The same graph, with nothing taken yet."""
        heads = {vertex: set(around) for vertex, around in self.heads.items()}
        tails = {vertex: set(around) for vertex, around in self.tails.items()}
        return Kernel(heads, tails, self.weights)

    def part(self, vertices: Iterable[int]) -> Kernel:
        """The graph between some of the vertices."""
        inside = set(vertices)
        heads = {vertex: self.heads[vertex] & inside for vertex in sorted(inside)}
        tails = {vertex: self.tails[vertex] & inside for vertex in heads}
        return Kernel(heads, tails, self.weights)

    def edges(self) -> list[tuple[int, int]]:
        """All edges, sorted by their tails."""
        return [(tail, head) for tail, around in self.heads.items() for head in around]

    def remove(self, vertex: int) -> set[int]:
        """Remove a vertex; tell which ones lost an edge."""
        heads, tails = self.heads.pop(vertex), self.tails.pop(vertex)
        for head in heads - {vertex}:
            self.tails[head].discard(vertex)
        for tail in tails - {vertex}:
            self.heads[tail].discard(vertex)
        return (heads | tails) - {vertex}

    def take(self, vertex: int) -> set[int]:
        """Decide that a vertex belongs to the set."""
        self.taken.append(vertex)
        return self.remove(vertex)

    def pass_over(self, vertex: int) -> set[int]:
        """Decide that a vertex does not belong to the set: paths through it become edges."""
        heads, tails = self.heads[vertex], self.tails[vertex]
        touched = self.remove(vertex)
        for tail in tails:
            self.heads[tail] |= heads
        for head in heads:
            self.tails[head] |= tails
        return touched

    def reduce(self, start: Iterable[int] | None = None) -> set[int]:
        """Apply the rules that look at one vertex until none applies; tell which vertices changed."""
        changed: set[int] = set()
        work = list(self.heads if start is None else start)
        while work:
            vertex = work.pop()
            if vertex in self.heads:
                touched = self._reduce_one(vertex)
                work.extend(touched)
                changed |= touched
        return {vertex for vertex in changed if vertex in self.heads}

    def _reduce_one(self, vertex: int) -> set[int]:
        heads, tails = self.heads[vertex], self.tails[vertex]
        if vertex in heads:
            return self.take(vertex)
        if not heads or not tails:
            return self.remove(vertex)
        if self._stands_for(tails, vertex) or self._stands_for(heads, vertex):
            return self.pass_over(vertex)
        return set()

    def _stands_for(self, neighbours: set[int], vertex: int) -> bool:
        if len(neighbours) != 1:
            return False
        (only,) = neighbours
        return self.weights[only] <= self.weights[vertex]

    def reduce_fully(self, rounds: int) -> None:
        """Apply all rules until none applies, or for so many rounds."""
        self.reduce()
        for _ in range(rounds):
            touched = self._cut_between_components() | self._take_around_cores() | self._cut_dominated()
            if not touched:
                return
            self.reduce(vertex for vertex in touched if vertex in self.heads)

    def _cut(self, edges: Iterable[tuple[int, int]]) -> set[int]:
        touched = set()
        for tail, head in edges:
            self.heads[tail].discard(head)
            self.tails[head].discard(tail)
            touched |= {tail, head}
        return touched

    def _cut_between_components(self) -> set[int]:
        """PIE: cut the edges that lie on no cycle when pairs of opposite edges are set aside.

        A cycle through such an edge runs through one of those pairs, which must be met anyway.
        """
        one_way = [(tail, head) for tail, head in self.edges() if tail not in self.heads[head]]
        place = component_numbers(list(self.heads), one_way)
        return self._cut((tail, head) for tail, head in one_way if place[tail] != place[head])

    def _take_around_cores(self) -> set[int]:
        """CORE: of a clique of opposite pairs all but one must be taken: keep one without other edges."""
        touched: set[int] = set()
        for vertex in sorted(self.heads, key=lambda vertex: len(self.heads[vertex])):
            if vertex in self.heads and self._is_core(vertex):
                for neighbour in sorted(self.heads[vertex]):
                    touched |= self.take(neighbour)
                touched |= self.remove(vertex)
        return {vertex for vertex in touched if vertex in self.heads}

    def _is_core(self, vertex: int) -> bool:
        around = self.heads[vertex]
        if around != self.tails[vertex] or vertex in around or not around:
            return False
        clique = around | {vertex}
        return all(
            clique <= self.heads[other] | {other}
            and clique <= self.tails[other] | {other}
            and self.weights[other] <= self.weights[vertex]
            for other in around
        )

    def _cut_dominated(self) -> set[int]:
        """DOME: cut an edge if every cycle through it has a shorter one among its vertices.

        That is so if all ways to its tail, or all ways on from its head, could do without it.
        """
        touched: set[int] = set()
        for tail, head in self.edges():
            if head in self.heads[tail] and tail not in self.heads[head] and self._is_dominated(tail, head):
                touched |= self._cut([(tail, head)])
        return touched

    def _is_dominated(self, tail: int, head: int) -> bool:
        # Opposite pairs do not count, hence the vertices on either side; written so that hubs cost little.
        spared, spared_too = self.heads[tail], self.tails[head]
        return all(way in spared or way in spared_too for way in self.tails[tail]) or all(
            way in spared or way in spared_too for way in self.heads[head]
        )


def component_numbers(vertices: list[int], edges: list[tuple[int, int]]) -> dict[int, int]:
    """Which component each vertex lies in."""
    number = {vertex: index for index, vertex in enumerate(vertices)}
    found = components(len(vertices), [(number[tail], number[head]) for tail, head in edges])
    return dict(zip(vertices, found, strict=True))
