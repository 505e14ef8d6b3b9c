"""How fast a run may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.core.rates import Rates


_BULK_RATE = 1.0  # a second


@dataclass(frozen=True, slots=True)
class Speed:
    """Requests a second that the caller allows; 0 is unlimited.

    `rate` is for reads and for writes, each. None: what the service announces, or else what its system declares.
    `bulk_rate` is for bulk requests. None: one. `otherwise` holds where neither this nor the place says anything.
    """

    rate: float | None = None
    bulk_rate: float | None = None
    otherwise: Speed | None = None

    def over(self, of_place: Speed) -> Speed:
        """What this says, and where it says nothing what is set for a place, and else `otherwise`."""
        lower = (of_place, self.otherwise or Speed())
        return Speed(
            rate=_first(self.rate, *(one.rate for one in lower)),
            bulk_rate=_first(self.bulk_rate, *(one.bulk_rate for one in lower)),
        )

    def slower(self, other: Speed) -> Speed:
        """The lower rate of two places that share the limits of one service."""
        return Speed(_lower(self.rate, other.rate), _lower(self.bulk_rate, other.bulk_rate))

    def rates(self, declared: Rates) -> Rates:
        """The limits of a system, with the rates that the caller has set in place of its own."""
        bulk_rate = _BULK_RATE if self.bulk_rate is None else self.bulk_rate
        of_user = {Budget.BULK: bulk_rate or None}
        if self.rate is not None:
            of_user |= dict.fromkeys((Budget.READ, Budget.WRITE), self.rate or None)
        return declared.set_by_user(of_user)

    def seconds(self, requests: Mapping[str, int], declared: Rates) -> float:
        """The least time that so many requests of each budget take; the limits run side by side."""
        rates = self.rates(declared)
        # A request may spend several limits, and each is used up at its own rate: the slowest decides.
        return max(
            (
                sum(requests.get(budget, 0) for budget, lanes in rates.spends.items() if name in lanes)
                / lane.rate
                for name, lane in rates.lanes.items()
                if lane.rate
            ),
            default=0.0,
        )


def _first(*rates: float | None) -> float | None:
    return next((rate for rate in rates if rate is not None), None)


def _lower(one: float | None, other: float | None) -> float | None:
    """The lower of two rates; 0 is unlimited, None says nothing."""
    limits = [rate for rate in (one, other) if rate]
    return min(limits) if limits else _first(one, other)
