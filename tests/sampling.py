"""Sweeps: what every run takes of them, and what only `-m torture` adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def sampled(values: Iterable[Any], count: int) -> list[Any]:
    """Parameters of a test: `count` of the values, evenly spread, run always; the rest is torture."""
    rows = [*values]
    chosen = {position * len(rows) // count for position in range(count)}
    return [
        row if position in chosen else pytest.param(row, marks=pytest.mark.torture)
        for position, row in enumerate(rows)
    ]
