"""The 429 that is no throttling: something is already under way, or may not be begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject


def busy(call: Call, message: str, details: JsonObject | None = None) -> ApiError:
    """Such a refusal. How it is told from the other one is a switch."""
    has_reset = call.switches.busy_reset == "0"
    return ApiError(
        429,
        call.switches.busy_id,
        message,
        details,
        headers={"x-contentful-ratelimit-reset": "0"} if has_reset else None,
        without=() if has_reset else ("x-contentful-ratelimit-reset",),
    )
