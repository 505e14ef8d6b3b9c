"""graph: components, orders and small cuts, against definitions, brute force and graphs whose answer is known."""

from __future__ import annotations

import random
import tracemalloc
from itertools import chain, combinations, pairwise
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackferry.core.graph import components, feedback_vertex_set, topological_order
from stackferry.core.graph.dependency_order import order_by_needs
from stackferry.core.graph.digraph import Edges as Again
from stackferry.core.graph.digraph import held_up
from stackferry.core.graph.feedback_vertex_set import feedback_vertex_set as cut_with_effort

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Edges: TypeAlias = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> tuple[int, Edges]:
    """Any small graph: sparse or dense, with edges given twice and vertices that refer to themselves."""
    n = draw(st.integers(1, most))
    vertex = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(vertex, vertex), max_size=4 * n))


def reaches(n: int, edges: Edges) -> list[set[int]]:
    """What each vertex refers to, near and far, by the definition."""
    reach = [{v} for v in range(n)]
    for _ in range(n):
        for u, v in edges:
            reach[u] |= reach[v]
    return reach


def acyclic(n: int, edges: Edges, removed: Collection[int]) -> bool:
    """Whether no cycle is left, found by taking away what refers to nothing."""
    rest = set(range(n)) - set(removed)
    left = [(u, v) for u, v in edges if u in rest and v in rest]
    while left:
        users = {u for u, _ in left}
        shorter = [(u, v) for u, v in left if v in users]
        if len(shorter) == len(left):
            return False
        left = shorter
    return True


def lightest(n: int, edges: Edges, weights: Sequence[int]) -> int:
    """The weight of the lightest cut, by trying all of them."""
    return min(
        sum(weights[v] for v in chosen)
        for size in range(n + 1)
        for chosen in combinations(range(n), size)
        if acyclic(n, edges, chosen)
    )


def random_edges(n: int, m: int, seed: int) -> Edges:
    """A random graph without edges from a vertex to itself, always the same for a seed."""
    chance = random.Random(seed)
    return [(u, v) for u, v in ((chance.randrange(n), chance.randrange(n)) for _ in range(m)) if u != v]


def shuffled(n: int, edges: Edges, seed: int = 7) -> Edges:
    """The same graph with its vertices renamed and its edges in another order."""
    chance = random.Random(seed)
    name = list(range(n))
    chance.shuffle(name)
    renamed = [(name[u], name[v]) for u, v in edges]
    chance.shuffle(renamed)
    return renamed


@given(graphs())
def test_components_are_what_refers_to_each_other(graph: tuple[int, Edges]) -> None:
    """Two vertices share a number exactly when each leads to the other."""
    n, edges = graph
    number, reach = components(n, edges), reaches(n, edges)
    assert len(number) == n
    for u in range(n):
        for v in range(n):
            assert (number[u] == number[v]) == (u in reach[v] and v in reach[u])


@given(graphs())
def test_components_are_numbered_after_what_they_refer_to(graph: tuple[int, Edges]) -> None:
    """No edge leads to a higher number, and the numbers have no holes."""
    n, edges = graph
    number = components(n, edges)
    assert all(number[u] >= number[v] for u, v in edges)
    assert set(number) == set(range(len(set(number))))


@given(graphs(), st.sets(st.integers(0, 7)))
def test_an_order_has_everything_after_what_it_needs(graph: tuple[int, Edges], removed: set[int]) -> None:
    """Each vertex comes once, after all that it refers to; or a cycle is left and that is said."""
    n, edges = graph
    removed = {v for v in removed if v < n}
    if not acyclic(n, edges, removed):
        with pytest.raises(ValueError, match="lie on cycles"):
            topological_order(n, edges, removed)
        return
    order = topological_order(n, edges, removed)
    assert sorted([*order, *removed]) == list(range(n))
    place = {v: at for at, v in enumerate(order)}
    assert all(place[v] < place[u] for u, v in edges if u in place and v in place)


