"""What a snapshot holds, record by record: what `ls`, `cat` and `show` tell of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.core.batches import batched
from stackferry.core.nearest import meant, nearest
from stackferry.drivers.verify_run import reader_of_sides
from stackferry.library.state import system_of_snapshot
from stackferry.providers.reading.plain import same_uid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Stream
    from stackferry.providers.reading.told import Facts, Published, Reader
    from stackferry.providers.system import RecordView


_BATCH: Final = 1000  # rows whose names are compared at a time
_LONGEST: Final = 200  # letters of a name that somebody may have misspelled


class Listed(NamedTuple):
    """A record, with what is known of it."""

    stream: Stream
    body: JsonObject
    view: RecordView
    facts: Facts

    @property
    def locale(self) -> str:
        return self.stream.locale or self.facts.locale

    @property
    def title(self) -> str:
        return self.facts.title or self.view.title

    def as_json(self) -> JsonObject:
        """A row for programs; what the record does not have is left out."""
        row: JsonObject = {"kind": self.stream.kind, "uid": self.view.uid}
        more = {
            "content_type": self.stream.type,
            "locale": self.locale,
            "version": self.view.version,
            "title": self.title,
            "url": self.facts.url,
            "updated_at": self.facts.updated_at,
            **self.facts.part_of,
        }
        row |= {name: value for name, value in more.items() if value not in ("", None)}
        if self.facts.published:
            row["published"] = [_live(one) for one in self.facts.published]
        return row


def did_you_mean_row(word: str, rows: Iterable[Listed]) -> str:
    """The end of a message about an object that nothing is called like: titles and names that are near."""
    near: list[str] = []
    for some in batched(rows, _BATCH):
        near = nearest(word, {*near, *(name for row in some for name in _called(row))})
    return meant(near)


def _called(row: Listed) -> Iterator[str]:
    """What people call an object; its uid where that is all."""
    names = [name for name in (row.title, *row.view.names) if name and name != row.view.uid]
    yield from (name for name in names or [row.view.uid] if len(name) <= _LONGEST)


def _live(one: Published) -> JsonObject:
    named = {"environment": one.environment, "locale": one.locale, "version": one.version}
    return {name: value for name, value in named.items() if value not in ("", None)}


class Listing:
    """The records of a snapshot, as its system puts them into words."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot, self.system = snapshot, system_of_snapshot(snapshot)
        self.reader = _reader(snapshot)

    def rows(self, kind: str, content_type: str = "", locale: str = "") -> Iterator[Listed]:
        """Every record of a kind, in the order of the files; one at a time in memory."""
        for stream, _ in self.snapshot.stream_files():
            if stream.kind == kind and content_type in ("", stream.type) and locale in ("", stream.locale):
                for body in self.snapshot.objects(stream):
                    yield Listed(stream, body, self.system.view(kind, body), self.reader.facts(kind, body))


def _reader(snapshot: Snapshot) -> Reader:
    records = _Records(snapshot)
    return reader_of_sides(system_of_snapshot(snapshot), records, records, same_uid)


class _Records:
    """A snapshot as a store of records, without an index: a record is found by looking through its stream."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self._key_of = snapshot, system_of_snapshot(snapshot).record_key

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return self._snapshot.objects(stream)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        wanted = (uid, number)
        return next((row for row in self.objects(stream) if self._key_of(stream.kind, row) == wanted), None)

    def streams(self) -> list[Stream]:
        return [stream for stream, _ in self._snapshot.stream_files()]
