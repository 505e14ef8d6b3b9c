"""The branches of a stack, and their aliases. API page: Branches, "Get all branches"; Aliases, "Get all aliases"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.errors import AccessError, Refused
from stackferry.json_values import text
from stackferry.providers.contentstack.api.client import Client, every_row
from stackferry.providers.contentstack.connection import MAIN, parse_place
from stackferry.providers.places import FoundPlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject, Place
    from stackferry.providers.places import Call


def accounts(key: str, host: str, path: str, *, secure: bool) -> Sequence[Place]:
    """The stack, whatever branch a URL names."""
    del path
    return [parse_place(key, host, "", secure=secure)]


async def places(call: Call, account: Place) -> Sequence[FoundPlace]:
    """Every branch, then every alias. A stack without branches has one, `main`."""
    client = _Branches(call)
    try:
        branches = await client.rows("branches")
    except AccessError:
        raise
    except Refused:  # the feature is not switched on in every organization
        return [FoundPlace(account)]
    names = [text(row.get("uid")) for row in branches] or [MAIN]
    found = [FoundPlace(replace(account, name=name)) for name in names if name]
    for row in await client.rows("branch_aliases"):
        alias, branch = text(row.get("alias")), text(row.get("uid"))
        if alias and branch:
            found.append(FoundPlace(replace(account, name=alias), branch))
    return found


class _Branches(Client):
    async def rows(self, key: str) -> list[JsonObject]:
        async def page(skip: int, limit: int) -> JsonObject:
            return await self._get(
                f"/stacks/{key}", (("skip", str(skip)), ("limit", str(limit)), ("include_count", "true"))
            )

        return await every_row(page, key)
