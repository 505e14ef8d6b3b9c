"""An order in which things can be made that need each other, with the fewest made incomplete at first.

Pure: vertices are numbers, and `(a, b)` says that a needs b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.feedback import feedback_vertex_set
from stackferry.core.graph import components, topological_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Ordering:
    """`order` has every vertex after what it needs, but for `cut`: what a vertex must at first go without.

    `needs` is what a vertex has when its turn comes.
    """

    order: Sequence[int]
    needs: dict[int, list[int]]
    cut: dict[int, set[int]]


def order_by_needs(
    n: int, needs: Iterable[tuple[int, int]], weights: Sequence[int] | None = None
) -> Ordering:
    """The order, cutting the fewest (or with weights the lightest) vertices of the rings that needs form."""
    pairs = list(needs)
    ring = components(n, pairs)
    removed = set(feedback_vertex_set(n, pairs, weights))
    cut: dict[int, set[int]] = {}
    had: dict[int, list[int]] = {}
    for here, there in pairs:
        if here in removed and ring[here] == ring[there]:
            cut.setdefault(here, set()).add(there)
        else:
            had.setdefault(here, []).append(there)
    order = topological_order(n, [(here, there) for here, all_of in had.items() for there in all_of])
    return Ordering(order, had, cut)
