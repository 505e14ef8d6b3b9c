"""How much of a stack arrived: source and target compared as wholes, by the oracle in tests/oracle.

The oracle reads both stacks through the API and shares no code with either tool.
"""

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

MAX_SORTS = 12  # of differences to keep


@dataclass(frozen=True)
class Fidelity:
    """`equal` of `total` objects have no difference of their own.

    `lenient` counts those that are equal if `dirty`, a mark of the editor, is ignored. `differences` are the most
    frequent sorts with their numbers.
    """

    equal: int
    lenient: int
    total: int
    differences: dict[str, int]


def compare_stacks(service: Service) -> Fidelity:
    """Read both stacks as a whole and compare them. The server has no limits and no latency afterwards."""
    service.ask("free")
    source, target = (dump(service.origin, key, TOKEN).nodes for key in (SOURCE, TARGET))
    return compare_nodes(source, target)


def compare_nodes(source: list[Node], target: list[Node]) -> Fidelity:
    strict = differences(Graph(source), Graph(target))
    lenient = differences(Graph(without_marks(source)), Graph(without_marks(target)))
    sorts = Counter(sort_of(difference.line) for difference in strict)
    equal, equal_but_for_marks = (len(source) - damaged(found) for found in (strict, lenient))
    return Fidelity(equal, equal_but_for_marks, len(source), dict(sorts.most_common(MAX_SORTS)))


def damaged(found: list[Difference]) -> int:
    """How many objects of the source have a difference of their own."""
    return len({difference.uid for difference in found} - {""})


def without_marks(nodes: list[Node]) -> list[Node]:
    """The nodes without `dirty`, with which the editor marks rich text nodes that were touched; no reader sees it."""
    return [
        replace(node, content=_without_mark(node.content), bags=_without_mark(node.bags)) for node in nodes
    ]


def _without_mark(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_mark(item) for key, item in value.items() if key != "dirty"}
    return [_without_mark(item) for item in value] if isinstance(value, list) else value


def sort_of(line: str) -> str:
    """What a difference is about without the object's name: its kind and the path in it, array positions as N."""
    kind = re.split(r" ['\"]", line, maxsplit=1)[0]
    found = re.search(r"\): (/\S*|is|has)", line)
    return f"{kind} {re.sub(r'/[0-9]+', '/N', found[1])}" if found else kind
