"""Lists and single objects, and the records that they become.

A list is read page by page by the token in a header. Beside its records each row leaves a note (`rows_of`), by which
later stages see what the service lists today, whatever an earlier archive adds. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_list, rows_in
from stackferry.model import Gap, Record, Stream
from stackferry.providers.azure_devops.credentials import redact
from stackferry.providers.azure_devops.kinds import record_key
from stackferry.providers.azure_devops.requests.read import PAGE, TOKEN
from stackferry.providers.source import CursorListing, Fetch, Page, RecordKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from stackferry.model import JsonObject, Request
    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.source import Listing, ReadOptions, RecordStore

    Keep = Callable[[JsonObject], bool]
    LeadsTo = Callable[[JsonObject], Iterable[Fetch | Listing | CursorListing]]

GONE: Final = Stream(".gone")  # what was listed and is there no longer when it is asked for
VANISHED: Final = Stream(".vanished")  # what only a base still holds
_READ: Final = Stream(".read")  # lists that were read
NAMES: Final = Stream(".names")  # of definitions, those that are not asked for among them


def rows_of(kind: Kind) -> Stream:
    """The notes of the rows that the service lists today."""
    return Stream(".rows", kind.name)


def was_read(kind: Kind) -> tuple[Stream, str]:
    """The note that the list of a kind was given."""
    return _READ, kind.name


def here(staged: RecordStore, kind: Kind) -> Iterator[JsonObject]:
    """The records of a kind, without what only a base still holds."""
    for record in staged.objects(Stream(kind.name)):
        if not is_vanished(staged, kind, record_key(kind.name, record)[0]):
            yield record


def is_vanished(staged: RecordStore, kind: Kind, uid: str) -> bool:
    return staged.get(VANISHED, f"{kind.name}\0{uid}") is not None


def every(_: JsonObject) -> bool:
    """Every row is wanted."""
    return True


class RowReader:
    """Reads pages of one list. `keep`: which rows are wanted. Not `is_record`: its rows only lead to the records.

    `names`: where the names of all rows are noted, to tell which were meant by one that nothing has.
    """

    def __init__(
        self,
        kind: Kind,
        name: str,
        options: ReadOptions,
        *,
        keep: Keep = every,
        is_record: bool = True,
        note: Callable[[JsonObject], JsonObject] = lambda row: row,
        names: Stream | None = None,
    ) -> None:
        self._kind, self._name, self._options = kind, name, options
        self._keep, self._is_record, self._note, self._names = keep, is_record, note, names

    def page(self, answer: JsonObject, headers: Mapping[str, str]) -> Page:
        """What an answer holds. Raises BadAnswer where it is no list of objects that have ids."""
        rows = rows_in(answer, "value", self._name)
        if len(rows) != len(as_list(answer.get("value"))):
            raise BadAnswer(f"{self._name}: a row of the answer is no object")
        kind, records, places = self._kind, list[tuple[Stream, Record]](), list[str]()
        for row in filter(self._keep, rows):
            uid, number = record_key(kind.name, row)
            if not uid:
                raise BadAnswer(f"{self._name}: a row of the answer names no object")
            clean, found = redacted(kind, row, self._options)
            records.append((rows_of(kind), Record(uid, self._note(clean), number)))
            if self._is_record:
                records.append((Stream(kind.name), Record(uid, clean, number)))
                places += found
        if self._names is not None:
            names = ((record_key(kind.name, row)[0], {"name": row.get("name")}) for row in rows)
            records += [(self._names, Record(uid, name)) for uid, name in names]
        stream, uid = was_read(kind)
        records.append((stream, Record(uid, {})))
        return Page(records, len(rows), redacted=places, next=headers.get(TOKEN, ""))


def redacted(kind: Kind, record: JsonObject, options: ReadOptions) -> tuple[JsonObject, list[str]]:
    return redact(kind.name, record, options.salt, keep_secrets=options.keep_secrets)


def listing(
    kind: Kind,
    reader: RowReader,
    request: Callable[[str, int], Request],
    *,
    name: str = "",
    optional: bool = False,
    may_be_refused: bool = False,
    of_one: bool = False,
    leads_to: LeadsTo | None = None,
) -> CursorListing:
    """A list by token. `leads_to`: what a row of it leads to, which is done while the next pages are asked for."""

    def jobs(page: Page) -> Iterable[Fetch | Listing | CursorListing]:
        for stream, record in page.records:
            if leads_to is not None and stream == rows_of(kind):
                yield from leads_to(record.body)

    return CursorListing(
        name=name or kind.name,
        request=request,
        read=reader.page,
        page_size=PAGE,
        optional=optional,
        may_be_refused=may_be_refused,
        of_one_object=of_one,
        cell=Stream(kind.name),
        leads_to=jobs if leads_to else None,
    )


def fetch(
    kind: Kind,
    name: str,
    request: Request,
    make: Callable[[JsonObject], JsonObject | None],
    key: tuple[str, int],
    options: ReadOptions,
    *,
    known: bool = True,
    into: Stream | None = None,
    if_gone: Page | None = None,
) -> Fetch:
    """One object. `make` is the record of an answer, None where it is not wanted.

    Not `known`: it is asked for whatever a base holds. `into`: not its own stream, but this one.
    """
    uid, number = key
    stream = into or Stream(kind.name)

    def read(answer: JsonObject) -> Page:
        record = make(answer)
        if record is None:
            return Page([], 0)
        clean, found = redacted(kind, record, options)
        return Page([(stream, Record(uid, clean, number))], 1, redacted=found)

    return Fetch(
        name=name,
        request=request,
        read=read,
        gap=Gap(
            kind=kind.name, uid=f"{shown_uid(uid)}{f'/{number}' if number else ''}", reason="not to be had"
        ),
        record_key=RecordKey(stream, uid, number) if known else None,
        if_gone=if_gone,
    )


def fetch_revision(
    kind: Kind, owner: str, key: tuple[int, int], request: Request, options: ReadOptions
) -> Fetch:
    """A definition in one revision, `key` its `owner`'s id and its number. Its body need not name itself."""
    number, revision = key

    def make(answer: JsonObject) -> JsonObject:
        return {owner: number, "revision": revision, "body": answer}

    name = f"{kind.name}/{number}/{revision}"
    return fetch(kind, name, request, make, kind.key(number, revision), options)


def shown_uid(uid: str) -> str:
    """A uid as the service writes the id."""
    first, _, rest = uid.partition("\0")
    plain = str(int(first)) if first.isdecimal() else first
    return f"{plain}/{rest.replace(chr(0), '/')}" if rest else plain


def of_id(name: str, wanted: int) -> Callable[[JsonObject], JsonObject]:
    """Reads the object of an id. The answer to another one is none."""

    def make(answer: JsonObject) -> JsonObject:
        if answer.get("id") != wanted:
            raise BadAnswer(f"{name} {wanted}: the answer is about {answer.get('id')!r}")
        return answer

    return make
