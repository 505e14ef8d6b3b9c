"""Releases of one generation or of both, listed whole.

Whether a list that names no generation holds both, or Launch releases alone, differs between spaces, and there is no
filter for Launch releases on the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from stackferry.errors import Forbidden, Refused
from stackferry.json_values import nested, objects, text
from stackferry.providers.contentful.requests.releases import TIMELINE, is_timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.api.releases import ReleaseFilters, Releases

Generation: TypeAlias = Literal["", "timeline", "launch"]

ORDER: Final = "-sys.updatedAt"  # of a list that names none


class ReleaseRows(NamedTuple):
    """Releases, and the address of the page after them, if there is one.

    `refused`: why Timeline releases are not among them, where the service lists them apart and refuses that.
    """

    rows: list[JsonObject]
    following: str = ""
    refused: str = ""


async def release_rows(
    releases: Releases, filters: ReleaseFilters, *, generation: Generation = "", most: int | None = None
) -> ReleaseRows:
    """The releases that meet the filters, at most so many.

    Without a `generation` both are listed, in the order that is asked for.
    """
    timeline: ReleaseFilters = {**filters, "schema_version": TIMELINE}
    if generation == "timeline":
        return ReleaseRows(*await every_row(releases.pages(**timeline), most))
    found = ReleaseRows(*await every_row(releases.pages(**filters), most, launch=generation == "launch"))
    # A cursor goes on with one list; and one that shows both generations needs no other.
    if generation == "launch" or "page_next" in filters or any(map(is_timeline, found.rows)):
        return found
    try:
        others, _ = await every_row(releases.pages(**timeline), most)
    except (Refused, Forbidden) as refused:  # plans without Timeline
        return found._replace(refused=str(refused))
    if not others:
        return found
    return ReleaseRows(_merged([*found.rows, *others], filters.get("order") or ORDER)[:most])


async def every_row(
    pages: AsyncIterator[JsonObject], most: int | None = None, *, launch: bool = False
) -> tuple[list[JsonObject], str]:
    """The rows of a listing, at most so many, and the address of the page after them.

    There is no address where the last row lies inside of its page. `launch`: Launch releases alone.
    """
    rows: list[JsonObject] = []
    async for page in pages:
        rows += [row for row in objects(page.get("items")) if not (launch and is_timeline(row))]
        if most is not None and len(rows) >= most:
            return rows[:most], text(nested(page, "pages", "next")) if len(rows) == most else ""
    return rows, ""


def _merged(rows: list[JsonObject], order: str) -> list[JsonObject]:
    """The rows of two lists in one order, each once."""
    path = order.lstrip("-").split(".")
    by_id = {text(nested(row, "sys", "id")): row for row in rows}
    return sorted(by_id.values(), key=lambda row: text(nested(row, *path)), reverse=order.startswith("-"))
