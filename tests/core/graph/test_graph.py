"""Components, orders and feedback vertex sets, against definitions, brute force and graphs whose answer is known."""

from __future__ import annotations

import random
import tracemalloc
from itertools import chain, combinations, pairwise
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackferry.core.graph.dependency_order import dependency_order
from stackferry.core.graph.digraph import Edges as Generated
from stackferry.core.graph.digraph import components, leading_to, topological_order
from stackferry.core.graph.feedback_vertex_set import feedback_vertex_set

if TYPE_CHECKING:
    from collections.abc import Collection

Edges: TypeAlias = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> tuple[int, Edges]:
    """Any small graph: sparse or dense, with edges given twice and vertices that refer to themselves."""
    n = draw(st.integers(1, most))
    vertex = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(vertex, vertex), max_size=4 * n))


def reaches(n: int, edges: Edges) -> list[set[int]]:
    """The vertices that each vertex leads to, itself among them, by the definition."""
    reach = [{v} for v in range(n)]
    for _ in range(n):
        for u, v in edges:
            reach[u] |= reach[v]
    return reach


def acyclic(n: int, edges: Edges, removed: Collection[int]) -> bool:
    """Whether no cycle is left, found by removing again and again what refers to nothing."""
    rest = set(range(n)) - set(removed)
    left = [(u, v) for u, v in edges if u in rest and v in rest]
    while left:
        users = {u for u, _ in left}
        shorter = [(u, v) for u, v in left if v in users]
        if len(shorter) == len(left):
            return False
        left = shorter
    return True


def smallest(n: int, edges: Edges) -> int:
    """The size of the smallest feedback vertex set, by trying all."""
    return next(
        size for size in range(n + 1) for chosen in combinations(range(n), size) if acyclic(n, edges, chosen)
    )


def ordered_without(n: int, edges: Edges, removed: Collection[int]) -> list[int]:
    """An order of the vertices that are not removed; those on cycles are missing."""
    gone = set(removed)
    return [*topological_order(n, [edge for edge in edges if gone.isdisjoint(edge)], gone)]


def random_edges(n: int, m: int, seed: int) -> Edges:
    """A random graph without edges from a vertex to itself, the same for the same seed."""
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
def test_vertices_that_lead_to_each_other_share_a_component(graph: tuple[int, Edges]) -> None:
    """Two vertices share a number exactly when each leads to the other."""
    n, edges = graph
    number, reach = components(n, edges), reaches(n, edges)
    assert len(number) == n
    for u in range(n):
        for v in range(n):
            assert (number[u] == number[v]) == (u in reach[v] and v in reach[u])


@given(graphs())
def test_a_component_has_a_higher_number_than_those_it_refers_to(graph: tuple[int, Edges]) -> None:
    """No edge leads to a higher number, and the numbers have no holes."""
    n, edges = graph
    number = components(n, edges)
    assert all(number[u] >= number[v] for u, v in edges)
    assert set(number) == set(range(len(set(number))))


