"""The environments of a space, and their aliases. API pages: "Environments", "Environment aliases"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import AccessError, BadAnswer, JsonRefused, Refused
from stackferry.json_values import as_object, integer, nested, rows_in, text
from stackferry.providers.contentful.connection import parse_place
from stackferry.providers.contentful.kinds import Scope
from stackferry.providers.contentful.refusals import refusal
from stackferry.providers.contentful.requests.build import PAGE, Root, get
from stackferry.providers.places import FoundPlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject, Place
    from stackferry.providers.places import Call


def accounts(key: str, host: str, path: str, *, secure: bool) -> Sequence[Place]:
    """The space, whatever environment a URL names."""
    del path
    return [parse_place(key, host, "", secure=secure)]


async def places(call: Call, account: Place) -> Sequence[FoundPlace]:
    """Every environment, then every alias: the list of environments has both, and tells an alias by its target."""
    rows = await _rows(call, account, "/environments")
    rows += await _aliases(call, account)
    named = {text(nested(row, "sys", "id")): _target(row) for row in rows}
    own = [FoundPlace(replace(account, name=name)) for name, target in named.items() if name and not target]
    aliases = [FoundPlace(replace(account, name=name), target) for name, target in named.items() if target]
    return [*own, *aliases]


async def _aliases(call: Call, account: Place) -> list[JsonObject]:
    try:
        return await _rows(call, account, "/environment_aliases")
    except AccessError:
        raise
    except Refused:  # a space that has none may lack the call
        return []


def _target(row: JsonObject) -> str:
    """The environment that an alias stands for; empty where the row is no alias."""
    listed = text(nested(row, "sys", "aliasedEnvironment", "sys", "id"))
    return listed or text(nested(row, "environment", "sys", "id"))


async def _rows(call: Call, account: Place, path: str) -> list[JsonObject]:
    rows: list[JsonObject] = []
    while True:
        address = Root.of(account).path(Scope.SPACE, path)
        request = get(address, ("skip", str(len(rows))), ("limit", str(PAGE)))
        response = await call(request)
        if not response.ok:
            raise refusal(request, response)
        try:
            answer = as_object(exact_json.loads(response.content))
        except JsonRefused as refused:
            raise BadAnswer(f"GET {address}: the answer cannot be read: {refused}") from refused
        page = rows_in(answer, "items", f"GET {address}")
        rows += page
        if not page or len(rows) >= (integer(answer.get("total")) or 0):
            return rows
