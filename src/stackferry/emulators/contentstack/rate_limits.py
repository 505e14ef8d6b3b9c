"""The service's rate limits: so many requests in each second, for each budget."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import too_many_requests
from stackferry.model import Budget

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.behaviour import Limits, Switches


@dataclass(slots=True)
class Meter:
    """Counts requests in the second that ends now."""

    taken: dict[Budget, deque[float]] = field(default_factory=dict)

    def take(self, budget: Budget, now: float, limits: Limits, switches: Switches) -> dict[str, str]:
        """Count one request. Answers the rate headers; raises a 429 `Failure` when the budget is used up."""
        limit = _limit(budget, limits, switches)
        if limit is None:
            return {}
        window = self.taken.setdefault(_purse(budget, switches), deque())
        span, size = (1.0, limit) if limit >= 1 else (1 / limit, 1.0)
        while window and window[0] <= now - span:
            window.popleft()
        if len(window) >= size:
            raise too_many_requests(max(1, round(window[0] + span - now)), limit)
        window.append(now)
        remaining = int(size - len(window))
        return {"x-ratelimit-limit": f"{limit:g}", "x-ratelimit-remaining": str(remaining)}


def _purse(budget: Budget, switches: Switches) -> Budget:
    return Budget.READ if switches.shared_budget and budget is Budget.WRITE else budget


def _limit(budget: Budget, limits: Limits, switches: Switches) -> float | None:
    own = {Budget.READ: limits.read, Budget.WRITE: limits.write, Budget.BULK: limits.bulk}.get(budget)
    if switches.shared_budget and budget in (Budget.READ, Budget.WRITE):
        return min((rate for rate in (limits.read, limits.write) if rate is not None), default=None)
    return own
