"""Refusals in the shape that this API gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackferry.model import JsonObject

_RELEASES = "Microsoft.VisualStudio.Services.ReleaseManagement.WebApi.Exceptions"
_COMMON = "Microsoft.VisualStudio.Services.WebApi"


class ApiError(Exception):
    """What a client sent wrong, or may not do. `key` is the `typeKey` of the answer."""

    def __init__(
        self, status: int, key: str, message: str, headers: dict[str, str] | None = None, event: int = 3000
    ) -> None:
        super().__init__(f"{status} {key}: {message}")
        self.status = status
        self.key = key
        self.message = message
        self.headers = headers or {}
        self.event = event

    def body(self) -> JsonObject:
        """The answer's body."""
        room = _COMMON if self.key.startswith(("Vss", "Unauthorized", "Access", "Project")) else _RELEASES
        return {
            "$id": "1",
            "innerException": None,
            "message": self.message,
            "typeName": f"{room}.{self.key}, {room}",
            "typeKey": self.key,
            "errorCode": 0,
            "eventId": self.event,
        }


def invalid(message: str) -> ApiError:
    """400: the request asks for what cannot be done."""
    return ApiError(400, "InvalidRequestException", message)


def bad_value(name: str, value: object) -> ApiError:
    """400: a value that a property or a parameter does not take."""
    message = f"Value '{value}' is not valid for '{name}'."
    return ApiError(400, "VssPropertyValidationException", message)


def no_release(number: object) -> ApiError:
    return ApiError(
        404,
        "ReleaseNotFoundException",
        f"VS402962: Release with ID {number} does not exist. Specify a valid ID.",
    )


def no_definition(number: object) -> ApiError:
    message = f"VS402857: Release pipeline with ID {number} does not exist. Specify a valid ID."
    return ApiError(404, "ReleaseDefinitionNotFoundException", message)


def no_project(name: str) -> ApiError:
    message = (
        f"TF200016: The following project does not exist: {name}. Verify that the name of the project is correct "
        "and that the project exists on the specified Azure DevOps Server."
    )
    return ApiError(404, "ProjectDoesNotExistWithNameException", message)


def not_there(kind: str, number: object) -> ApiError:
    """404, for an object of another kind."""
    words = "".join(part.capitalize() for part in kind.split())
    return ApiError(404, f"{words}NotFoundException", f"There is no {kind} with ID {number}.")


def no_controller(path: str) -> ApiError:
    """404, for an address that nothing answers: the wrong host, most often."""
    message = (
        f"The controller for path '{path}' was not found or does not implement IController. "
        "A wrong host answers so: the host of the area is told by ResourceAreas."
    )
    return ApiError(404, "HttpException", message, event=0)


def unauthorized(user: str, status: int = 401) -> ApiError:
    message = f"TF400813: The user '{user}' is not authorized to access this resource."
    return ApiError(status, "UnauthorizedRequestException", message)


def access_denied(message: str) -> ApiError:
    return ApiError(403, "AccessDeniedException", message)
