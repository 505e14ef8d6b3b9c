"""Entries: their content, versions and files. API page: "CMA | Entries".

Payloads and answers pass unchanged. Parameters have the names that the page gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests import entries as requests
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import entry_path, version_name_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject

VERSION_NAME_LENGTH = 32  # the most characters that a version name has


class Entries(Client):
    """The sections of the page about whole entries. Every method raises the errors of `Client`."""

    async def get_all(
        self,
        *,
        content_type_uid: str,
        locale: str | None = None,
        environment: str | None = None,
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
        # `apply_draft` merges what nobody has saved yet into the answer: exports never send it.
        asked = params(
            locale=locale,
            environment=environment,
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
        return await self._ask(requests.list_entries(content_type_uid, *asked))

    async def get(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        version: int | None = None,
        locale: str | None = None,
        environment: str | None = None,
        include_workflow: bool | None = None,
        include_publish_details: bool | None = None,
        include_metadata: bool | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """One entry, at its latest version, the given one, or that in an environment. Section "Get a single entry".

        Raises UsageError for a version together with an environment.
        """
        if version is not None and environment is not None:
            raise UsageError("a version, or an environment: the service takes one of them")
        asked = params(
            version=version,
            locale=locale,
            environment=environment,
            include_workflow=include_workflow,
            include_publish_details=include_publish_details,
            include_metadata=include_metadata,
            include_branch=include_branch,
        )
        return await self._ask(requests.read_entry(content_type_uid, entry_uid, *asked))

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
        return await self._ask(requests.create_entry(content_type_uid, entry, asked))

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
        locale". Raises UsageError for a payload without a uid.
        """
        # Without a uid the service would make another entry.
        if not entry.get("uid"):
            raise UsageError("the payload must hold the uid of the localized entry")
        asked = params(copy_to_master=copy_to_master, include_branch=include_branch)
        return await self._ask(requests.create_entry(content_type_uid, entry, asked))

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
        return await self._ask(requests.update_entry(content_type_uid, entry_uid, entry, asked))

    async def localize(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        locale: str,
        entry: JsonObject,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """A new version of an entry in one language, the first or a later one; nothing is published.

        Sections "Localize an entry" and "Update a localized entry". Instances of groups and blocks with
        non-localizable fields need their `_metadata.uid`, in an update `non_localizable_content` too.
        """
        asked = params(locale=locale, include_branch=include_branch)
        return await self._ask(requests.update_entry(content_type_uid, entry_uid, entry, asked))

    update_localized = localize  # the same request

    async def unlocalize(self, *, content_type_uid: str, entry_uid: str, locale: str) -> JsonObject:
        """The language falls back again; its own content and history are gone. Section "Unlocalize an entry"."""
        return await self._send(
            "POST", f"{entry_path(content_type_uid, entry_uid)}/unlocalize", None, params(locale=locale)
        )

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
        # The page does not say which of the three wins.
        if sum(map(bool, (locale, delete_all_localized, locales))) > 1:
            raise UsageError("a language, several languages or all of them: not more than one of these")
        asked = params(locale=locale, delete_all_localized=delete_all_localized)
        return await self._ask(requests.delete_entry(content_type_uid, entry_uid, asked, locales))

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
        return await self._get(f"{entry_path(content_type_uid, entry_uid)}/references", asked)

    async def languages(self, *, content_type_uid: str, entry_uid: str) -> JsonObject:
        """The languages that an entry exists in. Section "Get languages of an entry"."""
        return await self._get(f"{entry_path(content_type_uid, entry_uid)}/locales")


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
        return await self._ask(requests.list_versions(content_type_uid, entry_uid, *asked))

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
        if not 0 < len(name) <= VERSION_NAME_LENGTH:
            raise UsageError(
                f"a version name has 1 to {VERSION_NAME_LENGTH} characters, this one has {len(name)}"
            )
        request = requests.name_version(
            content_type_uid, entry_uid, version_number, name, locale=locale, force=force
        )
        return await self._ask(request)

    async def delete_name(
        self, *, content_type_uid: str, entry_uid: str, version_number: int, locale: str | None = None
    ) -> JsonObject:
        """Take a version's name away: it is a number again. Section "Delete Version Name of Entry".

        Without `locale` the master language's version is meant.
        """
        # The page names no parameter. Its sibling, which sets the name, takes the language in its body.
        path = version_name_path(content_type_uid, entry_uid, version_number)
        return await self._send("DELETE", path, None, params(locale=locale))


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
        return await self._get(f"{entry_path(content_type_uid, entry_uid)}/export", asked)

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
        return await self._ask(requests.import_entry(content_type_uid, entry, asked))

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
        return await self._ask(requests.import_entry(content_type_uid, entry, asked, entry_uid))
