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
