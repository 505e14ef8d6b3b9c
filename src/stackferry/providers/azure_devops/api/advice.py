"""What to do about a refusal of the service, and what it was about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from stackferry.errors import Refused, StackferryError

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=StackferryError)

_BY_TYPE: Final[Mapping[str, str]] = {
    "ReleaseNotFoundException": "'stackferry release list' shows the releases of the project, with --deleted those "
    "that were deleted",
    "ReleaseDefinitionNotFoundException": "'stackferry release list' names the definition of each release",
    "ReleaseEnvironmentNotFoundException": "'stackferry release show' names the stages of a release",
    "ApprovalNotFoundException": "'stackferry release approvals' shows those that are pending",
}
_BY_WORDS: Final = (
    (
        re.compile(r"(?i)versions?\b.*\bartifact|artifact.*\bversions?\b"),
        "--artifact ALIAS=ID[:NAME][@BRANCH] gives it, and a --draft needs none",
    ),
    (
        re.compile(r"(?i)classic .*pipelines? .*disabled|disabled .*classic"),
        "they are switched on in the settings of the project or of the organization: Pipelines, Settings",
    ),
    (
        re.compile(r"(?i)api-version|-preview flag"),
        "--api-version names another version of the API, such as 7.1 or 5.1",
    ),
)


def told(error: E, subject: str) -> E:
    """The error with its subject before the service's own words, and what to do next after them."""
    advice = _advice(error)
    said = f"{subject}: {str(error).rstrip('.')}; {advice}" if advice else f"{subject}: {error}"
    if isinstance(error, Refused):
        return type(error)(said, status=error.status, code=error.code, errors=error.errors)
    return type(error)(said)


def _advice(error: StackferryError) -> str:
    if not isinstance(error, Refused):
        return ""
    by_type = _BY_TYPE.get(str(error.errors.get("type", "")))
    by_words = (advice for pattern, advice in _BY_WORDS if pattern.search(str(error)))
    return by_type or next(by_words, "")
