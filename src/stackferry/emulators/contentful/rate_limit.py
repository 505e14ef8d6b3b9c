"""The one budget of this API: reads and writes together, so many in each second (research: limits and errors)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError
from stackferry.emulators.rate_limits import LimitReached, RequestWindow

if TYPE_CHECKING:
    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.space import Space

_HOUR = 36_000  # what the older pair of headers tells; nothing is refused by it
_NAME = "x-contentful-ratelimit"


class RateLimiter:
    """Counts requests per space or per organization, in a sliding second or in whole ones, by the switches."""

    def __init__(self) -> None:
        self._windows: dict[str, RequestWindow] = {}

    def take(self, service: Emulator, space: Space | None, organization: str) -> dict[str, str]:
        """Count one request. Returns the headers that show the limit; raises 429 when it is used up."""
        limit = service.limits.second
        if limit is None:
            return {}
        now = service.clock().timestamp() if service.clock else time.monotonic()
        scope = organization if space is None or service.switches.limit_scope == "organization" else space.id
        window = self._windows.setdefault(scope, RequestWindow())
        if service.switches.limit_window == "second":
            window.times = type(window.times)(int(now) + 0.0 for at in window.times if int(at) == int(now))
        try:
            remaining = window.take(now, limit)
        except LimitReached as reached:
            wait = max(1, round(reached.wait))  # whole seconds, and never 0: that means "not limited"
            headers = limit_headers(limit, 0, wait)
            message = "You have exceeded the rate limit of the Organization this Space belongs to"
            raise ApiError(429, "RateLimitExceeded", message, headers=headers) from None
        return limit_headers(limit, remaining, 0)


def limit_headers(limit: float, remaining: int, reset: int) -> dict[str, str]:
    """The five headers; `reset` is in seconds, 0 where the request was not limited."""
    return {
        f"{_NAME}-second-limit": f"{limit:g}",
        f"{_NAME}-second-remaining": str(remaining),
        f"{_NAME}-hour-limit": str(_HOUR),
        f"{_NAME}-hour-remaining": str(_HOUR - 1),
        f"{_NAME}-reset": str(reset),
    }
