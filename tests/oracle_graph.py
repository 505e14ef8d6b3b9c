"""Whether two stacks hold the same content, whatever their uids are.

No map of identities is followed: that is what the code under test does. Every object gets a colour, at first
from its own content with uids blanked, then again and again from the colours of what it points at and of what
points at it, until nothing splits any more (colour refinement). Two stacks are equal when they hold the same
colours equally often. Shares nothing with `src`, on purpose.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Canon = Any  # JSON whose texts may be `Ref` or `Text`
TOKEN = re.compile(r"[A-Za-z0-9_]{12,}")
ORPHAN = re.compile(r"(?:blt|cs)[0-9a-f]{14,}")
ASSET_URL = re.compile(
    r"https?://[^\s\"'<>()]*?/assets/[^\s\"'<>/]+/([A-Za-z0-9_]+)/[^\s\"'<>/]+/([^\s\"'<>?]*)(\?branch=[\w-]+)?"
)
UID_KEYS = frozenset(
    [
        "uid",
        "uids",
        "parent_uid",
        "parent",
        "environment",
        "environments",
        "entry-uid",
        "asset-uid",
        "extension_uid",
        "entries",
        "assets",
        "folders",
        "roles",
        "release",
    ]
)
WIDTH = 90


class Ref(NamedTuple):
    """A uid that is known in its stack."""

    uid: str


class Text(NamedTuple):
    """A text with uids in it."""

    parts: tuple[str | Ref, ...]


class Orphan(NamedTuple):
    """A uid that nothing in its stack has."""

    uid: str


@dataclass
class Node:
    """One object: what it is, what a person calls it, its content, and its unordered parts by name."""

    kind: str
    uid: str
    label: str
    content: Canon
    bags: dict[str, list[Canon]] = field(default_factory=dict)


class Canonizer:
    """Turns raw JSON of one stack into content in which uids are references."""

    def __init__(self, known: Iterable[str], aliases: Mapping[str, str]) -> None:
        self.known = set(known)
        self.aliases = dict(aliases)

    def value(self, raw: Any, key: str = "") -> Canon:
        if isinstance(raw, str):
            return self._text(raw, key)
        if isinstance(raw, list):
            return [self.value(item, key) for item in raw]
        if isinstance(raw, dict):
            return self._object(raw)
        return raw

    def _object(self, raw: dict[str, Any]) -> Canon:
        uid = raw.get("uid")
        if isinstance(uid, str) and ("filename" in raw or "is_dir" in raw):
            return self._text(uid, "uid")
        kept = {key: item for key, item in raw.items() if key != "_metadata" and item is not None}
        if "children" in kept and "type" in kept:
            kept.pop("uid", None)  # a node of a rich text has a uid of its own, which nothing points at
        return {key: self.value(item, key) for key, item in kept.items()}

    def _text(self, raw: str, key: str) -> Canon:
        if raw in self.aliases:
            return self.aliases[raw]
        if raw in self.known and (key in UID_KEYS or is_opaque(raw)):
            return Ref(raw)
        if key in UID_KEYS and ORPHAN.fullmatch(raw):
            return Orphan(raw)
        parts = list(self._parts(ASSET_URL.sub(self._asset_url, raw)))
        return (
            Text(tuple(parts)) if any(isinstance(part, Ref) for part in parts) else "".join(map(str, parts))
        )

    def _asset_url(self, found: re.Match[str]) -> str:
        return f"asset:{found[1]}/{found[2]}" if found[1] in self.known else found[0]

    def _parts(self, raw: str) -> Iterator[str | Ref]:
        at = 0
        for found in TOKEN.finditer(raw):
            if found[0] in self.known and is_opaque(found[0]):
                yield raw[at : found.start()]
                yield Ref(found[0])
                at = found.end()
            elif found[0] in self.aliases:
                yield raw[at : found.start()] + self.aliases[found[0]]
                at = found.end()
        yield raw[at:]


def is_opaque(uid: str) -> bool:
    """Whether a text can only be a uid and no word of somebody's prose."""
    return len(uid) >= 12 and any(letter.isdigit() for letter in uid)


