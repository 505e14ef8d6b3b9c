"""Releases and their items. API page: "CMA | Releases".

Payloads and answers pass unchanged. Parameters have the names that the page gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Answered, Call, Client
from stackferry.providers.contentstack.requests.build import given, params
from stackferry.providers.contentstack.requests.releases import add_items, lock_release, release_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject

ITEMS = 25  # the most that one request adds


class Releases(Client):
    """Every endpoint of the page. `release_version` "" is for organizations without the latest releases."""

    def __init__(self, call: Call, *, release_version: str = "2.0") -> None:
        super().__init__(call)
        self._headers = (("release_version", release_version),) if release_version else ()

    async def get_all(
        self,
        *,
        include_count: bool | None = None,
        count: bool | None = None,
        include_items_count: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """One page of the releases; with `count` their number alone. Section "Get all Releases"."""
        asked = params(
            include_count=include_count,
            count=count,
            include_items_count=include_items_count,
            limit=limit,
            skip=skip,
            include_branch=include_branch,
        )
        return await self._get("/releases", asked)

    async def get(self, *, release_uid: str, include_branch: bool | None = None) -> JsonObject:
        """One release with its items. Section "Get a single Release"."""
        return await self._get(release_path(release_uid), params(include_branch=include_branch))

    async def create(self, *, release: JsonObject, include_branch: bool | None = None) -> JsonObject:
        """A new, empty release; it needs a `name`. Section "Create a Release"."""
        asked = params(include_branch=include_branch)
        return await self._send("POST", "/releases", {"release": release}, asked)

    async def update(
        self, *, release_uid: str, release: JsonObject, include_branch: bool | None = None
    ) -> JsonObject:
        """Change the name and the description of a release. Section "Update a Release"."""
        asked = params(include_branch=include_branch)
        return await self._send(
            "PUT", release_path(release_uid), {"release": release}, asked, repeatable=True
        )

    async def delete(self, *, release_uid: str) -> JsonObject:
        """Delete a release. Section "Delete a Release"."""
        return await self._send("DELETE", release_path(release_uid), None)

    async def items(
        self,
        *,
        release_uid: str,
        include_branch: bool | None = None,
        include_count: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
    ) -> JsonObject:
        """The items of a release. Section "Get all items in a Release".

        The page says nothing of pages; `include_count`, `limit` and `skip` are those of every listing.
        """
        asked = params(include_branch=include_branch, include_count=include_count, limit=limit, skip=skip)
        return await self._get(f"{release_path(release_uid)}/items", asked)

    async def add_item(
        self, *, release_uid: str, item: JsonObject, include_branch: bool | None = None
    ) -> JsonObject:
        """Add an entry, or an asset as "built_io_upload". Section "Add a single item to a Release".

        An item that is there already is replaced, so this may be repeated.
        """
        asked = params(include_branch=include_branch)
        return await self._send(
            "POST", f"{release_path(release_uid)}/item", {"item": item}, asked, repeatable=True
        )

    async def add_items(
        self,
        *,
        release_uid: str,
        items: Sequence[JsonObject],
        include_branch: bool | None = None,
        answered: Answered | None = None,
    ) -> list[JsonObject]:
        """Add entries and assets. Section "Add multiple items to a Release".

        A request takes 25 items; more of them become several requests, each with its answer. Raises UsageError
        without an item.
        """
        _need(items)
        asked = params(include_branch=include_branch)
        requests = [add_items(release_uid, [*some], asked, self._headers) for some in batched(items, ITEMS)]
        return await self._ask_each(requests, answered)

    async def update_items(self, *, release_uid: str, include_branch: bool | None = None) -> JsonObject:
        """Pin the latest version of every item. Section "Update Release items to their latest versions"."""
        asked = params(include_branch=include_branch)
        return await self._send(
            "PUT", f"{release_path(release_uid)}/update_items", {"items": ["$all"]}, asked, repeatable=True
        )

    async def remove_items(
        self, *, release_uid: str, items: Sequence[JsonObject], include_branch: bool | None = None
    ) -> JsonObject:
        """Take items out of a release. Section "Remove an item from a Release".

        Raises UsageError without an item.
        """
        _need(items)
        asked = params(include_branch=include_branch)
        return await self._send("DELETE", f"{release_path(release_uid)}/items", {"items": [*items]}, asked)

    async def delete_items(
        self,
        *,
        release_uid: str,
        all: bool,  # noqa: A002 - the page's own word
        items: Sequence[JsonObject] = (),
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Take all items out of a release, or several. Section "Delete multiple items from a Release".

        Raises UsageError for neither.
        """
        if not all:
            _need(items)
        asked = params(all=all, include_branch=include_branch)
        return await self._send("DELETE", f"{release_path(release_uid)}/items", {"items": [*items]}, asked)

    async def deploy(
        self,
        *,
        release_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        action: str | None = None,
        scheduled_at: str | None = None,
    ) -> JsonObject:
        """Carry out all items of a release, now or at a time. Section "Deploy a Release".

        The service does it after it has answered; the release's `status` then says how it went. Raises UsageError
        without an environment.
        """
        if not environments:
            raise UsageError("a deployment needs an environment")
        facts = given(
            environments=[*environments], locales=[*locales] or None, action=action, scheduled_at=scheduled_at
        )
        return await self._send("POST", f"{release_path(release_uid)}/deploy", {"release": facts})

    async def clone(
        self,
        *,
        release_uid: str,
        name: str,
        description: str | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A copy of a release and its items under a new name. Section "Clone a Release"."""
        release = given(name=name, description=description)
        asked = params(include_branch=include_branch)
        return await self._send("POST", f"{release_path(release_uid)}/clone", {"release": release}, asked)

    async def lock(self, *, release_uid: str) -> JsonObject:
        """Let nobody change a release. Section "Lock a Release", which names no `release_version`."""
        return await self._ask(lock_release(release_uid, locked=True, headers=()))

    async def unlock(self, *, release_uid: str) -> JsonObject:
        """Let a release be changed again. Section "Unlock a Release" (whose heading reads "Unock a Release")."""
        return await self._ask(lock_release(release_uid, locked=False, headers=()))


def _need(items: Sequence[JsonObject]) -> None:
    if not items:
        raise UsageError("name at least one item")
