"""Listings and what their rows become: one for each kind, read page by page. Pure.

Entries, assets and types are listed by id, because then an edit during the export moves no row to another page. Pages
have as many rows as an answer may hold. Where a second look is taken, it asks for `sys` alone: `sys.version` counts
every change.
API pages: "Collection resources and pagination", and the collections of the Content Management API.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_list, integer, nested, rows_in, text
from stackferry.model import Record, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.credentials import redact
from stackferry.providers.contentful.kinds import Paging, record_key
from stackferry.providers.contentful.refusals import is_too_large, most_bytes
from stackferry.providers.contentful.requests.build import MOST_BYTES, PAGE
from stackferry.providers.contentful.requests.read import among, id_batches, list_rows, next_page, resized
from stackferry.providers.source import AnswerLimits, CursorListing, Listing, Page, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Pairs, Root
    from stackferry.providers.source import ReadOptions

    Keep = Callable[[JsonObject], bool]
    Make = Callable[[JsonObject], tuple[Stream, Record]]

# Kinds whose records lie in a stream for each content type.
TYPED: Final = frozenset({kinds.ENTRIES.name, kinds.PUBLISHED_ENTRIES.name, kinds.ENTRY_SNAPSHOTS.name})
# "An entry has 2 MB at most": three of them always fit.
LIMITS: Final = AnswerLimits(is_too_large=is_too_large, bytes_in=most_bytes, bytes=MOST_BYTES, least_rows=3)
SYS: Final = (("select", "sys"),)
NEWEST: Final = (*SYS, ("order", "-sys.updatedAt,sys.id"))


def stream_of(kind: Kind, row: JsonObject) -> Stream:
    """The stream that a row belongs to: entries have one for each content type."""
    if kind.name not in TYPED:
        return Stream(kind.name)
    document = row.get("snapshot") if kind is kinds.ENTRY_SNAPSHOTS else row
    return Stream(kind.name, text(nested(document, "sys", "contentType", "sys", "id")))


def record_of(kind: Kind, row: JsonObject) -> tuple[Stream, Record]:
    """A row as a record of its stream."""
    uid, number = record_key(kind.name, row)
    return stream_of(kind, row), Record(uid, row, number)


class RowReader:
    """Reads answers of one listing. `keep`: which of the rows are wanted; `owner`: the release that they belong to."""

    def __init__(
        self,
        kind: Kind,
        name: str,
        options: ReadOptions,
        keep: Keep,
        release: str = "",
        make: Make | None = None,
        cut: Callable[[JsonObject], JsonObject] | None = None,
    ) -> None:
        """`make` turns a row into a record; by default the row is the record. `cut` leaves out parts of a row."""
        self._cut = cut or (lambda row: row)
        self._make = make or partial(record_of, kind)
        self._kind, self._name, self._keep, self._release = kind, name, keep, release
        self._clean = partial(redact, kind.name, salt=options.salt, keep_secrets=options.keep_secrets)

    def page(self, answer: JsonObject) -> Page:
        """What an answer holds. Raises BadAnswer where it is no list of objects."""
        rows = rows_in(answer, "items", self._name)
        if len(rows) != len(as_list(answer.get("items"))):
            raise BadAnswer(f"{self._name}: a row of the answer is no object")
        return self._read(rows, integer(answer.get("total")))

    def single(self, answer: JsonObject) -> Page:
        """The one object that an answer is."""
        return self._read([answer], 1)

    def cursor_page(self, answer: JsonObject, _: Mapping[str, str]) -> Page:
        """A page by cursor: the cursor is the address of the next page."""
        page = self.page(answer)
        address = text(nested(answer, "pages", "next"))
        is_again = bool(address) and not page.seen  # no row brought it further: it would never end
        return Page(
            page.records, page.seen, gaps=page.gaps, redacted=page.redacted, next="" if is_again else address
        )

    def _read(self, rows: Iterable[JsonObject], total: int | None) -> Page:
        records, places, seen = [], list[str](), 0
        for row in map(self._of_release, rows):
            seen += 1
            if not record_key(self._kind.name, row)[0] or not isinstance(row.get("sys"), dict):
                raise BadAnswer(f"{self._name}: a row of the answer names no object")
            if self._keep(row):
                clean, found = self._clean(row)
                records.append(self._make(self._cut(clean)))
                places += found
        return Page(records, seen, total, redacted=places)

    def _of_release(self, row: JsonObject) -> JsonObject:
        """A scoped body; one that does not name its release is completed, because nothing else says it."""
        sys = row.get("sys")
        if not self._release or not isinstance(sys, dict) or text(nested(sys, "release", "sys", "id")):
            return row
        link: JsonObject = {"sys": {"type": "Link", "linkType": "Release", "id": self._release}}
        return {**row, "sys": {**sys, "release": link}}


def batch_name(uids: Sequence[str]) -> str:
    """What a listing of these ids is called: the same for the same ids."""
    return hashlib.sha256(",".join(uids).encode()).hexdigest()[:16]


def every(_: JsonObject) -> bool:
    """Every row is wanted."""
    return True


def sys_of(body: JsonObject) -> Json:
    """What a second look compares."""
    return body.get("sys")


@dataclass(frozen=True, slots=True)
class _Collection:
    """The requests and answers of one collection by offset. `limit`: so many rows are wanted; 0: all."""

    root: Root
    kind: Kind
    params: Pairs
    owner: str
    limit: int

    def sized(self, params: Pairs, headers: Pairs, skip: int, rows: int) -> Request:
        """The page of at most `rows` rows that begins at row `skip`."""
        size = min(rows, self.limit - skip) if self.limit else rows
        return list_rows(self.root, self.kind, skip, size, *params, owner=self.owner, headers=headers)

    def limited(self, read: Callable[[JsonObject], Page], answer: JsonObject) -> Page:
        """A page whose total is what is wanted: the service counts every match, however few rows that is."""
        page = read(answer)
        total = page.total
        if self.limit and total is not None:
            total = min(total, self.limit)
        return Page(page.records, page.seen, total, redacted=page.redacted)

    def looked_at(self, listing: Listing, look: Pairs, whole: RowReader, *, is_light: bool) -> Listing:
        """The listing with a second look: at the rows that changed last, and at single rows."""

        def newest() -> Request:
            return list_rows(self.root, self.kind, 0, PAGE, *self.params, *look, owner=self.owner)

        def some(uids: Sequence[str]) -> Iterator[Rows]:
            for batch in id_batches(uids):
                request = list_rows(self.root, self.kind, 0, len(batch), *self.params, among(batch))
                yield Rows(batch, request, whole.page)

        read_newest = whole.page if is_light else None
        return replace(listing, newest=newest, shown=sys_of, read_newest=read_newest, rows=some)


def listing(
    root: Root,
    kind: Kind,
    options: ReadOptions,
    *params: tuple[str, str],
    name: str = "",
    owner: str = "",
    headers: Pairs = (),
    keep: Keep = every,
    cut: Callable[[JsonObject], JsonObject] | None = None,
    look: Pairs | None = None,
    light: Callable[[JsonObject], tuple[Stream, Record]] | None = None,
    limit: int = 0,
    of_one: bool = False,
    has_user_query: bool = False,
) -> Listing:
    """The rows of a kind's collection by offset.

    `owner`: the object that its path names. `keep`: which rows are wanted; `cut`: what of each is. `look`: what a
    second look asks for besides `params`; None: there is none. `light`: rows come as `sys` alone, of which this
    makes records. `limit`: so many rows are wanted; 0: all.
    """
    name = name or kind.name
    release = owner if kind.part_of == kinds.RELEASES.name else ""
    rows = _Collection(root, kind, params, owner, limit)
    read_by = partial(RowReader, kind, name, options, keep, release)
    reader = read_by(light, cut)
    sized = partial(rows.sized, (*params, *SYS) if light else params, headers)
    is_single = kind.paging is Paging.SINGLE
    found = Listing(
        name=name,
        request=lambda skip: sized(skip, PAGE),
        most=limit,
        has_user_query=has_user_query,
        sized=None if is_single else sized,
        limits=LIMITS,
        read=reader.single if is_single else partial(rows.limited, reader.page),
        page_size=PAGE,
        optional=kind.optional,
        may_be_refused=True,
        not_found_is_gap=bool(owner),
        is_looked_at=look is not None,
        of_one_object=bool(owner) or of_one,
    )
    if not look:
        return found
    return rows.looked_at(found, look, read_by(cut=cut), is_light=light is not None)


def cursor_listing(
    root: Root,
    kind: Kind,
    options: ReadOptions,
    *params: tuple[str, str],
    name: str = "",
    keep: Keep = every,
    make: Make | None = None,
    is_looked_at: bool = False,
) -> CursorListing:
    """The rows of a kind's collection by cursor."""
    name = name or kind.name
    reader, path = RowReader(kind, name, options, keep, make=make), root.of_kind(kind)

    def request(cursor: str, rows: int) -> Request:
        return resized(next_page(path, cursor), rows) if cursor else list_rows(root, kind, 0, rows, *params)

    return CursorListing(
        name=name,
        request=request,
        read=reader.cursor_page,
        page_size=PAGE,
        limits=LIMITS,
        optional=True,
        may_be_refused=True,
        is_looked_at=is_looked_at,
    )
