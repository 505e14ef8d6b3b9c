"""Releases of both generations, Timeline and Launch. API page: "Timeline releases".

Payloads and answers pass unchanged. `version` is the one that the release has (`sys.version`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from stackferry.providers.contentful.api.client import Call, Client, Sleep, params
from stackferry.providers.contentful.api.refused import About
from stackferry.providers.contentful.api.release_actions import ReleaseActions
from stackferry.providers.contentful.requests import releases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.requests.build import Root


class ReleaseFilters(TypedDict, total=False):
    """What a list of releases is narrowed and sorted by; `FILTERS` has the page's own names."""

    schema_version: str
    id_in: Collection[str]
    id_nin: Collection[str]
    created_by_in: Collection[str]
    status_in: Collection[str]
    status_nin: Collection[str]
    entities_in: Collection[str]
    entities_link_type: str
    entities_exist: bool
    title_match: str
    page_next: str
    order: str
    limit: int
    timeline_type_in: Collection[str]
    timeline_type_nin: Collection[str]


# The last two are in the vendor's own client alone.
FILTERS = {
    "schema_version": "sys.schemaVersion",
    "id_in": "sys.id[in]",
    "id_nin": "sys.id[nin]",
    "created_by_in": "sys.createdBy.sys.id[in]",
    "status_in": "sys.status[in]",
    "status_nin": "sys.status[nin]",
    "entities_in": "entities.sys.id[in]",
    "entities_link_type": "entities.sys.linkType",
    "entities_exist": "entities[exists]",
    "title_match": "title[match]",
    "page_next": "pageNext",
    "order": "order",
    "limit": "limit",
    "timeline_type_in": "metadata.annotations.Contentful:Timeline.type[in]",
    "timeline_type_nin": "metadata.annotations.Contentful:Timeline.type[nin]",
}


class Releases(Client):
    """Every endpoint of the page about releases.

    With `sleep`, what is refused because a release is busy is asked for again a few times; else it is told at once.
    """

    def __init__(self, call: Call, root: Root, sleep: Sleep | None = None) -> None:
        super().__init__(call, root)
        self._actions = ReleaseActions(call, root, sleep) if sleep else None

    async def get_all(self, **filters: Unpack[ReleaseFilters]) -> JsonObject:
        """One page of the releases; `pages.next` of the answer leads to the next. Section "Get all releases".

        Without `schema_version` some spaces list both generations, others Launch releases only.
        """
        request = releases.list_releases(self._root, params(FILTERS, filters))
        return await self._page(request, About("list"))

    def pages(self, **filters: Unpack[ReleaseFilters]) -> AsyncIterator[JsonObject]:
        """Every page of the releases, one after the other. Section "Get all releases"."""
        request = releases.list_releases(self._root, params(FILTERS, filters))
        return self._pages(request, About("list"))

    async def get(self, *, release_id: str) -> JsonObject:
        """One release. Section "Get a release"."""
        request = releases.get_release(self._root, release_id)
        return await self._object(request, About("get", release_id), release_id)

    async def create(self, *, release: JsonObject) -> JsonObject:
        """A new release with its items; its id is the service's. Section "Create release".

        A body without `sys.schemaVersion` "Release.v2" makes a Launch release.
        """
        return await self._object(releases.create_release(self._root, release), About("create"))

    async def update(self, *, release_id: str, release: JsonObject, version: int | None) -> JsonObject:
        """Replace a release whole: what the body leaves out is gone. Section "Update release"."""
        request = releases.update_release(self._root, release_id, release, version)
        about = About("update", release_id, version=version)
        return await self._object(request, about, release_id)

    async def delete(self, *, release_id: str) -> JsonObject:
        """Delete a release and its actions; the answer is empty. Section "Delete a release"."""
        return await self._answer(
            releases.delete_release(self._root, release_id), About("delete", release_id)
        )

    async def validate(self, *, release_id: str, action: str | None = None) -> JsonObject:
        """Begin to see whether a release could be published, or unpublished; the action.

        Section "Create validation release action".
        """
        request = releases.validate_release(self._root, release_id, action)
        return await self._begin(request, About("validate", release_id))

    async def publish(self, *, release_id: str, version: int | None) -> JsonObject:
        """Begin to carry a release out; the action. Section "Publish release".

        A Timeline release is archived by the service when that has succeeded.
        """
        request = releases.publish_release(self._root, release_id, version)
        return await self._begin(request, About("publish", release_id, version=version))

    async def unpublish(self, *, release_id: str, version: int | None) -> JsonObject:
        """Begin to take down what a Launch release holds; the action. In the vendor's own client alone."""
        request = releases.unpublish_release(self._root, release_id, version)
        return await self._begin(request, About("unpublish", release_id, version=version))

    async def archive(self, *, release_id: str, version: int | None) -> JsonObject:
        """Forbid to publish, unpublish and schedule a release. Section "Archive release"."""
        request = releases.archive_release(self._root, release_id, version)
        about = About("archive", release_id, version=version)
        return await self._object(request, about, release_id)

    async def unarchive(self, *, release_id: str, version: int | None) -> JsonObject:
        """Allow what archiving has forbidden. In the vendor's own client alone."""
        request = releases.unarchive_release(self._root, release_id, version)
        about = About("unarchive", release_id, version=version)
        return await self._object(request, about, release_id)

    async def _begin(self, request: Request, about: About) -> JsonObject:
        if self._actions is None:
            return await self._object(request, about)
        return await self._actions.when_free(lambda: self._object(request, about), about)
