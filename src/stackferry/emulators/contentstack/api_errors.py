"""Refusals as the service words them: status, error code, message, and what is wrong with which field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import JsonObject

NOT_UNIQUE = "is not unique."
NOT_VALID = "is not valid."
REQUIRED = "is a required field."


class Failure(Exception):
    """A request that is refused. `errors` maps a field to the complaints about it."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        errors: Mapping[str, Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})

    def body(self) -> JsonObject:
        """The JSON that goes with the status."""
        errors: JsonObject = {field: list(field_errors) for field, field_errors in self.errors.items()}
        return {"error_message": self.message, "error_code": self.code, "errors": errors}


def invalid(code: int, message: str, /, **errors: str) -> Failure:
    """A 422: the request was understood and cannot be carried out."""
    return Failure(422, code, message, {field: [complaint] for field, complaint in errors.items()})


def unauthorized() -> Failure:
    """No credential, or one that the stack does not know."""
    return Failure(401, 105, "You're not allowed in here unless you're logged in.")


def forbidden(thing: str = "") -> Failure:
    """A known credential that does not allow this call."""
    message = (
        f"Access denied. You have insufficient permissions to perform operation on this {thing or 'stack'}."
    )
    return Failure(403, 161, message)


def bad_api_key() -> Failure:
    """An api_key that belongs to no stack, or none at all."""
    return Failure(412, 109, "The api key is not valid.", {"api_key": [NOT_VALID]})


def too_many_requests(wait: int, limit: float) -> Failure:
    """A budget that is used up for now. `retry-after` says for how long."""
    headers = {"retry-after": str(wait), "x-ratelimit-limit": f"{limit:g}", "x-ratelimit-remaining": "0"}
    return Failure(429, 429, "API rate limit exceeded. Please retry after some time.", headers=headers)


def no_such_route(method: str, path: str) -> Failure:
    """A path that the service does not serve."""
    return Failure(404, 104, f"The requested URL was not found: {method} {path}")
