"""How long and how large one answer may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one exchange, in seconds and bytes.

    `connect` and `silence` bound a single step. `deadline` bounds the whole exchange, however steadily its bytes come;
    large bodies get, on top, the time that they take at `slowest` bytes a second. `body` is the largest answer that is
    held in memory; downloads have no such bound.
    """

    connect: float = 15.0
    silence: float = 60.0
    deadline: float = 180.0
    slowest: float = 16 * 1024.0
    body: int = 256 * 1024 * 1024