class Shape(NamedTuple):
    """Content ready to be coloured: a digest of all but its references, and these in order."""

    digest: str
    refs: tuple[str, ...]


def shape(content: Canon) -> Shape:
    refs: list[str] = []

    def blank(value: Any) -> Any:
        if isinstance(value, Ref):
            refs.append(value.uid)
            return {"\0": "ref"}
        if isinstance(value, Orphan):
            return {"\0": "nothing"}
        if isinstance(value, Text):
            return {"\0": [blank(part) for part in value.parts]}
        if isinstance(value, dict):
            return {key: blank(value[key]) for key in sorted(value)}
        return [blank(item) for item in value] if isinstance(value, list) else value

    return Shape(digest(blank(content)), tuple(refs))


def digest(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=12).hexdigest()


class Graph:
    """The nodes of one dump, ready to be coloured."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.uid: node for node in nodes}
        self._shapes = {uid: shape(node.content) for uid, node in self.nodes.items()}
        self._bags = {
            uid: {name: [shape(item) for item in items] for name, items in node.bags.items()}
            for uid, node in self.nodes.items()
        }
        self._into: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for uid in self.nodes:
            for place, target in self._edges(uid):
                self._into[target].append((uid, place))

    def _edges(self, uid: str) -> Iterator[tuple[str, str]]:
        for place, target in enumerate(self._shapes[uid].refs):
            yield str(place), target
        for name, items in self._bags[uid].items():
            for item in items:
                yield from ((f"{name}{item.digest}{place}", ref) for place, ref in enumerate(item.refs))

    def first(self) -> dict[str, str]:
        """A colour of content alone."""
        return {uid: digest([node.kind, self._own(uid, {})]) for uid, node in self.nodes.items()}

    def next(self, colours: dict[str, str], *, backwards: bool = True) -> dict[str, str]:
        """A finer colour: of what the node points at, and of what points at it."""
        into = self._into if backwards else {}
        return {
            uid: digest(
                [old, self._own(uid, colours), sorted([colours[who], at] for who, at in into.get(uid, []))]
            )
            for uid, old in colours.items()
        }

    def _own(self, uid: str, colours: dict[str, str]) -> list[Any]:
        bags = {
            name: sorted(self._seen(item, colours) for item in items)
            for name, items in self._bags[uid].items()
        }
        return [self._seen(self._shapes[uid], colours), bags]

    def _seen(self, found: Shape, colours: dict[str, str]) -> list[str]:
        return [found.digest, *(colours.get(ref, "?") for ref in found.refs)]


def colour(a: Graph, b: Graph, *, backwards: bool = True) -> tuple[dict[str, str], dict[str, str]]:
    """Both graphs coloured together, until a round splits nothing."""
    one, two = a.first(), b.first()
    classes = 0
    while classes != len({*one.values(), *two.values()}):
        classes = len({*one.values(), *two.values()})
        one, two = a.next(one, backwards=backwards), b.next(two, backwards=backwards)
    return one, two


class Difference(NamedTuple):
    """One line about one object; `ours` is its uid in the first graph, empty where only the second has it."""

    ours: str
    line: str


def differences(a: Graph, b: Graph) -> list[Difference]:
    """What differs itself, not what points at it; none when both hold the same colours equally often."""
    colours = colour(a, b)
    left, right = _unmatched(*colours), _unmatched(*reversed(colours))
    pairs = _pairs(a, b, left, right)
    found = [
        Difference(one, f"{_name(a.nodes[one])}: {line}")
        for one, two in pairs.items()
        for line in _Differ(a, b, colours, pairs).nodes(a.nodes[one], b.nodes[two])
    ]
    found += [Difference(uid, f"{_name(a.nodes[uid])}: is missing") for uid in left if uid not in pairs]
    taken = set(pairs.values())
    found += [Difference("", f"{_name(b.nodes[uid])}: is too many") for uid in right if uid not in taken]
    return found or [Difference(uid, f"{_name(a.nodes[uid])}: has other neighbours") for uid in left]


def _unmatched(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    spare = Counter(theirs.values())
    found = []
    for uid, shade in ours.items():
        if spare[shade]:
            spare[shade] -= 1
        else:
            found.append(uid)
    return found


def _name(node: Node) -> str:
    return f"{node.kind} {node.label!r} ({node.uid})"


def _pairs(a: Graph, b: Graph, left: list[str], right: list[str]) -> dict[str, str]:
    """Who was meant to be whom: by colour without what points at them, by content, by name, by likeness."""
    forward, first = colour(a, b, backwards=False), (a.first(), b.first())
    pairs: dict[str, str] = {}
    free = dict.fromkeys(right)
    keys: list[tuple[Callable[[str], object], Callable[[str], object]]] = [
        (
            lambda uid: (forward[0][uid], a.nodes[uid].label),
            lambda uid: (forward[1][uid], b.nodes[uid].label),
        ),
        (lambda uid: first[0][uid], lambda uid: first[1][uid]),
    ]
    for of_left, of_right in keys:
        homes: dict[object, list[str]] = defaultdict(list)
        for uid in free:
            homes[of_right(uid)].append(uid)
        for uid in left:
            if uid not in pairs and homes[of_left(uid)]:
                pairs[uid] = homes[of_left(uid)].pop()
                del free[pairs[uid]]
    for uid in left:
        if uid not in pairs and (best := _most_alike(a.nodes[uid], [b.nodes[other] for other in free])):
            pairs[uid] = best
            del free[best]
    return pairs


def _most_alike(node: Node, others: list[Node]) -> str | None:
    mine = _leaves(node)
    scores = {
        other.uid: _likeness(mine, _leaves(other)) + (1 if other.label == node.label else 0)
        for other in others
        if other.kind == node.kind
    }
    best = max(scores, key=lambda uid: scores[uid], default=None)
    return best if best is not None and scores[best] >= 0.5 else None


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


class _Differ:
    """What differs between two nodes that were meant to be one."""

    def __init__(
        self, a: Graph, b: Graph, colours: tuple[dict[str, str], dict[str, str]], pairs: dict[str, str]
    ) -> None:
        self._a, self._b = a, b
        self._colours = colours
        self._pairs = pairs

    def nodes(self, one: Node, two: Node) -> list[str]:
        lines = list(self._values(one.content, two.content, ""))
        for name in sorted({*one.bags, *two.bags}):
            lines += self._bags(one.bags.get(name, []), two.bags.get(name, []), name)
        return lines

    def _bags(self, ours: list[Canon], theirs: list[Canon], name: str) -> Iterator[str]:
        spare = list(theirs)
        for item in ours:
            match = next((other for other in spare if not any(self._values(item, other, ""))), None)
            if match is None:
                yield f"/{name} lacks {self._told(item, self._a)}"
            else:
                spare.remove(match)
        for item in spare:
            yield f"/{name} has also {self._told(item, self._b)}"

    def _values(self, one: Any, two: Any, path: str) -> Iterator[str]:
        if isinstance(one, Ref) and isinstance(two, Ref):
            if not self._same(one.uid, two.uid):
                yield f"{path} points at {self._told(one, self._a)}, now at {self._told(two, self._b)}"
        elif isinstance(one, Text) and isinstance(two, Text):
            yield from self._values(list(one.parts), list(two.parts), path)
        elif isinstance(one, dict) and isinstance(two, dict):
            for key in sorted({*one, *two}):
                yield from self._values(one.get(key), two.get(key), f"{path}/{key}")
        elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
            for at, (item, other) in enumerate(zip(one, two, strict=True)):
                yield from self._values(item, other, f"{path}/{at}")
        elif type(one) is not type(two) or (one != two and not isinstance(one, Orphan)):
            yield f"{path or '/'} was {self._told(one, self._a)}, is {self._told(two, self._b)}"

    def _same(self, one: str, two: str) -> bool:
        if one in self._pairs:
            return self._pairs[one] == two
        return self._colours[0].get(one) == self._colours[1].get(two)

    def _told(self, value: Any, graph: Graph) -> str:
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

        told = json.dumps(plain(value), ensure_ascii=False)
        return told if len(told) <= WIDTH * 3 else told[: WIDTH * 3] + "…"
