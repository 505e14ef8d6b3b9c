"""An order in which objects can be created that depend on each other, with as few as possible created incomplete.

Vertices are numbers, and an edge `(a, b)` means that a depends on b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.graph.digraph import Edges, components, topological_order
from stackferry.core.graph.feedback_vertex_set import feedback_vertex_set

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stackferry.core.graph.digraph import Edge


@dataclass(frozen=True, slots=True)
class Ordering:
    """`order` has every vertex after its dependencies, but for those in `cut`.

    `cut` maps a vertex to the dependencies that it must be created without, because they come later.
    """

    order: Sequence[int]
    cut: dict[int, frozenset[int]]

    def available(self, vertex: int, dependencies: Iterable[int]) -> list[int]:
        """The dependencies that precede the vertex in the order."""
        cut = self.cut.get(vertex, frozenset())
        return [dependency for dependency in dependencies if dependency not in cut]


def dependency_order(n: int, edges: Iterable[Edge]) -> Ordering:
    """The order of n vertices that cuts dependencies of as few vertices as could be found.

    The edges are iterated several times. Only those in and between cycles are ever held as objects, so that a graph of
    hundreds of thousands of entries stays small.
    """
    order = topological_order(n, edges)
    if len(order) == n:
        return Ordering(order, {})
    cut = _cut(n, edges, order)
    kept = Edges(lambda: ((user, used) for user, used in edges if used not in cut.get(user, ())))
    return Ordering(topological_order(n, kept), cut)


def _cut(n: int, edges: Iterable[Edge], order: Collection[int]) -> dict[int, frozenset[int]]:
    """The dependencies to leave out. `order` are the vertices that depend on no cycle."""
    names, renumbered = _renumbered(_near_cycles(n, edges, order))
    component = components(len(names), renumbered)
    inner = [edge for edge in renumbered if component[edge[0]] == component[edge[1]]]
    removed = {*feedback_vertex_set(len(names), inner)}
    cut: dict[int, set[int]] = {}
    for user, used in inner:
        if user in removed:
            cut.setdefault(names[user], set()).add(names[used])
    return {vertex: frozenset(missing) for vertex, missing in cut.items()}


def _near_cycles(n: int, edges: Iterable[Edge], order: Collection[int]) -> list[Edge]:
    """The edges that may lie on a cycle: between vertices that depend on one, and on which one depends."""
    is_free = bytearray(n)
    for vertex in order:
        is_free[vertex] = 1
    reversed_edges = Edges(
        lambda: ((used, user) for user, used in edges if not (is_free[user] or is_free[used]))
    )
    # Those that depend on a cycle, with no cycle depending on them, cannot lie on one either.
    for vertex in topological_order(n, reversed_edges, order):
        is_free[vertex] = 1
    return [(user, used) for user, used in edges if not (is_free[user] or is_free[used])]


def _renumbered(edges: Sequence[Edge]) -> tuple[list[int], list[Edge]]:
    """The vertices of these edges, and the edges with the vertices' places in that list.

    Few vertices are left: numbered from 0, so that no array is as long as the whole graph.
    """
    names = sorted({vertex for edge in edges for vertex in edge})
    number = {vertex: index for index, vertex in enumerate(names)}
    return names, [(number[user], number[used]) for user, used in edges]
