"""The error that a refusal of the service means, in the service's own words.

Must never raise on what a hostile or broken server sends: it returns an error of the tree in `errors`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import AccessError, Forbidden, JsonRefused, NotOffered, Refused, StackferryError

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject, Request, Response


# The service's own code for an API key that names no stack, whatever the status.
_BAD_API_KEY = 109
UNAUTHORIZED, FORBIDDEN = 401, 403
_NO_SUCH_CALL = frozenset({404, 405, 501})
_NOT_IN_PLAN = re.compile(
    r"(?i)not (included|available|enabled|part of)[^.]*\b(plan|organi[sz]ation|stack)\b|upgrade your plan"
)


def refusal(request: Request, response: Response) -> StackferryError:
    """The error that an answer outside 2xx means."""
    body = _error_body(response)
    words = body.get("error_message") or body.get("message") or f"status {response.status}"
    code = body.get("error_code")
    errors = body.get("errors")
    details = errors if isinstance(errors, dict) else {}
    message = f"{request.method} {request.path}: {words}{_detail(details)}"
    number = code if isinstance(code, int) else None
    if response.status == UNAUTHORIZED or number == _BAD_API_KEY:
        return AccessError(f"{message} (status {response.status}); check the API key and the token")
    if response.status in _NO_SUCH_CALL or _NOT_IN_PLAN.search(message):
        return NotOffered(message, status=response.status, code=number, errors=dict(details))
    if response.status == FORBIDDEN:
        return Forbidden(f"{message} (status {response.status}); check the token's rights")
    return Refused(message, status=response.status, code=number, errors=dict(details))


def _error_body(response: Response) -> JsonObject:
    try:
        value = exact_json.loads(response.content)
    except JsonRefused:
        return {}
    return value if isinstance(value, dict) else {}


def _detail(errors: JsonObject) -> str:
    said = [f"{name}: {_words(reason)}" for name, reason in errors.items()]
    return f" ({'; '.join(said)})" if said else ""


def _words(reason: Json) -> str:
    if isinstance(reason, list):
        return ", ".join(_words(item) for item in reason)
    return str(reason)
