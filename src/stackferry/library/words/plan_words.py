"""The objects that a dry run would write, in the words of their system, while what it has read is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry import exact_json
from stackferry.drivers.verify_run import reader_of_sides
from stackferry.formats.plan_facts import edits
from stackferry.json_values import as_list, as_object, texts
from stackferry.providers.reading.names_of_fields import names_of_fields
from stackferry.providers.reading.plain import same_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.model import JsonObject, Stream
    from stackferry.providers.reading.told import Reader, Told
    from stackferry.providers.system import System
    from stackferry.providers.target import ImportContext

    OnWrite: TypeAlias = Callable[[JsonObject, Sequence[Told]], bool]
    """Called for each object that would be written, in the order of the import, with the words of each of its fields,
    until it returns False."""


def rows_of(done: FinishedDryRun) -> Iterator[JsonObject]:
    """The objects, as lines of a plan."""
    return (as_object(exact_json.loads(line)) for line in done.items.lines())


def plan_reader(done: FinishedDryRun, system: System) -> Reader:
    """Who puts them into words: what the target has is on the left, the source on the right."""
    return reader_of_sides(system, _InTarget(done.context), done.context.source, same_uid)


def tell_writes(done: FinishedDryRun, system: System, on_write: OnWrite) -> None:
    """Tell of each object, until nobody wants to hear more."""
    reader = plan_reader(done, system)
    for row in rows_of(done):
        if not on_write(row, [reader.told(edit) for edit in edits(row)]):
            return


def labelled(row: JsonObject, kind: str, reader: Reader) -> JsonObject:
    """A row of a comparison with the names of its `fields`, as `labels`, each once."""
    paths = texts(as_list(row.get("fields")))
    if not paths:
        return row
    return {**row, "labels": [*names_of_fields(reader, {**row, "kind": kind}, paths)]}


class _InTarget:
    """What the target holds, asked for by the uids of the source."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._store = context, context.target

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return self._store.objects(stream)

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        return self._store.get(stream, self._context.in_target(stream.kind, uid) or uid, number)

    def streams(self) -> list[Stream]:
        return self._store.streams()
