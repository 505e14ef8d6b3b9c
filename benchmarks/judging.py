"""What became of a stack: source and target compared as wholes, by the oracle of the tests, which no tool shares."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "oracle"))

from oracle_differences import Difference, differences
from oracle_graph import Graph, Node

from benchmarks.service import SOURCE, TARGET, TOKEN
from oracle import dump

if TYPE_CHECKING:
    from benchmarks.service import Service

MOST = 12  # sorts of differences to keep


@dataclass(frozen=True)
class Verdict:
    """`equal` of `total` objects came without a difference of their own; `lenient` forgives an editor's mark."""

    equal: int
    lenient: int
    total: int
    differences: dict[str, int]


def judge_stacks(service: Service) -> Verdict:
    """Read both stacks whole and compare; limits and latency end here."""
    service.ask("free")
    source, target = (dump(service.origin, key, TOKEN).nodes for key in (SOURCE, TARGET))
    return judge(source, target)


def judge(source: list[Node], target: list[Node]) -> Verdict:
    found = differences(Graph(source), Graph(target))
    forgiven = differences(Graph(unmarked(source)), Graph(unmarked(target)))
    sorts = Counter(sort_of(one.line) for one in found)
    equal, lenient = (len(source) - damaged(some) for some in (found, forgiven))
    return Verdict(equal, lenient, len(source), dict(sorts.most_common(MOST)))


def damaged(found: list[Difference]) -> int:
    """How many objects of the source have a difference of their own."""
    return len({one.ours for one in found} - {""})


def unmarked(nodes: list[Node]) -> list[Node]:
    """Without `dirty`, by which the editor remembers that a rich text node was touched: nothing a reader sees."""
    return [replace(one, content=_without_mark(one.content), bags=_without_mark(one.bags)) for one in nodes]


def _without_mark(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_mark(item) for key, item in value.items() if key != "dirty"}
    return [_without_mark(item) for item in value] if isinstance(value, list) else value


def sort_of(line: str) -> str:
    """The kind of object and the place in it that a difference is about, without whose it is."""
    kind = re.split(r" ['\"]", line, maxsplit=1)[0]
    found = re.search(r"\): (/\S*|is|has)", line)
    return f"{kind} {re.sub(r'/[0-9]+', '/N', found[1])}" if found else kind
