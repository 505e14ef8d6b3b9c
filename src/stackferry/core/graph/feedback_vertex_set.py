"""A small set of vertices without which a graph has no cycle: the entries that must be written twice.

The smallest one is NP-hard to find. Here: rules that shrink the graph without loss, a greedy choice on what
is left, then branch and bound where the rest is small and simulated annealing where it is not. Work is
bounded by `effort`, never by a clock, and chance is a fixed sequence: the same graph gives the same set.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from stackferry.core.graph.annealing import Annealing
from stackferry.core.graph.branching import Branching
from stackferry.core.graph.digraph import components, topological_order
from stackferry.core.graph.graph_reduction import Kernel, component_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EFFORT: Final = 500_000
"""Moves of the search, all components together: a second or two."""

_LEAST_MOVES: Final = 500  # for each vertex of a larger kernel: 2 ms, where writing an entry takes 100
_MOST_MOVES: Final = 2_400  # for each vertex; more no longer finds more
_MOVES_PER_NODE: Final = 20  # one step of branch and bound takes about as long
_MOST_NODES: Final = 20_000
_BRANCHING_LIMIT: Final = 60  # vertices; above, a proof is out of reach
_ROUNDS: Final = 20
_SEARCHED: Final = 300_000  # vertices looked at, over all searches for superfluous ones


def feedback_vertex_set(
    n: int, edges: Iterable[tuple[int, int]], weights: Sequence[int] | None = None, *, effort: int = EFFORT
) -> list[int]:
    """A set of vertices, sorted, whose removal leaves no cycle; the smallest that could be found.

    With `weights` (positive integers), the lightest. Vertices that refer to themselves are always in it.
    """
    kept = list(edges)
    pieces, taken = _kernels(n, kept, weights)
    size = sum(len(piece.heads) for piece in pieces)
    for piece in pieces:
        share = min(_MOST_MOVES, max(_LEAST_MOVES, effort // size))
        taken += _solve(piece, share * len(piece.heads))
    return sorted(taken)


def _kernels(
    n: int, edges: list[tuple[int, int]], weights: Sequence[int] | None
) -> tuple[list[Kernel], list[int]]:
    """The strongly connected kernels, and the vertices that were taken on the way to them."""
    number = components(n, edges)
    inner = [(tail, head) for tail, head in edges if number[tail] == number[head]]
    vertices = sorted({vertex for edge in inner for vertex in edge})
    whole = Kernel.of(vertices, inner, {vertex: weights[vertex] if weights else 1 for vertex in vertices})
    whole.reduce_fully(_ROUNDS)
    return _split(whole), whole.taken


def _split(kernel: Kernel) -> list[Kernel]:
    members: dict[int, list[int]] = {}
    for vertex, place in component_numbers(list(kernel.heads), kernel.edges()).items():
        members.setdefault(place, []).append(vertex)
    return [kernel.part(component) for component in members.values()]


def _solve(kernel: Kernel, moves: int) -> list[int]:
    best = _without_spares(kernel, _greedy(kernel))
    if len(kernel.heads) <= _BRANCHING_LIMIT:
        nodes = min(_MOST_NODES, moves // _MOVES_PER_NODE)
        best, proven = _branched(kernel, best, nodes)
        if proven:
            return best
    return _annealed(kernel, best, moves)


def _greedy(kernel: Kernel) -> list[int]:
    """Take the vertex that most paths lead through, shrink, and again."""
    rest = kernel.copy()
    heap = [(-_pull(rest, vertex), vertex) for vertex in rest.heads]
    heapq.heapify(heap)
    while heap:
        pull, vertex = heapq.heappop(heap)
        if vertex not in rest.heads or -pull != _pull(rest, vertex):
            continue  # an old entry; the new one is in the heap too
        touched = rest.take(vertex)
        touched |= rest.reduce(touched)
        for other in touched:
            if other in rest.heads:
                heapq.heappush(heap, (-_pull(rest, other), other))
    return rest.taken


def _pull(kernel: Kernel, vertex: int) -> float:
    return len(kernel.heads[vertex]) * len(kernel.tails[vertex]) / kernel.weights[vertex]


def _without_spares(kernel: Kernel, chosen: list[int]) -> list[int]:
    """Leave out vertices that the others make superfluous, the heaviest first."""
    outside = set(chosen)
    reach = _SEARCHED // max(1, len(chosen))
    for vertex in sorted(chosen, key=lambda vertex: -kernel.weights[vertex]):
        if not _closes_a_cycle(kernel, vertex, outside, reach):
            outside.discard(vertex)
    return sorted(outside)


def _closes_a_cycle(kernel: Kernel, vertex: int, outside: set[int], reach: int) -> bool:
    """Whether kept vertices lead from a vertex back to it. Yes, too, if that takes more than `reach` to tell."""
    seen = {vertex}
    work = [vertex]
    while work and len(seen) < reach:
        heads = kernel.heads[work.pop()]
        if vertex in heads:
            return True
        fresh = heads - seen - outside
        seen |= fresh
        work.extend(fresh)
    return bool(work)


def _branched(kernel: Kernel, best: list[int], nodes: int) -> tuple[list[int], bool]:
    vertices = list(kernel.heads)
    bit = {vertex: 1 << index for index, vertex in enumerate(vertices)}
    weights = [kernel.weights[vertex] for vertex in vertices]
    search = Branching(
        [sum(bit[head] for head in kernel.heads[vertex]) for vertex in vertices],
        [sum(bit[tail] for tail in kernel.tails[vertex]) for vertex in vertices],
        weights,
        sum(kernel.weights[vertex] for vertex in best),
        nodes,
    )
    search.run()
    found = best if search.best is None else [vertices[index] for index in search.best]
    return found, search.proven


def _annealed(kernel: Kernel, best: list[int], moves: int) -> list[int]:
    vertices = list(kernel.heads)
    index = {vertex: place for place, vertex in enumerate(vertices)}
    edges = [(index[tail], index[head]) for tail, head in kernel.edges()]
    heads = [[index[head] for head in sorted(kernel.heads[vertex])] for vertex in vertices]
    tails = [[index[tail] for tail in sorted(kernel.tails[vertex])] for vertex in vertices]
    order = topological_order(len(vertices), edges, [index[vertex] for vertex in best])[::-1]
    search = Annealing(heads, tails, [kernel.weights[vertex] for vertex in vertices], order)
    search.run(moves)
    return _without_spares(kernel, [vertices[place] for place in search.best])
