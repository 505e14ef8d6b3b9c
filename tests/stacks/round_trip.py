"""What a round trip came to: which differences the recorded gaps explain, and a table of it.

The comparison is the oracle's. A difference counts as explained only by a gap that names the same object and,
in an entry, the same language and place. Run a test that prints the table with `pytest -s`.
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
class Outcome:
    """`unexplained` and `idle` are empty when all is well; an idle gap tells of a loss that did not happen."""

    rows: list[tuple[str, int, int, int, int]]
    unexplained: list[str]
    idle: list[Gap] = field(default_factory=list)

    def table(self, title: str) -> str:
        head = f"{title}\n{'kind':<16}{'source':>8}{'target':>8}{'equal':>8}{'gaps':>8}"
        return "\n".join(
            [head, *(f"{kind:<16}{a:>8}{b:>8}{same:>8}{gaps:>8}" for kind, a, b, same, gaps in self.rows)]
        )


def judge(
    source: Dump, target: Dump, recorded: Iterable[Mapping[str, Any]], *, fills: bool = False
) -> Outcome:
    """Compare two stacks and hold every difference against the gaps that the runs recorded.

    With `fills` an empty list where there was no field is no difference: the service put it there itself.
    """
    found = differences(Graph(source.nodes), Graph(target.nodes))
    found = [one for one in found if not (fills and _FILLED.search(one.line))]
    gaps: list[Gap] = [dict(gap) for gap in recorded]
    used: set[int] = set()
    live = Counter(_where(one.line) for one in found if _LIVE.match(one.line))
    unexplained = []
    for one in found:
        reasons = set(_reasons(one.line, gaps, live))
        used |= reasons - {-1}
        if not reasons:
            unexplained.append(one.line)
    idle = [gap for number, gap in enumerate(gaps) if gap["kind"] == "references" and number not in used]
    return Outcome(list(_rows(source, target, found, gaps)), unexplained, idle)


def _reasons(line: str, gaps: Sequence[Gap], live: Counter[tuple[str, str]]) -> Iterator[int]:
    """The gaps that explain a difference, by number; -1 for what an import does on purpose."""
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
        # An older version that is published: its body lacks what the gaps of its entry say. Lost, it would be alone.
        yield from _named(gaps, kind="references", uid=match["uid"])


def _where(line: str) -> tuple[str, str]:
    match = _LIVE.match(line)
    assert match
    return match["uid"], match["where"]


def _named(gaps: Sequence[Gap], **facts: str) -> Iterator[int]:
    for number, gap in enumerate(gaps):
        if all(gap.get(name) == value for name, value in facts.items()):
            yield number


_KINDS = {"content type": "content_types", "global field": "global_fields", "entry": "references"}


def _rows(
    source: Dump, target: Dump, found: Sequence[Difference], gaps: Sequence[Gap]
) -> Iterator[tuple[str, int, int, int, int]]:
    differ = {one.uid for one in found} - {""}
    for kind in dict.fromkeys(node.kind for node in source.nodes):
        mine = [node for node in source.nodes if node.kind == kind]
        equal = sum(node.uid not in differ for node in mine)
        recorded = sum(gap["kind"] == _KINDS.get(kind, f"{kind}s".replace(" ", "_")) for gap in gaps)
        yield kind, len(mine), sum(node.kind == kind for node in target.nodes), equal, recorded
    yield _published(source, target, found, gaps)


def _published(
    source: Dump, target: Dump, found: Sequence[Difference], gaps: Sequence[Gap]
) -> tuple[str, int, int, int, int]:
    counts = [sum(len(node.bags.get("published", ())) for node in one.nodes) for one in (source, target)]
    lost = sum("/published lacks" in one.line for one in found)
    gone = {one.uid for one in found if one.line.endswith("is missing")}
    lost += sum(len(node.bags.get("published", ())) for node in source.nodes if node.uid in gone)
    recorded = sum(gap["kind"].endswith("publications") for gap in gaps)
    return "publication", counts[0], counts[1], counts[0] - lost, recorded
