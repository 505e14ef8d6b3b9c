"""How fast a run may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.core.rates import Rates


@dataclass(frozen=True, slots=True)
class Speed:
    """Requests a second that the caller allows; 0 is unlimited.

    `rate` is for reads and for writes, each. None: what the service announces, or else what its system declares.
    """

    rate: float | None = None
    bulk_rate: float = 1.0

    def rates(self, declared: Rates) -> Rates:
        """The limits of a system, with the rates that the caller has set in place of its own."""
        of_user = {Budget.BULK: self.bulk_rate or None}
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
