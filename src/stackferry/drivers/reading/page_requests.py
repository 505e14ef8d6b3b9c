"""Asks for pages of listings, with as many rows as fit into an answer where the service limits its size.

What is learnt of a listing's rows holds for all of its pages, so that few are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.page_size import PageSize
from stackferry.drivers.answers import read_page
from stackferry.errors import BadAnswer, Refused
from stackferry.exact_json import dumps
from stackferry.providers.source import Listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.drivers.run import Run
    from stackferry.model import Request
    from stackferry.providers.source import CursorListing, ExportPlan, Page

_SMALL: Final = (
    8  # an answer so many times smaller than the largest one: its rows need not be measured one by one
)


class PageRequests:
    """The pages of one export's listings."""

    def __init__(self, run: Run, plan: ExportPlan) -> None:
        self._run, self._plan = run, plan
        self._sizes: dict[str, PageSize] = {}  # by listing

    def rows_of(self, listing: Listing | CursorListing) -> int:
        """How many rows are asked for at a time, as far as is known now."""
        is_sized = not isinstance(listing, Listing) or listing.sized is not None
        return self._size_of(listing).rows if is_sized else listing.page_size

    async def page(self, listing: Listing, skip: int, rows: int = 0) -> tuple[Page, int]:
        """The page that begins at row `skip`, and how many rows it was asked for with: `rows` at most."""
        if listing.sized is None:
            return await read_page(self._run, self._plan, listing, listing.request(skip)), listing.page_size
        sized = listing.sized
        return await self._sized(listing, lambda asked: sized(skip, asked), rows)

    async def page_at(self, listing: CursorListing, cursor: str) -> Page:
        """The page that begins at a cursor, `""` for the first."""
        page, _ = await self._sized(listing, lambda asked: listing.request(cursor, asked))
        return page

    async def _sized(
        self, listing: Listing | CursorListing, request: Callable[[int], Request], rows: int = 0
    ) -> tuple[Page, int]:
        size, lengths = self._size_of(listing), list[int]()
        while True:
            asked = min(rows or size.rows, size.rows)
            try:
                page = await read_page(self._run, self._plan, listing, request(asked), lengths.append)
            except (Refused, BadAnswer) as error:
                if asked == 1 or not listing.limits.is_too_large(error):
                    raise
                size.refused(asked, listing.limits.bytes_in(error))
                continue
            is_small = lengths[-1] * _SMALL < size.most_bytes
            size.answered(page.seen, lengths[-1], [] if is_small else _lengths(page))
            return page, asked

    def _size_of(self, listing: Listing | CursorListing) -> PageSize:
        limits = listing.limits
        new = PageSize(listing.page_size, limits.bytes, limits.least_rows)
        return self._sizes.setdefault(listing.name, new)


def _lengths(page: Page) -> list[int]:
    return [len(dumps(record.body)) for _, record in page.records]
