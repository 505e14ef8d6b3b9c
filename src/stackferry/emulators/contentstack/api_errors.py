"""Errors as the service words them: HTTP status, error code, message, and what is wrong with which field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import JsonObject

NOT_UNIQUE = "is not unique."
NOT_VALID = "is not valid."
REQUIRED = "is a required field."


class ApiError(Exception):
    """A request that is refused. `errors` maps a field, or its path, to what is wrong with it."""

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
        errors: JsonObject = {field: list(messages) for field, messages in self.errors.items()}
        return {"error_message": self.message, "error_code": self.code, "errors": errors}


def invalid(code: int, message: str, /, **errors: str) -> ApiError:
    """A 422: the request was understood and cannot be carried out."""
    return ApiError(422, code, message, {field: [message] for field, message in errors.items()})


def unauthorized() -> ApiError:
    """No credential, or one that the stack does not have."""
    return ApiError(401, 105, "You're not allowed in here unless you're logged in.")


def forbidden() -> ApiError:
    """A valid credential that does not allow this call."""
    return ApiError(
        403, 161, "Access denied. You have insufficient permissions to perform operation on this stack."
    )


def bad_api_key() -> ApiError:
    """An api_key that belongs to no stack, or none at all."""
    return ApiError(412, 109, "The api key is not valid.", {"api_key": [NOT_VALID]})


def too_many_requests(wait: int, limit: float) -> ApiError:
    """A limit that is used up for now; the `retry-after` header says for how many seconds."""
    headers = {"retry-after": str(wait), "x-ratelimit-limit": f"{limit:g}", "x-ratelimit-remaining": "0"}
    return ApiError(429, 429, "API rate limit exceeded. Please retry after some time.", headers=headers)


def no_such_route(method: str, path: str) -> ApiError:
    """A path that the service does not serve."""
    return ApiError(404, 104, f"The requested URL was not found: {method} {path}")
