"""Directed graphs of any size: which vertices refer to each other, and an order to work in.

Vertices are the numbers 0 to n - 1. An edge (u, v) says that u refers to v, so v has to come first. All of it
is iterative and lies in arrays: 200,000 vertices and a million edges take seconds and tens of megabytes. The
same graph gives the same answer. This module must never know what a vertex stands for.
"""

from __future__ import annotations

import heapq
from array import array
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    Ints: TypeAlias = "array[int]"
    Edge: TypeAlias = tuple[int, int]


def adjacency(n: int, edges: Iterable[Edge]) -> tuple[Ints, Ints]:
    """The edges by their tails: those of v are `heads[starts[v]:starts[v + 1]]`, in the order given."""
    tails, heads = array("i"), array("i")
    starts = array("i", bytes(4 * (n + 1)))
    for tail, head in edges:
        tails.append(tail)
        heads.append(head)
        starts[tail + 1] += 1
    for vertex in range(n):
        starts[vertex + 1] += starts[vertex]
    free, by_tail = array("i", starts), array("i", heads)
    for tail, head in zip(tails, heads, strict=True):
        by_tail[free[tail]] = head
        free[tail] += 1
    return starts, by_tail


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
        self.stack: list[int] = []
        self.number = array("i", bytes(4 * n))
        self.met = self.completed = 0

    def visit(self, root: int) -> None:
        path = [root]
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


def topological_order(n: int, edges: Iterable[Edge], removed: Collection[int] = ()) -> list[int]:
    """All vertices but the removed ones, each after those that it refers to; the smallest number first.

    Edges from and to removed vertices do not count. Raises `ValueError` if a cycle is left.
    """
    gone = bytearray(n)
    for vertex in removed:
        gone[vertex] = 1
    starts, users = adjacency(n, ((v, u) for u, v in edges if not (gone[u] or gone[v])))
    waits_for = array("i", bytes(4 * n))
    for user in users:
        waits_for[user] += 1
    ready = [vertex for vertex in range(n) if not gone[vertex] and not waits_for[vertex]]
    order = []
    while ready:
        vertex = heapq.heappop(ready)
        order.append(vertex)
        for user in users[starts[vertex] : starts[vertex + 1]]:
            waits_for[user] -= 1
            if not waits_for[user]:
                heapq.heappush(ready, user)
    if len(order) + sum(gone) != n:
        raise ValueError(f"{n - len(order) - sum(gone)} vertices lie on cycles or refer to some that do")
    return order
