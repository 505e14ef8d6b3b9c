"""Reads listings page by page into the staging store.

Three kinds of paging: by offset with a total (the pages after the first are read at the same time), by offset without
a total, and by a cursor that each answer gives for the next page. Must never call a listing complete whose count does
not hold.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackferry.drivers.answers import read_page
from stackferry.drivers.events import Event
from stackferry.errors import AccessError, BadAnswer, Forbidden, NotOffered, Refused, Unreachable
from stackferry.exact_json import dumps
from stackferry.io.storage.staging import CURSORS, PAGES
from stackferry.model import Gap, Record, Stream
from stackferry.providers.source import CursorListing, Listing, Page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.providers.source import ExportPlan

REREADS = 5  # how often a listing is begun again because rows came or went while it was read


@dataclass(frozen=True, slots=True)
class LaterPage:
    """A page of a listing after the first. `attempt` tells it from the pages of a reading that was given up."""

    listing: Listing
    skip: int
    total: int
    attempt: int


class ListingReader:
    """The listings of one stage of an export. `add_job` receives pages and listings that are to be read next."""

    def __init__(
        self,
        run: Run,
        plan: ExportPlan,
        staging: Staging,
        add_job: Callable[[Listing | LaterPage], None],
        *,
        is_up: Callable[[], Awaitable[bool]],
        have_moved: Callable[[Collection[str]], Awaitable[bool]],
        refusals_end: bool,
    ) -> None:
        """`is_up` asks whether the service answers the token at all, `have_moved` whether listings are not as read.

        For `refusals_end` see `Exporter`.
        """
        self._run = run
        self._plan = plan
        self._staging = staging
        self._add_job = add_job
        self._is_up = is_up
        self._have_moved = have_moved
        self._refusals_end = refusals_end
        self._attempts: Counter[str] = Counter()
        self._pages_left: dict[str, int] = {}  # by listing

    async def read(self, listing: Listing | CursorListing) -> None:
        """Read a listing, or its first page and leave the rest to jobs. A refusal of an optional one is recorded."""
        if isinstance(listing, CursorListing):
            await self._read_by_cursor(listing)
        elif self._staging.total(listing.name) is None:
            page = await self._first_page_or_none(listing, self._page(listing, 0))
            if page is not None:
                await self.read_on(listing, page)
        else:
            self._add_missing_pages(listing)

    async def read_later_page(self, page: LaterPage) -> None:
        """Read one of the pages after the first; a count that changed meanwhile begins the listing again."""
        listing = page.listing
        if page.attempt != self._attempts[listing.name]:
            return
        try:
            found = await self._page(listing, page.skip)
        except (BadAnswer, Unreachable):
            if page.attempt == self._attempts[listing.name]:
                raise
            return
        if page.attempt != self._attempts[listing.name]:
            return  # given up while this page was on its way
        # Any other number of rows, or another total, means that rows came or went since the first page.
        expected = min(listing.page_size, page.total - page.skip)
        has_moved = found.seen != expected or found.total not in (None, page.total)
        if has_moved and not self._is_last_reading(listing):
            self._begin_again(listing)
            return
        self._keep(
            listing, str(page.skip), found, page.total, page_notes(listing, page.skip, found, page.total)
        )
        self._pages_left[listing.name] -= 1
        if not self._pages_left[listing.name]:
            self._complete(listing)

    async def read_on(self, listing: Listing, page: Page) -> None:
        """Keep the first page, and go on as its numbers say."""
        if page.total is None:
            await self._read_without_total(listing, page)
            return
        total = max(page.total, page.seen)  # a total below the rows at hand is wrong
        self._run.emit(Event("export", total=total))
        self._keep(listing, "0", page, total, page_notes(listing, 0, page, total))
        if page.seen < min(listing.page_size, page.total):
            await self._read_in_short_pages(listing, page, page.total)
        elif page.seen >= page.total:
            self._complete(listing)
        else:
            self._add_missing_pages(listing)

    async def _first_page_or_none(
        self, listing: Listing | CursorListing, page: Awaitable[Page]
    ) -> Page | None:
        """The first page; None where the service refuses the listing, which is then recorded."""
        try:
            return await page
        except (Refused, AccessError) as refused:
            if not await self._is_gap(listing, refused):
                if await self._may_be_gone(listing, refused):
                    # Done without a page: at the end it is read again, if what it belongs to is still there.
                    self._staging.keep(listing.name, listing=listing.name)
                    return None
                raise
            # A kind that the service lacks is empty; one that it refuses to this token is a gap.
            more = f"; {listing.also_lost}" if isinstance(listing, Listing) and listing.also_lost else ""
            gap = Gap(kind=listing.name, uid="*", reason=f"not given by the service: {refused}{more}")
            is_empty = isinstance(refused, NotOffered) and not listing.not_found_is_gap
            self._staging.keep(listing.name, gaps=() if is_empty else (gap,))
            return None

    async def _is_gap(self, listing: Listing | CursorListing, refused: Refused | AccessError) -> bool:
        """Whether a refusal is about this listing alone, and the rest is worth having without it."""
        is_about_token = isinstance(refused, AccessError)
        if not listing.optional and (self._refusals_end or not (listing.may_be_refused and is_about_token)):
            return False
        return isinstance(refused, Refused | Forbidden) or await self._is_up()

    async def _may_be_gone(self, listing: Listing | CursorListing, refused: Refused | AccessError) -> bool:
        """Whether a refusal may mean that what the listing belongs to was deleted after it was listed."""
        if self._refusals_end or isinstance(refused, AccessError) or not isinstance(listing, Listing):
            return False
        return bool(listing.belongs_to) and await self._have_moved(listing.belongs_to)

    def _add_missing_pages(self, listing: Listing) -> None:
        total, attempt = self._staging.total(listing.name) or 0, self._attempts[listing.name]
        skips = range(0, total, listing.page_size)
        missing = [skip for skip in skips if not self._staging.is_done(f"{listing.name}@{skip}")]
        self._pages_left[listing.name] = len(missing)
        for skip in missing:
            self._add_job(LaterPage(listing, skip, total, attempt))
        if not missing:
            self._complete(listing)

    async def _read_in_short_pages(self, listing: Listing, page: Page, total: int) -> None:
        """For a service that answers with fewer rows than it was asked for: each page begins where the last ended."""
        skip = page.seen
        while page.seen and skip < total and page.total == total:
            page = await self._page(listing, skip)
            self._keep(listing, str(skip), page, total, page_notes(listing, skip, page, total))
            skip += page.seen
        if page.total == total or self._is_last_reading(listing):
            self._complete(listing)
        else:
            self._begin_again(listing)

    async def _read_without_total(self, listing: Listing, page: Page) -> None:
        """Read until a page is not full or holds nothing new."""
        # A service may ignore `skip` and answer with the same page again: then nothing is new on it.
        skip, known = 0, set[str]()
        while True:
            new = [row for row in page.records if row[1].uid not in known]
            known.update(record.uid for _, record in new)
            self._keep(listing, str(skip), replace(page, records=new), 0, page_notes(listing, skip, page, 0))
            skip += page.seen
            if page.seen != listing.page_size or not new:
                self._staging.keep(listing.name)
                return
            page = await self._page(listing, skip)

    async def _read_by_cursor(self, listing: CursorListing) -> None:
        """Read on from the cursor that is staged. One that the service no longer takes begins the listing again."""
        staged = self._staging.get(CURSORS, listing.name)
        if staged is not None:
            try:
                await self._read_from_cursor(listing, str(staged["next"]))
            except (Refused, BadAnswer):
                self._staging.forget(listing.name)
            else:
                return
        page = await self._first_page_or_none(listing, self._cursor_page(listing, ""))
        if page is not None:
            self._keep_cursor_page(listing, "", page)
            await self._read_from_cursor(listing, page.next)

    async def _read_from_cursor(self, listing: CursorListing, cursor: str) -> None:
        while cursor:
            page = await self._cursor_page(listing, cursor)
            self._keep_cursor_page(listing, cursor, page)
            cursor = page.next
        self._staging.keep(listing.name)

    async def _cursor_page(self, listing: CursorListing, cursor: str) -> Page:
        """A page, asked for with fewer rows where the service says that it is too large."""
        size = listing.page_size
        while True:
            try:
                return await read_page(self._run, self._plan, listing, listing.request(cursor, size))
            except (Refused, BadAnswer) as error:
                if size == 1 or not listing.is_too_large(error):
                    raise
                size //= 2

    def _keep_cursor_page(self, listing: CursorListing, cursor: str, page: Page) -> None:
        """The page and the cursor of the next one, in one transaction: a resumed run goes on from there."""
        position = (CURSORS, Record(listing.name, {"next": page.next}))
        self._keep(listing, cursor, page, 0, [position])

    def _complete(self, listing: Listing) -> None:
        """Every page is here: done if the rows add up and none came twice, which means that another is missing.

        What does not add up at the last reading either is kept as it is, with a gap: the rest of the export is not
        given up for one listing.
        """
        repeats, whole = self._staging.repeats(listing.name), self._staging.is_whole(listing.name)
        if (repeats or not whole) and not self._is_last_reading(listing):
            self._begin_again(listing)
            return
        reason = f"its rows did not add up, {REREADS + 1} readings in a row: some may be missing"
        gap = Gap(kind=listing.name, uid="*", reason=reason)
        self._staging.keep(listing.name, gaps=[gap] if repeats or not whole else [])

    def _is_last_reading(self, listing: Listing) -> bool:
        return self._attempts[listing.name] >= REREADS

    def _begin_again(self, listing: Listing) -> None:
        """Rows changed between two pages: read the whole listing again, until it stays the same while it is read."""
        self._attempts[listing.name] += 1
        self._staging.forget(listing.name)
        self._add_job(listing)

    async def _page(self, listing: Listing, skip: int) -> Page:
        return await read_page(self._run, self._plan, listing, listing.request(skip))

    def _keep(
        self,
        listing: Listing | CursorListing,
        position: str,
        page: Page,
        total: int,
        notes: Sequence[tuple[Stream, Record]] = (),
    ) -> None:
        """Stage a page, and in the same transaction `notes` of it."""
        self._staging.keep(
            f"{listing.name}@{position}",
            [*page.records, *notes],
            gaps=page.gaps,
            redacted=page.redacted,
            listing=listing.name,
            total=total,
            seen=page.seen,
        )
        self._run.report_exported(stream for stream, _ in page.records)


def page_notes(listing: Listing, position: int, page: Page, total: int) -> list[tuple[Stream, Record]]:
    """What is kept of a page so that a second look sees whether it is still the same.

    Where the second look is at the newest rows alone, these are compared with what is staged.
    """
    if not listing.is_looked_at:
        return []
    is_compared = listing.newest is None or page.seen >= total
    return [(PAGES, Record(listing.name, {"sha256": page_digest(page) if is_compared else ""}, position))]


def page_digest(page: Page) -> str:
    """A digest of what a page holds, in whatever order its rows stand."""
    lines = (
        f"{[*stream]} {one.uid!r} {one.number} ".encode() + dumps(one.body) for stream, one in page.records
    )
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()
