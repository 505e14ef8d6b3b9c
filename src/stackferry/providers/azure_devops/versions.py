"""Which `api-version` a request names: the one that is asked for, with `-preview` where the resource is not released.

A version in which a resource is not released is refused without `-preview` (400 `VssInvalidPreviewVersionException`).
API page: "REST API versioning"; the numbers are those of the vendor's specification files. Pure.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

from stackferry.errors import UsageError

Number: TypeAlias = tuple[int, int]
DEFAULT: Final = "7.1"
_FORM: Final = re.compile(r"(\d{1,2})\.(\d{1,2})(-preview(\.\d{1,2})?)?")
_NEVER: Final = (99, 0)
NAMES_SINCE: Final = (4, 0)  # before this version no release can be given a name
_OLDEST, _NEWEST_RELEASED, _NEWEST = (4, 1), (7, 1), (7, 2)


class Resource(NamedTuple):
    """One resource: since when it is released, and its preview numbers in 4.1 and 7.2; 0: no page says it."""

    released: Number
    old_preview: int = 0
    new_preview: int = 0


RELEASES: Final = Resource((5, 0), 6, 9)
DEFINITIONS: Final = Resource((5, 0), 3, 4)
DEPLOYMENTS: Final = Resource((5, 0), 2, 2)
APPROVALS: Final = Resource((5, 0), 3, 3)
STAGES: Final = Resource((7, 0), 5, 8)
LOGS: Final = Resource((7, 0), 2, 2)
REVISIONS: Final = Resource((7, 0), 1, 4)
FOLDERS: Final = Resource((7, 0), 2, 2)
ATTACHMENTS: Final = Resource((7, 0), 1, 1)
MANUAL_INTERVENTIONS: Final = Resource((5, 0), 1, 2)
BUILDS: Final = Resource((5, 0))
OTHER_AREA: Final = Resource((7, 0))
TAGS: Final = Resource(_NEVER, 0, 1)  # never released
SECURE_FILES: Final = Resource(_NEVER, 1, 1)  # never released


def check_version(version: str) -> str:
    """A version that was asked for, or the usual one. Raises UsageError for what is none."""
    if version and not _FORM.fullmatch(version):
        raise UsageError(f"--api-version {version!r}: it reads 7.1, or 3.0-preview.2")
    return version or DEFAULT


def version_of(asked: str, resource: Resource) -> str:
    """What a request for a resource names as its `api-version`."""
    version = check_version(asked)
    if "-preview" in version:
        # A number that the resource has never reached is out of range, such as 2 for what has never left preview 1.
        base, _, given = version.partition("-preview.")
        is_beyond = 0 < resource.new_preview < int(given or 0)
        return f"{base}-preview.{resource.new_preview}" if is_beyond else version
    major, _, minor = version.partition(".")
    number = (int(major), int(minor))
    if resource.released <= number <= _NEWEST_RELEASED:
        return version
    preview = {_OLDEST: resource.old_preview, _NEWEST: resource.new_preview}.get(number, 0)
    return f"{version}-preview.{preview}" if preview else f"{version}-preview"


def is_before(asked: str, number: Number) -> bool:
    """Whether a version is older than another one."""
    found = _FORM.fullmatch(check_version(asked))
    return found is not None and (int(found[1]), int(found[2])) < number
