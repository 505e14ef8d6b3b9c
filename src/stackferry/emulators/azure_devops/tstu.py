"""The load of one user over five minutes: the service delays answers before it refuses them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.api_errors import ApiError

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.app import Emulator

_RESOURCE = "Release"


@dataclass(slots=True)
class Told:
    """What one request costs its sender: headers to show, and seconds to wait."""

    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


class Load:
    """Counts what each user has caused."""

    def __init__(self) -> None:
        self._used: dict[str, deque[tuple[float, float]]] = {}

    def used(self, user: str, now: float, window: float) -> float:
        """The load that still counts."""
        rows = self._used.setdefault(user, deque())
        while rows and rows[0][0] <= now - window:
            rows.popleft()
        return sum(cost for _, cost in rows)

    def take(self, service: Emulator, user: str, resource: str) -> Told:
        """Count a request. Raises 429, and counts nothing, when the user has gone too far."""
        limits = service.limits
        if limits.tstu is None:
            return Told()
        now = service.time().timestamp()
        used = self.used(user, now, limits.window)
        if used >= limits.tstu * limits.refuse_from:
            wait = max(1, math.ceil(self._used[user][0][0] + limits.window - now))
            message = (
                "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource "
                f"'{_RESOURCE}' in namespace '{user}'."
            )
            headers = {**self._headers(service, user, used, limits.longest_delay), "retry-after": str(wait)}
            raise ApiError(429, "VssServiceException", message, headers)
        self._used[user].append((now, limits.costs.get(resource, limits.cost)))
        used += self._used[user][-1][1]
        over = (used - limits.tstu) / (limits.tstu * (limits.refuse_from - 1))
        delay = max(0.0, min(1.0, over)) * limits.longest_delay
        if used < limits.tstu * limits.headers_from:
            return Told()
        headers = self._headers(service, user, used, delay)
        if delay and limits.retry_after_on_200:
            headers["retry-after"] = str(max(1, math.ceil(delay)))
        return Told(headers, delay if limits.sleeps else 0.0)

    def _headers(self, service: Emulator, user: str, used: float, delay: float) -> dict[str, str]:
        limits = service.limits
        limit = limits.tstu or 0.0
        newest = self._used[user][-1][0] if self._used.get(user) else service.time().timestamp()
        return {
            "x-ratelimit-resource": _RESOURCE,
            "x-ratelimit-delay": f"{delay:.3f}",
            "x-ratelimit-limit": f"{limit:g}",
            "x-ratelimit-remaining": f"{max(0, math.floor(limit - used))}",
            "x-ratelimit-reset": str(math.ceil(newest + limits.window)),
        }
