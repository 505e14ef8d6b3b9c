"""What moved from one stack to another, counted: objects, versions, publish details, release items.

Objects are paired as the oracle pairs them, by their content and by what they point at. Of what hangs on a pair each
piece is equal, or is told by a recorded gap that names the object, or is wrong: gaps explain no more pieces than there
are gaps. A version counts by what it says, wherever its number has gone. Shares nothing with `src`, on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oracle_differences import Differ
from oracle_graph import Graph, Node, Ref
from oracle_pairs import pair_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from oracle import Dump

Gap = dict[str, Any]
OBJECTS, VERSIONS, SHOWN, ITEMS = KINDS = ("objects", "versions", "publish details", "release items")
_CONTENT_GAPS = frozenset({"entries"})  # a version that lacks something is another version
_TOLD_BY = {
    VERSIONS: _CONTENT_GAPS | {"versions", "asset_versions", "version_names"},
    SHOWN: _CONTENT_GAPS | {"publications", "asset_publications"},
    ITEMS: frozenset({"release_items"}),
}


@dataclass
class Count:
    """How many there are, how many arrived as they were, how many a gap tells of, how many nothing tells of."""

    source: int = 0
    equal: int = 0
    gaps: int = 0
    wrong: int = 0


@dataclass
class Tally:
    """The counts by kind, and a line for everything that is wrong."""

    counts: dict[str, Count] = field(default_factory=lambda: {kind: Count() for kind in KINDS})
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, equal: int, lost: Sequence[str], told: int) -> None:
        """Pieces of a kind: so many equal, these lost, of which gaps tell of so many."""
        count, known = self.counts[kind], min(told, len(lost))
        count.source += equal + len(lost)
        count.equal += equal
        count.gaps += known
        count.wrong += len(lost) - known
        self.wrong += lost[known:]

    def too_many(self, kind: str, lines: Sequence[str]) -> None:
        """What the target holds beyond what the source has."""
        self.counts[kind].wrong += len(lines)
        self.wrong += lines


def tally(source: Dump, target: Dump, recorded: Iterable[Mapping[str, Any]]) -> Tally:
    """Count what became of everything in `source`; both dumps were read with all versions."""
    a, b = Graph(_without_history(source.nodes)), Graph(_without_history(target.nodes))
    pairs = pair_up(a, b)
    counter = _Counter(Differ(a, b, pairs), [dict(gap) for gap in recorded])
    partners = {node.uid: node for node in target.nodes}
    for node in source.nodes:
        counter.count(node, partners.get(pairs.get(node.uid, "")))
    taken = set(pairs.values())
    counter.found.too_many(
        OBJECTS, [f"{_name(node)} is too many" for node in target.nodes if node.uid not in taken]
    )
    return counter.found


class _Counter:
    """Counts node by node."""

    def __init__(self, differ: Differ, gaps: list[Gap]) -> None:
        self._differ = differ
        self._gaps: dict[str, list[Gap]] = {}
        for gap in gaps:
            self._gaps.setdefault(str(gap["uid"]), []).append(gap)
        self.found = Tally()

    def count(self, node: Node, other: Node | None) -> None:
        self._object(node, other)
        theirs = other.bags if other else {}
        self._bag(SHOWN, node, node.bags.get("published", []), theirs.get("published", []))
        self._bag(ITEMS, node, node.bags.get("items", []), theirs.get("items", []))
        histories = other.content.get("history", {}) if other else {}
        for code, versions in node.content.get("history", {}).items():
            equal, lost, extra = self._matched(versions, histories.get(code, []))
            lines = [f"{_name(node)} in {code} lacks version {version}" for version in lost]
            self.found.add(VERSIONS, equal, lines, self._told(VERSIONS, node.uid, code, len(extra)))

    def _object(self, node: Node, other: Node | None) -> None:
        if other is None:
            lines = [f"{_name(node)} is missing"]
        else:
            plain = [
                {key: item for key, item in one.content.items() if key != "history"} for one in (node, other)
            ]
            lines = [
                line for line in self._differ.values(plain[0], plain[1], "") if not _on_purpose(node, line)
            ]
            _, lost, extra = self._matched(node.bags.get("variants", []), other.bags.get("variants", []))
            lines += [f"variants {one}" for one in (*lost, *extra)]
        told = len(self._gaps.get(node.uid.rpartition(" ")[2], []))
        is_told = told >= len(lines)
        self.found.add(
            OBJECTS, not lines, [f"{_name(node)}: {'; '.join(lines)}"] if lines else [], 1 if is_told else 0
        )

    def _bag(self, kind: str, node: Node, ours: list[Any], theirs: list[Any]) -> None:
        equal, lost, extra = self._matched(ours, theirs)
        told = self._told(kind, node.uid, room=len(extra))
        if kind == ITEMS:
            told += min(len(extra), sum(self._is_cut(item["uid"]) for item in lost))
        self.found.add(kind, equal, [f"{_name(node)} lacks {one}" for one in lost], told)
        # Where one is lost and told, what stands in its place is no second fault.
        self.found.too_many(kind, [f"{_name(node)} has also {one}" for one in extra[min(len(lost), told) :]])

    def _matched(self, ours: list[Any], theirs: list[Any]) -> tuple[int, list[Any], list[Any]]:
        """How many of ours are among theirs, which are not, and what of theirs is left."""
        spare, lost = list(theirs), []
        for item in ours:
            place = next(
                (at for at, one in enumerate(spare) if not any(self._differ.values(item, one, ""))), None
            )
            if place is None:
                lost.append(item)
            else:
                del spare[place]
        return len(ours) - len(lost), lost, spare

    def _told(self, kind: str, uid: str, code: str = "", room: int = 0) -> int:
        """How many gaps name the object (and the language) as having lost such pieces.

        A reference that dangles is one gap for all versions that have it: each of them is there, without it, so as many
        as stand in the target in their place (`room`) are told.
        """
        mine = [gap for gap in self._gaps.get(uid, []) if code in ("", gap.get("locale", code))]
        cut = room if any(gap["kind"] == "references" for gap in mine) else 0
        return cut + sum(gap["kind"] in _TOLD_BY[kind] for gap in mine)

    def _is_cut(self, item: Any) -> bool:
        """Whether a release's item is an entry that lost a reference which dangled."""
        uid = item.uid if isinstance(item, Ref) else str(item)
        return any(gap["kind"] == "references" for gap in self._gaps.get(uid, []))


def table(title: str, found: Tally) -> str:
    """The counts as a person reads them."""
    head = f"{title:<28}{'source':>9}{'equal':>9}{'gaps':>9}{'wrong':>9}"
    rows = (
        f"  {kind:<26}{one.source:>9,}{one.equal:>9,}{one.gaps:>9,}{one.wrong:>9,}"
        for kind, one in found.counts.items()
    )
    return "\n".join([head, *rows])


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of several."""
    found = Tally()
    for one in tallies:
        for kind, count in one.counts.items():
            mine = found.counts[kind]
            mine.source += count.source
            mine.equal += count.equal
            mine.gaps += count.gaps
            mine.wrong += count.wrong
        found.wrong += one.wrong
    return found


def _without_history(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        content = {key: item for key, item in node.content.items() if key != "history"}
        yield Node(node.kind, node.uid, node.label, content, node.bags)


def _on_purpose(node: Node, line: str) -> bool:
    """An import leaves webhooks switched off."""
    return node.kind == "webhook" and line.startswith("/disabled was false")


def _name(node: Node) -> str:
    return f"{node.kind} {node.label!r} ({node.uid})"
