"""All rows of a listing, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from stackferry.json_values import integer, objects

if TYPE_CHECKING:
    from stackferry.model import JsonObject

PAGE = 100
Ask: TypeAlias = Callable[[int, int], "Awaitable[JsonObject]"]


async def every_row(ask: Ask, key: str, most: int | None = None) -> list[JsonObject]:
    """The rows under `key`, at most `most`; `ask` gets `skip` and `limit` and should ask for the count as well.

    Ends also with a service that pays no heed to `skip`, whose pages are all the same.
    """
    rows: list[JsonObject] = []
    while most is None or len(rows) < most:
        size = PAGE if most is None else min(PAGE, most - len(rows))
        answer = await ask(len(rows), size)
        page, count = objects(answer.get(key)), integer(answer.get("count"))
        if not page or (rows and page[0] == rows[0]):
            break
        rows += page
        if len(rows) >= count if count is not None else len(page) < size:
            break
    return rows if most is None else rows[:most]
