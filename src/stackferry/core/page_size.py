"""How many rows to ask for where an answer may not be larger than so many bytes: learnt from what comes. Pure.

A refusal says only that a page is too large, so a tenth of it is asked for; of what then comes the size of the rows is
known. From there on pages are as large as fits, two standard deviations of their sum left free.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEP: Final = (
    10  # a refused page is asked for with so many times fewer rows, while nothing is known of their size
)
_GROWTH: Final = 2  # how many times as large the next page may be
_DEVIATIONS: Final = 2.0
_FEW: Final = 3  # rows from which nothing can be said of how different they are
_DOUBT: Final = 0.3  # of how different they are, falling with the square root of their number
_ROOM: Final = 0.99  # of an answer, which holds more than rows
_MEMORY: Final = 0.9  # how much a page counts after the next one: neighbours are alike


@dataclass(slots=True)
class PageSize:
    """The rows to ask for next. `most_bytes`: of an answer; 0 where that is not known, then a refusal halves them.

    `least_rows`: so few are never refused, as far as is known.
    """

    most_rows: int
    most_bytes: int = 0
    least_rows: int = 1
    rows: int = 0
    _allowed: int = 0  # after a refusal pages grow step by step: where larger rows end is not known
    _seen: float = 0.0
    _bytes: float = 0.0
    _variation: float = 1.0  # of the rows' sizes: standard deviation / mean

    def __post_init__(self) -> None:
        self.rows = self._allowed = self.most_rows

    def refused(self, rows: int, most_bytes: int = 0) -> None:
        """A page of so many rows was too large; `most_bytes`: as many as an answer may have, where that was said."""
        self.most_bytes = most_bytes or self.most_bytes
        if not self.most_bytes:
            self.rows = min(self.rows, max(1, rows // 2))
            return
        has_seen = self._seen > 0
        # What was seen elsewhere does not hold here.
        self._seen = self._bytes = 0.0
        least = self.least_rows if self.least_rows < rows else max(1, rows // 2)
        fewer = max(least, rows // _STEP if rows > self.most_rows // _STEP else least)
        self.rows = min(self.rows, fewer)
        self._allowed = self.rows if has_seen else self.most_rows

    def answered(self, rows: int, size: int, sample: Sequence[int] = ()) -> None:
        """A page of so many rows came in `size` bytes; `sample` has sizes of single rows."""
        # One that was asked for before a refusal says nothing of where that was.
        if not self.most_bytes or not rows or rows > self.rows:
            return
        self._seen, self._bytes = self._seen * _MEMORY + rows, self._bytes * _MEMORY + size
        if len(sample) >= _FEW and (mean := fmean(sample)):
            self._variation = pstdev(sample, mean) / mean + _DOUBT / sqrt(len(sample))
        self._allowed = min(self.most_rows, max(self._allowed, _GROWTH * rows))
        self.rows = min(self._fitting(), self._allowed)

    def _fitting(self) -> int:
        """So many rows that their sum is very likely to fit: n·m + 2·s·√n ≤ the most bytes."""
        # The mean of few rows is itself uncertain.
        doubt = 1 + self._variation / sqrt(self._seen)
        mean = max(1.0, self._bytes / self._seen) * doubt
        spread = _DEVIATIONS * self._variation
        root = (sqrt(spread**2 + 4 * _ROOM * self.most_bytes / mean) - spread) / 2
        return max(self.least_rows, min(self.most_rows, int(root**2)))
