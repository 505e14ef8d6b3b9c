"""The reads of a target of an import: its releases with marks, its people, builds, repositories and settings.

API pages: "Releases: List", "Identities: Read Identities", "Builds: List", "Repositories: List", "Projects: Get",
"General Settings: Get". Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.model import Request
from stackferry.providers.azure_devops import versions
from stackferry.providers.azure_devops.hosts import CORE, PEOPLE, segment
from stackferry.providers.azure_devops.requests.build import get_other_area
from stackferry.providers.azure_devops.requests.read import list_releases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.providers.azure_devops.hosts import Root

MARK: Final = "stackferry.source"  # the property of a release that names the one that it was made after
_BUILDS_OF_A_PAGE: Final = "1000"
TAGS_SINCE: Final = (4, 1)


def list_marked_releases(root: Root, cursor: str, rows: int) -> Request:
    """A page of releases with their marks and tags. Tags are no part of a list unless it is asked for them."""
    # Services of then know neither tags nor this.
    tags = () if versions.is_before(root.version, TAGS_SINCE) else (("$expand", "tags"),)
    return list_releases(root, cursor, rows, ("propertyFilters", MARK), *tags)


def list_whole_releases(root: Root, definition: int, cursor: str, rows: int) -> Request:
    """A page of the releases of a definition with what an import gives them."""
    more = () if versions.is_before(root.version, TAGS_SINCE) else ("variables", "tags")
    expanded = ",".join(("environments", "artifacts", *more))
    asked = (("definitionId", str(definition)), ("$expand", expanded), ("propertyFilters", MARK))
    return list_releases(root, cursor, rows, *asked)


def list_builds(root: Root, definitions: Iterable[int], cursor: str) -> Request:
    """A page of the builds of some build definitions. The token of the next page is a time."""
    named = ("definitions", ",".join(map(str, sorted(definitions))))
    token = (("continuationToken", cursor),) if cursor else ()
    return get_other_area(root, versions.BUILDS, "build/builds", (named, ("$top", _BUILDS_OF_A_PAGE), *token))


def get_settings(root: Root) -> Request:
    """The general settings of a project's pipelines."""
    return get_other_area(root, versions.OTHER_AREA, "build/generalsettings")


def get_project(root: Root) -> Request:
    """The project itself: its id and its name."""
    organization, _, project = root.path.rpartition("/")
    return _above_projects(root, organization, f"projects/{project}", CORE)


def find_people(root: Root, name: str) -> Request:
    """The users and groups that a name may mean."""
    asked = (("searchFilter", "General"), ("filterValue", name))
    return _above_projects(root, root.people_path, segment("identities"), PEOPLE, asked)


def _above_projects(
    root: Root, organization: str, path: str, origin: str, params: tuple[tuple[str, str], ...] = ()
) -> Request:
    version = ("api-version", versions.version_of(root.version, versions.OTHER_AREA))
    return Request(
        method="GET", path=f"{organization}/_apis/{path}", params=(*params, version), origin=origin
    )
