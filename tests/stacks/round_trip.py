"""Compares the two ends of a round trip: which differences do the recorded gaps explain?

The oracle finds the differences. A gap explains one only if it names the same object and, in an entry, the same
language and path. Run a test that prints the table with `pytest -s`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oracle_differences import differences
from oracle_graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from oracle_differences import Difference

    from oracle import Dump

Gap = dict[str, Any]
_ASSET = re.compile(r"asset '.*' \((?P<uid>\w+)\): is missing", re.DOTALL)
_FIELD = re.compile(
    r"entry .* \((?P<uid>\w+)\): /documents/(?P<locale>[^/ ]+)(?P<path>/\S*) (was|lacks|has)", re.DOTALL
)
_LIVE = re.compile(
    r"entry .* \((?P<uid>\w+)\): /published (lacks|has also) (?P<where>\{.*?), \"body\"", re.DOTALL
)
_TYPE = re.compile(
    r"(?P<kind>content type|global field) .* \(\1 (?P<uid>\w+)\): /schema/\S+ lacks", re.DOTALL
)
_FILLED = re.compile(r"/documents/[^/ ]+/\w+ was null, is \[\]$")
_WEBHOOK = re.compile(r"webhook .*: /disabled was false, is true", re.DOTALL)


@dataclass
class RoundTripResult:
    """Both lists are empty after a correct round trip: an unused gap reports a loss that did not happen.

    A row is a kind, its number of objects in source and target, how many are equal, and the number of gaps.
    """

    rows: list[tuple[str, int, int, int, int]]
    unexplained: list[str]
    unused_gaps: list[Gap] = field(default_factory=list)

    def table(self, title: str) -> str:
        head = f"{title}\n{'kind':<16}{'source':>8}{'target':>8}{'equal':>8}{'gaps':>8}"
        return "\n".join(
            [head, *(f"{kind:<16}{a:>8}{b:>8}{same:>8}{gaps:>8}" for kind, a, b, same, gaps in self.rows)]
        )


def explain_differences(
    source: Dump, target: Dump, recorded: Iterable[Mapping[str, Any]], *, fills: bool = False
) -> RoundTripResult:
    """Compare two stacks, and look for each difference among the gaps that the runs recorded.

    With `fills` an empty list in place of a missing field is ignored: the service adds it when it localizes.
    """
    found = differences(Graph(source.nodes), Graph(target.nodes))
    found = [difference for difference in found if not (fills and _FILLED.search(difference.line))]
    gaps: list[Gap] = [dict(gap) for gap in recorded]
    used: set[int] = set()
    live = Counter(_where(difference.line) for difference in found if _LIVE.match(difference.line))
    unexplained = []
    for difference in found:
        reasons = set(_reasons(difference.line, gaps, live))
        used |= reasons - {-1}
        if not reasons:
            unexplained.append(difference.line)
    unused_gaps = [
        gap for number, gap in enumerate(gaps) if gap["kind"] == "references" and number not in used
    ]
    return RoundTripResult(list(_rows(source, target, found, gaps)), unexplained, unused_gaps)


def _reasons(line: str, gaps: Sequence[Gap], live: Counter[tuple[str, str]]) -> Iterator[int]:
    """The indexes of the gaps that explain a difference; -1 for what an import does on purpose.

    An import disables every webhook it creates.
    """
    if _WEBHOOK.match(line):
        yield -1
    elif match := _ASSET.match(line):
        yield from _named(gaps, kind="assets", uid=match["uid"])
    elif match := _TYPE.match(line):
        kind = match["kind"].replace(" ", "_") + "s"
        yield from _named(gaps, kind=kind, uid=match["uid"])
    elif match := _FIELD.match(line):
        for number in _named(gaps, kind="references", uid=match["uid"], locale=match["locale"]):
            if f"{gaps[number]['path']}/".startswith(f"{match['path']}/"):
                yield number
    elif (match := _LIVE.match(line)) and live[_where(line)] == 2:
        # A published older version whose body lacks what a gap of its entry names: the oracle reports a missing and
        # an extra publication of the same place. A publication that is lost would be reported only once.
        yield from _named(gaps, kind="references", uid=match["uid"])


def _where(line: str) -> tuple[str, str]:
    match = _LIVE.match(line)
    assert match
    return match["uid"], match["where"]


def _named(gaps: Sequence[Gap], **facts: str) -> Iterator[int]:
    for number, gap in enumerate(gaps):
        if all(gap.get(name) == value for name, value in facts.items()):
            yield number


_GAP_KINDS = {"content type": "content_types", "global field": "global_fields", "entry": "references"}


def _rows(
    source: Dump, target: Dump, found: Sequence[Difference], gaps: Sequence[Gap]
) -> Iterator[tuple[str, int, int, int, int]]:
    differ = {difference.uid for difference in found} - {""}
    for kind in dict.fromkeys(node.kind for node in source.nodes):
        objects = [node for node in source.nodes if node.kind == kind]
        equal = sum(node.uid not in differ for node in objects)
        recorded = sum(gap["kind"] == _GAP_KINDS.get(kind, f"{kind}s".replace(" ", "_")) for gap in gaps)
        yield kind, len(objects), sum(node.kind == kind for node in target.nodes), equal, recorded
    yield _published(source, target, found, gaps)


def _published(
    source: Dump, target: Dump, found: Sequence[Difference], gaps: Sequence[Gap]
) -> tuple[str, int, int, int, int]:
    counts = [sum(len(node.bags.get("published", ())) for node in stack.nodes) for stack in (source, target)]
    lost = sum("/published lacks" in difference.line for difference in found)
    gone = {difference.uid for difference in found if difference.line.endswith("is missing")}
    lost += sum(len(node.bags.get("published", ())) for node in source.nodes if node.uid in gone)
    recorded = sum(gap["kind"].endswith("publications") for gap in gaps)
    return "publication", counts[0], counts[1], counts[0] - lost, recorded
