"""The differences between two stacks, a line of text each: the object, the path in it, the value in both."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from oracle_graph import Orphan, Ref, Text, colour, shape, unmatched
from oracle_pairs import pair_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oracle_graph import Canon, Graph, Node

WIDTH = 270  # characters of a value in a line


class Difference(NamedTuple):
    """One line about one object; `uid` is that in the first graph, empty where only the second has the object."""

    uid: str
    line: str


def differences(a: Graph, b: Graph) -> list[Difference]:
    """The objects that differ themselves, not those that point at them; none if both graphs have the same colours."""
    colours = colour(a, b)
    left, right = unmatched(*colours), unmatched(*reversed(colours))
    if not left and not right:
        return []
    pairs = pair_up(a, b)
    found = [
        Difference(one, f"{_name(a.nodes[one])}: {line}")
        for one, two in pairs.items()
        for line in Differ(a, b, pairs).nodes(a.nodes[one], b.nodes[two])
    ]
    found += [Difference(uid, f"{_name(a.nodes[uid])}: is missing") for uid in a.nodes if uid not in pairs]
    taken = set(pairs.values())
    found += [Difference("", f"{_name(b.nodes[uid])}: is too many") for uid in b.nodes if uid not in taken]
    return found or [Difference(uid, f"{_name(a.nodes[uid])}: has other neighbours") for uid in left]


def _name(node: Node) -> str:
    return f"{node.kind} {node.label!r} ({node.uid})"


class Differ:
    """Compares two nodes of a pair."""

    def __init__(self, a: Graph, b: Graph, pairs: dict[str, str]) -> None:
        self._a, self._b = a, b
        self._pairs = pairs

    def nodes(self, one: Node, two: Node) -> list[str]:
        lines = list(self.values(one.content, two.content, ""))
        for name in sorted({*one.bags, *two.bags}):
            lines += self._bags(one.bags.get(name, []), two.bags.get(name, []), name)
        return lines

    def _bags(self, left: list[Canon], right: list[Canon], name: str) -> Iterator[str]:
        spare = list(right)
        for item in left:
            match = next((other for other in spare if not any(self.values(item, other, ""))), None)
            if match is None:
                yield f"/{name} lacks {self._shown(item, self._a)}"
            else:
                spare.remove(match)
        for item in spare:
            yield f"/{name} has also {self._shown(item, self._b)}"

    def values(self, one: Any, two: Any, path: str) -> Iterator[str]:
        if isinstance(one, Ref) and isinstance(two, Ref):
            if self._pairs.get(one.uid) != two.uid:
                yield f"{path} points at {self._shown(one, self._a)}, now at {self._shown(two, self._b)}"
        elif isinstance(one, Text) and isinstance(two, Text):
            yield from self.values(list(one.parts), list(two.parts), path)
        elif isinstance(one, dict) and isinstance(two, dict):
            for key in sorted({*one, *two}):
                yield from self.values(one.get(key), two.get(key), f"{path}/{key}")
        elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
            for at, (item, other) in enumerate(zip(one, two, strict=True)):
                yield from self.values(item, other, f"{path}/{at}")
        elif isinstance(one, list) and isinstance(two, list):
            yield from self._lists(one, two, path)
        elif type(one) is not type(two) or (one != two and not isinstance(one, Orphan)):
            yield f"{path or '/'} was {self._shown(one, self._a)}, is {self._shown(two, self._b)}"

    def _lists(self, one: list[Canon], two: list[Canon], path: str) -> Iterator[str]:
        """Lists of different lengths: which elements were removed and added, by position."""
        left, right = ([shape(item).digest for item in items] for items in (one, two))
        for what, start, end, begin, stop in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            if what == "equal":
                for at, (item, other) in enumerate(zip(one[start:end], two[begin:stop], strict=True), start):
                    yield from self.values(item, other, f"{path}/{at}")
                continue
            yield from (f"{path}/{at} lacks {self._shown(one[at], self._a)}" for at in range(start, end))
            yield from (f"{path}/{at} has also {self._shown(two[at], self._b)}" for at in range(begin, stop))

    def _shown(self, value: Any, graph: Graph) -> str:
        def plain(item: Any) -> Any:
            if isinstance(item, Ref):
                node = graph.nodes.get(item.uid)
                return f"<{node.kind} {node.label!r} {item.uid}>" if node else f"<{item.uid}>"
            if isinstance(item, Orphan):
                return f"<nothing {item.uid}>"
            if isinstance(item, Text):
                return "".join(str(plain(part)) for part in item.parts)
            if isinstance(item, dict):
                return {key: plain(one) for key, one in item.items()}
            return [plain(one) for one in item] if isinstance(item, list) else item

        shown = json.dumps(plain(value), ensure_ascii=False)
        return shown if len(shown) <= WIDTH else shown[:WIDTH] + "…"
