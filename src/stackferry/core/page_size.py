"""How many rows to ask for where an answer may not be larger than so many bytes: learnt from what comes. Pure.

The first refusal says only that a page is too large, so a tenth of it is asked for; of what then comes the size of the
rows is known. From there on pages are as large as fits, three standard deviations of their sum left free.
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
_DEVIATIONS: Final = 3.0
_FEW: Final = 20  # rows from which nothing can be said of how different they are
_ROOM: Final = 0.99  # of an answer, which holds more than rows


@dataclass(slots=True)
class PageSize:
    """The rows to ask for next. `most_bytes`: of an answer; 0 where that is not known, then a refusal halves them.

    `least_rows`: so few are never refused, as far as is known.
    """

    most_rows: int
    most_bytes: int = 0
    least_rows: int = 1
    rows: int = 0
    _seen: int = 0
    _bytes: int = 0
    _variation: float = 1.0  # of the rows' sizes: standard deviation / mean

    def __post_init__(self) -> None:
        self.rows = self.most_rows

    def refused(self, rows: int) -> None:
        """A page of so many rows was too large."""
        if not self.most_bytes:
            self.rows = min(self.rows, max(1, rows // 2))
        elif self._seen:
            # They are larger here than elsewhere: they count as just too large.
            self._seen, self._bytes = self._seen + rows, self._bytes + self.most_bytes
            self.rows = min(self._fitting(), max(1, rows // 2))
        else:
            fewer = self.least_rows if rows <= self.most_rows // _STEP else rows // _STEP
            self.rows = min(self.rows, max(1, min(fewer, rows // 2)))

    def answered(self, rows: int, size: int, sample: Sequence[int] = ()) -> None:
        """A page of so many rows came in `size` bytes; `sample` has sizes of single rows."""
        if not self.most_bytes or not rows:
            return
        self._seen, self._bytes = self._seen + rows, self._bytes + size
        if len(sample) >= _FEW and (mean := fmean(sample)):
            self._variation = pstdev(sample, mean) / mean
        self.rows = self._fitting()

    def _fitting(self) -> int:
        """So many rows that their sum is very likely to fit: n·m + 3·s·√n ≤ the most bytes."""
        # The mean of few rows is itself uncertain.
        doubt = 1 + 2 * self._variation / sqrt(self._seen)
        mean = max(1.0, self._bytes / self._seen) * doubt
        spread = _DEVIATIONS * self._variation
        root = (sqrt(spread**2 + 4 * _ROOM * self.most_bytes / mean) - spread) / 2
        return max(1, min(self.most_rows, int(root**2)))
