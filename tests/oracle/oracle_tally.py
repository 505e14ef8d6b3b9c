"""Counts what an import brought into a stack: objects, versions, publish details, release items.

Objects are paired by their content and by what they point at (`oracle_pairs`). Each piece of a pair is equal, or is
explained by a recorded gap that names the object, or is wrong. A gap explains one piece. Versions are compared by their
bodies, whatever their numbers are. Must never import from `src`.
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
_CONTENT_GAPS = frozenset({"entries"})  # a field that could not be written makes a version differ
_EXPLAINED_BY = {
    VERSIONS: _CONTENT_GAPS | {"versions", "asset_versions", "version_names"},
    SHOWN: _CONTENT_GAPS | {"publications", "asset_publications"},
    ITEMS: frozenset({"release_items"}),
}


@dataclass
class Count:
    """How many the source has, how many are equal in the target, how many gaps explain, how many are wrong."""

    source: int = 0
    equal: int = 0
    gaps: int = 0
    wrong: int = 0


@dataclass
class Tally:
    """The counts by kind, and a line for everything that is wrong."""

    counts: dict[str, Count] = field(default_factory=lambda: {kind: Count() for kind in KINDS})
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, equal: int, lost: Sequence[str], gaps: int) -> None:
        """Add pieces of a kind: how many are equal, a line for each lost one, and how many of these gaps explain."""
        count, explained = self.counts[kind], min(gaps, len(lost))
        count.source += equal + len(lost)
        count.equal += equal
        count.gaps += explained
        count.wrong += len(lost) - explained
        self.wrong += lost[explained:]

    def add_surplus(self, kind: str, lines: Sequence[str]) -> None:
        """Add what the target has and the source has not."""
        self.counts[kind].wrong += len(lines)
        self.wrong += lines


def tally(source: Dump, target: Dump, recorded: Iterable[Mapping[str, Any]]) -> Tally:
    """Count what arrived of everything in `source`. Both dumps must have been read with all versions."""
    a, b = Graph(_without_history(source.nodes)), Graph(_without_history(target.nodes))
    pairs = pair_up(a, b)
    counter = _Counter(Differ(a, b, pairs), [dict(gap) for gap in recorded])
    partners = {node.uid: node for node in target.nodes}
    for node in source.nodes:
        counter.count(node, partners.get(pairs.get(node.uid, "")))
    taken = set(pairs.values())
    counter.found.add_surplus(
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
        target = other.bags if other else {}
        self._bag(SHOWN, node, node.bags.get("published", []), target.get("published", []))
        self._bag(ITEMS, node, node.bags.get("items", []), target.get("items", []))
        histories = other.content.get("history", {}) if other else {}
        for code, versions in node.content.get("history", {}).items():
            equal, lost, extra = self._matched(versions, histories.get(code, []))
            lines = [f"{_name(node)} in {code} lacks version {version}" for version in lost]
            self.found.add(VERSIONS, equal, lines, self._explained(VERSIONS, node.uid, code, len(extra)))

    def _object(self, node: Node, other: Node | None) -> None:
        if other is None:
            lines = [f"{_name(node)} is missing"]
        else:
            plain = [
                {key: item for key, item in one.content.items() if key != "history"} for one in (node, other)
            ]
            lines = [
                line for line in self._differ.values(plain[0], plain[1], "") if not _is_intended(node, line)
            ]
            _, lost, extra = self._matched(node.bags.get("variants", []), other.bags.get("variants", []))
            lines += [f"variants {one}" for one in (*lost, *extra)]
        gaps = self._gaps.get(node.uid.rpartition(" ")[2], [])
        is_explained = len(gaps) >= len(lines)
        lost = [f"{_name(node)}: {'; '.join(lines)}"] if lines else []
        self.found.add(OBJECTS, not lines, lost, 1 if is_explained else 0)

    def _bag(self, kind: str, node: Node, source: list[Any], target: list[Any]) -> None:
        equal, lost, extra = self._matched(source, target)
        explained = self._explained(kind, node.uid, surplus=len(extra))
        if kind == ITEMS:
            explained += min(len(extra), sum(self._lost_a_reference(item["uid"]) for item in lost))
        self.found.add(kind, equal, [f"{_name(node)} lacks {one}" for one in lost], explained)
        # Where a gap explains a lost piece, the one in its place is no second fault.
        surplus = extra[min(len(lost), explained) :]
        self.found.add_surplus(kind, [f"{_name(node)} has also {one}" for one in surplus])

    def _matched(self, source: list[Any], target: list[Any]) -> tuple[int, list[Any], list[Any]]:
        """How many pieces of the source are in the target, which are not, and what else the target has."""
        spare, lost = list(target), []
        for item in source:
            place = next(
                (at for at, one in enumerate(spare) if not any(self._differ.values(item, one, ""))), None
            )
            if place is None:
                lost.append(item)
            else:
                del spare[place]
        return len(source) - len(lost), lost, spare

    def _explained(self, kind: str, uid: str, code: str = "", surplus: int = 0) -> int:
        """How many lost pieces of the object (in the language) gaps explain.

        A dangling reference is one gap for all versions that hold it. Each of these is in the target without the
        reference, so it explains as many as the target has in their place (`surplus`).
        """
        gaps = [gap for gap in self._gaps.get(uid, []) if code in ("", gap.get("locale", code))]
        without_reference = surplus if any(gap["kind"] == "references" for gap in gaps) else 0
        return without_reference + sum(gap["kind"] in _EXPLAINED_BY[kind] for gap in gaps)

    def _lost_a_reference(self, item: Any) -> bool:
        """Whether a release's item is an entry from which a dangling reference was left out."""
        uid = item.uid if isinstance(item, Ref) else str(item)
        return any(gap["kind"] == "references" for gap in self._gaps.get(uid, []))


def table(title: str, found: Tally) -> str:
    """The counts as a table of text."""
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
            total_of_kind = found.counts[kind]
            total_of_kind.source += count.source
            total_of_kind.equal += count.equal
            total_of_kind.gaps += count.gaps
            total_of_kind.wrong += count.wrong
        found.wrong += one.wrong
    return found


def _without_history(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        content = {key: item for key, item in node.content.items() if key != "history"}
        yield Node(node.kind, node.uid, node.label, content, node.bags)


def _is_intended(node: Node, line: str) -> bool:
    """An import disables webhooks unless it is asked not to."""
    return node.kind == "webhook" and line.startswith("/disabled was false")


def _name(node: Node) -> str:
    return f"{node.kind} {node.label!r} ({node.uid})"
