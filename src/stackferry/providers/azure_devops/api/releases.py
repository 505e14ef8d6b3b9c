"""Releases, and the definitions that they are found by. API page: "Releases".

Payloads and answers pass unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from stackferry.providers.azure_devops.api.client import Client, Found, RowPage, params
from stackferry.providers.azure_devops.requests import releases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import JsonObject, Request


class ReleaseFilters(TypedDict, total=False):
    """What a list of releases is narrowed and sorted by; `FILTERS` has the page's own names."""

    definition_id: int
    definition_environment_id: int
    search_text: str
    created_by: str
    status_filter: Sequence[str]
    environment_status_filter: int
    min_created_time: str
    max_created_time: str
    query_order: str
    top: int
    continuation_token: str
    expand: Sequence[str]
    artifact_type_id: str
    source_id: str
    artifact_version_id: str
    source_branch_filter: str
    is_deleted: bool
    tag_filter: Sequence[str]
    property_filters: Sequence[str]
    release_id_filter: Sequence[int]
    path: str


FILTERS: Final[Mapping[str, str]] = {
    "definition_id": "definitionId",
    "definition_environment_id": "definitionEnvironmentId",
    "search_text": "searchText",
    "created_by": "createdBy",
    "status_filter": "statusFilter",
    "environment_status_filter": "environmentStatusFilter",
    "min_created_time": "minCreatedTime",
    "max_created_time": "maxCreatedTime",
    "query_order": "queryOrder",
    "top": "$top",
    "continuation_token": "continuationToken",
    "expand": "$expand",
    "artifact_type_id": "artifactTypeId",
    "source_id": "sourceId",
    "artifact_version_id": "artifactVersionId",
    "source_branch_filter": "sourceBranchFilter",
    "is_deleted": "isDeleted",
    "tag_filter": "tagFilter",
    "property_filters": "propertyFilters",
    "release_id_filter": "releaseIdFilter",
    "path": "path",
}


class ReleaseDetails(TypedDict, total=False):
    """What one release is shown with; `DETAILS` has the page's own names."""

    approval_filters: Sequence[str]
    property_filters: Sequence[str]
    expand: Sequence[str]
    top_gate_records: int


DETAILS: Final[Mapping[str, str]] = {
    "approval_filters": "approvalFilters",
    "property_filters": "propertyFilters",
    "expand": "$expand",
    "top_gate_records": "$topGateRecords",
}


class Releases(Client):
    """Every endpoint of the page about releases."""

    async def get_all(self, **filters: Unpack[ReleaseFilters]) -> RowPage:
        """One page of the releases, at most 100 whatever `top` is. Section "Get a list of releases"."""
        request = releases.find_releases(self._root, params(FILTERS, filters))
        return await self._page(request, "the list of releases")

    async def find(self, most: int | None = None, **filters: Unpack[ReleaseFilters]) -> Found:
        """The releases, each once, from as many pages as that takes: all, or at most so many.

        Section "Get a list of releases". Raises BadAnswer where the tokens of the service do not come to an end.
        """
        token = filters.get("continuation_token", "")

        def ask(token: str, rows: int) -> Request:
            page: ReleaseFilters = {**filters, "top": rows}
            page = {**page, "continuation_token": token} if token else page
            return releases.find_releases(self._root, params(FILTERS, page))

        return await self._found(ask, "the list of releases", token=token, most=most)

    async def get(self, *, release_id: int, **details: Unpack[ReleaseDetails]) -> JsonObject:
        """One release. Section "Get a release"."""
        request = releases.show_release(self._root, release_id, params(DETAILS, details))
        return await self._object(request, f"release {release_id}", release_id)

    async def get_definition_snapshot(self, *, release_id: int, revision: int) -> JsonObject:
        """The definition as a release uses it. Section "Get a release"."""
        asked = (("definitionSnapshotRevision", str(revision)),)
        request = releases.show_release(self._root, release_id, asked)
        return await self._answer(request, f"snapshot {revision} of the definition of release {release_id}")

    async def create(self, *, release: JsonObject) -> JsonObject:
        """A new release of `definitionId`; id and name are the service's. Section "Create a release".

        Stages whose condition is that the release starts do so, unless it is a draft (`isDraft`) or
        `manualEnvironments` names them.
        """
        subject = f"a release of definition {release.get('definitionId')}"
        return await self._object(releases.create_release(self._root, release), subject)

    async def update(self, *, release_id: int, changes: JsonObject) -> JsonObject:
        """Change `status`, `keepForever` or `name`; the release as it is then.

        Section "Modify the status of a release".
        """
        request = releases.update_release(self._root, release_id, changes)
        return await self._object(request, f"release {release_id}", release_id)

    async def tags(self, *, release_id: int) -> JsonObject:
        """The tags of a release. In the vendor's own client alone."""
        request = releases.list_tags(self._root, release_id)
        return (await self._page(request, f"the tags of release {release_id}")).answer

    async def add_tags(self, *, release_id: int, tags: Sequence[str]) -> JsonObject:
        """Add tags; all that the release has then. In the vendor's own client alone."""
        request = releases.add_tags(self._root, release_id, tags)
        return (await self._page(request, f"the tags of release {release_id}")).answer

    async def remove_tag(self, *, release_id: int, tag: str) -> JsonObject:
        """Take a tag away; all that the release has then. In the vendor's own client alone."""
        request = releases.remove_tag(self._root, release_id, tag)
        return (await self._page(request, f"tag '{tag}' of release {release_id}")).answer
