"""Compares the order of taxonomies' terms: see `content/term_order.py`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.term_order import misplaced_terms
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext


def compare_term_order(context: ImportContext) -> Iterator[Mismatch]:
    """A difference for each term that stands in the target behind one that should come after it."""
    for taxonomy, uid, before in misplaced_terms(context.source, context.target):
        left, right = f"before {before}", f"after {before}"
        yield Mismatch(kinds.TERMS.name, uid, left, right, path=f"{taxonomy}/order")
