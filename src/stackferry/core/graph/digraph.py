"""Directed graphs of any size: which vertices refer to each other, and an order to work in.

Vertices are the numbers 0 to n - 1. An edge (u, v) says that u refers to v, so v has to come first. All of it
is iterative and lies in arrays: 200,000 vertices and a million edges take seconds and tens of megabytes. The
same graph gives the same answer. This module must never know what a vertex stands for.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    Ints: TypeAlias = "array[int]"
    Edge: TypeAlias = tuple[int, int]


class Edges:
    """Edges that are made anew each time that somebody goes through them."""

    def __init__(self, make: Callable[[], Iterator[Edge]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Edge]:
        return self._make()


def adjacency(n: int, edges: Iterable[Edge]) -> tuple[Ints, Ints]:
    """The edges by their tails: those of v are `heads[starts[v]:starts[v + 1]]`. They are gone through twice."""
    starts, size = array("i", bytes(4 * (n + 1))), 0
    for tail, _ in edges:
        starts[tail] += 1
        size += 1
    for vertex in range(n):
        starts[vertex + 1] += starts[vertex]
    heads = array("i", bytes(4 * size))
    for tail, head in edges:  # filled from the end of each part to its start
        starts[tail] -= 1
        heads[starts[tail]] = head
    return starts, heads


def components(n: int, edges: Iterable[Edge]) -> Ints:
    """For each vertex the number of its strong component: equal where two vertices refer to each other.

    A component has a higher number than those it refers to. Tarjan's algorithm, its recursion kept in arrays.
    """
    walk = _Tarjan(*adjacency(n, edges))
    for vertex in range(n):
        if not walk.order[vertex]:
            walk.visit(vertex)
    return walk.number


class _Tarjan:
    """One depth-first walk. `order` is when a vertex was met, `low` the earliest one it leads back to."""

    def __init__(self, starts: Ints, heads: Ints) -> None:
        n = len(starts) - 1
        self.starts, self.heads = starts, heads
        self.order, self.low = array("i", bytes(4 * n)), array("i", bytes(4 * n))
        self.next_edge = array("i", starts)
        self.pending = bytearray(n)  # met, but its component is not complete yet
        self.stack = array("i")
        self.number = array("i", bytes(4 * n))
        self.met = self.completed = 0

    def visit(self, root: int) -> None:
        path = array("i", [root])
        self._meet(root)
        while path:
            vertex = path[-1]
            head = self._unmet_head(vertex)
            if head >= 0:
                self._meet(head)
                path.append(head)
                continue
            path.pop()
            if path:
                self.low[path[-1]] = min(self.low[path[-1]], self.low[vertex])
            if self.low[vertex] == self.order[vertex]:
                self._complete(vertex)

    def _meet(self, vertex: int) -> None:
        self.met += 1
        self.order[vertex] = self.low[vertex] = self.met
        self.pending[vertex] = 1
        self.stack.append(vertex)

    def _unmet_head(self, vertex: int) -> int:
        order, pending, heads = self.order, self.pending, self.heads
        low, end = self.low[vertex], self.starts[vertex + 1]
        for edge in range(self.next_edge[vertex], end):
            head = heads[edge]
            if not order[head]:
                self.next_edge[vertex], self.low[vertex] = edge + 1, low
                return head
            if pending[head] and order[head] < low:
                low = order[head]
        self.next_edge[vertex], self.low[vertex] = end, low
        return -1

    def _complete(self, root: int) -> None:
        vertex = -1
        while vertex != root:
            vertex = self.stack.pop()
            self.pending[vertex] = 0
            self.number[vertex] = self.completed
        self.completed += 1


def topological_order(n: int, edges: Iterable[Edge], removed: Collection[int] = ()) -> Ints:
    """All vertices but the removed ones, each after those that it refers to; the smallest number first.

    Edges from and to removed vertices do not count. Raises `ValueError` if a cycle is left.
    """
    gone = frozenset(removed)
    kept = Edges(lambda: (edge for edge in edges if gone.isdisjoint(edge))) if gone else edges
    order = peel(n, kept, gone)
    if len(order) + len(gone) != n:
        raise ValueError(f"{n - len(order) - len(gone)} vertices lie on cycles or refer to some that do")
    return order


def peel(n: int, edges: Iterable[Edge], removed: Collection[int] = ()) -> Ints:
    """The vertices that neither lie on a cycle nor lead to one, each after those that it refers to.

    Of those that can come next the one with the smallest number does.
    """
    starts, users = adjacency(n, Edges(lambda: ((head, tail) for tail, head in edges)))
    waits_for = array("i", bytes(4 * n))
    for user in users:
        waits_for[user] += 1
    is_ready = bytearray(not count for count in waits_for)
    for vertex in removed:
        is_ready[vertex] = 0
    order = array("i")
    vertex = is_ready.find(1)
    while vertex >= 0:
        is_ready[vertex] = 0
        order.append(vertex)
        lowest = vertex
        for user in users[starts[vertex] : starts[vertex + 1]]:
            waits_for[user] -= 1
            if not waits_for[user]:
                is_ready[user] = 1
                lowest = min(lowest, user)
        vertex = is_ready.find(1, lowest)
    return order


def held_up(n: int, edges: Iterable[Edge], by: Iterable[int]) -> bytearray:
    """For each vertex 1 if it leads, over however many edges, to one of these, or is one; else 0."""
    starts, users = adjacency(n, Edges(lambda: ((head, tail) for tail, head in edges)))
    found = bytearray(n)
    waiting = array("i", by)
    for vertex in waiting:
        found[vertex] = 1
    while waiting:
        vertex = waiting.pop()
        for user in users[starts[vertex] : starts[vertex + 1]]:
            if not found[user]:
                found[user] = 1
                waiting.append(user)
    return found
