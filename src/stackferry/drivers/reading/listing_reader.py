"""Reads listings page by page into the staging store.

Three kinds of paging: by offset with a total (the pages after the first are read at the same time), by offset without
a total, and by a cursor that each answer gives for the next page. Where answers may not be larger than so many bytes,
pages by offset are cut from ranges of rows, as large as fits. Must never call a listing complete whose count does not
hold.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from stackferry.errors import AccessError, BadAnswer, Forbidden, NotOffered, NotSignedIn, Refused, Unreachable
from stackferry.exact_json import dumps
from stackferry.io.storage.staging import CURSORS, PAGES, RANGES
from stackferry.json_values import integer
from stackferry.model import Gap, Record, Stream
from stackferry.providers.source import NOT_OFFERED, REFUSED, CursorListing, Listing, Page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence, Set

    from stackferry.drivers.reading.page_requests import PageRequests
    from stackferry.drivers.reading.read_progress import ReadProgress
    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.model import JsonObject
    from stackferry.providers.source import ExportPlan, Fetch

T = TypeVar("T")
IDLE_PAGES = (
    10  # pages by cursor without a new row that may follow one another: some services filter after paging
)
REREADS = 5  # how often a listing is begun again because rows came or went while it was read


@dataclass(frozen=True, slots=True)
class LaterPage:
    """A page of a listing after the first. `attempt` tells it from the pages of a reading that was given up.

    `rows`: it is a range of so many rows, of which the page is the beginning and the rest is another job; 0: a page.
    """

    listing: Listing
    skip: int
    total: int
    attempt: int
    rows: int = 0


class ListingReader:
    """The listings of one stage of an export. `add_job` receives pages and listings that are to be read next."""

    def __init__(
        self,
        run: Run,
        plan: ExportPlan,
        staging: Staging,
        add_job: Callable[[Fetch | Listing | CursorListing | LaterPage], None],
        requests: PageRequests,
        progress: ReadProgress,
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
        self._requests, self._progress = requests, progress
        self._attempts: Counter[str] = Counter()
        self._pages_left: dict[str, int] = {}  # by listing

    async def read(self, listing: Listing | CursorListing) -> None:
        """Read a listing, or its first page and leave the rest to jobs. A refusal of an optional one is recorded."""
        if isinstance(listing, CursorListing):
            await self._read_by_cursor(listing)
        elif self._staging.total(listing.name) is None:
            first = await self._first_page_or_none(listing, self._requests.page(listing, 0))
            if first is not None:
                await self.read_on(listing, *first)
        else:
            self._add_missing_pages(listing, announce=True)

    async def read_later_page(self, page: LaterPage) -> None:
        """Read one of the pages after the first; a count that changed meanwhile begins the listing again."""
        listing = page.listing
        if page.attempt != self._attempts[listing.name]:
            return
        rows = self._cut(page)
        try:
            found, asked = await self._requests.page(listing, page.skip, rows)
        except (BadAnswer, Unreachable):
            if page.attempt == self._attempts[listing.name]:
                raise
            return
        if page.attempt != self._attempts[listing.name]:
            return  # given up while this page was on its way
        self._add_range(page, page.skip + asked, page.skip + rows)  # what was too much for one answer
        # Any other number of rows, or another total, means that rows came or went since the first page.
        expected = min(asked, page.total - page.skip)
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

    def _cut(self, page: LaterPage) -> int:
        """How many rows of a range are asked for now; the rest of it is a job of its own. 0: it is a page."""
        rows = min(page.rows, self._requests.rows_of(page.listing))
        self._add_range(page, page.skip + rows, page.skip + page.rows)
        return rows

    def _add_range(self, page: LaterPage, begin: int, end: int) -> None:
        if page.rows and begin < end:
            self._pages_left[page.listing.name] += 1
            self._add_job(replace(page, skip=begin, rows=end - begin))

    async def read_on(self, listing: Listing, page: Page, asked: int = 0) -> None:
        """Keep the first page, and go on as its numbers say. `asked`: with so many rows, by default a whole page."""
        if page.total is None:
            await self._read_without_total(listing, page)
            return
        total = max(page.total, page.seen)  # a total below the rows at hand is wrong
        self._progress.announce(listing.name, total)
        self._keep(listing, "0", page, total, page_notes(listing, 0, page, total))
        if page.seen < min(asked or listing.page_size, page.total):
            await self._read_in_short_pages(listing, page, page.total)
        elif page.seen >= page.total:
            self._complete(listing)
        else:
            self._add_missing_pages(listing)

    async def _first_page_or_none(self, listing: Listing | CursorListing, page: Awaitable[T]) -> T | None:
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
            self._keep_refused(listing, refused)
            return None

    def _keep_refused(self, listing: Listing | CursorListing, refused: Refused | AccessError) -> None:
        """A kind that the service lacks is empty; one that it refuses to this token is a gap."""
        also_lost, cell = (listing.also_lost, listing.cell) if isinstance(listing, Listing) else ("", None)
        reason = f"{refused}; {also_lost}" if also_lost else str(refused)
        if isinstance(refused, NotOffered) and not listing.not_found_is_gap:
            facts: JsonObject = {"kind": (cell or Stream(listing.name)).kind, "reason": reason}
            self._staging.keep(listing.name, [(NOT_OFFERED, Record(listing.name, facts))])
        else:
            gap = Gap(kind=listing.name, uid="*", reason=f"not given by the service: {reason}")
            is_part = isinstance(listing, Listing) and listing.of_one_object
            told = [(REFUSED, Record(listing.name, {"reason": reason}))] if is_part else []
            self._staging.keep(listing.name, told, gaps=(gap,))

    async def _is_gap(self, listing: Listing | CursorListing, refused: Refused | AccessError) -> bool:
        """Whether a refusal is about this listing alone, and the rest is worth having without it."""
        is_about_token = isinstance(refused, AccessError)
        if not is_about_token and isinstance(listing, Listing) and listing.has_user_query:
            return False
        if isinstance(refused, NotSignedIn) and not listing.may_be_refused:
            return False
        if not listing.optional and (self._refusals_end or not (listing.may_be_refused and is_about_token)):
            return False
        return isinstance(refused, Refused | Forbidden) or await self._is_up()

    async def _may_be_gone(self, listing: Listing | CursorListing, refused: Refused | AccessError) -> bool:
        """Whether a refusal may mean that what the listing belongs to was deleted after it was listed."""
        if self._refusals_end or isinstance(refused, AccessError) or not isinstance(listing, Listing):
            return False
        return bool(listing.belongs_to) and await self._have_moved(listing.belongs_to)

    def _add_missing_pages(self, listing: Listing, *, announce: bool = False) -> None:
        """Leave the pages that are not there to jobs. `announce`: of a listing that an earlier run has begun."""
        total, attempt = self._staging.total(listing.name) or 0, self._attempts[listing.name]
        if listing.sized is not None:
            missing = [*self._missing_ranges(listing, total)]
        else:
            skips = range(0, total, listing.page_size)
            missing = [(skip, 0) for skip in skips if not self._staging.is_done(f"{listing.name}@{skip}")]
        self._pages_left[listing.name] = len(missing)
        if announce:
            left = (rows or min(listing.page_size, total - skip) for skip, rows in missing)
            self._progress.announce(listing.name, sum(left))
        for skip, rows in missing:
            self._add_job(LaterPage(listing, skip, total, attempt, rows))
        if not missing:
            self._complete(listing)

    def _missing_ranges(self, listing: Listing, total: int) -> Iterator[tuple[int, int]]:
        """The rows that no page has brought yet: where each range of them begins, and its length."""
        end = 0
        for skip, note in self._staging.numbered(RANGES, listing.name):
            if skip > end:
                yield end, skip - end
            end = skip + (integer(note.get("rows")) or 0)
        if total > end:
            yield end, total - end

    async def _read_in_short_pages(self, listing: Listing, page: Page, total: int) -> None:
        """For a service that answers with fewer rows than it was asked for: each page begins where the last ended."""
        skip = page.seen
        while page.seen and skip < total and page.total == total:
            page, _ = await self._requests.page(listing, skip)
            self._keep(listing, str(skip), page, total, page_notes(listing, skip, page, total))
            skip += page.seen
        if page.total == total or self._is_last_reading(listing):
            self._complete(listing)
        else:
            self._begin_again(listing)

    async def _read_without_total(self, listing: Listing, page: Page) -> None:
        """Read until a page has no row, or none that is new: one that is not full need not be the last."""
        # A service may ignore `skip` and answer with the same page again: then nothing is new on it.
        skip, idle, known, gaps = 0, 0, set[str](), list[Gap]()
        while True:
            new = [row for row in page.records if row[1].uid not in known]
            known.update(record.uid for _, record in new)
            self._keep(listing, str(skip), replace(page, records=new), 0, page_notes(listing, skip, page, 0))
            skip += page.seen
            is_repeated = bool(page.records) and not new
            if not page.seen or is_repeated or (listing.most and skip >= listing.most):
                break
            # Rows may all be of no use, such as those of another language, and others follow.
            idle = 0 if new else idle + 1
            if idle == IDLE_PAGES:
                reason = (
                    f"{idle} pages in a row hold nothing of it, and there is no last one: some may be missing"
                )
                gaps.append(Gap(kind=listing.name, uid="*", reason=reason))
                break
            page, _ = await self._requests.page(listing, skip)
        self._staging.keep(listing.name, gaps=gaps)

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
        if not await self._read_from_first_page(listing, is_last=False):
            await self._read_from_first_page(listing, is_last=True)

    async def _read_from_first_page(self, listing: CursorListing, *, is_last: bool) -> bool:
        """Read all of it. Returns whether that came to an end: the service may forget a cursor while it is read."""
        page = await self._first_page_or_none(listing, self._requests.page_at(listing, ""))
        if page is None:
            return True
        self._keep_cursor_page(listing, "", page)
        try:
            await self._read_from_cursor(listing, page.next)
        except Refused:
            if is_last:
                raise
            self._staging.forget(listing.name)
            return False
        return True

    async def _read_from_cursor(self, listing: CursorListing, cursor: str) -> None:
        seen, idle = set[str](), 0
        while cursor:
            if cursor in seen:
                raise BadAnswer(f"{listing.name}: the service leads to the same page again")
            seen.add(cursor)
            page = await self._requests.page_at(listing, cursor)
            uids = {record.uid for _, record in page.records}
            held = self._staging.held(listing.name, uids)
            idle = idle + 1 if uids == held else 0
            if idle == IDLE_PAGES and page.next:
                raise BadAnswer(
                    f"{listing.name}: {idle} pages in a row hold no new row, and there is no last one"
                )
            self._keep_cursor_page(listing, cursor, page, held)
            cursor = page.next
        self._staging.keep(listing.name)

    def _keep_cursor_page(
        self, listing: CursorListing, cursor: str, page: Page, held: Set[str] = frozenset()
    ) -> None:
        """The page and the cursor of the next one, in one transaction: a resumed run goes on from there.

        `held`: uids that came with an earlier page. Some services repeat rows: what these lead to is under way.
        """
        notes = [(CURSORS, Record(listing.name, {"next": page.next}))]
        if listing.is_looked_at:
            number = sum(1 for _ in self._staging.numbered(PAGES, listing.name))
            notes.append((PAGES, Record(listing.name, {"sha256": page_digest(page)}, number)))
        self._keep(listing, cursor, page, 0, notes)
        new = replace(page, records=[row for row in page.records if row[1].uid not in held])
        for job in listing.leads_to(new) if listing.leads_to else ():
            if not self._staging.is_done(job.name):
                self._add_job(job)

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
        self._progress.drop(listing.name)
        self._staging.forget(listing.name)
        self._add_job(listing)

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
        self._progress.came((stream for stream, _ in page.records), {listing.name: page.seen})


def page_notes(listing: Listing, position: int, page: Page, total: int) -> list[tuple[Stream, Record]]:
    """What is kept of a page so that a second look sees whether it is still the same.

    Where the second look is at the newest rows alone, these are compared with what is staged.
    """
    notes = []
    if listing.sized is not None:
        notes.append((RANGES, Record(listing.name, {"rows": page.seen}, position)))
    if listing.is_looked_at:
        is_compared = listing.newest is None or page.seen >= total
        digest = page_digest(page) if is_compared else ""
        notes.append((PAGES, Record(listing.name, {"sha256": digest}, position)))
    return notes


def page_digest(page: Page) -> str:
    """A digest of what a page holds, in whatever order its rows stand."""
    lines = (
        f"{[*stream]} {one.uid!r} {one.number} ".encode() + dumps(one.body) for stream, one in page.records
    )
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()