@given(graphs(), st.sets(st.integers(0, 7)))
def test_a_topological_order_has_each_vertex_after_those_it_refers_to(
    graph: tuple[int, Edges], removed: set[int]
) -> None:
    """All vertices but those that lie on a cycle or lead to one are in it, once."""
    n, edges = graph
    removed = {v for v in removed if v < n}
    order = ordered_without(n, edges, removed)
    kept = [edge for edge in edges if removed.isdisjoint(edge)]
    reach = reaches(n, kept)
    cyclic = {u for u, v in kept if u in reach[v]}
    assert sorted(order) == [v for v in range(n) if v not in removed and not reach[v] & cyclic]
    place = {v: at for at, v in enumerate(order)}
    assert all(place[v] < place[u] for u, v in kept if u in place)


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_the_edges_does_not_change_the_topological_order(
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
def test_a_dependency_order_cuts_the_fewest_vertices_and_only_on_cycles(graph: tuple[int, Edges]) -> None:
    """Every vertex comes once, after its dependencies but for those that are cut."""
    n, edges = graph
    found, reach = dependency_order(n, edges), reaches(n, edges)
    place = {v: at for at, v in enumerate(found.order)}
    assert sorted(place) == list(range(n))
    assert all(place[v] < place[u] for u, v in edges if v not in found.cut.get(u, ()))
    assert all(u in reach[v] for u, cut in found.cut.items() for v in cut)
    assert len(found.cut) == smallest(n, edges)
    for u in range(n):
        dependencies = [v for a, v in edges if a == u]
        missing = {*dependencies}.difference(found.available(u, dependencies))
        assert missing == found.cut.get(u, frozenset())


def test_the_dependency_order_of_a_large_graph_holds_no_object_for_each_vertex() -> None:
    """20,000 vertices with two dependencies each, some of them on cycles, take less than 40 bytes each."""
    n = 20_000
    edges = Generated(lambda: ((u, v) for u in range(1, n) for v in (u // 2, u - 1)))
    cyclic = Generated(lambda: chain(edges, ((u, u + 1) for u in range(1000, 1020, 2))))
    tracemalloc.start()
    try:
        assert not dependency_order(n, edges).cut
        assert len(dependency_order(n, cyclic).cut) == 10
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * n


@given(graphs())
@settings(max_examples=300)
def test_the_set_of_a_small_graph_is_a_smallest_one(graph: tuple[int, Edges]) -> None:
    n, edges = graph
    chosen = feedback_vertex_set(n, edges)
    assert acyclic(n, edges, chosen)
    assert len(chosen) == smallest(n, edges)


@pytest.mark.parametrize("seed", range(6))
def test_the_set_of_twelve_vertices_is_as_small_as_brute_force_finds(seed: int) -> None:
    """Twelve vertices, two to four edges each."""
    edges = random_edges(12, 24 + 4 * seed, seed)
    assert len(feedback_vertex_set(12, edges)) == smallest(12, edges)


@given(graphs(30))
def test_removing_the_set_leaves_no_cycle(graph: tuple[int, Edges]) -> None:
    """The set is sorted, names each vertex once and holds every vertex that refers to itself."""
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


def set_without_cycles(n: int, edges: Edges) -> list[int]:
    """The feedback vertex set, checked by ordering what is left."""
    chosen = feedback_vertex_set(n, edges)
    assert len(ordered_without(n, edges, chosen)) == n - len(chosen)
    return chosen


@pytest.mark.parametrize("name", KNOWN)
def test_the_smallest_set_of_known_structures_is_found(name: str) -> None:
    """Whatever the numbers of the vertices."""
    n, edges, fewest = KNOWN[name]
    for graph in (edges, shuffled(n, edges)):
        assert len(set_without_cycles(n, graph)) == fewest


@pytest.mark.parametrize(("n", "m", "planted"), [(300, 900, 10), (1500, 4500, 40), (4000, 8000, 25)])
def test_a_planted_set_is_found(n: int, m: int, planted: int) -> None:
    """A graph without cycles plus a few vertices that close many: no more than those few are chosen."""
    chance = random.Random(n)
    downhill = [(max(u, v), min(u, v)) for u, v in random_edges(n, m, n)]
    closing = [
        edge
        for hub in range(n, n + planted)
        for _ in range(40)
        for edge in ((hub, chance.randrange(n)), (chance.randrange(n), hub))
    ]
    edges = shuffled(n + planted, downhill + closing)
    assert len(set_without_cycles(n + planted, edges)) <= planted


# The best that runs of thirty million moves of simulated annealing found, minutes each, on graphs of
# random_edges(n, m, n + m).
BEST: list[tuple[int, int, int]] = [(100, 300, 16), (100, 500, 30), (500, 1500, 60), (1000, 3000, 119)]


@pytest.mark.parametrize(("n", "m", "best"), BEST)
def test_the_set_of_a_random_graph_is_within_five_percent_of_the_best_known(
    n: int, m: int, best: int
) -> None:
    assert len(set_without_cycles(n, random_edges(n, m, n + m))) <= best * 1.05


def test_the_same_graph_has_the_same_set() -> None:
    """A plan made again after an interruption is the same plan."""
    edges = random_edges(300, 1200, 3)
    assert feedback_vertex_set(300, iter(edges)) == feedback_vertex_set(300, edges)


@given(graph=graphs(), targets=st.sets(st.integers(0, 7)))
def test_every_vertex_that_leads_to_a_target_is_marked(graph: tuple[int, Edges], targets: set[int]) -> None:
    """The targets too, by the definition."""
    n, edges = graph
    expected = [int(bool(reached & targets)) for reached in reaches(n, edges)]
    assert [*leading_to(n, edges, (v for v in targets if v < n))] == expected
