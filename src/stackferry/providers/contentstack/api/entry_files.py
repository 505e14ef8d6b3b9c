"""Entries as files: exported, imported as new ones, imported as versions. API page: "CMA | Entries".

A file is a JSON object; bytes that are one already are uploaded as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.model import FormPart
from stackferry.providers.contentstack.api.client import Client, params, read, under, write
from stackferry.providers.contentstack.api.entries import one

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
        return await self._ask(read(f"{one(content_type_uid, entry_uid)}/export", asked))

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
        path = f"{under('content_types', content_type_uid, 'entries')}/import"
        return await self._ask(write("POST", path, params=asked, parts=(_file(entry),)))

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
        path = f"{one(content_type_uid, entry_uid)}/import"
        return await self._ask(write("POST", path, params=asked, parts=(_file(entry),)))


def _file(entry: JsonObject | bytes) -> FormPart:
    """The form's one field: "a form-data parameter named entry", of the type "File"."""
    content = entry if isinstance(entry, bytes) else exact_json.dumps(entry)
    return FormPart("entry", content, filename="entry.json", media_type="application/json")
