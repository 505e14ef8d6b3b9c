"""Which `api-version` a request names, and whether the resource is there in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.azure_devops.api_errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

    from stackferry.emulators.application import HttpRequest

_WRITTEN = re.compile(r"(\d+)\.(\d+)(-preview(?:\.(\d+))?)?", re.IGNORECASE)
_IN_ACCEPT = re.compile(r"api-version\s*=\s*([^;,\s]+)", re.IGNORECASE)
_ALL = ("5.0", "5.1", "6.0", "7.0", "7.1")
_LATE = ("7.0", "7.1")
NEWEST, NEWEST_RELEASED = (7, 2), (7, 1)


class Resource(NamedTuple):
    """In which versions a resource is released, and its preview number in the newest."""

    released: tuple[str, ...]
    preview: int


RESOURCES = {
    "releases": Resource(_ALL, 9),
    "definitions": Resource(_ALL, 4),
    "deployments": Resource(_ALL, 2),
    "approvals": Resource(_ALL, 3),
    "manualinterventions": Resource(_ALL, 2),
    "environments": Resource(_LATE, 8),
    "logs": Resource(_LATE, 2),
    "revisions": Resource(_LATE, 4),
    "folders": Resource(_LATE, 2),
    "gates": Resource(_LATE, 1),
    "attachments": Resource(_LATE, 1),
    # These are in no released version at all.
    "tags": Resource((), 1),
    "history": Resource((), 1),
    "settings": Resource((), 1),
    "deletion": Resource((), 9),
}


class Version(NamedTuple):
    """A version as a request names it. `shown` is how it was written; empty where there was none."""

    number: tuple[int, int]
    shown: str

    @property
    def is_old(self) -> bool:
        """Before 4.0: bodies of then are taken as they were."""
        return self.number < (4, 0)


def version_of(request: HttpRequest, resource: str, *, strict: bool) -> Version:
    """The version that a request asks for. Raises 400 when it names none and must, or one that is not to be had.

    A resource of another area is taken in every version.
    """
    shown = _named_version(request)
    if not shown:
        if request.method in ("GET", "OPTIONS"):
            return Version(NEWEST_RELEASED, "")
        message = (
            f'No api-version was supplied for the "{request.method}" request. The version must be supplied either as '
            'part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. '
            '"?api-version=1.0").'
        )
        raise ApiError(400, "VssVersionNotSpecifiedException", message)
    written = _WRITTEN.fullmatch(shown)
    if written is None:
        message = f'The api-version "{shown}" is not valid.'
        raise ApiError(400, "VssVersionOutOfRangeException", message)
    number = (int(written[1]), int(written[2]))
    rule = RESOURCES.get(resource)
    if number > NEWEST or (rule and int(written[4] or 0) > rule.preview):
        message = f'The requested version "{shown}" of the resource is out of range.'
        raise ApiError(400, "VssVersionOutOfRangeException", message)
    if rule and strict and not written[3]:
        _check_released(shown, number, rule.released)
    return Version(number, shown)


def _named_version(request: HttpRequest) -> str:
    named = [value for name, value in request.query if name.lower() == "api-version"]
    if named:
        return named[-1]
    found = _IN_ACCEPT.search(request.headers.get("accept", ""))
    return found[1] if found else ""


def _check_released(shown: str, number: tuple[int, int], released: Collection[str]) -> None:
    if f"{number[0]}.{number[1]}" not in released:
        message = (
            f'The requested version "{shown}" of the resource is under preview. The -preview flag must be supplied in '
            f'the api-version for such requests. For example: "{shown}-preview"'
        )
        raise ApiError(400, "VssInvalidPreviewVersionException", message)
