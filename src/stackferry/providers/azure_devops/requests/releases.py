"""Requests about releases on a live project: found by any filter, made, changed, their stages, approvals and tags.

API page: "Releases", and "Approvals". Tags are in the vendor's own client alone. What is given goes out unchanged;
nothing is checked here. The reads of an archive are in `read`. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.azure_devops import versions
from stackferry.providers.azure_devops.requests.build import get_release_area, write_release_area

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.requests.read import Pairs


def find_releases(root: Root, params: Pairs = ()) -> Request:
    """A page of releases by any filter of the page, in any order."""
    return get_release_area(root, versions.RELEASES, "releases", params=params)


def show_release(root: Root, release: int, params: Pairs = ()) -> Request:
    """A release with what is asked for; `definitionSnapshotRevision` asks for its copy of the definition instead."""
    return get_release_area(root, versions.RELEASES, "releases", release, params=params)


def create_release(root: Root, body: JsonObject) -> Request:
    """A new release of a definition, whose id and name the service chooses."""
    return write_release_area(root, versions.RELEASES, "POST", "releases", body=body)


def update_release(root: Root, release: int, body: JsonObject) -> Request:
    """Change some of `status`, `keepForever`, `name` (not in old versions); `manualEnvironments`, `comment`."""
    return write_release_area(root, versions.RELEASES, "PATCH", "releases", release, body=body)


def update_stage(root: Root, release: int, stage: int, body: JsonObject) -> Request:
    """Start (`status` "inProgress") or cancel ("canceled") a stage; with `scheduledDeploymentTime` start it then."""
    return write_release_area(
        root, versions.STAGES, "PATCH", "releases", release, "environments", stage, body=body
    )


def list_tags(root: Root, release: int) -> Request:
    return get_release_area(root, versions.TAGS, "releases", release, "tags")


def add_tags(root: Root, release: int, tags: Iterable[str]) -> Request:
    """Add tags; the answer has all of the release."""
    body: list[Json] = [*tags]
    return write_release_area(root, versions.TAGS, "POST", "releases", release, "tags", body=body)


def remove_tag(root: Root, release: int, tag: str) -> Request:
    """Take a tag away; the answer has those that are left."""
    return write_release_area(root, versions.TAGS, "DELETE", "releases", release, "tags", tag)


def list_approvals(root: Root, params: Pairs = ()) -> Request:
    """A page of approvals: those that are pending, unless a filter says otherwise."""
    return get_release_area(root, versions.APPROVALS, "approvals", params=params)


def get_approval(root: Root, approval: int) -> Request:
    """One approval, whatever its status."""
    return get_release_area(root, versions.APPROVALS, "approvals", approval)


def update_approval(root: Root, approval: int, body: JsonObject) -> Request:
    """Answer an approval: `status` "approved", "rejected" or "reassigned" (with `approver`), `comments`."""
    return write_release_area(root, versions.APPROVALS, "PATCH", "approvals", approval, body=body)
