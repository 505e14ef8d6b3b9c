"""A second look at one listing: whether it is still as it was read, and which of its rows are not.

Must never call a listing the same where an answer does not show it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackferry.drivers.answers import read_page
from stackferry.drivers.reading.listing_reader import page_digest
from stackferry.errors import AccessError, Refused
from stackferry.exact_json import dumps
from stackferry.io.storage.staging import PAGES, RANGES
from stackferry.json_values import integer
from stackferry.providers.source import CursorListing, Listing, Page, Rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from stackferry.drivers.reading.page_requests import PageRequests
    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.model import Gap, Record, Request, Stream
    from stackferry.providers.source import ExportPlan


@dataclass(frozen=True, slots=True)
class Moved:
    """A listing that is not as it was read.

    `page`: all of it, as it is now, where the look showed all. `rows` are those that differ, `gone` the uids of those
    that are there no longer; with `is_known` no others do, and the listing has `total` rows now.
    """

    listing: Listing | CursorListing
    page: Page | None = None
    rows: Sequence[tuple[Stream, Record]] = ()
    gone: Sequence[str] = ()
    gaps: Sequence[Gap] = ()
    total: int | None = None
    is_known: bool = False
    is_refused: bool = False
    what: str = ""  # for the user: the refusal


class ListingLook:
    """Looks at listings of one export."""

    def __init__(
        self,
        run: Run,
        plan: ExportPlan,
        staging: Staging,
        requests: PageRequests,
        is_up: Callable[[], Awaitable[bool]],
    ) -> None:
        self._run, self._plan, self._staging = run, plan, staging
        self._requests, self._is_up = requests, is_up

    async def at(self, listing: Listing | CursorListing) -> Moved | None:
        """What is not as it was read; None where it is all the same."""
        pages = {
            number: str(note.get("sha256")) for number, note in self._staging.numbered(PAGES, listing.name)
        }
        if not pages:  # read by an earlier version, which kept no notes
            return Moved(listing)
        try:
            if isinstance(listing, CursorListing):
                return await self._by_cursor(listing, pages)
            if listing.newest is not None and (len(pages) > 1 or listing.shown is not None):
                return await self._at_newest(listing, listing.newest())
            return await self._at_pages(listing, pages)
        except (Refused, AccessError) as refused:
            if isinstance(refused, AccessError) and not await self._is_up():
                raise
            return Moved(listing, what=f" ({refused})", is_refused=True)

    async def _at_pages(self, listing: Listing, pages: Mapping[int, str]) -> Moved | None:
        sizes = {
            number: integer(note.get("rows")) for number, note in self._staging.numbered(RANGES, listing.name)
        }
        for position, digest in pages.items():
            page, _ = await self._requests.page(listing, position, sizes.get(position) or 0)
            if self._count_moved(listing, page) or page_digest(page) != digest:
                is_whole, rows = len(pages) == 1, self.differing(listing, page)
                gone = {*unsure(listing, self._staging)}.difference(one.uid for _, one in page.records)
                return Moved(listing, page if is_whole else None, rows, [*gone], is_known=is_whole)
        return None

    async def _by_cursor(self, listing: CursorListing, pages: Mapping[int, str]) -> Moved | None:
        """From a first page on: the cursors of the first reading need not be good any more."""
        cursor = ""
        for digest in pages.values():
            page = await self._requests.page_at(listing, cursor)
            cursor = page.next
            if page_digest(page) != digest:
                return Moved(listing, rows=self.differing(listing, page))
        return Moved(listing) if cursor else None

    async def _at_newest(self, listing: Listing, request: Request) -> Moved | None:
        # Times are whole milliseconds at best, so every row of the page is compared and not the newest time alone.
        newest = replace(listing, read=listing.read_newest or listing.read)
        page = await read_page(self._run, self._plan, newest, request)
        rows = changed = self.differing(listing, page)
        if listing.shown is not None:
            rows = await self._whole_rows(listing, [one.uid for _, one in changed])
        is_known = _shows_all(page, changed) and len(rows) == len(changed)
        more, gone = await self._at_unsure(listing, page)
        rows = [*rows, *more]
        known = self._staging.held(listing.name, {one.uid for _, one in rows})
        added = sum(1 for _, one in rows if one.uid not in known)
        is_known = is_known and not self._count_moved(listing, page, added)
        if is_known and not (rows or gone):
            return None
        return Moved(listing, None, rows, gone, page.gaps, page.total, is_known)

    async def _at_unsure(self, listing: Listing, page: Page) -> tuple[list[tuple[Stream, Record]], list[str]]:
        """Of the rows that a page of the newest may lack though they changed: those that differ, and the uids gone."""
        seen = {one.uid for _, one in page.records}
        rows: list[tuple[Stream, Record]] = []
        gone: list[str] = []
        asked = dict.fromkeys(
            [*unsure(listing, self._staging), *(one.uid for _, one in under_way(listing, self._staging))]
        )
        for some in some_rows(listing, [uid for uid in asked if uid not in seen]):
            found = await self.read_rows(listing, some)
            rows += self.differing(listing, found)
            gone += {*some.uids}.difference(one.uid for _, one in found.records)
        return rows, gone

    async def _whole_rows(self, listing: Listing, uids: Sequence[str]) -> list[tuple[Stream, Record]]:
        """Rows of which a look showed a part."""
        return [
            row for some in some_rows(listing, uids) for row in (await self.read_rows(listing, some)).records
        ]

    async def read_rows(self, listing: Listing, some: Rows) -> Page:
        """Some rows as they are now, those that are there."""
        try:
            page = await read_page(self._run, self._plan, replace(listing, read=some.read), some.request)
        except Refused:  # as "not found" is
            page = Page([], 0)
        found = {one.uid: (stream, one) for stream, one in page.records if one.uid in some.uids}
        missing = [uid for uid in some.uids if uid not in found]
        # A page may hold fewer rows than it was asked for.
        ask = some_rows(listing, missing) if found else some.missing(missing) if some.missing else ()
        for more in ask if missing else ():
            found |= {one.uid: (stream, one) for stream, one in (await self.read_rows(listing, more)).records}
        return replace(page, records=[*found.values()])

    def _count_moved(self, listing: Listing, page: Page, added: int = 0) -> bool:
        """Whether a listing has other rows, beside so many that are known to be new."""
        if page.total is None:
            return False
        before, now = self._staging.total(listing.name) or 0, max(page.total, page.seen)
        return now > before + added if listing.loses_rows else now != before + added

    def differing(self, listing: Listing | CursorListing, page: Page) -> list[tuple[Stream, Record]]:
        """The rows of a page that are staged otherwise, or not at all."""
        shown = (isinstance(listing, Listing) and listing.shown) or (lambda body: body)
        # As bytes: in Python true equals 1.
        return [
            (stream, one)
            for stream, one in page.records
            if (staged := self._staging.get(stream, one.uid, one.number)) is None
            or dumps(shown(staged)) != dumps(shown(one.body))
        ]


def _shows_all(page: Page, changed: Sequence[tuple[Stream, Record]]) -> bool:
    """Whether a page of the newest shows all that were changed: it holds all rows, or one that was not changed."""
    if page.total is not None and page.seen >= page.total:
        return True
    return bool(page.records) and page.records[-1:] != changed[-1:]


def some_rows(listing: Listing, uids: Sequence[str]) -> Iterable[Rows]:
    """Requests for single rows of a listing."""
    return listing.rows(uids) if listing.rows is not None and uids else ()


def under_way(listing: Listing | CursorListing, staging: Staging) -> Iterable[tuple[Stream, Record]]:
    """Rows that tell of what the service is at."""
    if not isinstance(listing, Listing) or listing.under_way is None:
        return ()
    return listing.under_way(staging)


def unsure(listing: Listing, staging: Staging) -> Iterable[str]:
    """The uids of rows that change without becoming new."""
    return () if listing.unsure is None else listing.unsure(staging)
