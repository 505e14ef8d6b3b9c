"""What a system must offer for its content to be exported: a plan made of jobs.

An export is a sequence of stages. Each sees what is staged so far and yields the jobs to do next, so that a whole
export can be planned with a dict and no event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol, TypeAlias

from stackferry.model import Stream
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from stackferry.model import Gap, Json, JsonObject, Record, Request, Response, Row
    from stackferry.providers.file_signing import FileSigner
    from stackferry.providers.target import WriteOptions


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer holds.

    `seen`: rows in the answer; `total`: all rows, as the service says (None: it does not). `records` may be fewer than
    seen, or more: a row can be left out, or make several. `next`: the cursor of the next page, empty after the last.
    """

    records: Sequence[tuple[Stream, Record]]
    seen: int
    total: int | None = None
    gaps: Sequence[Gap] = ()
    redacted: Sequence[str] = ()
    next: str = ""


class RecordKey(NamedTuple):
    """What names a record among all of an export."""

    stream: Stream
    uid: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a listing, asked for by uids; `read` sees the answer to `request`.

    `missing`: how those are asked for that it lacks; without it they are gone.
    """

    uids: Sequence[str]
    request: Request
    read: Callable[[JsonObject], Page]
    missing: Callable[[Sequence[str]], Iterable[Rows]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """How large an answer may be.

    `is_too_large` tells from the error of a page that fewer rows must be asked for, and `bytes_in` how many bytes an
    answer may have, where the error says it. `bytes`: as many as that usually is; 0: not known. `least_rows`: so few
    rows are never too large.
    """

    is_too_large: Callable[[Exception], bool] = lambda _: False
    bytes_in: Callable[[Exception], int] = lambda _: 0
    bytes: int = 0
    least_rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Read all rows of one kind, page by page. `request(skip)` asks for the page that begins at row `skip`.

    `optional`: a refusal means that the service does not offer this kind: it becomes a gap, and "not found" nothing
    at all. `not_found_is_gap`: "not found" is a gap too, because the object that the rows belong to was listed.
    `may_be_refused`: every service has it, but a token may lack the right to it: a gap in an export.
    `record_key`: the one record that it makes, if it can make only one.
    `is_looked_at`: an export asks for it once more at its end, to see whether it is still as it was read: for its
    pages; or, where there are several, for its `newest` rows alone, those that were changed last, with the count.
    `rows` asks for single rows of it: those that changed without a trace in the listing.
    `unsure`: the uids of rows that change without becoming new; where `newest` lacks them, they are asked for singly.
    `under_way`: rows that tell of what the service is at: what they name is read again at the end in any case.
    `loses_rows`: the service forgets its oldest rows by itself, so fewer of them are no edit.
    `belongs_to`: the listings that name what it belongs to. Where one of them has moved meanwhile, a refusal does not
    end an export: the object may have been deleted.
    `of_one_object`: it lists what one object has: where it cannot be read, the rest of an export is not held up for it.
    `cell`: what it lists, for a gap about all of it; by default the name says it. `also_lost`: what else is not known
    where it is refused, for that gap.
    `most`: so many rows are wanted; 0: all. `has_user_query`: it holds conditions that the user wrote, which may be why
    the service refuses it.
    `sized(skip, rows)` asks for so many rows at most, up to `page_size`, where answers have a largest size.
    `limits`: what is known of that. `shown`: what of a record `newest` shows, where that is not all of it, and
    `read_newest` reads that answer, where `read` does not.
    """

    name: str
    request: Callable[[int], Request]
    read: Callable[[JsonObject], Page]
    page_size: int = 100
    most: int = 0
    has_user_query: bool = False
    optional: bool = False
    may_be_refused: bool = False
    not_found_is_gap: bool = False
    record_key: RecordKey | None = None
    is_looked_at: bool = True
    newest: Callable[[], Request] | None = None
    rows: Callable[[Sequence[str]], Iterable[Rows]] | None = None
    unsure: Callable[[RecordStore], Iterable[str]] | None = None
    under_way: Callable[[RecordStore], Iterable[tuple[Stream, Record]]] | None = None
    loses_rows: bool = False
    belongs_to: tuple[str, ...] = ()
    of_one_object: bool = False
    cell: Stream | None = None
    also_lost: str = ""
    sized: Callable[[int, int], Request] | None = None
    limits: AnswerLimits = AnswerLimits()
    shown: Callable[[JsonObject], Json] | None = None
    read_newest: Callable[[JsonObject], Page] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorListing:
    """Read all rows of one kind, each page from the cursor that the page before it gave, without a total.

    It is looked at again only where it says so (`is_looked_at`): cursors need not be good for a second reading.

    `request(cursor, size)` asks for at most `size` rows from a cursor, `""` for the first page. `read` sees the answer
    and its headers, since some services give the cursor in a header. `limits` say how large an answer may be. A run
    that stopped goes on from its last cursor; where the service no longer accepts that, from the beginning.

    `leads_to`: jobs that the rows of a page lead to. They are done while later pages are asked for, since pages by
    cursor come one after the other. A later stage must yield them too: a run that stopped finds them there.
    """

    name: str
    request: Callable[[str, int], Request]
    read: Callable[[JsonObject, Mapping[str, str]], Page]
    page_size: int = 100
    limits: AnswerLimits = AnswerLimits()
    optional: bool = False
    may_be_refused: bool = False
    not_found_is_gap: bool = False
    record_key: RecordKey | None = None
    is_looked_at: bool = False
    of_one_object: bool = False
    cell: Stream | None = None
    leads_to: Callable[[Page], Iterable[Fetch | Listing | CursorListing]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Read one object, which becomes the record `record_key`. Where the service no longer has it: `gap` instead.

    `may_be_refused`: there are tokens that can never have it: where it is refused to one, nothing is recorded; with
    `refusal_ends` that ends the run. `if_gone`: what is recorded in place of the gap where the service has none.
    """

    name: str
    request: Request
    read: Callable[[JsonObject], Page]
    gap: Gap
    record_key: RecordKey | None = None
    may_be_refused: bool = False
    refusal_ends: bool = False
    if_gone: Page | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Read an asset's bytes; they are kept under their SHA-256, with a record in the stream `files`.

    `size` is the number of bytes that the service announces (None: it does not). Not `may_be_empty`: no bytes at all
    are no answer. `may_be_reencoded`: a delivery network may have encoded the picture anew, so that other bytes show
    the same. `not_yet`: statuses that say that the bytes may be there later: they are asked for again, after a pause.

    `uid` and `version` are the key of its record, and `facts` what that says beside the digest and the size; by default
    `uid` and `version`. `absent`: statuses that say that there are no bytes, which is no gap. `check` looks at
    bytes that have come and raises BadAnswer where their format shows that they are not whole: then they are asked for
    again.
    """

    name: str
    request: Request
    uid: str
    version: int
    gap: Gap
    size: int | None = None
    may_be_empty: bool = True
    may_be_reencoded: bool = False
    not_yet: frozenset[int] = frozenset()
    facts: JsonObject | None = None
    absent: frozenset[int] = frozenset()
    check: Callable[[BinaryIO], None] | None = None

    @property
    def record_key(self) -> RecordKey:
        """The record that names the bytes."""
        return RecordKey(Stream("files"), self.uid, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRecords:
    """What follows from what is staged: records and gaps that are staged without a request.

    `dropped` are records (stream, uid) to remove: an answer held more than was asked for. `is_reused`: the records are
    those of a base, in place of a listing. `redacted`: where credentials were replaced in them."""

    name: str
    records: Sequence[tuple[Stream, Record]] = ()
    gaps: Sequence[Gap] = ()
    redacted: Sequence[str] = ()
    dropped: Sequence[tuple[Stream, str]] = ()
    is_reused: bool = False


NOT_OFFERED: Final = Stream(".not_offered")
"""A record for each listing that the service does not have: its `kind`, and as `reason` what the service said."""
REFUSED: Final = Stream(".refused")  # a record, by its name, for each refused listing of what one object has

Job: TypeAlias = Listing | CursorListing | Fetch | Download | LocalRecords


class RecordStore(Protocol):
    """Records by stream: those of earlier stages, of a snapshot, or of a target."""

    def objects(self, stream: Stream) -> Iterator[JsonObject]: ...

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None: ...

    def streams(self) -> list[Stream]: ...


class Change(NamedTuple):
    """A listed record that was not the same when it was read again: `before` is None where it is new, `now` where it
    is gone; never both."""

    stream: Stream
    before: JsonObject | None
    now: JsonObject | None


class Outdated(NamedTuple):
    """What was read because of a record, or worked out from it, and is done anew after the record has changed.

    `jobs` is the name of a job, or the beginning of several ("versions/page" is that of "versions/page/…"). They are
    forgotten with the records that they listed, and with those of a `stream` that belong to `uid`; without a uid, all.
    A stream without a type stands for all streams of its kind. `look_only`: nothing is forgotten, but these listings
    are looked at again. `row_only`: `jobs` is a listing, of which the row of `uid` is read again and compared, as if
    the listing had shown that it changed; without a uid, all rows.
    """

    jobs: str
    stream: Stream | None = None
    uid: str = ""
    look_only: bool = False
    row_only: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from several listings together: where any of them has changed, all of it is done anew.

    `listings`, by the beginnings of their names, are read again; `notes` are forgotten.
    """

    listings: Sequence[str] = ()
    notes: Sequence[Outdated] = ()


class Table(Protocol):
    """Rows of one width, each once, in order, that need not be in memory."""

    def add(self, rows: Iterable[Row]) -> None: ...

    def of(self, *first: str | int | bytes) -> Sequence[Row]:
        """The rows that begin with these values, in memory: where they are few."""

    def each(self, *first: str | int | bytes) -> Iterator[Row]:
        """The same rows, one at a time: where they may be very many. None is added meanwhile."""

    def __iter__(self) -> Iterator[Row]: ...


class TempTables(Protocol):
    """Where a plan puts what there may be very much of."""

    def table(self, width: int, rows: Iterable[Row] = ()) -> Table: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions(Selection):
    """What an export of any system is asked for; a system's own options are a subclass of it.

    Empty sets mean everything. With a `salt`, each credential becomes a salted hash, which can be compared.
    `strict`: a name that nothing has ends the export with a UsageError; else it is a gap.
    """

    versions: str = "pinned"
    assets: bool = True
    keep_secrets: bool = False
    salt: str = ""
    max_asset_size: int = 0  # bytes of one asset; 0: as many as one of its announced size may have
    strict: bool = False

    def as_json(self) -> JsonObject:
        return {
            "versions": self.versions,
            "assets": self.assets,
            "content_types": [*sorted(self.types)],
            "locales": [*sorted(self.locales)],
            "keep_secrets": self.keep_secrets,
            **({"max_asset_size": self.max_asset_size} if self.max_asset_size else {}),
            **self.narrowing_json(),
        }


class GrowingStore(RecordStore, Protocol):
    """The records of an export that is still going on."""

    def of(self, stream: Stream, uid: str) -> Iterator[JsonObject]:
        """All records of a stream with one uid, by number."""


ExportStage: TypeAlias = Callable[[GrowingStore, ReadOptions], Iterator[Job]]
KnownRecord: TypeAlias = "Callable[[RecordKey], Record | None]"
"""The record that a job would read, where an earlier snapshot and the current listings vouch for it."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Stages that are gone through again and again, until a whole round finds nothing to do."""

    stages: Sequence[ExportStage]


@dataclass(frozen=True, slots=True)
class Parts:
    """Stages that become known one by one, each when all before it are complete."""

    stages: Callable[[GrowingStore, ReadOptions], Iterator[ExportStage]]


class ExportPlan(Protocol):
    """How a place is exported."""

    @property
    def file_signer(self) -> FileSigner | None: ...  # how files are asked for that need a signature

    @property
    def field_descriptions(self) -> ExportStage: ...  # those jobs of `stages` that tell of fields

    @property
    def stages(self) -> Sequence[ExportStage | Rounds]: ...

    @property
    def importable_after(self) -> str:
        """The stage of `in_parts` after which an import can be planned."""

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        """The stages of the same export in another order: what an import can begin with comes first, part by part.

        Both sides know a stage by its function's name. Only for an export that is not narrowed.
        """

    def inventory(self, options: WriteOptions, reading: ReadOptions) -> Sequence[ExportStage | Rounds]:
        """The stages that an import reads its target with, as `reading` says, before it writes anything."""

    def with_base(self, base: GrowingStore, options: ReadOptions) -> ExportPlan:
        """The plan of the same export where an earlier snapshot is at hand: it may read less."""

    def known(
        self,
        base: GrowingStore,
        staged: RecordStore,
        options: ReadOptions,
        *,
        has_all_assets: bool,
        is_whole: Callable[[str], bool],
        trust_version_lists: bool,
    ) -> KnownRecord:
        """What the earlier snapshot `base` of the same place holds that need not be asked for again.

        `has_all_assets`: every asset is listed in the base. `is_whole` tells of a kind whether nothing of it is a gap,
        in the base or in `staged`: where a listing could not be read, absence proves nothing. `trust_version_lists`:
        lists of versions of what has not changed are taken from it; a name given to an older version is missed.
        """

    def outdated(self, staged: GrowingStore, change: Change) -> Iterable[Outdated]:
        """What must be done anew after a listed record has changed while the export ran."""

    def derived(self, options: ReadOptions) -> Derived:
        """What must be done anew after any listing has changed while the export ran."""

    def error(self, request: Request, response: Response) -> Exception:
        """The error that a refusal means, in the vendor's words."""
