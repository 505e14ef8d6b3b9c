"""The history of an entry and the names of its versions. API page: "CMA | Entries", "Entry Versions"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import (
    list_versions,
    name_version,
    remove_version_name,
)

if TYPE_CHECKING:
    from stackferry.model import JsonObject

NAME = 32
"""The most characters that a version name has."""


class EntryVersions(Client):
    """Section "Entry Versions"."""

    async def get_all(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        named: bool | None = None,
        include_count: bool | None = None,
        locale: str | None = None,
        include_updated_at: bool | None = None,
        include_updated_by: bool | None = None,
        skip: int | None = None,
        limit: int | None = None,
    ) -> JsonObject:
        """The versions of an entry in one language. Section "Get Details of All Versions of an Entry".

        The page says nothing of `skip` and `limit`; with `include_count` it shows whether more are to be asked for.
        """
        asked = params(
            named=named,
            include_count=include_count,
            locale=locale,
            include_updated_at=include_updated_at,
            include_updated_by=include_updated_by,
            skip=skip,
            limit=limit,
        )
        return await self._ask(list_versions(content_type_uid, entry_uid, *asked))

    async def set_name(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        version_number: int,
        name: str,
        locale: str | None = None,
        force: bool | None = None,
    ) -> JsonObject:
        """Name a version; with `force` a name that another version has is taken from it.

        Section "Set Version Name for Entry". Raises UsageError for a name that no version can have.
        """
        if not 0 < len(name) <= NAME:
            raise UsageError(f"a version name has 1 to {NAME} characters, this one has {len(name)}")
        request = name_version(content_type_uid, entry_uid, version_number, name, locale=locale, force=force)
        return await self._ask(request)

    async def delete_name(
        self, *, content_type_uid: str, entry_uid: str, version_number: int, locale: str | None = None
    ) -> JsonObject:
        """Take a version's name away: it is a number again. Section "Delete Version Name of Entry".

        The page names no parameter; without `locale` the master language's version is meant.
        """
        asked = params(locale=locale)
        return await self._ask(remove_version_name(content_type_uid, entry_uid, version_number, asked))
