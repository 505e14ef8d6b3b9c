"""How a page of a listing is read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer, rows_in
from stackferry.providers.contentstack.exporting import marks
from stackferry.providers.source import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.model import JsonObject, Record, Stream


def page_reader(
    key: str, name: str, records_of: Callable[[JsonObject], Iterable[tuple[Stream, Record]]]
) -> Callable[[JsonObject], Page]:
    """Reads a page whose rows lie under `key`: each row makes the records that `records_of` answers."""

    def read(answer: JsonObject) -> Page:
        rows = rows_in(answer, key, name)
        records = [record for row in rows for record in records_of(row)]
        return Page(records, len(rows), integer(answer.get("count")), gaps=marks.gaps_of_marks(key, rows))

    return read
