"""Cutting a sequence into pieces of a size, naming a piece, and going through several sequences in turns."""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
_LONE_SURROGATES = "surrogatepass"  # JSON may escape half a surrogate pair


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Pieces of `size` items, the last one shorter. (`itertools.batched` came with Python 3.12.)"""
    rest = iter(items)
    while piece := tuple(islice(rest, size)):
        yield piece


def name_of(members: Iterable[str]) -> str:
    """What names a piece with these members, and no other one: a number would name another piece in another run."""
    return sha256("\0".join(members).encode(errors=_LONE_SURROGATES)).hexdigest()[:16]


def in_turns(parts: Iterable[Iterable[Iterable[T]]]) -> Iterator[T]:
    """The items of the first group of every part, then those of the second ones, and so on."""
    left = [iter(part) for part in parts]
    while left:
        unfinished = []
        for part in left:
            group = next(part, None)
            if group is not None:
                yield from group
                unfinished.append(part)
        left = unfinished
