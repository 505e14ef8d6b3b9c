"""How many objects one request can name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

LONGEST_LIST: Final = 6_000  # characters of ids in an address: "the maximum URI length is 7600"


def by_length(items: Iterable[T], uid: Callable[[T], str], most: int = 1000) -> Iterator[list[T]]:
    """Pieces whose ids fit into one address, and into one page."""
    piece: list[T] = []
    length = 0
    for item in items:
        size = len(quote(uid(item), safe="")) + len("%2C")
        if piece and (length + size > LONGEST_LIST or len(piece) == most):
            yield piece
            piece, length = [], 0
        piece.append(item)
        length += size
    if piece:
        yield piece
