"""Definitions and their stages, found by the names that people use for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.nearest import suggestion
from stackferry.errors import UsageError
from stackferry.json_values import integer, objects, text
from stackferry.providers.azure_devops.api.client import Client
from stackferry.providers.azure_devops.requests.folder_paths import folder_path
from stackferry.providers.azure_devops.requests.read import get_definition, list_definitions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject, Request


class Definitions(Client):
    """What of definitions the work with releases needs."""

    async def get(self, *, definition_id: int) -> JsonObject:
        """One definition, whole."""
        request = get_definition(self._root, definition_id)
        return await self._object(request, f"definition {definition_id}", definition_id)

    async def id_of(self, named: str) -> int:
        r"""The id of a definition that is named by its id, its name, or its folder and name (`\Web\Shop CD`).

        Raises UsageError where no definition, or more than one, has the name.
        """
        if named.isascii() and named.isdigit():
            return int(named)
        path, _, name = named.replace("/", "\\").rpartition("\\")
        found = await self._named(named) or (await self._named(name) if path else [])
        if path:
            found = [row for row in found if _full_name(row) == _plain(named) or _name(row) == named.lower()]
        if len(found) != 1:
            raise UsageError(_not_one(named, found) if found else await self._unknown(named))
        return integer(found[0].get("id")) or 0

    async def _unknown(self, named: str) -> str:
        rows = (await self._found(partial(list_definitions, self._root), "the list of definitions")).rows
        near = suggestion(named, (text(row.get("name")) for row in rows))
        return f"the project has no definition '{named}'{near}"

    async def _named(self, name: str) -> list[JsonObject]:
        asked = (("searchText", name), ("isExactNameMatch", "true"))

        def ask(token: str, rows: int) -> Request:
            return list_definitions(self._root, token, rows, *asked)

        found = await self._found(ask, "the list of definitions")
        return [row for row in found.rows if _name(row) == name.lower()]

    async def stage_id(self, definition: int, named: str) -> int:
        """The id that a stage has in a definition, by its id or its name. Raises UsageError for none of them."""
        if named.isascii() and named.isdigit():
            return int(named)
        stages = objects((await self.get(definition_id=definition)).get("environments"))
        found = [row for row in stages if _name(row) == named.lower()]
        if len(found) != 1:
            raise UsageError(f"definition {definition} has no stage '{named}'; it has {_names(stages)}")
        return integer(found[0].get("id")) or 0


def _names(stages: Iterable[JsonObject]) -> str:
    return ", ".join(text(row.get("name")) for row in stages) or "none"


def _name(row: JsonObject) -> str:
    return text(row.get("name")).lower()


def _plain(path: str) -> str:
    return folder_path(path).strip("\\").lower()


def _full_name(row: JsonObject) -> str:
    return _plain(f"{text(row.get('path'))}\\{text(row.get('name'))}")


def _not_one(named: str, found: list[JsonObject]) -> str:
    which = ", ".join(f"{row.get('id')} ({text(row.get('path'))})" for row in found)
    return f"'{named}' is the name of {len(found)} definitions: give an id, one of {which}"
