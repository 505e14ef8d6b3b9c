"""Who may call, and how often: the stack, the credential, the branch and the rate limit of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid
from stackferry.emulators.rate_limits import LimitReached, RequestWindow
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.emulators.contentstack.behaviour import Limits, Switches
    from stackferry.emulators.contentstack.service import Service
    from stackferry.emulators.contentstack.state import Branch, Stack


def find_stack(service: Service, headers: Mapping[str, str]) -> Stack:
    """The stack of the `api_key` header. Raises 412 for an unknown one."""
    stack = service.stacks.get(headers.get("api_key", ""))
    if stack is None:
        raise ApiError(412, 109, "The api key is not valid.", {"api_key": [NOT_VALID]})
    return stack


def check_access(stack: Stack, headers: Mapping[str, str], *, writes: bool) -> None:
    """Check the credential. Raises 401 for an unknown one, 403 for a write that it does not allow.

    A management token is the whole `authorization` header, an OAuth token follows "Bearer", and a user's
    authtoken has a header of its own (page: Content Management API, "Authentication").
    """
    token = headers.get("authorization", "")
    if token in stack.read_only_tokens:  # a management token that was made without the permission to write
        if writes:
            message = "Access denied. You have insufficient permissions to perform operation on this stack."
            raise ApiError(403, 161, message)
        return
    scheme, _, bearer = token.partition(" ")
    known = (
        token in stack.management_tokens
        or headers.get("authtoken", "") in stack.authtokens
        or (scheme.lower() == "bearer" and bearer in stack.oauth_tokens)
    )
    if not known:
        raise ApiError(401, 105, "You're not allowed in here unless you're logged in.")


def find_branch(stack: Stack, headers: Mapping[str, str]) -> Branch:
    """The branch, or the branch of the alias, in the `branch` header; `main` without one. Raises 901."""
    name = headers.get("branch") or "main"
    branch = stack.branch(name)
    if branch is None:
        raise invalid(901, f"The branch '{name}' was not found. Please try again.", branch=NOT_VALID)
    return branch


class RateLimiter:
    """The limits of an organization: all of its stacks share them (page: Content Management API, "Rate limiting")."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, Budget], RequestWindow] = {}

    def take(
        self, stack: Stack, budget: Budget, now: float, limits: Limits, switches: Switches
    ) -> dict[str, str]:
        """Count one request. Returns the headers that show the limit; raises 429 when it is used up."""
        limit = _limit(budget, limits, switches)
        if limit is None:
            return {}
        counted = Budget.READ if switches.shared_budget and budget is Budget.WRITE else budget
        window = self._windows.setdefault((str(stack.raw["org_uid"]), counted), RequestWindow())
        try:
            remaining = window.take(now, limit)
        except LimitReached as reached:
            headers = {"retry-after": str(max(1, round(reached.wait))), **_headers(limit, 0)}
            message = "API rate limit exceeded. Please retry after some time."
            raise ApiError(429, 429, message, headers=headers) from None
        return _headers(limit, remaining)


def _headers(limit: float, remaining: int) -> dict[str, str]:
    return {"x-ratelimit-limit": f"{limit:g}", "x-ratelimit-remaining": str(remaining)}


def _limit(budget: Budget, limits: Limits, switches: Switches) -> float | None:
    """Requests a second; downloads of files come from a delivery network that has no limit."""
    if switches.shared_budget and budget in (Budget.READ, Budget.WRITE):
        return min((rate for rate in (limits.read, limits.write) if rate is not None), default=None)
    return {Budget.READ: limits.read, Budget.WRITE: limits.write, Budget.BULK: limits.bulk}.get(budget)
