"""The entries and assets that a Timeline release holds, as they will be. API page: "Timeline releases".

The page says that a release holds versions of them; the calls are those of the vendor's own client. A copy has a
version of its own (`sys.version`). Payloads and answers pass unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypedDict, Unpack

from stackferry.providers.contentful.api.client import Client
from stackferry.providers.contentful.api.refused import About
from stackferry.providers.contentful.requests import releases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from stackferry.model import JsonObject, Request


class Paging(TypedDict, total=False):
    """Which rows of a list, and in which order."""

    skip: int
    limit: int
    order: str


class _ReleaseBodies(Client):
    kind: ClassVar[str]  # as paths name it
    one: ClassVar[str]

    async def get_all(self, *, release_id: str, **paging: Unpack[Paging]) -> JsonObject:
        """One page of what a release holds, by offset; the answer has the `total`."""
        return await self._page(*self._listing(release_id, paging))

    def pages(self, *, release_id: str, **paging: Unpack[Paging]) -> AsyncIterator[JsonObject]:
        """Every page of what a release holds, one after the other."""
        return self._pages(*self._listing(release_id, paging))

    def _listing(self, release_id: str, paging: Paging) -> tuple[Request, About]:
        pairs = tuple((name, str(value)) for name, value in paging.items() if value is not None)
        request = releases.list_scoped(self._root, release_id, self.kind, pairs)
        return request, About("scoped list", release_id, entities=self.kind)

    async def get(self, *, release_id: str, entity_id: str) -> JsonObject:
        """One of them, as the release holds it."""
        request = releases.get_scoped(self._root, release_id, self.kind, entity_id)
        return await self._object(request, self._about("scoped get", release_id, entity_id), entity_id)

    async def update(
        self, *, release_id: str, entity_id: str, body: JsonObject, version: int | None
    ) -> JsonObject:
        """Replace the body of a copy: what it leaves out is gone."""
        request = releases.put_scoped(self._root, release_id, self.kind, entity_id, body, version=version)
        about = self._about("scoped put", release_id, entity_id, version)
        return await self._object(request, about, entity_id)

    async def patch(
        self, *, release_id: str, entity_id: str, operations: Sequence[JsonObject], version: int | None
    ) -> JsonObject:
        """Change a copy by a JSON Patch. It cannot add below a field that is not set: send that field whole."""
        request = releases.patch_scoped(
            self._root, release_id, self.kind, entity_id, operations, version=version
        )
        about = self._about("scoped patch", release_id, entity_id, version)
        return await self._object(request, about, entity_id)

    async def _create(
        self, release_id: str, entity_id: str | None, body: JsonObject, content_type: str = ""
    ) -> JsonObject:
        about = self._about("scoped create", release_id, entity_id or "")
        if entity_id is None:
            request = releases.create_scoped(
                self._root, release_id, self.kind, body, content_type=content_type
            )
        else:
            request = releases.put_scoped(
                self._root, release_id, self.kind, entity_id, body, version=None, content_type=content_type
            )
        return await self._object(request, about, entity_id or "")

    def _about(self, operation: str, release_id: str, entity_id: str, version: int | None = None) -> About:
        entity = f"{self.one} {entity_id}" if entity_id else f"an {self.one}"
        return About(operation, release_id, entity, version=version)


class ReleaseEntries(_ReleaseBodies):
    """The entries of Timeline releases."""

    kind, one = "entries", "entry"

    async def create(
        self, *, release_id: str, content_type_id: str, body: JsonObject, entity_id: str | None = None
    ) -> JsonObject:
        """A new entry that exists in the release alone and joins its items; without an id the service chooses one."""
        return await self._create(release_id, entity_id, body, content_type_id)


class ReleaseAssets(_ReleaseBodies):
    """The assets of Timeline releases."""

    kind, one = "assets", "asset"

    async def create(self, *, release_id: str, body: JsonObject, entity_id: str | None = None) -> JsonObject:
        """A new asset that exists in the release alone and joins its items; without an id the service chooses one."""
        return await self._create(release_id, entity_id, body)
