"""The rate of a run: requests a second of the busiest budget, beside what it allows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from stackferry.model import Budget

if TYPE_CHECKING:
    from stackferry.library.monitor import Monitor

_PLURAL: Final = {"read": "reads", "write": "writes", "bulk": "bulk calls"}
_BUDGETS: Final = (Budget.READ, Budget.WRITE, Budget.BULK)
_SPAN: Final = 1.0  # seconds over which the rate is measured: shorter ones show single requests, not a rate


class Rate:
    """What was sent over the last second or more."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._at, self._sent = time.monotonic(), monitor.requests
        self._words = ""

    def __str__(self) -> str:
        """As in "9.8 of 10 reads/s"; empty until enough was sent."""
        now = time.monotonic()
        if now - self._at >= _SPAN:
            self._words = self._measured(now - self._at)
            self._at, self._sent = now, self._monitor.requests
        return self._words

    def _measured(self, seconds: float) -> str:
        sent = self._monitor.requests
        rates = {budget: (sent[budget] - self._sent[budget]) / seconds for budget in _BUDGETS}
        # A budget without a limit is never the busiest: it is taken to allow a billion requests a second.
        busiest = max(_BUDGETS, key=lambda budget: rates[budget] / (self._monitor.rate_limit(budget) or 1e9))
        limit = self._monitor.rate_limit(busiest)
        of = "" if limit is None else f" of {limit:g}"
        return f"{rates[busiest]:.1f}{of} {_PLURAL[busiest]}/s"


def time_left(seconds: float | None) -> list[str]:
    """As in ["0:07 left"] and ["2:05:00 left"]; nothing for less than a second, or where it is not known."""
    minutes, rest = divmod(round(seconds or 0), 60)
    hours, minutes = divmod(minutes, 60)
    if not seconds or seconds < 1:
        return []
    return [f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"]
