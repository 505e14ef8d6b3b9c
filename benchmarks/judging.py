"""What became of a stack: source and target compared as wholes, by the oracle of the tests, which no tool shares."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks.service import SOURCE, TARGET, TOKEN
from oracle import Dump, compare, dump, equal_objects

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


def judge(service: Service) -> Verdict:
    """Read both stacks whole and compare; limits and latency end here."""
    service.ask("free")
    source = dump(service.origin, SOURCE, TOKEN)
    target = dump(service.origin, TARGET, TOKEN)
    equal, total = equal_objects(source, target)
    lenient, _ = equal_objects(unmarked(source), unmarked(target))
    sorts = Counter(map(sort_of, compare(source, target)))
    return Verdict(equal, lenient, total, dict(sorts.most_common(MOST)))


def unmarked(found: Dump) -> Dump:
    """Without `dirty`, by which the editor remembers that a rich text node was touched: nothing a reader sees."""
    nodes = [
        replace(node, content=_without_mark(node.content), bags=_without_mark(node.bags))
        for node in found.nodes
    ]
    return Dump(nodes, found.skipped)


def _without_mark(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_mark(item) for key, item in value.items() if key != "dirty"}
    return [_without_mark(item) for item in value] if isinstance(value, list) else value


def sort_of(line: str) -> str:
    """The kind of object and the place in it that a difference is about, without whose it is."""
    kind = re.split(r" ['\"]", line, maxsplit=1)[0]
    found = re.search(r"\): (/\S*|is|has)", line)
    return f"{kind} {re.sub(r'/[0-9]+', '/N', found[1])}" if found else kind
