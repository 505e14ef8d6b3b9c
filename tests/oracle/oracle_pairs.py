"""Pairs the objects of two stacks that are known to differ, so that a difference can be reported where it is.

Whether anything differs is decided by colours alone (`oracle_graph`). Pairs grow from what is certain: an object of
unique content is paired first, then what a paired one points at, or is pointed at by, in the same place. Where nothing
is certain any more, one of several equal objects is taken, then the most similar ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from oracle_graph import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oracle_graph import Graph, Node


def pair_up(a: Graph, b: Graph) -> dict[str, str]:
    """From uids of `a` to uids of `b`; an object without a partner is left out."""
    matcher = _Matcher(a, b)
    while matcher.by_signature() or matcher.by_name() or matcher.by_choice() or matcher.by_similarity():
        pass
    return matcher.pairs


class _Side:
    """One graph; `number` gives the pair that a node is in, `free` are the nodes without one."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.first = graph.first()
        self.number: dict[str, int] = {}
        self.free = dict.fromkeys(graph.nodes)
        self.edges = {uid: list(graph.edges(uid)) for uid in graph.nodes}

    def anchors(self, uid: str) -> tuple[object, ...]:
        """The paired neighbours, each with the place of the reference."""
        out = [(at, self.number[ref]) for at, ref in self.edges[uid] if ref in self.number]
        incoming = self.graph.incoming.get(uid, [])
        into = [(at, self.number[other]) for other, at in incoming if other in self.number]
        return (tuple(sorted(out)), tuple(sorted(into)))

    def signature(self, uid: str) -> object:
        return (self.first[uid], self.anchors(uid))

    def name(self, uid: str) -> object:
        node = self.graph.nodes[uid]
        return (node.kind, node.label)

    def classes(self, key: Callable[[str], object]) -> dict[object, list[str]]:
        found: dict[object, list[str]] = defaultdict(list)
        for uid in self.free:
            found[key(uid)].append(uid)
        return found


class _Matcher:
    """The pairs so far; each step returns whether it added any."""

    def __init__(self, a: Graph, b: Graph) -> None:
        self._a, self._b = _Side(a), _Side(b)
        self.pairs: dict[str, str] = {}

    def _pair(self, one: str, two: str) -> None:
        self._a.number[one] = self._b.number[two] = len(self.pairs)
        self.pairs[one] = two
        del self._a.free[one], self._b.free[two]

    def by_signature(self) -> bool:
        return self._unique(self._a.signature, self._b.signature)

    def by_name(self) -> bool:
        return self._unique(self._a.name, self._b.name)

    def _unique(self, key_in_a: Callable[[str], object], key_in_b: Callable[[str], object]) -> bool:
        """Pair what is the only one of its key on both sides."""
        left, right = self._a.classes(key_in_a), self._b.classes(key_in_b)
        unique = [key for key, uids in left.items() if len(uids) == 1 == len(right.get(key, []))]
        certain = [(left[key][0], right[key][0]) for key in unique]
        for one, two in certain:
            self._pair(one, two)
        return bool(certain)

    def by_choice(self) -> bool:
        """One pair of the smallest group of objects that are still equal, if both sides have as many of them."""
        left, right = self._a.classes(self._a.signature), self._b.classes(self._b.signature)
        both = [key for key in left if key in right]
        if not both:
            return False
        best = min(both, key=lambda key: (len(left[key]) != len(right[key]), len(left[key])))
        self._pair(left[best][0], right[best][0])
        return True

    def by_similarity(self) -> bool:
        """What is left, the most similar first."""
        scored = sorted(self._scores(), reverse=True)
        for _, one, two in scored:
            if one in self._a.free and two in self._b.free:
                self._pair(one, two)
        return bool(scored)

    def _scores(self) -> Iterator[tuple[float, str, str]]:
        leaves = {uid: _leaves(self._b.graph.nodes[uid]) for uid in self._b.free}
        for one in self._a.free:
            node, own_leaves = self._a.graph.nodes[one], _leaves(self._a.graph.nodes[one])
            for two, other_leaves in leaves.items():
                other = self._b.graph.nodes[two]
                score = _similarity(own_leaves, other_leaves) + (1 if node.label == other.label else 0)
                if node.kind == other.kind and score >= 0.5:
                    yield score, one, two


def _similarity(left: Counter[str], right: Counter[str]) -> float:
    """The share of leaves that both have (Jaccard index), from 0 to 1."""
    return (left & right).total() / max((left | right).total(), 1)


def _leaves(node: Node) -> Counter[str]:
    """Each value of a node's content with its path; the positions in lists do not count."""

    def walk(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from walk(item, f"{path}/{key}")
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, path)
        else:
            yield f"{path}={'ref' if isinstance(value, Ref) else value}"

    return Counter(walk(node.content, ""))
