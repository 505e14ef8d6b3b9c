"""Errors as the service words them: HTTP status, error code, message, and what is wrong with which field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import JsonObject

# The service's error codes: 104 no such page, 105 no or an unknown credential, 109 unknown stack, 115 a content type or
# global field is not valid, 118 it does not exist, 119 an entry or a record is not valid, 141 any other object is not
# valid or does not exist, 145 the same of an asset, 161 not allowed, 162 not in the plan, 247 languages and
# environments, 344 extensions, 353 roles, 365 webhooks, 901 to 911 branches and aliases.
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


def unknown_url(method: str, path: str) -> ApiError:
    """A 404: there is no such call, or the plan lacks it."""
    return ApiError(404, 104, f"The requested URL was not found: {method} {path}")
