"""Whether two stacks hold the same content, whatever their uids are: colour refinement of their objects.

The program's own identity map is not used: it is what is under test. Every object gets a colour, at first from its own
content with uids blanked, then again and again from the colours of what it points at and of what points at it, until
the number of colours stays (the one-dimensional Weisfeiler-Leman test). Two stacks are equal when they hold the same
colours equally often. Must never import from `src`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Canon = Any  # JSON whose texts may be `Ref`, `Orphan` or `Text`
TOKEN = re.compile(r"[A-Za-z0-9_]{12,}")  # what may be a uid in a text
ORPHAN = re.compile(r"(?:blt|cs)[0-9a-f]{14,}")
ASSET_URL = re.compile(
    r"https?://[^\s\"'<>()]*?/assets/[^\s\"'<>/]+/([A-Za-z0-9_]+)/[^\s\"'<>/]+/([^\s\"'<>?]*)(\?branch=[\w-]+)?"
)
# Keys whose values are uids, however short.
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


class Ref(NamedTuple):
    """The uid of an object of the same stack."""

    uid: str


class Text(NamedTuple):
    """A text with uids in it."""

    parts: tuple[str | Ref, ...]


class Orphan(NamedTuple):
    """A uid of no object of the stack: a dangling reference."""

    uid: str


@dataclass
class Node:
    """One object: its kind, the label in messages, its content, and its parts without an order (`bags`) by name."""

    kind: str
    uid: str
    label: str
    content: Canon
    bags: dict[str, list[Canon]] = field(default_factory=dict)


class Canonizer:
    """Turns JSON of one stack into content in which uids are references. `aliases` gives names to put for uids."""

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
            kept.pop("uid", None)  # a node of a JSON rich text has a uid of its own, which nothing points at
            if kept["type"] == "doc":
                kept.pop("_version", None)  # the service counts how often a rich text was written
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
        return f"asset:{found[1]}/{stored_name(unquote(found[2]))}" if found[1] in self.known else found[0]

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


def stored_name(filename: str) -> str:
    """A file's name as the service keeps it: it puts `_` for these characters (page: Limits for Assets)."""
    return re.sub(r"""[#%^+\\/?*:|"'<>{}=,\s]""", "_", filename)


def is_opaque(uid: str) -> bool:
    """Whether a text is a uid rather than a word: long, and with a digit."""
    return len(uid) >= 12 and any(letter.isdigit() for letter in uid)


class Shape(NamedTuple):
    """Content for colouring: a digest of all but its references, and the references in order."""

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
    """The nodes of one dump with their edges."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.uid: node for node in nodes}
        self._shapes = {uid: shape(node.content) for uid, node in self.nodes.items()}
        self._bags = {
            uid: {name: [shape(item) for item in items] for name, items in node.bags.items()}
            for uid, node in self.nodes.items()
        }
        self.incoming: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for uid in self.nodes:
            for place, target in self.edges(uid):
                self.incoming[target].append((uid, place))

    def edges(self, uid: str) -> Iterator[tuple[str, str]]:
        """What a node points at: the place of each reference, and its uid."""
        for place, target in enumerate(self._shapes[uid].refs):
            yield str(place), target
        for name, items in self._bags[uid].items():
            for item in items:
                yield from ((f"{name}{item.digest}{place}", ref) for place, ref in enumerate(item.refs))

    def first(self) -> dict[str, str]:
        """The first colours: of content alone."""
        return {uid: digest([node.kind, self._own(uid, {})]) for uid, node in self.nodes.items()}

    def next(self, colours: dict[str, str], *, backwards: bool = True) -> dict[str, str]:
        """Finer colours: of what each node points at, and of what points at it."""
        incoming = self.incoming if backwards else {}
        return {
            uid: digest(
                [
                    old,
                    self._own(uid, colours),
                    sorted([colours[other], at] for other, at in incoming.get(uid, [])),
                ]
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
    """Colour both graphs together until a round makes no more colours than the one before."""
    one, two = a.first(), b.first()
    classes = 0
    while classes != len({*one.values(), *two.values()}):
        classes = len({*one.values(), *two.values()})
        one, two = a.next(one, backwards=backwards), b.next(two, backwards=backwards)
    return one, two


def unmatched(colours: dict[str, str], others: dict[str, str]) -> list[str]:
    """The uids whose colour the other graph does not have as often."""
    spare = Counter(others.values())
    found = []
    for uid, colour_of_uid in colours.items():
        if spare[colour_of_uid]:
            spare[colour_of_uid] -= 1
        else:
            found.append(uid)
    return found
