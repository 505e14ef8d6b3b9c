"""A refusal of the service (an answer outside 2xx) as an error of the tree in `errors`, in the service's own words.

API page: "Errors" of the Content Management API: `{"error_message", "error_code", "errors": {field: [reasons]}}`.
Must never raise whatever a broken server sends: it returns the error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import AccessError, Forbidden, JsonRefused, NotOffered, Refused, StackferryError
from stackferry.json_values import as_object, integer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject, Request, Response


_BAD_API_KEY = 109  # the service's own code for an API key that names no stack, whatever the status
UNAUTHORIZED, FORBIDDEN = 401, 403
_NO_SUCH_CALL = frozenset({404, 405, 501})
# Features that a plan lacks are refused under several statuses; only the words are the same.
_NOT_IN_PLAN = re.compile(
    r"(?i)not (included|available|enabled|part of)[^.]*\b(plan|organi[sz]ation|stack)\b|upgrade your plan"
)
_NOT_UNIQUE = re.compile(r"(?i)\bnot unique\b|\bmust be unique\b")


def refusal(request: Request, response: Response) -> StackferryError:
    """The error that an answer outside 2xx means."""
    body = _error_body(response)
    # The page has `error_message`; what stands before the service may answer `message`, or no JSON.
    reason = body.get("error_message") or body.get("message") or f"status {response.status}"
    code, errors = integer(body.get("error_code")), dict[str, object](as_object(body.get("errors")))
    message = f"{request.method} {request.path}: {reason}{_field_reasons(errors)}"
    if response.status == UNAUTHORIZED or code == _BAD_API_KEY:
        return AccessError(f"{message} (status {response.status}); check the API key and the token")
    if response.status in _NO_SUCH_CALL or _NOT_IN_PLAN.search(message):
        return NotOffered(message, status=response.status, code=code, errors=errors)
    if request.method != "GET" and "/entries" in request.path and _NOT_UNIQUE.search(message):
        # Troubleshooting page "Entry URL": what was deleted holds its values for 14 days, and no list shows it.
        message += "; where no entry shows it, one in the trash may hold it: empty the trash, or wait 14 days"
    if response.status == FORBIDDEN:
        return Forbidden(f"{message} (status {response.status}); check the token's rights")
    return Refused(message, status=response.status, code=code, errors=errors)


def _error_body(response: Response) -> JsonObject:
    try:
        return as_object(exact_json.loads(response.content))
    except JsonRefused:
        return {}


def _field_reasons(errors: Mapping[str, object]) -> str:
    reasons = [f"{field}: {_joined(reason)}" for field, reason in errors.items()]
    return f" ({'; '.join(reasons)})" if reasons else ""


def _joined(reason: object) -> str:
    if isinstance(reason, list):
        return ", ".join(map(_joined, reason))
    return str(reason)