@given(graphs(), st.randoms(use_true_random=False))
def test_an_order_does_not_depend_on_that_of_the_edges(
    graph: tuple[int, Edges], chance: random.Random
) -> None:
    """The order is the first one by number, whichever way the edges are listed."""
    n, edges = graph
    downhill = [(u, v) for u, v in edges if u > v]
    again = list(downhill)
    chance.shuffle(again)
    assert topological_order(n, downhill) == topological_order(n, again)
    assert list(topological_order(n, downhill)) == list(range(n))
    uphill = [(v, u) for u, v in downhill]
    chance.shuffle(again)
    assert topological_order(n, uphill) == topological_order(n, [(v, u) for u, v in again])


@given(graphs())
def test_what_needs_each_other_gets_an_order(graph: tuple[int, Edges]) -> None:
    """Everything comes once, after what it needs but for what is cut; only within rings is anything cut, and least."""
    n, needs = graph
    found, reach = order_by_needs(n, needs), reaches(n, needs)
    place = {v: at for at, v in enumerate(found.order)}
    assert sorted(place) == list(range(n))
    assert all(place[v] < place[u] for u, v in needs if v not in found.cut.get(u, ()))
    assert all(u in reach[v] for u, cut in found.cut.items() for v in cut)
    assert len(found.cut) == lightest(n, needs, [1] * n)
    for u in range(n):
        missing = {v for a, v in needs if a == u}.difference(found.has(u, [v for a, v in needs if a == u]))
        assert missing == found.cut.get(u, frozenset())


