"""Shrinking a graph without losing its smallest feedback vertex sets.

A feedback vertex set has a vertex of every cycle. The rules here take vertices that some smallest set holds, drop
those that lie on no cycle, and pass over those that another vertex can replace (Levy and Low 1988; PIE, CORE and DOME
of Lin and Jou 2000). What is left, the kernel, is usually a small part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.core.graph.digraph import components

if TYPE_CHECKING:
    from collections.abc import Iterable

Neighbours: TypeAlias = dict[int, set[int]]


class Kernel:
    """A graph that shrinks. `taken` are the vertices that are decided to belong to the set."""

    def __init__(self, heads: Neighbours, tails: Neighbours, taken: Iterable[int] = ()) -> None:
        self.heads, self.tails = heads, tails
        self.taken = list(taken)

    @classmethod
    def of(cls, vertices: Iterable[int], edges: Iterable[tuple[int, int]]) -> Kernel:
        """The graph of these vertices and edges."""
        heads: Neighbours = {vertex: set() for vertex in vertices}
        tails: Neighbours = {vertex: set() for vertex in heads}
        for tail, head in edges:
            heads[tail].add(head)
            tails[head].add(tail)
        return cls(heads, tails)

    def copy(self) -> Kernel:
        """The same graph, with the same vertices taken."""
        heads = {vertex: set(around) for vertex, around in self.heads.items()}
        tails = {vertex: set(around) for vertex, around in self.tails.items()}
        return Kernel(heads, tails, self.taken)

    def part(self, vertices: Iterable[int]) -> Kernel:
        """The graph of some of the vertices and the edges between them."""
        inside = set(vertices)
        heads = {vertex: self.heads[vertex] & inside for vertex in sorted(inside)}
        tails = {vertex: self.tails[vertex] & inside for vertex in heads}
        return Kernel(heads, tails)

    def edges(self) -> list[tuple[int, int]]:
        """All edges, sorted by their tails."""
        return [(tail, head) for tail, around in self.heads.items() for head in around]

    def remove(self, vertex: int) -> set[int]:
        """Remove a vertex. Returns the vertices that lost an edge."""
        heads, tails = self.heads.pop(vertex), self.tails.pop(vertex)
        for head in heads - {vertex}:
            self.tails[head].discard(vertex)
        for tail in tails - {vertex}:
            self.heads[tail].discard(vertex)
        return (heads | tails) - {vertex}

    def take(self, vertex: int) -> set[int]:
        """Put a vertex into the set and remove it. Returns the vertices that lost an edge."""
        self.taken.append(vertex)
        return self.remove(vertex)

    def pass_over(self, vertex: int) -> set[int]:
        """Leave a vertex out of the set: paths through it become edges. Returns the vertices whose edges changed."""
        heads, tails = self.heads[vertex], self.tails[vertex]
        touched = self.remove(vertex)
        for tail in tails:
            self.heads[tail] |= heads
        for head in heads:
            self.tails[head] |= tails
        return touched

    def reduce(self, start: Iterable[int] | None = None) -> set[int]:
        """Apply the rules that look at one vertex, until none applies. Returns the vertices whose edges changed."""
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
        if len(tails) == 1 or len(heads) == 1:  # that one neighbour lies on every cycle through the vertex
            return self.pass_over(vertex)
        return set()

    def reduce_fully(self, rounds: int) -> None:
        """Apply all rules until none applies, or for so many rounds."""
        self.reduce()
        for _ in range(rounds):
            # Rules that look at the whole graph; each may make vertices fit the quick ones again.
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
        """PIE: cut the edges that lie on no cycle when pairs of opposite edges are left out.

        A cycle through such an edge runs through one of those pairs, of which the set holds a vertex anyway.
        """
        one_way = [(tail, head) for tail, head in self.edges() if tail not in self.heads[head]]
        number = component_numbers(list(self.heads), one_way)
        return self._cut((tail, head) for tail, head in one_way if number[tail] != number[head])

    def _take_around_cores(self) -> set[int]:
        """CORE: all but one vertex of a clique of opposite pairs must be taken: leave out one without other edges."""
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
            clique <= self.heads[other] | {other} and clique <= self.tails[other] | {other}
            for other in around
        )

    def _cut_dominated(self) -> set[int]:
        """DOME: cut an edge if every cycle through it contains the vertices of a shorter cycle.

        That is so if all predecessors of its tail are predecessors of its head too, or all successors of its head are
        successors of its tail too: each could skip a vertex.
        """
        touched: set[int] = set()
        for tail, head in self.edges():
            if head in self.heads[tail] and tail not in self.heads[head] and self._is_dominated(tail, head):
                touched |= self._cut([(tail, head)])
        return touched

    def _is_dominated(self, tail: int, head: int) -> bool:
        # Neighbours by an opposite pair do not count either. Membership tests, no new sets: hubs have many neighbours.
        successors, predecessors = self.heads[tail], self.tails[head]
        return all(each in successors or each in predecessors for each in self.tails[tail]) or all(
            each in successors or each in predecessors for each in self.heads[head]
        )


def component_numbers(vertices: list[int], edges: list[tuple[int, int]]) -> dict[int, int]:
    """The number of the strong component of each vertex."""
    number = {vertex: index for index, vertex in enumerate(vertices)}
    found = components(len(vertices), [(number[tail], number[head]) for tail, head in edges])
    return dict(zip(vertices, found, strict=True))
