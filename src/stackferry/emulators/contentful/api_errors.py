"""Refusals in the shape that this API gives them: `{"sys": {"type": "Error", "id"}, "message", "details"}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Json, JsonObject

PathPart = str | int


class ApiError(Exception):
    """What a client sent wrong, or may not do. `error_id` is the `sys.id` of the answer."""

    def __init__(
        self,
        status: int,
        error_id: str,
        message: str,
        details: JsonObject | None = None,
        headers: dict[str, str] | None = None,
        without: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{status} {error_id}: {message}")
        self.status = status
        self.error_id = error_id
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.without = without  # headers that this answer does not have, although others do

    def body(self, request_id: str) -> JsonObject:
        """The answer's body; `details` is there only where the service has something to say."""
        told: JsonObject = {"sys": {"type": "Error", "id": self.error_id}, "message": self.message}
        if self.details is not None:
            told["details"] = self.details
        return {**told, "requestId": request_id}


def not_found(kind: str = "", uid: str = "", **more: Json) -> ApiError:
    """404, for what is not there and for what the token may not see."""
    details: JsonObject = {"type": kind, "id": uid, **more} if kind else {**more}
    return ApiError(404, "NotFound", "The resource could not be found.", details or None)


def bad_request(message: str, details: JsonObject | None = None) -> ApiError:
    return ApiError(400, "BadRequest", message, details)


def invalid_query(message: str) -> ApiError:
    return ApiError(
        400, "InvalidQuery", "The query you sent was invalid.", {"errors": [{"details": message}]}
    )


def denied(message: str = "Forbidden") -> ApiError:
    """403: the token's user lacks a permission, or the plan a feature or more of a quota."""
    return ApiError(403, "AccessDenied", message, {"reasons": message})


def version_mismatch() -> ApiError:
    """409, for a version header that is stale or missing."""
    return ApiError(409, "VersionMismatch", "", {})


def problem(name: str, path: Sequence[PathPart], details: str, **more: Json) -> JsonObject:
    """One row of `details.errors` of a 422."""
    return {"name": name, "path": [*path], "details": details, **more}


def invalid(
    problems: Sequence[JsonObject], error_id: str = "ValidationFailed", message: str = ""
) -> ApiError:
    """422 with every problem that was found."""
    rows: list[Json] = [*problems]
    return ApiError(422, error_id, message or "Validation error", {"errors": rows})
