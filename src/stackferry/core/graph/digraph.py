"""Directed graphs of any size: strong components, topological order, reachability.

Vertices are the numbers 0 to n - 1. An edge (u, v) means that u refers to v, so v has to come first. Everything is
iterative and lies in arrays: 200,000 vertices and a million edges take seconds and tens of megabytes. The same graph
gives the same answer.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    Ints: TypeAlias = "array[int]"
    Edge: TypeAlias = tuple[int, int]


class Edges:
    """Edges that are generated anew at every iteration, so that they are never held in memory."""

    def __init__(self, make: Callable[[], Iterator[Edge]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Edge]:
        return self._make()


def adjacency(n: int, edges: Iterable[Edge]) -> tuple[Ints, Ints]:
    """`starts` and `heads`: v refers to `heads[starts[v]:starts[v + 1]]`. The edges are iterated twice."""
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
    """For each vertex the number of its strong component: equal where two vertices lead to each other.

    A component has a higher number than those it refers to. Tarjan's algorithm, with its recursion kept in arrays.
    """
    walk = _Tarjan(*adjacency(n, edges))
    # A component is complete before those that refer to it: hence the order of the numbers.
    for vertex in range(n):
        if not walk.order[vertex]:
            walk.visit(vertex)
    return walk.number


class _Tarjan:
    """One depth-first walk. `order` is when a vertex was visited, `low` the earliest one it leads back to."""

    def __init__(self, starts: Ints, heads: Ints) -> None:
        n = len(starts) - 1
        self.starts, self.heads = starts, heads
        self.order, self.low = array("i", bytes(4 * n)), array("i", bytes(4 * n))
        self.next_edge = array("i", starts)
        self.pending = bytearray(n)  # visited, but its component is not complete yet
        self.stack = array("i")
        self.number = array("i", bytes(4 * n))
        self.visited = self.completed = 0

    def visit(self, root: int) -> None:
        path = array("i", [root])
        self._visit(root)
        while path:
            vertex = path[-1]
            head = self._unvisited_head(vertex)
            if head >= 0:
                self._visit(head)
                path.append(head)
                continue
            path.pop()
            if path:
                self.low[path[-1]] = min(self.low[path[-1]], self.low[vertex])
            if self.low[vertex] == self.order[vertex]:
                self._complete(vertex)

    def _visit(self, vertex: int) -> None:
        self.visited += 1
        self.order[vertex] = self.low[vertex] = self.visited
        self.pending[vertex] = 1
        self.stack.append(vertex)

    def _unvisited_head(self, vertex: int) -> int:
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
    """The vertices that neither lie on a cycle nor lead to one, each after those that it refers to.

    Removed vertices are left out, and so is what refers to them. Of the vertices that can come next the smallest number
    does (Kahn's algorithm).
    """
    starts, users = adjacency(n, Edges(lambda: ((head, tail) for tail, head in edges)))
    pending = array("i", bytes(4 * n))  # for each vertex, how many that it refers to are not in the order yet
    for user in users:
        pending[user] += 1
    is_ready = bytearray(not count for count in pending)
    for vertex in removed:
        is_ready[vertex] = 0
    order = array("i")
    vertex = is_ready.find(1)
    while vertex >= 0:
        is_ready[vertex] = 0
        order.append(vertex)
        lowest = vertex
        for user in users[starts[vertex] : starts[vertex + 1]]:
            pending[user] -= 1
            if not pending[user]:
                is_ready[user] = 1
                lowest = min(lowest, user)
        vertex = is_ready.find(1, lowest)
    return order


def leading_to(n: int, edges: Iterable[Edge], targets: Iterable[int]) -> bytearray:
    """For each vertex 1 if it is one of the targets or leads to one, over however many edges; else 0."""
    starts, users = adjacency(n, Edges(lambda: ((head, tail) for tail, head in edges)))
    found = bytearray(n)
    pending = array("i", targets)
    for vertex in pending:
        found[vertex] = 1
    while pending:
        vertex = pending.pop()
        for user in users[starts[vertex] : starts[vertex + 1]]:
            if not found[user]:
                found[user] = 1
                pending.append(user)
    return found
