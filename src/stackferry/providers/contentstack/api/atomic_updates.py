"""Single fields of an entry, changed by what they hold by then. API page: "CMA | Entries".

Payloads and answers pass unchanged. Parameters have the names that the page gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.api.client import Client
from stackferry.providers.contentstack.requests import entries as requests
from stackferry.providers.contentstack.requests.build import given, params

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


class AtomicUpdates(Client):
    """Section "Atomic Updates to Entries": each call makes one new version of the entry.

    Operators in operators (nested groups and blocks) fit into `data`: it passes unchanged. Several fields at once
    go through `Entries.update`, which knows nothing of operators and passes them on as well.
    """

    async def push(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        field: str,
        data: Json,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Append one value, or a list of values, to a field. Section "PUSH Operation"."""
        return await self._apply(content_type_uid, entry_uid, field, {"PUSH": {"data": data}}, include_branch)

    async def pull(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        field: str,
        query: JsonObject,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Take the values that a query finds out of a field; not in nested groups. Section "PULL Operation"."""
        return await self._apply(
            content_type_uid, entry_uid, field, {"PULL": {"query": query}}, include_branch
        )

    async def update(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        field: str,
        data: Json,
        index: int | None = None,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Change a field, or its value at an index; of objects only what is named. Section "UPDATE Operation"."""
        operation: JsonObject = {"UPDATE": {**given(index=index), "data": data}}
        return await self._apply(content_type_uid, entry_uid, field, operation, include_branch)

    async def add(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        field: str,
        number: float,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Add to a number, whatever it is by then. Section "ADD Operation"."""
        return await self._apply(content_type_uid, entry_uid, field, {"ADD": number}, include_branch)

    async def sub(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        field: str,
        number: float,
        include_branch: bool | None = None,
    ) -> JsonObject:
        """Subtract from a number, whatever it is by then. Section "SUB Operation"."""
        return await self._apply(content_type_uid, entry_uid, field, {"SUB": number}, include_branch)

    async def _apply(
        self,
        content_type_uid: str,
        entry_uid: str,
        field: str,
        operation: JsonObject,
        include_branch: bool | None,
    ) -> JsonObject:
        asked = params(include_branch=include_branch)
        return await self._ask(requests.update_entry(content_type_uid, entry_uid, {field: operation}, asked))
