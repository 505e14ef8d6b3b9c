"""Which object of one stack was meant to be which of another, when the stacks are known to differ.

Only for saying what differs: whether anything does is decided by colours alone. Pairs grow from what is
certain: an object of unique content is paired first, then what a paired one points at or is pointed at by, in
the same place. Where nothing is certain any more one of several alike is taken, or what is most alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from oracle_graph import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oracle_graph import Graph, Node


def pair_up(a: Graph, b: Graph) -> dict[str, str]:
    """From uids of `a` to uids of `b`; who has no partner is left out."""
    matcher = _Matcher(a, b)
    while matcher.by_signature() or matcher.by_name() or matcher.by_choice() or matcher.by_likeness():
        pass
    return matcher.pairs


class _Side:
    """One graph, and the numbers of the pairs that its nodes are in."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.first = graph.first()
        self.number: dict[str, int] = {}
        self.free = dict.fromkeys(graph.nodes)
        self.edges = {uid: list(graph.edges(uid)) for uid in graph.nodes}

    def anchors(self, uid: str) -> tuple[object, ...]:
        """The paired neighbours, each with the place of the reference."""
        out = [(at, self.number[ref]) for at, ref in self.edges[uid] if ref in self.number]
        into = [(at, self.number[who]) for who, at in self.graph.into.get(uid, []) if who in self.number]
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
    """Pairs that grow; each step says whether it made any."""

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

    def _unique(self, ours: Callable[[str], object], theirs: Callable[[str], object]) -> bool:
        left, right = self._a.classes(ours), self._b.classes(theirs)
        sole = [key for key, uids in left.items() if len(uids) == 1 == len(right.get(key, []))]
        certain = [(left[key][0], right[key][0]) for key in sole]
        for one, two in certain:
            self._pair(one, two)
        return bool(certain)

    def by_choice(self) -> bool:
        """One of several that nothing tells apart yet: best of those that pairs touch already."""
        left, right = self._a.classes(self._a.signature), self._b.classes(self._b.signature)
        both = [key for key in left if key in right]
        if not both:
            return False
        best = min(both, key=lambda key: (len(left[key]) != len(right[key]), len(left[key])))
        self._pair(left[best][0], right[best][0])
        return True

    def by_likeness(self) -> bool:
        """Whatever is left, the most alike first."""
        scored = sorted(self._scores(), reverse=True)
        for _, one, two in scored:
            if one in self._a.free and two in self._b.free:
                self._pair(one, two)
        return bool(scored)

    def _scores(self) -> Iterator[tuple[float, str, str]]:
        leaves = {uid: _leaves(self._b.graph.nodes[uid]) for uid in self._b.free}
        for one in self._a.free:
            node, mine = self._a.graph.nodes[one], _leaves(self._a.graph.nodes[one])
            for two, theirs in leaves.items():
                other = self._b.graph.nodes[two]
                score = _likeness(mine, theirs) + (1 if node.label == other.label else 0)
                if node.kind == other.kind and score >= 0.5:
                    yield score, one, two


def _likeness(mine: Counter[str], theirs: Counter[str]) -> float:
    return (mine & theirs).total() / max((mine | theirs).total(), 1)


def _leaves(node: Node) -> Counter[str]:
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
