"""An order in which things can be made that need each other, with the fewest made incomplete at first.

Pure: vertices are numbers, and `(a, b)` says that a needs b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.graph.digraph import Edges, components, peel
from stackferry.core.graph.feedback_vertex_set import feedback_vertex_set

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stackferry.core.graph.digraph import Edge


@dataclass(frozen=True, slots=True)
class Ordering:
    """`order` has every vertex after what it needs, but for `cut`: what a vertex must at first go without."""

    order: Sequence[int]
    cut: dict[int, frozenset[int]]

    def has(self, here: int, needs: Iterable[int]) -> list[int]:
        """Of what a vertex needs, what is there when its turn comes."""
        cut = self.cut.get(here, frozenset())
        return [there for there in needs if there not in cut]


def order_by_needs(n: int, needs: Iterable[Edge], weights: Sequence[int] | None = None) -> Ordering:
    """The order, cutting the fewest (or with weights the lightest) vertices of the rings that needs form.

    The needs are gone through several times. Only those in and between rings are ever held as objects.
    """
    order = peel(n, needs)
    if len(order) == n:
        return Ordering(order, {})
    cut = _cut(n, needs, order, weights)
    left = Edges(lambda: ((here, there) for here, there in needs if there not in cut.get(here, ())))
    return Ordering(peel(n, left), cut)


def _cut(
    n: int, needs: Iterable[Edge], order: Collection[int], weights: Sequence[int] | None
) -> dict[int, frozenset[int]]:
    """What the vertices go without that are cut; `order` are those that no ring holds up."""
    is_free = bytearray(n)
    for vertex in order:
        is_free[vertex] = 1
    backwards = Edges(
        lambda: ((there, here) for here, there in needs if not (is_free[here] or is_free[there]))
    )
    for vertex in peel(n, backwards, order):  # held up themselves, and holding up no ring
        is_free[vertex] = 1
    held_up = [(here, there) for here, there in needs if not (is_free[here] or is_free[there])]
    names = sorted({vertex for edge in held_up for vertex in edge})
    number = {vertex: place for place, vertex in enumerate(names)}
    edges = [(number[here], number[there]) for here, there in held_up]
    ring = components(len(names), edges)
    inner = [edge for edge in edges if ring[edge[0]] == ring[edge[1]]]
    removed = {*feedback_vertex_set(len(names), inner, weights and [weights[vertex] for vertex in names])}
    cut: dict[int, set[int]] = {}
    for here, there in inner:
        if here in removed:
            cut.setdefault(names[here], set()).add(names[there])
    return {here: frozenset(missing) for here, missing in cut.items()}
