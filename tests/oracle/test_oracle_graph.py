"""The comparison on random graphs: uids do not matter, everything else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from oracle_differences import differences
from oracle_graph import Graph, Node, Ref
from oracle_pairs import pair_up

if TYPE_CHECKING:
    from collections.abc import Callable

Plan = list[tuple[int, list[int], list[int]]]  # content, references in order, references without order


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to eight objects with few contents, so that equal objects, cycles and chains of them are common."""
    count = draw(st.integers(1, 8))
    refs = st.lists(st.integers(0, count - 1), max_size=3)
    return [(draw(st.integers(0, 2)), draw(refs), draw(refs)) for _ in range(count)]


def graph(plan: Plan, name: Callable[[int], str], order: list[int] | None = None) -> Graph:
    nodes = []
    for at in order or range(len(plan)):
        content, refs, loose = plan[at]
        bag = [{"at": Ref(name(ref))} for ref in (reversed(loose) if order else loose)]
        listed = {"value": content, "refs": [Ref(name(ref)) for ref in refs]}
        nodes.append(Node("thing", name(at), "T", listed, {"loose": bag}))
    return Graph(nodes)


def old(at: int) -> str:
    return f"old{at}"


def new(at: int) -> str:
    return f"new{7 - at}"


@given(plans(), st.randoms(use_true_random=False))
def test_other_uids_and_another_order_are_no_difference(plan: Plan, random: object) -> None:
    """Of objects and of parts without an order."""
    order = list(range(len(plan)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random, typed as an object here
    assert differences(graph(plan, old), graph(plan, new, order)) == []


@given(plans(), st.data())
def test_other_content_is_a_difference(plan: Plan, data: st.DataObject) -> None:
    """The line names the path of the changed value."""
    victim = data.draw(st.integers(0, len(plan) - 1))
    other = [(99, *rest) if at == victim else (content, *rest) for at, (content, *rest) in enumerate(plan)]
    found = differences(graph(plan, old), graph(other, new))  # type: ignore[arg-type]  # a tuple of three again
    assert found
    assert any("/value was" in one.line and "is 99" in one.line for one in found)


@given(plans(), st.data())
def test_a_lost_object_is_a_difference(plan: Plan, data: st.DataObject) -> None:
    """One object is reported as missing."""
    victim = data.draw(st.integers(0, len(plan) - 1))
    whole, damaged = graph(plan, old), graph(plan, new)
    nodes = [node for uid, node in damaged.nodes.items() if uid != new(victim)]
    assert any("is missing" in one.line for one in differences(whole, Graph(nodes)))


@given(plans())
def test_pairs_are_one_to_one(plan: Plan) -> None:
    """In a faithful copy every object is paired."""
    pairs = pair_up(graph(plan, old), graph(plan, new))
    assert len(set(pairs.values())) == len(pairs) == len(plan)


def test_colours_cannot_tell_one_ring_from_two() -> None:
    """A limit of the method: six equal objects in a ring look like two rings of three. One mark tells them apart."""
    for mark in (0, 1):
        ring: Plan = [(mark if at == 0 else 0, [(at + 1) % 6], []) for at in range(6)]
        halves: Plan = [(value, [at // 3 * 3 + (at + 1) % 3], []) for at, (value, _, _) in enumerate(ring)]
        assert bool(differences(graph(ring, old), graph(halves, new))) is bool(mark)
