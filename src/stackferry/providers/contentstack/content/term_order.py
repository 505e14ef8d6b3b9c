"""The order of taxonomies' terms on two sides: siblings by their places, for the numbers mean nothing. Pure.

Siblings are the terms that lie in the same term on both sides. API page: Taxonomy, "Create a term", `order`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore


class _Sibling(NamedTuple):
    """A term of both sides; the numbers are None where a side does not tell them."""

    uid: str
    ours: float | None
    theirs: float | None


def misplaced_terms(source: RecordStore, target: RecordStore) -> Iterator[tuple[str, str, str]]:
    """Taxonomy and uid of each term that stands in the target behind one that should come after it; and that one."""
    for taxonomy, siblings in _families(source, target):
        if len(siblings) < 2 or any(one.ours is None for one in siblings):
            continue  # an export of a service that did not tell the order says so
        in_target = sorted(siblings, key=lambda one: (_number(one.theirs), _number(one.ours), one.uid))
        for before, after in pairwise(in_target):
            if _is_tie(before, after) or _number(before.ours) > _number(after.ours):
                yield taxonomy, after.uid, before.uid


def _is_tie(one: _Sibling, other: _Sibling) -> bool:
    """Whether only the source says which comes first."""
    return one.theirs == other.theirs and one.ours != other.ours


def _families(source: RecordStore, target: RecordStore) -> Iterator[tuple[str, list[_Sibling]]]:
    found: dict[tuple[str, str], list[_Sibling]] = {}
    stream = Stream(kinds.TERMS.name)
    for row in source.objects(stream):
        taxonomy, term = text(row.get("taxonomy")), as_object(row.get("term"))
        there = as_object((target.get(stream, kinds.TERMS.key(row)) or {}).get("term"))
        parent = text(term.get("parent_uid"))
        if there and text(there.get("parent_uid")) == parent:
            sibling = _Sibling(text(term.get("uid")), _order(term), _order(there))
            found.setdefault((taxonomy, parent), []).append(sibling)
    return ((taxonomy, siblings) for (taxonomy, _), siblings in found.items())


def _order(term: JsonObject) -> float | None:
    """The number as the service writes it: one sample of its page has a text."""
    try:
        return float(str(term["order"]))
    except (KeyError, ValueError):
        return None


def _number(order: float | None) -> float:
    return 0.0 if order is None else order