def test_an_order_of_many_holds_no_object_a_vertex() -> None:
    """20,000 things that need two others each, some of them in rings, take less than 40 bytes each."""
    n = 20_000
    needs = Again(lambda: ((u, v) for u in range(1, n) for v in (u // 2, u - 1)))
    rings = Again(lambda: chain(needs, ((u, u + 1) for u in range(1000, 1020, 2))))
    tracemalloc.start()
    try:
        assert not order_by_needs(n, needs).cut
        assert len(order_by_needs(n, rings).cut) == 10
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * n


@given(graphs())
@settings(max_examples=300)
def test_a_cut_of_a_small_graph_is_a_smallest_one(graph: tuple[int, Edges]) -> None:
    """Nothing cyclic is left, and no smaller set would do."""
    n, edges = graph
    chosen = feedback_vertex_set(n, edges)
    assert acyclic(n, edges, chosen)
    assert len(chosen) == lightest(n, edges, [1] * n)


@given(graphs(), st.lists(st.integers(1, 5), min_size=8, max_size=8))
@settings(max_examples=300)
def test_a_weighted_cut_of_a_small_graph_is_a_lightest_one(
    graph: tuple[int, Edges], weights: list[int]
) -> None:
    """With weights, no lighter set would do."""
    n, edges = graph
    chosen = feedback_vertex_set(n, edges, weights[:n])
    assert acyclic(n, edges, chosen)
    assert sum(weights[v] for v in chosen) == lightest(n, edges, weights)


@pytest.mark.parametrize("seed", range(6))
def test_a_dozen_vertices_are_cut_as_brute_force_does(seed: int) -> None:
    """Twelve vertices, two to four edges each: exactly the optimum."""
    edges = random_edges(12, 24 + 4 * seed, seed)
    assert len(feedback_vertex_set(12, edges)) == lightest(12, edges, [1] * 12)


@given(graphs(30))
def test_any_cut_leaves_no_cycle(graph: tuple[int, Edges]) -> None:
    """A cut is sorted, names each vertex once and holds every vertex that refers to itself."""
    n, edges = graph
    chosen = feedback_vertex_set(n, edges)
    assert acyclic(n, edges, chosen)
    assert chosen == sorted(set(chosen))
    assert {u for u, v in edges if u == v} <= set(chosen)


def ring(start: int, size: int) -> Edges:
    """A ring of vertices, each referring to the next."""
    return [(start + at, start + (at + 1) % size) for at in range(size)]


def clique(start: int, size: int) -> Edges:
    """Vertices that all refer to each other."""
    return [(start + u, start + v) for u in range(size) for v in range(size) if u != v]


KNOWN: dict[str, tuple[int, Edges, int]] = {
    "no edges": (50, [], 0),
    "a chain": (5000, list(pairwise(range(5000))), 0),
    "a ring": (5000, ring(0, 5000), 1),
    "rings": (3000, [edge for at in range(0, 3000, 10) for edge in ring(at, 10)], 300),
    "a clique": (120, clique(0, 120), 119),
    "cliques": (400, [edge for at in range(0, 400, 8) for edge in clique(at, 8)], 350),
    "cliques in a ring": (
        400,
        [edge for at in range(0, 400, 8) for edge in [*clique(at, 8), (at, (at + 8) % 400)]],
        350,
    ),
    "all through one": (3000, [edge for v in range(1, 3000) for edge in ((v, 0), (0, v))], 1),
    "a path both ways": (1001, [edge for v in range(1000) for edge in ((v, v + 1), (v + 1, v))], 500),
    "an odd ring both ways": (101, [*ring(0, 101), *((v, u) for u, v in ring(0, 101))], 51),
    "all refer to themselves": (100, [(v, v) for v in range(100)], 100),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_structures_are_cut_at_the_fewest(name: str) -> None:
    """Where the smallest cut is known by thought, it is found, whatever the names of the vertices."""
    n, edges, fewest = KNOWN[name]
    for graph in (edges, shuffled(n, edges)):
        chosen = feedback_vertex_set(n, graph)
        assert len(chosen) == fewest
        topological_order(n, graph, chosen)


@pytest.mark.parametrize(("n", "m", "planted"), [(300, 900, 10), (1500, 4500, 40), (4000, 8000, 25)])
def test_a_planted_cut_is_found(n: int, m: int, planted: int) -> None:
    """A graph without cycles plus a few vertices that close many: no more than those few are cut."""
    chance = random.Random(n)
    downhill = [(max(u, v), min(u, v)) for u, v in random_edges(n, m, n)]
    closing = [
        edge
        for hub in range(n, n + planted)
        for _ in range(40)
        for edge in ((hub, chance.randrange(n)), (chance.randrange(n), hub))
    ]
    edges = shuffled(n + planted, downhill + closing)
    chosen = feedback_vertex_set(n + planted, edges)
    topological_order(n + planted, edges, chosen)
    assert len(chosen) <= planted


# The best that runs of thirty million moves found, minutes each, on graphs of random_edges(n, m, n + m).
BEST: list[tuple[int, int, int]] = [(100, 300, 16), (100, 500, 30), (500, 1500, 60), (1000, 3000, 119)]


@pytest.mark.parametrize(("n", "m", "best"), BEST)
def test_random_graphs_are_cut_within_a_few_percent(n: int, m: int, best: int) -> None:
    """With the usual effort the cut is within 5 % of the best that is known."""
    edges = random_edges(n, m, n + m)
    chosen = feedback_vertex_set(n, edges)
    topological_order(n, edges, chosen)
    assert len(chosen) <= best * 1.05


def test_the_same_graph_is_cut_the_same_way() -> None:
    """Chance is a fixed sequence: a plan made again is the same plan."""
    edges = random_edges(300, 1200, 3)
    first = cut_with_effort(300, edges, effort=50_000)
    assert cut_with_effort(300, iter(edges), effort=50_000) == first


def test_light_vertices_are_cut_instead_of_heavy_ones() -> None:
    """In a large graph too, weights say where to cut: the sum is far below that of the smallest set."""
    edges = random_edges(400, 1400, 5)
    weights = [1 if v % 4 else 10 for v in range(400)]
    light = cut_with_effort(400, edges, weights, effort=200_000)
    few = cut_with_effort(400, edges, effort=200_000)
    topological_order(400, edges, light)
    assert sum(weights[v] for v in light) < 0.7 * sum(weights[v] for v in few)


@given(graph=graphs(), by=st.sets(st.integers(0, 7)))
def test_what_leads_to_a_vertex_is_held_up_by_it(graph: tuple[int, Edges], by: set[int]) -> None:
    """All that reach one of them, and they themselves, by the definition."""
    n, edges = graph
    expected = [int(bool(reached & by)) for reached in reaches(n, edges)]
    assert [*held_up(n, edges, (v for v in by if v < n))] == expected
