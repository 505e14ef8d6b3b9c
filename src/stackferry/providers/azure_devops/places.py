"""The projects of an organization, or of a collection of an own server. API page: "Projects - List"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.providers.azure_devops.api.client import Client
from stackferry.providers.azure_devops.hosts import Root, parse_place
from stackferry.providers.azure_devops.requests.read import list_projects
from stackferry.providers.places import FoundPlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject, Place
    from stackferry.providers.places import Call

_ANY: Final = "any"  # stands for a project where a URL is parsed that need not name one


def accounts(key: str, host: str, path: str, *, secure: bool) -> Sequence[Place]:
    """The organization, whatever project a URL names.

    The path of an own server may end with a project, or be the server's own path alone: both are tried.
    """
    parts = [part for part in path.split("/") if part]
    found = []
    for directory in (parts, parts[:-1]) if parts else ([],):
        place = parse_place(key, host, "/".join([*parts[:-1], _ANY]), secure=secure)
        found.append(replace(place, name="".join(f"{part}/" for part in directory)))
    # A project of the cloud has nothing before it.
    return found[-1:] if _is_cloud(found[0]) else found


def _is_cloud(place: Place) -> bool:
    return len(dict.fromkeys(origin for _, origin in Root.of(place).origins)) > 1


async def places(call: Call, account: Place) -> Sequence[FoundPlace]:
    """Every project, in the order of the service."""
    rows = await _Projects(call, Root.of(account)).rows()
    names = filter(None, (text(row.get("name")) for row in rows))
    return [FoundPlace(replace(account, name=f"{account.name}{name}")) for name in names]


class _Projects(Client):
    async def rows(self) -> list[JsonObject]:
        """All of them: until a page has nothing new, since no page says which is the last one."""
        rows: dict[str, JsonObject] = {}
        while True:
            page = await self._page(list_projects(self._root, len(rows)), "the list of projects")
            known = len(rows)
            rows |= {text(row.get("id")): row for row in page.rows}
            if len(rows) == known:
                return [*rows.values()]
