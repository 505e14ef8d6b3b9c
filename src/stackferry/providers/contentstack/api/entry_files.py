"""Entries as files: exported, imported as new ones, imported as versions. API page: "CMA | Entries".

A file is a JSON object; bytes that are one already are uploaded as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import export_entry, import_entry

if TYPE_CHECKING:
    from stackferry.model import JsonObject


class EntryFiles(Client):
    """Sections "Export Entry" and "Import Entry"."""

    async def export(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        locale: str | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """What the file of an entry holds. Section "Export an entry"."""
        asked = params(locale=locale, include_branch=include_branch)
        return await self._ask(export_entry(content_type_uid, entry_uid, *asked))

    async def import_new(
        self,
        *,
        content_type_uid: str,
        entry: JsonObject | bytes,
        locale: str | None = None,
        overwrite: bool | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A new entry from a file; with `overwrite` the entry that has the file's uid gets it as a version.

        Section "Import an entry". Whether a new entry keeps the uid in the file, only the answer says.
        """
        asked = params(locale=locale, overwrite=overwrite, include_branch=include_branch)
        return await self._ask(import_entry(content_type_uid, entry, asked))

    async def import_existing(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        entry: JsonObject | bytes,
        locale: str | None = None,
        overwrite: bool | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A new version of an entry from a file. Section "Import an existing entry"."""
        asked = params(locale=locale, overwrite=overwrite, include_branch=include_branch)
        return await self._ask(import_entry(content_type_uid, entry, asked, entry_uid))
