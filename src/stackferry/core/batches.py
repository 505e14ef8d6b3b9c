"""Cutting a sequence into pieces of a size."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Pieces of `size` items, the last one shorter. (`itertools.batched` came with Python 3.12.)"""
    rest = iter(items)
    while piece := tuple(islice(rest, size)):
        yield piece
