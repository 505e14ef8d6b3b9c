"""What was live of an entry before, where an import is to replay that: the snapshots that publishing has made. Pure.

API page: "Snapshots": one holds the fields of the entry at that time, published or not, and what `sys` said then.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, integer, nested
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.states import (
    State,
    live_locales,
    published_version,
    state_of,
)
from stackferry.providers.contentful.importing.moves import in_locales

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.source import Table
    from stackferry.providers.target import ImportContext


REPLAYED: Final = (
    "replayed_versions"  # identities: "entries/ID" → the numbers of the source that went live, ",2,5"
)
_NOT_ADDED: Final = (
    "the target has the entry without this version, and a history cannot be added to what is there"
)


_TOO_FEW: Final = (
    "the target's was published {} times, the source has {} versions: a history cannot be added afterwards"
)


class Latest(NamedTuple):
    """The newest version of a history, where that is what is live, and so none that was live before.

    `shows_live`: in the locales that are live it says the same; else it is known by its number.
    """

    number: int
    fields: Json
    shows_live: bool


class History:
    """The versions of one import's entries; `codes` gives the locales that an entry's state is told of."""

    def __init__(self, context: ImportContext, codes: Callable[[JsonObject], tuple[str, ...]]) -> None:
        self._context, self._codes = context, codes

    def older(self, document: Document, row: JsonObject) -> Iterator[JsonObject]:
        """What was live before, the oldest first, without what is live now."""
        numbers = self._numbers(document)
        for at, number in enumerate(numbers):
            if at < len(numbers) - 1 or self.latest(document, row) is None:
                yield self._body(document, number)

    def number(self, document: Document, at: int) -> int | None:
        """The number of the version that is the body at a place; None where the history does not hold that body."""
        numbers = self._numbers(document)
        return numbers[at] if at < len(numbers) else None

    def latest(self, document: Document, row: JsonObject) -> Latest | None:
        """The version that is live now."""
        numbers = self._numbers(document)
        if not numbers:
            return None
        body = self._body(document, numbers[-1])
        shows_live = self._shows_live(document, row, body)
        return (
            Latest(numbers[-1], body.get("fields"), shows_live)
            if shows_live or _is_of_live(body, row)
            else None
        )

    def lacking(self, document: Document, row: JsonObject) -> Iterator[Gap]:
        """The gaps of what was live before of a document that the target held already, where no import brought it.

        A history cannot be added to what is there: it would go live once more. Where no import is known, only how often
        the target's has been published tells that versions are missing.
        """
        brought = self._context.earlier.target(REPLAYED, document.key)
        if brought is None:
            yield from self._too_few(document)
            return
        count = sum(1 for _ in self.older(document, row))
        for number in self._numbers(document)[:count]:
            if f",{number}," not in f"{brought},":
                yield gap_of_version(document, _NOT_ADDED, f"/{number}")

    def _too_few(self, document: Document) -> Iterator[Gap]:
        held = self._context.target.get(document.stream, document.uid) or {}
        times, wanted = integer(nested(held, "sys", "publishedCounter")), len(self._numbers(document))
        if times is not None and times < wanted:
            yield gap_of_version(document, _TOO_FEW.format(times, wanted))

    def replayed(self, document: Document, at: int, *, is_live: bool = True) -> list[tuple[str, str, str]]:
        """What is written down for later imports when the body at a place has gone live, or was refused."""
        number = self.number(document, at)
        if number is None:
            return []
        known = self._context.identity.target(REPLAYED, document.key)
        known = self._context.earlier.target(REPLAYED, document.key) if known is None else known
        return [(REPLAYED, document.key, f"{known or ''},{number if is_live else ''}")]

    def _body(self, document: Document, number: int) -> JsonObject:
        stream = Stream(kinds.ENTRY_SNAPSHOTS.name, document.type)
        found = self._context.source.get(stream, document.uid, number) or {}
        return as_object(found.get("snapshot"))

    def _numbers(self, document: Document) -> list[int]:
        is_entry = document.kind == kinds.ENTRIES.name
        return [int(row[2]) for row in self._table.of(document.type, document.uid)] if is_entry else []

    def _shows_live(self, document: Document, row: JsonObject, body: JsonObject) -> bool:
        """Whether the newest snapshot has what is live now.

        Taking a locale down moves the published version on, and makes no snapshot.
        """
        live = self._context.source.get(document.live_stream, document.uid)
        codes = live_locales(row, self._codes(row))
        if not codes or (live is None and state_of(row) is not State.PUBLISHED):
            return False
        mine, theirs = (in_locales(one, codes)["fields"] for one in (body, live or row))
        return mine == theirs

    @cached_property
    def _table(self) -> Table:
        """The numbers of the older versions of every entry, where they are to be replayed."""
        options = self._context.options
        is_replayed = options.versions == "all" and options.publish != "none"
        return self._context.scratch.table(3, self._snapshots() if is_replayed else ())

    def _snapshots(self) -> Iterator[tuple[str, str, int]]:
        for stream in self._context.source.streams():
            if stream.kind == kinds.ENTRY_SNAPSHOTS.name:
                for row in self._context.source.objects(stream):
                    uid, number = kinds.record_key(stream.kind, row)
                    yield stream.type, uid, number


def gap_of_version(document: Document, reason: str, path: str = "") -> Gap:
    """The gap of an older version, whose number is the path; without it of several."""
    kind = kinds.ENTRY_SNAPSHOTS.name
    return Gap(kind=kind, uid=document.uid, type=document.type, path=path, reason=reason)


def _is_of_live(body: JsonObject, row: JsonObject) -> bool:
    """Whether a snapshot was made by the publish that is live now."""
    published = published_version(row)
    named = integer(nested(body, "sys", "publishedVersion"))
    if named is not None:
        return named == published
    return bool(published) and integer(nested(body, "sys", "version")) in (published, published + 1)
