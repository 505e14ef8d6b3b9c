"""Sweeps: what every run takes of them, and what only `-m torture` adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def sampled(values: Iterable[Any], count: int) -> list[Any]:
    """Parameters of a test: `count` of the values, evenly spread, run always; the rest is torture."""
    rows = [*values]
    chosen = {position * len(rows) // count for position in range(count)}
    return [
        row if position in chosen else pytest.param(row, marks=pytest.mark.torture)
        for position, row in enumerate(rows)
    ]


def rotated(values: Iterable[Any], others: Sequence[Any]) -> list[Any]:
    """Pairs of parameters: each of the values with one of the others in turn runs always, the rest is torture."""
    return [
        pytest.param(value, other, marks=[] if number == at % len(others) else pytest.mark.torture)
        for at, value in enumerate(values)
        for number, other in enumerate(others)
    ]
