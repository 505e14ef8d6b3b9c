"""The content of entries: read, created, updated, localized, deleted. API page: "CMA | Entries".

Payloads and answers pass unchanged. Parameters have the names that the page gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests import entries
from stackferry.providers.contentstack.requests.build import params

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject


class Entries(Client):
    """The sections of the page about whole entries. Every method raises the errors of `Client`."""

    async def get_all(
        self,
        *,
        content_type_uid: str,
        locale: str | None = None,
        query: JsonObject | None = None,
        skip: int | None = None,
        limit: int | None = None,
        asc: str | None = None,
        desc: str | None = None,
        include_count: bool | None = None,
        include_workflow: bool | None = None,
        include_publish_details: bool | None = None,
        include_metadata: bool | None = None,
        include_branch: bool | None = None,
        apply_draft: bool | None = None,
    ) -> JsonObject:
        """One page of the entries of a content type, at most 100. Section "Get all entries"."""
        asked = params(
            locale=locale,
            query=query,
            skip=skip,
            limit=limit,
            asc=asc,
            desc=desc,
            include_count=include_count,
            include_workflow=include_workflow,
            include_publish_details=include_publish_details,
            include_metadata=include_metadata,
            include_branch=include_branch,
            apply_draft=apply_draft,
        )
        return await self._ask(entries.list_entries(content_type_uid, *asked))

    async def get(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        version: int | None = None,
        locale: str | None = None,
        include_workflow: bool | None = None,
        include_publish_details: bool | None = None,
        include_metadata: bool | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """One entry, at its latest version or at the given one. Section "Get a single entry"."""
        asked = params(
            version=version,
            locale=locale,
            include_workflow=include_workflow,
            include_publish_details=include_publish_details,
            include_metadata=include_metadata,
            include_branch=include_branch,
        )
        return await self._ask(entries.read_entry(content_type_uid, entry_uid, *asked))

    async def create(
        self,
        *,
        content_type_uid: str,
        entry: JsonObject,
        locale: str | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A new entry, whatever its fields hold.

        Sections "Create an entry", "Create an entry with JSON RTE" (whose document uid no other entry of the
        stack may have), "Create an entry with custom asset field" and "Create an entry with taxonomy".
        """
        asked = params(locale=locale, include_branch=include_branch)
        return await self._ask(entries.create_entry(content_type_uid, entry, asked))

    async def create_with_master_locale(
        self,
        *,
        content_type_uid: str,
        entry: JsonObject,
        copy_to_master: bool = True,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """The master document of an entry that lives in other languages only: `entry` holds its `uid`.

        With `copy_to_master` its content comes from the localized entry. Section "Create an entry with master
        locale". Raises UsageError for a payload without a uid, which would make another entry.
        """
        if not entry.get("uid"):
            raise UsageError("the payload must hold the uid of the localized entry")
        asked = params(copy_to_master=copy_to_master, include_branch=include_branch)
        return await self._ask(entries.create_entry(content_type_uid, entry, asked))

    async def update(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        entry: JsonObject,
        locale: str | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A new version of an entry: the fields in the payload change, the others stay.

        Sections "Update an entry" and "Update an entry with JSON RTE" (which keeps its block uids).
        """
        asked = params(locale=locale, include_branch=include_branch)
        return await self._ask(entries.update_entry(content_type_uid, entry_uid, entry, asked))

    async def localize(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        locale: str,
        entry: JsonObject,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Content of its own for an entry in a language that falls back till now; nothing is published.

        Section "Localize an entry": instances with non-localizable fields need their `_metadata.uid`.
        """
        return await self.update(
            content_type_uid=content_type_uid,
            entry_uid=entry_uid,
            entry=entry,
            locale=locale,
            include_branch=include_branch,
        )

    async def update_localized(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        locale: str,
        entry: JsonObject,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A new version of an entry in one language; nothing is published.

        Section "Update a localized entry": instances of multiple fields with non-localizable fields need
        `_metadata.uid` and `non_localizable_content`.
        """
        return await self.update(
            content_type_uid=content_type_uid,
            entry_uid=entry_uid,
            entry=entry,
            locale=locale,
            include_branch=include_branch,
        )

    async def unlocalize(self, *, content_type_uid: str, entry_uid: str, locale: str) -> JsonObject:
        """The language falls back again; its own content and history are gone. Section "Unlocalize an entry"."""
        return await self._ask(entries.unlocalize_entry(content_type_uid, entry_uid, locale))

    async def delete(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        locale: str | None = None,
        delete_all_localized: bool | None = None,
        locales: Sequence[str] = (),
    ) -> JsonObject:
        """Delete an entry in the master language, in `locale`, in several `locales`, or in all languages.

        Section "Delete an entry". Raises UsageError for more than one of the three.
        """
        if sum(map(bool, (locale, delete_all_localized, locales))) > 1:
            raise UsageError("a language, several languages or all of them: not more than one of these")
        asked = params(locale=locale, delete_all_localized=delete_all_localized)
        return await self._ask(entries.delete_entry(content_type_uid, entry_uid, asked, locales))

    async def references(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        locale: str | None = None,
        deleted: bool | None = None,
        include_count: bool | None = None,
        include_branch: bool | None = None,
        include_publish_details: bool | None = None,
    ) -> JsonObject:
        """The entries that refer to an entry. Section "Get references of an entry"."""
        asked = params(
            locale=locale,
            deleted=deleted,
            include_count=include_count,
            include_branch=include_branch,
            include_publish_details=include_publish_details,
        )
        return await self._ask(entries.list_references(content_type_uid, entry_uid, *asked))

    async def languages(self, *, content_type_uid: str, entry_uid: str) -> JsonObject:
        """The languages that an entry exists in. Section "Get languages of an entry"."""
        return await self._ask(entries.list_languages(content_type_uid, entry_uid))
